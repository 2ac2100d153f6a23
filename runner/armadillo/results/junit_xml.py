"""`test.xml`: the strict intersection of what Bazel, CI systems and IDE plug-ins read.

One outcome child a case, no self-closing `<skipped/>`, times with a dot (Bazel takes a time without one as
milliseconds), `id`, `hostname` and `timestamp` on the suite, `file` and `line` on the case, no character that XML 1.0
forbids.
"""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET

import junitparser
from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from .atomic_file import write_atomically
from .flakiness import attempts_text, describe_attempts, flaky_cases
from .judgement import judge
from .repeat_command import repeat_command
from .run_record import CaseRecord, RunRecord
from .verdict import last_line, rank, root_cause_first
from .xml_text import LONGEST_MESSAGE, clean, keep_small

_HOSTNAME = "localhost"  # the machine's own name would differ between equal runs


def write_junit_xml(record: RunRecord, path: str) -> None:
    """Writes the file atomically: a reader sees the old one or the new one."""
    write_atomically(path, render_junit_xml(record))


def render_junit_xml(record: RunRecord) -> bytes:
    """The whole document; the first problem in it is the root cause.

    Before the run has ended, cases that still run are errors that say so, and there is an error about the run itself:
    if the runner is killed, this is what stays.
    """
    suite = junitparser.TestSuite(record.started.target)
    suite.hostname = _HOSTNAME
    suite.timestamp = _timestamp(record.started_ns)
    suite._elem.set("id", "0")
    for name, value in _properties(record).items():
        suite.add_property(name, clean(value))
    judgement = judge(record)
    findings = root_cause_first(judgement.counting)
    causes = [finding for finding in findings if rank(Outcome(finding.outcome)) <= _worst_case(record)]
    for finding in causes:
        suite.add_testcase(_finding_case(record, finding))
    if record.finished is None:
        suite.add_testcase(_problem_case(record, "run", Outcome.ERROR, _not_ended(record), ""))
    for error in record.collection_errors:
        message = f"{error.file} could not be collected: {last_line(error.text)}"
        suite.add_testcase(_problem_case(record, error.file, Outcome.ERROR, message, error.text))
    cause = "the test process ended before it" if record.finished is not None else _not_ended(record)
    cause = findings[0].message if findings else cause
    for case in record.cases.values():
        suite.add_testcase(_case(record, case, cause))
    for finding in findings[len(causes) :]:
        suite.add_testcase(_finding_case(record, finding))
    if record.finished is not None and record.finished.headline and not _has_problem(suite):
        outcome = Outcome(record.finished.outcome)
        suite.add_testcase(_problem_case(record, "run", outcome, record.finished.headline, ""))
    for warning in judgement.warnings:
        text = f"{warning.finding.message} ({warning.because})"
        suite.add_testcase(_warning_case(record, _name(warning.finding), text))
    document = junitparser.JUnitXml(record.started.target)
    document.add_testsuite(suite)
    document.update_statistics()
    suite.time = round((record.last_ns - record.started_ns) / 1e9, 3)
    document.time = suite.time
    keep_small(document._elem)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(
        document._elem, encoding="utf-8", short_empty_elements=False
    )


def _worst_case(record: RunRecord) -> int:
    """The rank of the worst case or file: findings that rank before it, or with it, are its cause."""
    outcomes = [*record.outcomes(), *(Outcome.ERROR for _ in record.collection_errors), Outcome.UNKNOWN]
    return min(rank(outcome) for outcome in outcomes)


def _not_ended(record: RunRecord) -> str:
    if not record.cases:
        return "the run did not get as far as its cases: the runner ended before"
    running = record.running_case()
    return "the runner ended before the run did" + (f", during {running}" if running else "")


def _has_problem(suite: junitparser.TestSuite) -> bool:
    return any(isinstance(one, junitparser.Failure | junitparser.Error) for case in suite for one in case.result)


def _name(finding: result_pb2.Finding) -> str:
    return ".".join(part for part in (finding.kind, finding.server) if part)


def _finding_case(record: RunRecord, finding: result_pb2.Finding) -> junitparser.TestCase:
    text = finding.details
    if finding.node_id:
        text = _with_repeat(record, finding.node_id, text or finding.message)
    return _problem_case(record, _name(finding), Outcome(finding.outcome), finding.message, text)


