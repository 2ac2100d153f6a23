"""What an ended incarnation left behind: the crash handler's words and sanitizer reports, as findings."""

from __future__ import annotations

import os
from collections.abc import Iterable

from armadillo_api.v1 import result_pb2

from ..arangodb.server_plan import Incarnation
from ..observe.crash_report import CrashReport, parse_crash
from ..observe.log_tail import tail_text
from ..observe.sanitizer_report import LEAK_SANITIZER, SanitizerReport, parse_reports, without_repetitions
from ..results.judgement import SANITIZER_REPORT
from ..results.run_record import RunRecord
from .report_marks import OR_LATER, Moment, ReportMarks, report_files

_CRASH_TAIL_BYTES = 512 * 1024
_REPORT_BYTES = 4 * 1024 * 1024
_LATE_NS = 5_000_000_000
"""A report up to five seconds after a case may still be its doing."""


def crash_of(incarnation: Incarnation) -> CrashReport | None:
    """What the crash handler wrote at the end of the log; None when it wrote nothing or there is no log."""
    return parse_crash(tail_text(incarnation.log_path, _CRASH_TAIL_BYTES))


def sanitizer_findings(
    incarnation: Incarnation, record: RunRecord, marks: ReportMarks | None = None
) -> list[result_pb2.Finding]:
    """One finding for each different sanitizer report of an incarnation, with the case it came in.

    Without `marks` only the time of the file's last change tells which case that was.
    """
    findings = []
    for path in report_files(incarnation):
        data = _read(path, _REPORT_BYTES)
        text = data.decode("utf-8", "replace")
        if path == incarnation.output_path and "runtime error:" not in text and "Sanitizer:" not in text:
            continue
        reports = without_repetitions(parse_reports(text))
        lines = data.split(b"\n")
        for report, count in reports:
            offset = sum(len(line) + 1 for line in lines[: report.line_index])
            of_marks = marks.moment_of(incarnation, path, offset) if marks is not None else None
            findings.append(_finding(incarnation, report, count, path, _when(report, path, record, of_marks)))
        if text.strip() and not reports and path != incarnation.output_path:
            findings.append(_unread(incarnation, path, text))
    return _different(findings)


def _finding(
    incarnation: Incarnation, report: SanitizerReport, count: int, path: str, when: Moment
) -> result_pb2.Finding:
    times = f" ({count} times)" if count > 1 else ""
    return result_pb2.Finding(
        kind=SANITIZER_REPORT,
        outcome=result_pb2.CRASHED,
        message=f"{incarnation.plan.name}: {report.headline}{times}{when.words}",
        details=f"{report.text}\nin {os.path.basename(path)}, fingerprint {report.fingerprint}",
        server=incarnation.plan.name,
        node_id=when.node_id,
        fingerprint=report.fingerprint,
    )


def _when(report: SanitizerReport, path: str, record: RunRecord, of_marks: Moment | None) -> Moment:
    """When a report came; without marks the time of the file's last change must do.

    Leaks are looked for when a process ends: they belong to its whole life.
    """
    if report.tool == LEAK_SANITIZER and (of_marks is None or not of_marks.was_seen):
        return Moment("", " at exit")
    return of_marks or _moment_by_time(record, _modified_ns(path))


def _unread(incarnation: Incarnation, path: str, text: str) -> result_pb2.Finding:
    """A log of a sanitizer that we cannot read is a report all the same."""
    name, first = os.path.basename(path), text.split("\n", maxsplit=1)[0]
    return result_pb2.Finding(
        kind=SANITIZER_REPORT,
        outcome=result_pb2.CRASHED,
        message=f"{incarnation.plan.name}: a sanitizer wrote {name} in a form that is not known: {first}",
        details=text[:4000],
        server=incarnation.plan.name,
    )


def _different(findings: Iterable[result_pb2.Finding]) -> list[result_pb2.Finding]:
    """The same report in two files is one."""
    first: dict[str, result_pb2.Finding] = {}
    for finding in findings:
        first.setdefault(finding.fingerprint or finding.message, finding)
    return list(first.values())


def _moment_by_time(record: RunRecord, time_ns: int) -> Moment:
    """The case that ran at a time for certain, or ended at most five seconds before it."""
    late = Moment("", "")
    for node_id, case in record.cases.items():
        if not case.started_ns or case.started_ns > time_ns:
            continue
        during = f" during {node_id}"
        ended_ns = case.started_ns + int(case.finished.duration_s * 1e9) if case.finished else time_ns
        if time_ns <= ended_ns:
            return Moment(node_id, during)
        if time_ns - ended_ns <= _LATE_NS:
            late = Moment(node_id, during + OR_LATER)
    return late


def _modified_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _read(path: str, limit_bytes: int) -> bytes:
    """At most the first `limit_bytes` of a file; none when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(limit_bytes)
    except OSError:
        return b""
