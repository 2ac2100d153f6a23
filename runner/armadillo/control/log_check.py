"""The gate's look into the servers' logs: FATAL lines, failed assertions, and ERROR lines that nothing explains."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from armadillo_api.v1 import result_pb2

from ..arangodb.server_plan import Incarnation
from ..observe.log_line import LogLine, parse_log
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
_BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 120
_WORDS = (b" FATAL ", b" ERROR ", b'"FATAL"', b'"ERROR"')


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
    try:
        with open(path, "rb") as file:
            for number, text in _bad_texts(file):
                line = next(parse_log(text.splitlines()), None)
                if line is None:
                    continue
                is_fatal = line.level == "FATAL" and line.log_id not in HARMLESS_FATAL_IDS | _CRASH_IDS
                is_error = _is_bad_error(line) and not _is_within(_time_ns(line.time), excused)
                if is_fatal or is_error:
                    yield replace(line, number=number)
    except FileNotFoundError:
        return


def _is_bad_error(line: LogLine) -> bool:
    return line.level == "ERROR" and line.log_id not in HARMLESS_IDS


def _bad_texts(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Number and text of lines that may be FATAL or ERROR. A block without such a word is passed over at once."""
    number, rest = 1, b""
    while block := file.read(_BLOCK_BYTES):
        block = rest + block
        end = block.rfind(b"\n") + 1
        block, rest = block[:end], block[end:]
        if any(word in block for word in _WORDS):
            for offset, line in enumerate(block.split(b"\n")):
                if any(word in line[:_HEAD_BYTES] or (line[:1] == b"{" and word in line) for word in _WORDS):
                    yield number + offset, line.decode("utf-8", "replace")
        number += block.count(b"\n")
    if any(word in rest for word in _WORDS):
        yield number, rest.decode("utf-8", "replace")


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


def _time_ns(text: str) -> int:
    """A time stamp as nanoseconds since the epoch; 0, which is excused, for one that cannot be read."""
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1e9)
    except ValueError:
        return 0
