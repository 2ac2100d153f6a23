"""The one place that decides how a run ended: a pure function of its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome, merge
from ..model.policy import LEAK
from .judgement import DEADLINE, INFRASTRUCTURE, SANITIZER_REPORT, judge
from .run_record import RunRecord

EXIT_CODES = {
    Outcome.PASSED: 0,
    Outcome.SKIPPED: 0,
    Outcome.FLAKY: 0,
    Outcome.FAILED: 1,
    Outcome.UNKNOWN: 1,
    Outcome.ERROR: 3,
    Outcome.CRASHED: 4,
    Outcome.TIMEOUT: 5,
}
"""The runner's exit codes; Bazel only looks whether it is 0, people and scripts may look closer."""

SANITIZER_EXIT_CODE = 6
INFRASTRUCTURE_EXIT_CODE = 7

_ROOT_CAUSE_FIRST = (Outcome.CRASHED, Outcome.TIMEOUT, Outcome.ERROR, Outcome.FAILED, Outcome.UNKNOWN)


def rank(outcome: Outcome) -> int:
    """Place of an outcome among causes: 0 for what causes the others; good outcomes are behind all of them."""
    return _ROOT_CAUSE_FIRST.index(outcome) if outcome in _ROOT_CAUSE_FIRST else len(_ROOT_CAUSE_FIRST)


def root_cause_first(findings: Iterable[result_pb2.Finding]) -> list[result_pb2.Finding]:
    """Findings in the order in which a reader should see them: by outcome, then by time.

    A deadline stands behind what was seen when it had passed, which names it and says who was waiting; what cases left
    behind stands last, for a case that fails may leave things because of it.
    """
    return sorted(findings, key=lambda finding: (rank(Outcome(finding.outcome)), finding.kind in (DEADLINE, LEAK)))


class Verdict(NamedTuple):
    """Outcome, root cause in one line ("" when passed) and exit code."""

    outcome: Outcome
    headline: str
    exit_code: int


def decide(record: RunRecord) -> Verdict:
    """Passed only if every collected case was run and passed or was skipped, and nothing was found.

    A shard to which no case falls has passed, as Bazel expects.

    The headline is the root cause before its symptoms: a finding about a server stands before the assertion that it
    caused, and among findings of one kind the first in time.
    """
    findings = root_cause_first(judge(record).counting)
    outcome = merge(
        [
            *record.outcomes(),
            *(Outcome(finding.outcome) for finding in findings),
            *(Outcome.ERROR for _ in record.collection_errors),
            *(Outcome.UNKNOWN for case in record.cases.values() if case.finished is None),
            *([Outcome.PASSED] if record.is_empty_shard else []),
        ]
    )
    if outcome.is_good:
        return Verdict(outcome, "", EXIT_CODES[outcome])
    return Verdict(outcome, _headline(record, findings), _exit_code(outcome, findings))


def _exit_code(outcome: Outcome, findings: list[result_pb2.Finding]) -> int:
    """That of the root cause: a sanitizer's report and causes outside the test have codes of their own."""
    cause = next((finding for finding in findings if finding.outcome == outcome), None)
    if cause is not None and cause.kind == SANITIZER_REPORT:
        return SANITIZER_EXIT_CODE
    if cause is not None and cause.kind == INFRASTRUCTURE:
        return INFRASTRUCTURE_EXIT_CODE
    return EXIT_CODES[outcome]


def _headline(record: RunRecord, findings: list[result_pb2.Finding]) -> str:
    for outcome in _ROOT_CAUSE_FIRST:
        found = [finding for finding in findings if finding.outcome == outcome]
        causes = [finding for finding in found if finding.kind != LEAK]
        if causes:
            return causes[0].message
        if outcome is Outcome.ERROR and record.collection_errors:
            error = record.collection_errors[0]
            return f"{error.file} could not be collected: {last_line(error.text)}"
        for node_id, case in record.cases.items():
            if case.finished and case.finished.outcome == outcome:
                return f"{node_id}: {case.finished.message}"
        if found:  # what cases left behind, as those that fail do
            return found[0].message
    running = record.running_case()
    if running:
        return f"{running} did not end"
    left = [node_id for node_id, case in record.cases.items() if case.finished is None]
    if not left or len(left) == len(record.cases):
        return "no case was run"
    more = f" and {len(left) - 1} more" if len(left) > 1 else ""
    why = f": pytest was told to stop: {' '.join(record.stop_reason.split())}" if record.stop_reason else ""
    return f"the tests ended before {left[0]}{more}{why}"


def last_line(text: str) -> str:
    """The line of a traceback that says what went wrong."""
    return (text.strip().splitlines() or [""])[-1].removeprefix("E ").strip()  # pytest's mark of such a line
