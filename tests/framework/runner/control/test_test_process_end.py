"""What the end of the test process says beside its cases."""

from __future__ import annotations

import pytest
from armadillo.control.test_process_end import finding_about_end
from armadillo.model.outcome import Outcome
from armadillo.results.run_record import fold
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import (
    Event,
    case_started,
    collected,
    finding,
    run_started,
    timed,
    whole_case,
)

PASSED = [collected("test_a"), *whole_case("test_a")]
FAILED = [collected("test_a"), *whole_case("test_a", Outcome.FAILED, "assert 0")]
FLAKY = [collected("test_a"), *whole_case("test_a", Outcome.FLAKY)]


def found(events: list[Event], status: int) -> tuple[str, Outcome, str] | None:
    """Kind, outcome and message of the finding about this end of this run."""
    record = fold(timed(run_started(), *events))
    told = finding_about_end(record, status, ["a_test.py", "b_test.py"])
    return (told.kind, Outcome(told.outcome), told.message) if told is not None else None


@pytest.mark.parametrize(
    ("events", "status"),
    [(PASSED, 0), (FLAKY, 0), (FAILED, 1), (FAILED, 2), (FAILED, 3), ([collected("test_a")], 0)],
)
def test_what_the_cases_say_already_is_not_said_again(events: list[Event], status: int) -> None:
    """Nothing is found; cases that did not run are the verdict's own matter."""
    assert found(events, status) is None


@pytest.mark.parametrize(
    ("events", "status", "kind", "outcome", "words"),
    [
        (PASSED, -11, "test_process_died", Outcome.CRASHED, "the test process died: signal 11 (SIGSEGV)"),
        ([collected("test_a"), case_started("test_a")], 0, "test_process_died", Outcome.CRASHED, "::test_a: exit"),
        (
            [],
            4,
            "test_process_failed",
            Outcome.ERROR,
            "4, wrong usage of pytest (by --test_arg, pytest_args or PYTEST",
        ),
        ([collected()], 5, "no_cases", Outcome.FAILED, "no test was found in a_test.py, b_test.py"),
        (PASSED, 1, "test_process_failed", Outcome.FAILED, "pytest reports a failure, but no case failed"),
        (PASSED, 3, "test_process_failed", Outcome.ERROR, "exit code 3: internal error of pytest"),
        (PASSED, 77, "test_process_failed", Outcome.ERROR, "an unknown exit code of pytest"),
    ],
)
def test_what_the_cases_do_not_say_is_found(
    events: list[Event], status: int, kind: str, outcome: Outcome, words: str
) -> None:
    """An end that contradicts the cases, or comes before them, is named."""
    told = found(events, status)
    assert told is not None
    assert told[:2] == (kind, outcome)
    assert words in told[2]


def test_an_empty_shard_is_no_mistake() -> None:
    """Where all cases fall to other shards; a shard without any cases to share out is as any other run without."""
    elsewhere = Event(cases_collected=result_pb2.CasesCollected(in_other_shards=4))
    assert found([elsewhere], 5) is None
    assert found([elsewhere], 1) is not None
    assert found([collected()], 5) is not None


def test_no_cases_are_not_told_twice() -> None:
    """Where a filter that nothing fits was told already."""
    asked = finding("selection", Outcome.ERROR, "no case fits 'x'")
    assert found([asked, collected()], 5) is None
