"""What an ended incarnation left behind: the crash handler's words and sanitizer reports, as findings."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable

from armadillo_api.v1 import result_pb2

from ..arangodb.sanitizer_options import LOG_NAME
from ..arangodb.server_plan import Incarnation
from ..observe.crash_report import CrashReport, parse_crash
from ..observe.log_tail import tail_text
from ..observe.sanitizer_report import SanitizerReport, parse_reports, without_repetitions
from ..results.judgement import SANITIZER_REPORT
from ..results.run_record import RunRecord

_CRASH_TAIL_BYTES = 512 * 1024
_REPORT_BYTES = 4 * 1024 * 1024
_LATE_NS = 5_000_000_000
"""A report up to five seconds after a case may still be its doing."""


def crash_of(incarnation: Incarnation) -> CrashReport | None:
    """What the crash handler wrote at the end of the log; None when it wrote nothing or there is no log."""
    return parse_crash(tail_text(incarnation.log_path, _CRASH_TAIL_BYTES))


def sanitizer_findings(incarnation: Incarnation, record: RunRecord) -> list[result_pb2.Finding]:
    """One finding for each different sanitizer report of an incarnation, with the case it came in.

    Reports are looked for in the logs that the options name and in what the process wrote to stderr: in a build with
    two runtimes the reports of undefined behaviour go there, whatever log_path says.
    """
    findings = []
    for path in (*sorted(glob.glob(os.path.join(glob.escape(incarnation.directory), f"{LOG_NAME}.*"))),
                 incarnation.output_path):  # fmt: skip
        text = _read(path, _REPORT_BYTES)
        if path == incarnation.output_path and "runtime error:" not in text and "Sanitizer:" not in text:
            continue
        reports = without_repetitions(parse_reports(text))
        findings += [_finding(incarnation, report, count, path, record) for report, count in reports]
        if text.strip() and not reports and path != incarnation.output_path:
            findings.append(_unread(incarnation, path, text))
    return _different(findings)


def _finding(
    incarnation: Incarnation, report: SanitizerReport, count: int, path: str, record: RunRecord
) -> result_pb2.Finding:
    node_id, confidence = _case_at(record, _modified_ns(path))
    during = f" during {node_id}" if node_id else ""
    doubt = " (or shortly after it)" if node_id and confidence == "low" else ""
    times = f" ({count} times)" if count > 1 else ""
    return result_pb2.Finding(
        kind=SANITIZER_REPORT,
        outcome=result_pb2.CRASHED,
        message=f"{incarnation.plan.name}: {report.headline}{times}{during}{doubt}",
        details=f"{report.text}\nin {os.path.basename(path)}, fingerprint {report.fingerprint}",
        server=incarnation.plan.name,
        node_id=node_id,
        fingerprint=report.fingerprint,
    )


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


def _case_at(record: RunRecord, time_ns: int) -> tuple[str, str]:
    """The case that ran at a time with "high" confidence, or ended at most five seconds before it with "low"."""
    late = ""
    for node_id, case in record.cases.items():
        if not case.started_ns or case.started_ns > time_ns:
            continue
        if case.finished is None:
            return node_id, "high"
        ended_ns = case.started_ns + int(case.finished.duration_s * 1e9)
        if time_ns <= ended_ns:
            return node_id, "high"
        if time_ns - ended_ns <= _LATE_NS:
            late = node_id
    return late, "low"


def _modified_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _read(path: str, limit_bytes: int) -> str:
    """At most the first `limit_bytes` of a file as text; "" when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(limit_bytes).decode("utf-8", "replace")
    except OSError:
        return ""
