"""The hub: everything that was told is in the log, the record and the reports, also when the disk is full."""

from __future__ import annotations

import asyncio
import json
import os
from functools import partial
from pathlib import Path

from armadillo.model.outcome import Outcome
from armadillo.results.event_log import read_events
from armadillo.results.hub import Hub
from armadillo.results.junit_xml import render_junit_xml
from armadillo.results.results_json import render_results
from armadillo.results.run_record import fold

from tests.framework.runner.support.events import (
    Event,
    case_started,
    collected,
    finding,
    run_finished,
    run_started,
    server,
    whole_case,
)
from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of
from tests.framework.runner.support.waiting import until


def history() -> list[Event]:
    """A run with a bit of everything."""
    return [
        run_started(server_version="3.12.5", seed=7),
        server("agent-1", "STARTED", pid=17, endpoint="http://127.1.2.3:8529", directory="servers/agent-1/1"),
        server("agent-1", "READY"),
        collected("test_a", "test_b", "test_c"),
        *whole_case("test_a"),
        *whole_case("test_b", Outcome.SKIPPED, "not on this server"),
        case_started("test_c"),
        server("agent-1", "EXITED", signal=6, message="signal 6 (SIGABRT)"),
        finding("server_died", Outcome.CRASHED, "agent-1 died unasked", server="agent-1"),
        run_finished(Outcome.CRASHED, "agent-1 died unasked", 4),
    ]


def live_run(tmp_path: Path, events: list[Event]) -> Hub:
    """A hub that was told these events in an event loop, and finished."""

    async def story() -> Hub:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"))
        for event in events:
            hub.publish(event)
            await asyncio.sleep(0)
        hub.finish()
        return hub

    return asyncio.run(story())


def test_every_report_can_be_made_again_from_the_stored_log(tmp_path: Path) -> None:
    """A fold over events.binpb gives test.xml and results.json byte for byte."""
    live_run(tmp_path, history())
    record = fold(read_events(str(tmp_path / "events.binpb")))
    assert render_junit_xml(record) == (tmp_path / "test.xml").read_bytes()
    assert render_results(record) == (tmp_path / "results.json").read_text(encoding="utf-8")


def test_events_are_numbered_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    """Sequence counts from 1; time is the hub's where nobody gave one."""
    hub = live_run(tmp_path, history())
    stored = list(read_events(str(tmp_path / "events.binpb")))
    assert [event.sequence for event in stored] == list(range(1, len(history()) + 1))
    assert hub.last_sequence == len(history())
    assert all(event.time_unix_ns > 0 for event in stored)


def test_an_event_is_on_disk_when_publish_returns(tmp_path: Path) -> None:
    """What the test process was told is kept survives whatever happens next."""

    async def story() -> None:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"))
        for count, event in enumerate(history(), 1):
            hub.publish(event)
            assert len(list(read_events(str(tmp_path / "events.binpb")))) == count
        hub.finish()

    asyncio.run(story())


def test_test_xml_follows_the_run(tmp_path: Path) -> None:
    """After each case the file tells it, before the run has ended."""

    async def story() -> None:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"))
        hub.publish(run_started(), collected("test_a", "test_b"))
        for name in ("test_a", "test_b"):
            hub.publish(case_started(name))
            hub.publish(*whole_case(name))
            told = partial(_outcome, tmp_path, name)
            await asyncio.to_thread(until, f"test.xml tells {name}", lambda told=told: told() == "passed")  # type: ignore[misc]
        hub.finish()

    asyncio.run(story())


def _outcome(tmp_path: Path, name: str) -> str:
    path = tmp_path / "test.xml"
    if not path.exists():
        return "skipped"
    assert problems_of(path.read_bytes()) == []
    return outcome_of(cases_of(path.read_bytes())[name])


def test_listeners_hear_what_is_in_the_log_already(tmp_path: Path) -> None:
    """Whoever acts on an event can rely on its being kept."""
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    heard = []
    hub.listen(lambda event: heard.append((event.sequence, len(list(read_events(str(tmp_path / "events.binpb")))))))
    hub.publish(run_started())
    hub.publish(collected("test_a"))
    assert heard == [(1, 1), (2, 2)]


def test_a_full_disk_costs_the_evidence_but_not_the_verdict(tmp_path: Path) -> None:
    """Every write fails with "No space left on device": the record is whole, and each sink's problem is told once."""
    for name in ("events.binpb", "test.xml.tmp", "results.json.tmp", "index.json.tmp"):
        os.symlink("/dev/full", tmp_path / name)
    hub = live_run(tmp_path, history())
    assert [case.node_id for case in (record.case for record in hub.record.cases.values())] == [
        "tests/x/test_y.py::test_a",
        "tests/x/test_y.py::test_b",
        "tests/x/test_y.py::test_c",
    ]
    assert hub.record.finished is not None
    told = sorted(problem.split(" could not be written")[0] for problem in hub.problems)
    assert told == ["event log", "index.json", "results.json", "test.xml"]
    assert all("No space left on device" in problem for problem in hub.problems)


def test_outputs_that_cannot_be_written_at_all_are_a_problem_and_no_exception(tmp_path: Path) -> None:
    """A missing outputs directory is told, and test.xml is written all the same."""
    hub = Hub(str(tmp_path / "none"), str(tmp_path / "test.xml"), live_xml=False)
    hub.publish(*history())
    hub.finish()
    assert {problem.split(" could")[0] for problem in hub.problems} == {"event log", "results.json", "index.json"}
    assert problems_of((tmp_path / "test.xml").read_bytes()) == []


def test_results_json_tells_what_xml_has_no_place_for(tmp_path: Path) -> None:
    """Incarnations with their ends, findings, counts, and the verdict with its exit code."""
    live_run(tmp_path, history())
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (results["outcome"], results["exit_code"], results["headline"]) == ("crashed", 4, "agent-1 died unasked")
    assert results["counts"] == {"passed": 1, "skipped": 1, "unfinished": 1}
    incarnation = results["servers"][0]
    assert (incarnation["server"], incarnation["signal"], incarnation["exit_code"]) == ("agent-1", 6, None)
    assert incarnation["ready_unix_ns"] <= incarnation["exited_unix_ns"]
    assert results["findings"][0]["outcome"] == "crashed"


def test_index_json_names_every_file_and_whose_it_is(tmp_path: Path) -> None:
    """Servers' files carry server and incarnation; files that a test put anywhere are listed as they are."""
    for path in ("servers/agent-1/2/arangod.log", "servers/notes/of/mine.txt", "servers/a/b.txt", "mine/deep/er/x.bin"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x", encoding="ascii")
    (tmp_path / "servers" / "gone").symlink_to("/no/such/file")
    live_run(tmp_path, history())
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    files = {entry["path"]: entry for entry in index["files"]}
    assert files["servers/agent-1/2/arangod.log"] == {
        "path": "servers/agent-1/2/arangod.log",
        "size_bytes": 1,
        "kind": "the server's own log",
        "server": "agent-1",
        "incarnation": 2,
    }
    assert {"events.binpb", "results.json", "servers/notes/of/mine.txt", "mine/deep/er/x.bin"} <= set(files)
    assert (index["outcome"], index["headline"]) == ("crashed", "agent-1 died unasked")
