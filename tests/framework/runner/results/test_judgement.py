"""Which findings count, under which policy."""

from __future__ import annotations

import pytest
from armadillo.model.outcome import Outcome
from armadillo.model.policy import LEAK
from armadillo.results.judgement import LOG_ERROR, LOG_FATAL, SANITIZER_REPORT, judge
from armadillo.results.junit_xml import render_junit_xml
from armadillo.results.run_record import RunRecord, fold
from armadillo.results.verdict import decide
from armadillo_api.v1 import deployment_pb2

from tests.framework.runner.support.events import Event, finding, run_started, timed, whole_case


def record(*events: Event, **policy: object) -> RunRecord:
    """The record of a run with one passed case, these events and this policy."""
    started = run_started()
    started.run_started.policy.CopyFrom(deployment_pb2.Policy(**policy))
    return fold(timed(started, *whole_case("test_a"), *events))


REPORT = finding(SANITIZER_REPORT, Outcome.CRASHED, "single-1: LeakSanitizer: direct leak of 56 bytes in f() a.cpp:6")
ERROR_LINE = finding(LOG_ERROR, Outcome.FAILED, "single-1: ERROR [abcde] disk is slow")
LEAKED = finding(LEAK, Outcome.FAILED, "test_a left database 'x' behind")


@pytest.mark.parametrize("event", [REPORT, ERROR_LINE, LEAKED, finding(LOG_FATAL, Outcome.CRASHED, "FATAL")])
def test_without_a_policy_everything_counts(event: Event) -> None:
    """A run of passed cases fails for what was found beside them."""
    assert not decide(record(event)).outcome.is_good


@pytest.mark.parametrize(
    ("event", "policy"),
    [
        (REPORT, {"allowed_sanitizer_reports": [deployment_pb2.Allowance(pattern="leak of 56", reason="old")]}),
        (ERROR_LINE, {"allowed_log_lines": [deployment_pb2.Allowance(pattern="is slow", reason="known")]}),
        (ERROR_LINE, {"log_errors": "warn"}),
        (LEAKED, {"leaks": "ignore"}),
    ],
)
def test_what_the_policy_allows_is_shown_and_does_not_fail(event: Event, policy: dict[str, object]) -> None:
    """The run passes, and test.xml says what was found and why it does not count."""
    judged = record(event, **policy)
    assert decide(judged).outcome is Outcome.PASSED
    (warning,) = judge(judged).warnings
    assert warning.because
    assert warning.because in render_junit_xml(judged).decode()


def test_an_allowance_of_lines_allows_no_report() -> None:
    """Each list is for its own kind."""
    judged = record(REPORT, allowed_log_lines=[deployment_pb2.Allowance(pattern="leak", reason="x")])
    assert decide(judged).outcome is Outcome.CRASHED
    assert judge(judged).unused == ["allowed_log_lines: nothing matched 'leak'"]


def test_an_expired_allowance_allows_nothing_and_is_named() -> None:
    """After its last day a line fails the run again, and the day is shown."""
    expired = deployment_pb2.Allowance(pattern="is slow", reason="known", until="2020-01-31")
    judged = record(ERROR_LINE, allowed_log_lines=[expired])
    assert decide(judged).outcome is Outcome.FAILED
    assert judge(judged).unused == ["allowed_log_lines: nothing matched 'is slow' (until 2020-01-31)"]