def _timestamp(time_ns: int) -> str:
    return datetime.datetime.fromtimestamp(time_ns // 10**9, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _properties(record: RunRecord) -> dict[str, str]:
    started = record.started
    properties = {
        "armadillo.server": started.server_label,
        "armadillo.server_version": started.server_version,
        "armadillo.server_standin": started.server_standin,
        "armadillo.network_tier": started.network_tier,
        "armadillo.network_tier_reason": started.network_tier_reason,
        "armadillo.seed": str(started.seed),
        "armadillo.flaky": " ".join(case.case.node_id for case in flaky_cases(record)),
        **{f"bazel.{name}": value for name, value in sorted(started.bazel.items())},
    }
    if record.finished is not None:
        properties["armadillo.outcome"] = Outcome(record.finished.outcome).name.lower()
        properties["armadillo.headline"] = record.finished.headline
    return {name: value for name, value in properties.items() if value}


def _case(run: RunRecord, record: CaseRecord, cause: str) -> junitparser.TestCase:
    """A case as it stands; `cause` is why it did not end, if it did not."""
    case = record.case
    element = junitparser.TestCase(clean(case.name), clean(case.class_name))
    element._elem.set("file", clean(case.file))
    element._elem.set("line", str(max(case.line - 1, 0)))  # plug-ins count from zero
    finished = record.finished
    element.time = round(finished.duration_s, 3) if finished else 0.0
    if finished is None:
        element.result = [_unfinished(run, record, cause)]
        return element
    outcome = Outcome(finished.outcome)
    if outcome not in (Outcome.PASSED, Outcome.FLAKY):
        text = finished.text
        if outcome is not Outcome.SKIPPED:
            text = _with_repeat(run, case.node_id, text or finished.message)
        element.result = [_result(outcome, finished.message, text)]
    output = _output(record)
    if output:
        element.system_out = clean(output)
    return element


def _output(record: CaseRecord) -> str:
    """What the case printed, after what became of its attempts: readers of XML know no child for that."""
    captured = record.finished.captured_output if record.finished else ""
    if not record.failed_attempts:
        return captured
    title = "flaky" if record.finished and record.finished.outcome == Outcome.FLAKY else "tried again"
    told = f"{title}: {describe_attempts(record)}\n{attempts_text(record.failed_attempts)}"
    return f"{told}\n--- last attempt\n{captured}" if captured else told


def _unfinished(run: RunRecord, record: CaseRecord, cause: str) -> junitparser.Result:
    if record.is_running:
        message = f"did not end: {cause}"
        return _result(Outcome.ERROR, message, _with_repeat(run, record.case.node_id, message))
    return _result(Outcome.SKIPPED, "not run: the run ended before it", "")


def _problem_case(run: RunRecord, name: str, outcome: Outcome, message: str, text: str) -> junitparser.TestCase:
    package = run.started.target.removeprefix("//").replace("/", ".").replace(":", ".")
    element = junitparser.TestCase(clean(name), f"{package}.armadillo")
    element.time = 0.0
    if outcome is not Outcome.PASSED:
        element.result = [_result(outcome, message, text)]
    return element


def _warning_case(run: RunRecord, name: str, text: str) -> junitparser.TestCase:
    """Something found that does not fail the run: a passed case whose output says what it was."""
    element = _problem_case(run, name, Outcome.PASSED, "", "")
    element.system_out = clean(text)
    return element


def _result(outcome: Outcome, message: str, text: str) -> junitparser.Result:
    text = clean(text or message)
    message = clean(message, LONGEST_MESSAGE)
    if outcome is Outcome.SKIPPED:
        result = junitparser.Skipped(message, "skipped")
    elif outcome is Outcome.FAILED:
        result = junitparser.Failure(message, "failed")
    else:
        result = junitparser.Error(message, outcome.name.lower())
    result.text = text
    return result


def _with_repeat(run: RunRecord, node_id: str, text: str) -> str:
    """The last line is for whoever wants to see it again."""
    return f"{text}\n\nrepeat it: {repeat_command(run, node_id)}"


def case_counts(record: RunRecord) -> dict[str, int]:
    """How many cases have which outcome, and how many did not run or end."""
    counts: dict[str, int] = {}
    for case in record.cases.values():
        name = Outcome(case.finished.outcome).name.lower() if case.finished else "unfinished"
        counts[name] = counts.get(name, 0) + 1
    return counts
