"""The verdict: one correct outcome, with its root cause."""

from __future__ import annotations

import itertools

import pytest
from armadillo.model.outcome import Outcome
from armadillo.results.run_record import fold
from armadillo.results.verdict import EXIT_CODES, Verdict, decide
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import (
    Event,
    case_finished,
    case_started,
    collected,
    finding,
    run_started,
    timed,
    whole_case,
)

NODE = "tests/x/test_y.py::"
SERVER_DIED = finding("server_died", Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)")
START_FAILED = finding("server_start_failed", Outcome.ERROR, "agent-1 died while starting: exit code 21")
DEADLINE = finding("deadline", Outcome.TIMEOUT, "the run's time is up")
FORCED_KILL = finding("forced_kill", Outcome.FAILED, "dbserver-1 did not stop within 60 s")
TESTS_DIED = finding("test_process_died", Outcome.CRASHED, "the test process died: signal 9 (SIGKILL)")
LEFT_BEHIND = finding("leak", Outcome.FAILED, "test_a left behind x")
NOT_KNOWN = finding("leak", Outcome.UNKNOWN, "what test_a left is not known")
LOST = finding("evidence_lost", Outcome.ERROR, "event log could not be written")
ASSERTION = whole_case("test_a", Outcome.FAILED, "assert 1 == 2")


def verdict(*events: Event) -> Verdict:
    """The verdict of a run with these events."""
    return decide(fold(timed(run_started(), *events)))


@pytest.mark.parametrize(
    ("events", "outcome", "headline"),
    [
        ([], Outcome.UNKNOWN, "no case was run"),
        ([collected("test_a")], Outcome.UNKNOWN, "no case was run"),
        (whole_case("test_a"), Outcome.PASSED, ""),
        (whole_case("test_a", Outcome.SKIPPED, "not here"), Outcome.SKIPPED, ""),
        ([*whole_case("test_a", Outcome.SKIPPED), *whole_case("test_b")], Outcome.PASSED, ""),
        (ASSERTION, Outcome.FAILED, f"{NODE}test_a: assert 1 == 2"),
        ([*whole_case("test_a", Outcome.FLAKY), *whole_case("test_b")], Outcome.FLAKY, ""),
        ([*whole_case("test_b", Outcome.FLAKY), *ASSERTION], Outcome.FAILED, f"{NODE}test_a: assert 1 == 2"),
        ([*ASSERTION, SERVER_DIED], Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)"),
        ([SERVER_DIED, *ASSERTION], Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)"),
        ([*whole_case("test_a"), SERVER_DIED], Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)"),
        ([DEADLINE, SERVER_DIED], Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)"),
        ([SERVER_DIED, TESTS_DIED], Outcome.CRASHED, "dbserver-2 died unasked: signal 6 (SIGABRT)"),
        ([TESTS_DIED, SERVER_DIED], Outcome.CRASHED, "the test process died: signal 9 (SIGKILL)"),
        ([case_started("test_a"), DEADLINE], Outcome.TIMEOUT, "the run's time is up"),
        ([START_FAILED], Outcome.ERROR, "agent-1 died while starting: exit code 21"),
        ([*whole_case("test_a"), FORCED_KILL], Outcome.FAILED, "dbserver-1 did not stop within 60 s"),
        ([*whole_case("test_a"), LEFT_BEHIND], Outcome.FAILED, "test_a left behind x"),
        ([LEFT_BEHIND, *ASSERTION], Outcome.FAILED, f"{NODE}test_a: assert 1 == 2"),
        ([LEFT_BEHIND, FORCED_KILL], Outcome.FAILED, "dbserver-1 did not stop within 60 s"),
        ([*whole_case("test_a"), NOT_KNOWN], Outcome.UNKNOWN, "what test_a left is not known"),
        ([*whole_case("test_a"), LOST], Outcome.ERROR, "event log could not be written"),
        ([*whole_case("test_a", Outcome.UNKNOWN, "no answer")], Outcome.UNKNOWN, f"{NODE}test_a: no answer"),
        ([*whole_case("test_a"), case_started("test_b")], Outcome.UNKNOWN, f"{NODE}test_b did not end"),
        (
            [collected("test_a", "test_b"), *whole_case("test_a")],
            Outcome.UNKNOWN,
            f"the tests ended before {NODE}test_b",
        ),
        (
            [collected("test_a", "test_b", "test_c"), *whole_case("test_a")],
            Outcome.UNKNOWN,
            f"the tests ended before {NODE}test_b and 1 more",
        ),
        (
            [
                collected("test_a", "test_b"),
                *whole_case("test_a"),
                Event(tests_stopped=result_pb2.TestsStopped(reason="enough")),
            ],
            Outcome.UNKNOWN,
            f"the tests ended before {NODE}test_b: pytest was told to stop: enough",
        ),
        (
            [collected(errors={"tests/x/test_z.py": "Traceback\nE   SyntaxError: invalid syntax\n"})],
            Outcome.ERROR,
            "tests/x/test_z.py could not be collected: SyntaxError: invalid syntax",
        ),
        (
            [*whole_case("test_a", Outcome.FAILED, "first"), *whole_case("test_b", Outcome.FAILED, "second")],
            Outcome.FAILED,
            f"{NODE}test_a: first",
        ),
        (
            [*whole_case("test_a", Outcome.FAILED, "body"), *whole_case("test_b", Outcome.ERROR, "set-up")],
            Outcome.ERROR,
            f"{NODE}test_b: set-up",
        ),
    ],
)
def test_the_root_cause_stands_before_its_symptoms(events: list[Event], outcome: Outcome, headline: str) -> None:
    """A server's death explains the assertion that it caused; among equals the first in time counts."""
    found = verdict(*events)
    assert (found.outcome, found.headline) == (outcome, headline)
    assert found.exit_code == EXIT_CODES[outcome]


