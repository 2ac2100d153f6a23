"""What the servers' logs must not show."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from armadillo.arangodb.server_plan import Incarnation, ServerPlan
from armadillo.control.log_check import log_findings
from armadillo.model.role import Role
from armadillo.results.run_record import RunRecord, fold
from armadillo_api.v1 import result_pb2

BASE_S = 1_700_000_000


def at(second: float) -> str:
    """A time stamp, seconds after the run's begin."""
    return datetime.datetime.fromtimestamp(BASE_S + second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def server(
    second: float, state: str, name: str = "dbserver-1", incarnation: int = 1, **fields: object
) -> result_pb2.Event:
    """Something that a server does."""
    event = result_pb2.ServerEvent(
        server=name, incarnation=incarnation, state=result_pb2.ServerEvent.State.Value(state), **fields
    )
    return result_pb2.Event(time_unix_ns=int((BASE_S + second) * 1e9), server=event)


RUN = [
    server(0, "STARTED"),
    server(0, "STARTED", "dbserver-2"),
    server(2, "READY"),
    server(2, "READY", "dbserver-2"),
    server(90, "STOPPING", message="runner"),
    server(92, "EXITED", expected=True, message="runner"),
]


def record(*events: result_pb2.Event) -> RunRecord:
    """A run from second 0 to 92 with more events."""
    return fold(sorted([*RUN, *events], key=lambda event: event.time_unix_ns))


def look(tmp_path: Path, *lines: str, run: RunRecord | None = None) -> list[tuple[str, str]]:
    """Kind and message of what is found in a log of these lines."""
    plan = ServerPlan("dbserver-1", Role.DBSERVER, "127.0.0.1", (), str(tmp_path / "data"), str(tmp_path))
    incarnation: Incarnation = plan.incarnation(1)
    incarnation.make_directories()
    Path(incarnation.log_path).write_text("".join(line + "\n" for line in lines))
    return [(one.kind, one.message) for one in log_findings([incarnation], run or record())]


def error(second: float, text: str = "disk is slow", log_id: str = "abcde", level: str = "ERROR") -> str:
    """A line of the log."""
    return f"{at(second)} [7-8] D {level} [{log_id}] {{engines}} {text}"


def test_a_quiet_log_says_nothing(tmp_path: Path) -> None:
    """Warnings, and words that only look like levels, are no findings."""
    assert look(tmp_path, error(50, level="WARNING"), error(50, "the ERROR [abcde] of others", level="INFO")) == []


def test_an_error_line_is_told_with_its_number(tmp_path: Path) -> None:
    """Equal errors are one finding that counts them."""
    assert look(tmp_path, error(50), error(51), error(52, "other", "bcdef")) == [
        ("log_error", "dbserver-1 logged ERROR [abcde] {engines} disk is slow (2 times)"),
        ("log_error", "dbserver-1 logged ERROR [bcdef] {engines} other"),
    ]


def test_a_fatal_line_always_counts(tmp_path: Path) -> None:
    """Also while servers come up and go down; but a crash is told by the server's end."""
    assert look(tmp_path, error(1, level="FATAL"), error(91, "x", "a7902", level="FATAL")) == [
        ("log_fatal", "dbserver-1 logged FATAL [abcde] {engines} disk is slow")
    ]


@pytest.mark.parametrize("second", [1.0, 91.0])
def test_errors_of_start_and_stop_belong_to_them(second: float, tmp_path: Path) -> None:
    """Before all servers are ready, and after the runner began to stop them, nothing is told."""
    assert look(tmp_path, error(second)) == []


def test_errors_are_excused_while_a_server_is_away(tmp_path: Path) -> None:
    """From a kill until ten seconds after the server's return the others may complain, and not later."""
    run = record(
        server(20, "EXITED", "dbserver-2", expected=True, message="test"),
        server(30, "STARTED", "dbserver-2", incarnation=2),
        server(32, "READY", "dbserver-2", incarnation=2),
    )
    assert look(tmp_path, error(25), error(41), run=run) == []
    assert len(look(tmp_path, error(19 - 0.5), run=run)) == 1
    assert len(look(tmp_path, error(43), run=run)) == 1


def test_errors_are_excused_while_a_server_is_frozen(tmp_path: Path) -> None:
    """The same for a suspended server."""
    run = record(server(20, "SUSPENDED", "dbserver-2"), server(25, "RESUMED", "dbserver-2"))
    assert look(tmp_path, error(22), error(34), run=run) == []
    assert len(look(tmp_path, error(36), run=run)) == 1


def test_lines_that_arangodb_itself_ignores_are_ignored(tmp_path: Path) -> None:
    """Broken connections and the like have ids of which ArangoDB's release tests say that they mean nothing."""
    assert look(tmp_path, error(50, "connection died", "2c712")) == []


def test_a_line_at_the_border_of_two_blocks_is_whole(tmp_path: Path) -> None:
    """A log larger than a block loses no line, and the numbers are right."""
    filler = [error(40, "x" * 1000, level="INFO")] * 1100
    assert look(tmp_path, *filler, error(50), *filler) == [
        ("log_error", "dbserver-1 logged ERROR [abcde] {engines} disk is slow")
    ]


def test_a_missing_log_is_no_finding(tmp_path: Path) -> None:
    """A server that never wrote one is somebody else's matter."""
    plan = ServerPlan("dbserver-1", Role.DBSERVER, "127.0.0.1", (), str(tmp_path), str(tmp_path))
    assert log_findings([plan.incarnation(1)], record()) == []
