"""The requests of a test process reach the runner in few events, capped, each with its case."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from armadillo.errors import ArmadilloError
from armadillo.model.sent_request import SentRequest
from armadillo.pytest_plugin import request_log
from armadillo.pytest_plugin.request_log import RequestLog
from armadillo_api.v1 import result_pb2

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun
from tests.framework.runner.support.scripted_arango import ScriptedArango
from tests.framework.runner.support.scripted_runner import server_message

QUICK = SentRequest(1_700_000_000_000_000_000, 2_000_000, "GET", "/_api/version", "http://127.0.0.1:1", 200, "")
FAILED = QUICK._replace(status=503, error="error 1465")
_PATIENCE_S = 60.0


@pytest.fixture
def play(tmp_path: Path) -> Iterator[PluginRun]:
    """A target with a single server that says yes to everything."""
    with ScriptedArango(lambda _: (200, {"version": "3.12.5", "result": True})) as arango:
        run = PluginRun(tmp_path)
        run.runner.description.servers.append(server_message("single-1", endpoint=arango.endpoint))
        yield run


def test_requests_stand_between_the_events_of_their_case(play: PluginRun) -> None:
    """A batch lies between begin and end of the case that sent its requests, and names it; its order is kept."""
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(arango):
            for number in range(20):
                await arango.client.get(f"/_api/a/{number}", params={"secret": "hush"})

        async def test_b(arango):
            await arango.client.delete("/_api/b")
        """,
    )
    assert play.run() == 0, play.output

    case, told = "", []
    for event in play.runner.events:
        if event.HasField("case_started"):
            case = event.case_started.node_id
        elif event.HasField("case_finished"):
            case = ""
        elif event.HasField("request_batch"):
            told += [(case, one) for one in event.request_batch.requests]
            assert event.request_batch.node_id == case
    sent = [
        (case.rpartition("::")[2], one.method, one.path) for case, one in told if one.path[:7] in ("/_api/a", "/_api/b")
    ]
    assert sent == [
        *[("test_a", "GET", f"/_api/a/{number}") for number in range(20)],
        ("test_b", "DELETE", "/_api/b"),
    ]
    assert all(one.status == 200 and one.duration_us > 0 for _, one in told)
    assert "hush" not in str(play.runner.events)


def log_of(send: object = None) -> RequestLog:
    """A log whose thread sends to `send`, or nowhere."""
    return RequestLog(send or (lambda _: None))  # type: ignore[arg-type]


def batches(events: Sequence[result_pb2.Event]) -> list[result_pb2.RequestBatch]:
    """The batches of events."""
    return [event.request_batch for event in events]


def test_nothing_is_told_twice_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads add while others take: each request comes out once."""
    monkeypatch.setattr(request_log, "_INTERVAL_S", 3600.0)
    log = log_of()
    found: list[result_pb2.Event] = []

    def add(first: int) -> None:
        for number in range(first, first + 500):
            log.add(QUICK._replace(path=f"/{number}"))
            if number % 50 == 0:
                found.extend(log.take())

    threads = [threading.Thread(target=add, args=(first,)) for first in range(0, 4000, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found += log.take()
    log.close()

    paths = [one.path for batch in batches(found) for one in batch.requests]
    assert sorted(paths, key=lambda path: int(path[1:])) == [f"/{number}" for number in range(4000)]
    assert log.take() == []


def test_beyond_the_cap_quick_ones_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed ones are still told up to a second cap; what is left out has its number."""
    monkeypatch.setattr(request_log, "MOST_REQUESTS", 3)
    monkeypatch.setattr(request_log, "MOST_NOTABLE", 5)
    log = log_of()
    for request in [QUICK] * 5 + [FAILED] * 4 + [QUICK]:
        log.add(request)
    (batch,) = batches(log.take())
    log.close()

    assert [one.status for one in batch.requests] == [200] * 3 + [503] * 2
    assert (batch.left_out, batch.notable_left_out) == (3, 2)


def test_a_message_holds_whatever_a_test_asks_for() -> None:
    """Halves of characters are no reason to lose the case's own event."""
    log = log_of()
    log.add(QUICK._replace(path="/\ud800"))
    assert [one.path for batch in batches(log.take()) for one in batch.requests] == ["/?"]
    log.close()


def test_a_long_case_is_told_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any other event the thread sends what waits; it ends with the log."""
    monkeypatch.setattr(request_log, "_INTERVAL_S", 0.01)
    sent = threading.Event()
    events: list[result_pb2.Event] = []

    def send(more: Sequence[result_pb2.Event]) -> None:
        events.extend(more)
        sent.set()

    log = log_of(send)
    log.node_id = "x.py::test_slow"
    log.add(QUICK)
    assert sent.wait(_PATIENCE_S)
    log.close()

    (batch,) = batches(events)
    assert (batch.node_id, batch.requests[0].duration_us) == ("x.py::test_slow", 2000)


def test_a_runner_that_is_gone_does_not_break_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread gives up in silence: the case's own event will fail with words."""
    monkeypatch.setattr(request_log, "_INTERVAL_S", 0.01)
    tried = threading.Event()

    def send(_: object) -> None:
        tried.set()
        raise ArmadilloError("the runner did not take a result")

    log = log_of(send)
    log.add(QUICK)
    assert tried.wait(_PATIENCE_S)
    log.add(QUICK)
    log.close()
