"""The gate's look into the servers' logs: FATAL lines, failed assertions, and ERROR lines that nothing explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from armadillo_api.v1 import result_pb2

from ..arangodb.server_plan import Incarnation
from ..observe.log_line import LogLine
from ..observe.severe_lines import severe_lines
from ..results.judgement import LOG_ERROR, LOG_FATAL
from ..results.run_record import RunRecord

HARMLESS_IDS = frozenset(
    {"2b6b3", "2c712", "40e37", "d72fb", "1afb1", "9afd3", "7e050", "3e342", "2c0c6", "de8f3", "ee638", "6843e"}
)
"""ERROR lines that ArangoDB's own release tests pass over: broken connections, licence reminders, renamed options."""
HARMLESS_FATAL_IDS = frozenset({"d8a5c"})
_CRASH_IDS = frozenset({"a7902"})
_MOST_FINDINGS = 20
_AFTERMATH_NS = 10_000_000_000
"""A server that was away is missed by the others for up to ten seconds after it came back."""
_BEFORE_NS = 1_000_000_000
"""A server that is told to stop says so to others before its process has ended."""


def log_findings(incarnations: Iterable[Incarnation], record: RunRecord) -> list[result_pb2.Finding]:
    """What the logs of these incarnations say that a run must not show; equal lines are one finding with their number.

    ERROR lines count while cases ran and every server was there: what a cluster says while it comes up or goes down,
    or while it misses a server and shortly after, belongs to that. FATAL lines always count; a crash is told by the
    finding about the server's end, not again here.
    """
    excused = list(_excused_times(record))
    found: dict[tuple[str, str, str], tuple[LogLine, int]] = {}
    for incarnation in incarnations:
        for line in _bad_lines(incarnation.log_path, excused):
            key = (incarnation.plan.name, line.level, line.log_id or line.message)
            first, count = found.get(key, (line, 0))
            found[key] = (first, count + 1)
    findings = [_finding(server, line, count) for (server, _, _), (line, count) in found.items()]
    return findings[:_MOST_FINDINGS]


def _bad_lines(path: str, excused: list[tuple[int, int]]) -> Iterator[LogLine]:
    for line in severe_lines(path):
        is_fatal = line.level == "FATAL" and line.log_id not in HARMLESS_FATAL_IDS | _CRASH_IDS
        # a time that cannot be read is 0, which is excused
        if is_fatal or (_is_bad_error(line) and not _is_within(line.time_ns, excused)):
            yield line


def _is_bad_error(line: LogLine) -> bool:
    return line.level == "ERROR" and line.log_id not in HARMLESS_IDS


def _finding(server: str, line: LogLine, count: int) -> result_pb2.Finding:
    is_fatal = line.level == "FATAL"
    times = f" ({count} times)" if count > 1 else ""
    return result_pb2.Finding(
        kind=LOG_FATAL if is_fatal else LOG_ERROR,
        outcome=result_pb2.CRASHED if is_fatal else result_pb2.FAILED,
        message=f"{server} logged {line}{times}",
        details=f"line {line.number} of its log, at {line.time}:\n{line}",
        server=server,
        fingerprint=f"{line.level.lower()}-{line.log_id}" if line.log_id else "",
    )


def _excused_times(record: RunRecord) -> Iterator[tuple[int, int]]:
    """Begin and end of the times in which ERROR lines belong to what happens to the servers."""
    first_starts = [one for one in record.incarnations if one.started.incarnation == 1 and one.ready_ns]
    yield 0, max((one.ready_ns for one in first_starts), default=0)
    ends = [one.exited_ns for one in record.incarnations if one.exited_ns]
    stops = [one.stopping_ns for one in record.incarnations if one.stopping_ns and one.was_stopped_by_runner]
    if stops:
        yield min(stops), max([*ends, record.last_ns])
    for one in record.incarnations:
        if one.exited_ns and not one.was_stopped_by_runner:
            back_ns = min(
                (later.ready_ns or record.last_ns for later in record.incarnations
                 if later.started.server == one.started.server and later.started_ns > one.started_ns),
                default=record.last_ns,
            )  # fmt: skip
            yield one.exited_ns - _BEFORE_NS, back_ns + _AFTERMATH_NS
        for begin_ns, end_ns in one.suspensions:
            yield begin_ns, (end_ns or record.last_ns) + _AFTERMATH_NS


def _is_within(time_ns: int, spans: list[tuple[int, int]]) -> bool:
    return any(begin_ns <= time_ns <= end_ns for begin_ns, end_ns in spans)
