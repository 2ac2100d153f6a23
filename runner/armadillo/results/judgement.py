"""Which findings count: facts on one side, the target's policy on the other, and a pure function between them.

A finding says what was there. Whether it fails the run is decided here and nowhere else, so that a stored event log can
be judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from armadillo_api.v1 import deployment_pb2, result_pb2

from ..model.policy import LEAK, NUMBERS, Allowance, Consequence, Policy, allowing, policy_from_json
from .run_record import RunRecord

SANITIZER_REPORT = "sanitizer_report"
LOG_ERROR = "log_error"
LOG_FATAL = "log_fatal"
MEMORY_GROWTH = "memory_growth"
SERVER_STUCK = "server_stuck"
CPU_SPIN = "cpu_spin"
MONITOR_BROKE = "monitor_broke"
DEADLINE = "deadline"
HANG = "hang"
"""What was seen when a deadline had passed: it says more than the deadline itself."""
INFRASTRUCTURE = "infrastructure"
"""A cause outside the test: disk, limits, addresses, a binary that cannot be executed."""

_WORDS = ("leaks", "log_errors", "monitor_findings")
_WORD_OF = {
    LEAK: "leaks",
    LOG_ERROR: "log_errors",
    **dict.fromkeys((MEMORY_GROWTH, SERVER_STUCK, CPU_SPIN, MONITOR_BROKE), "monitor_findings"),
}
"""The attribute that decides about findings of a kind; all others count."""


class Judged(NamedTuple):
    """A finding and what becomes of it: `counts` decides about the verdict, `because` says why it does not count."""

    finding: result_pb2.Finding
    counts: bool
    because: str = ""


class Judgement(NamedTuple):
    """All findings, judged, and the allowances that nothing needed or whose day has passed."""

    judged: list[Judged]
    unused: list[str]

    @property
    def counting(self) -> list[result_pb2.Finding]:
        """The findings that decide about the verdict, in their order."""
        return [one.finding for one in self.judged if one.counts]

    @property
    def warnings(self) -> list[Judged]:
        """Those that do not fail the run, and are shown all the same."""
        return [one for one in self.judged if not one.counts]


def policy_of(message: deployment_pb2.Policy) -> Policy:
    """The policy that a run began with; its defaults where the log is older than policies."""
    fields = {name: getattr(message, name) for name in (*_WORDS, "case_timeout_s", *NUMBERS)}
    lists = {
        name: [{"pattern": one.pattern, "reason": one.reason, "until": one.until} for one in getattr(message, name)]
        for name in ("allowed_log_lines", "allowed_sanitizer_reports")
    }
    return policy_from_json({**fields, **lists})


def judge(record: RunRecord) -> Judgement:
    """Every finding with its weight under the run's policy."""
    policy = policy_of(record.started.policy)
    used: set[Allowance] = set()
    judged = [_judge(finding, policy, used) for finding in record.findings]
    return Judgement(judged, _unused(policy, used))


def _judge(finding: result_pb2.Finding, policy: Policy, used: set[Allowance]) -> Judged:
    allowance = allowing(_allowances(finding, policy), finding.message, finding.fingerprint)
    if allowance is not None:
        used.add(allowance)
        return Judged(finding, False, f"allowed: {allowance.reason}")
    attribute = _WORD_OF.get(finding.kind, "")
    consequence = getattr(policy, attribute) if attribute else Consequence.FAIL
    if consequence is not Consequence.FAIL:
        return Judged(finding, False, f'{attribute} = "{consequence.value}"')
    return Judged(finding, True)


def _allowances(finding: result_pb2.Finding, policy: Policy) -> Sequence[Allowance]:
    if finding.kind == SANITIZER_REPORT:
        return policy.allowed_sanitizer_reports
    return policy.allowed_log_lines if finding.kind in (LOG_ERROR, LOG_FATAL) else ()


def _unused(policy: Policy, used: set[Allowance]) -> list[str]:
    """Those that nothing matched: they hide the next mistake of that kind, so they are to be removed."""
    told = []
    for name in ("allowed_log_lines", "allowed_sanitizer_reports"):
        for allowance in getattr(policy, name):
            if allowance not in used:
                until = f" (until {allowance.until})" if allowance.until else ""
                told.append(f"{name}: nothing matched {allowance.pattern!r}{until}")
    return told