def test_exit_code_0_means_a_good_outcome_and_nothing_else() -> None:
    """Bazel looks at the exit code alone, and caches a 0 for good."""
    assert {outcome for outcome, code in EXIT_CODES.items() if code == 0} == {
        Outcome.PASSED,
        Outcome.SKIPPED,
        Outcome.FLAKY,
    }
    assert set(EXIT_CODES) == set(Outcome)


def test_no_finding_is_ever_outvoted() -> None:
    """However many cases passed: one finding that is not good makes the run not good, with a headline."""
    passed = list(itertools.chain.from_iterable(whole_case(f"test_{n}") for n in range(50)))
    for bad in (SERVER_DIED, START_FAILED, DEADLINE, FORCED_KILL, TESTS_DIED, LOST):
        found = verdict(*passed, bad, *whole_case("test_last"))
        assert found.exit_code != 0
        assert found.headline == bad.finding.message


def test_an_outcome_that_a_client_left_out_is_no_pass() -> None:
    """A test in another language that reports no outcome has proved nothing."""
    assert verdict(case_started("test_a"), case_finished("test_a", 0)).outcome is Outcome.UNKNOWN


def test_sanitizers_and_causes_outside_have_codes_of_their_own() -> None:
    """The exit code is that of the root cause, so scripts tell a report from a crash, a full disk from a bug."""
    report = finding("sanitizer_report", Outcome.CRASHED, "AddressSanitizer: heap-use-after-free")
    outside = finding("infrastructure", Outcome.ERROR, "no space left on device")
    assert verdict(*whole_case("test_a"), report, SERVER_DIED).exit_code == 6
    assert verdict(*whole_case("test_a"), SERVER_DIED, report).exit_code == 4
    assert verdict(*whole_case("test_a"), outside).exit_code == 7
    assert verdict(*ASSERTION, outside).exit_code == 7


def test_an_empty_shard_has_passed() -> None:
    """Bazel expects exit code 0 of it; a finding counts all the same, and so does a run without any case."""
    empty = Event(cases_collected=result_pb2.CasesCollected(in_other_shards=4))

    assert verdict(empty) == Verdict(Outcome.PASSED, "", 0)
    assert verdict(empty, SERVER_DIED).outcome is Outcome.CRASHED
    assert verdict(collected()).outcome is Outcome.UNKNOWN
