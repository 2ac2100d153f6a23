"""Cases that are tried more than once in a run: which may be, and what is said of those that then passed."""

from __future__ import annotations

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from .judgement import judge
from .run_record import CaseRecord, RunRecord


def may_try_again(record: RunRecord, node_id: str) -> bool:
    """Whether nothing but the case itself went wrong since it began.

    What the gate found, or a server that died, is no matter of luck, and another attempt would only bury it.
    """
    case = record.cases.get(node_id)
    if case is None:
        return False
    since_ns = case.started_ns
    found = zip(judge(record).judged, record.finding_times_ns, strict=True)
    if any(judged.counts and time_ns >= since_ns for judged, time_ns in found):
        return False
    return not any(
        one.exited is not None and not one.exited.expected and one.exited_ns >= since_ns for one in record.incarnations
    )


def flaky_cases(record: RunRecord) -> list[CaseRecord]:
    """The cases that failed and passed at a later attempt."""
    return [case for case in record.cases.values() if case.finished and case.finished.outcome == Outcome.FLAKY]


def flaky_lines(record: RunRecord) -> list[str]:
    """One line for each flaky case, with what went wrong at each of its attempts before."""
    return [f"{case.case.node_id} is flaky: {describe_attempts(case)}" for case in flaky_cases(record)]


def describe_attempts(case: CaseRecord) -> str:
    """How a case came to its end in one line; "" for one that was tried once."""
    attempts = case.failed_attempts
    if not attempts:
        return ""
    failures = "; ".join(f"attempt {one.attempt}: {one.message}" for one in attempts)
    is_flaky = case.finished is not None and case.finished.outcome == Outcome.FLAKY
    passed = f"passed at attempt {len(attempts) + 1} of {attempts[-1].attempts}, " if is_flaky else ""
    return f"{passed}failed at {failures}"


def attempts_text(attempts: list[result_pb2.CaseAttemptFailed]) -> str:
    """Everything that the failed attempts left: traceback and captured output, attempt by attempt."""
    parts = []
    for one in attempts:
        title = f"--- attempt {one.attempt} of {one.attempts} failed after {one.duration_s:.3f} s: {one.message}"
        parts += [part.rstrip("\n") for part in (title, one.text, one.captured_output) if part]
    return "\n".join(parts)
