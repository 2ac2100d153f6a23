"""What cases print has bounds, and what is left out is told."""

from __future__ import annotations

from armadillo.model.outcome import Outcome
from armadillo.results.output_budget import CASE_CAP_CHARACTERS, SMALL_CAP_CHARACTERS, OutputBudget, shortened

from tests.framework.runner.support.events import attempt_failed, case_finished, finding


def test_a_text_keeps_its_two_ends() -> None:
    """The line between says how much is missing; a short text stays as it is."""
    assert shortened("short", 10) == "short"
    assert shortened("a" * 50 + "b" * 50, 20) == (
        "a" * 10 + "\n--- truncated: 80 characters are left out ---\n" + "b" * 10
    )


def test_one_case_has_its_cap() -> None:
    """Tracebacks and output, of attempts as well."""
    for event in (case_finished("test_a", Outcome.FAILED, "no"), attempt_failed("test_a", 1, "no")):
        case = getattr(event, event.WhichOneof("kind"))
        case.text = case.captured_output = "x" * (3 * CASE_CAP_CHARACTERS)
        OutputBudget().trim(event)
        for text in (case.text, case.captured_output):
            assert CASE_CAP_CHARACTERS <= len(text) <= CASE_CAP_CHARACTERS + 100
            assert f"truncated: {2 * CASE_CAP_CHARACTERS} characters" in text


def test_a_run_has_a_budget_and_each_case_a_little_beyond_it() -> None:
    """When others have used it up, the ends of a traceback are there all the same."""
    budget = OutputBudget(left=2 * CASE_CAP_CHARACTERS)
    lengths = []
    for _ in range(4):
        event = case_finished("test_a", captured_output="x" * CASE_CAP_CHARACTERS)
        budget.trim(event)
        lengths.append(len(event.case_finished.captured_output))
    assert lengths[:2] == [CASE_CAP_CHARACTERS] * 2
    assert all(SMALL_CAP_CHARACTERS <= length <= SMALL_CAP_CHARACTERS + 100 for length in lengths[2:])
    assert budget.left == 0


def test_other_events_are_left_alone() -> None:
    """A finding's details are the runner's own and bounded where they are made."""
    event = finding("server_died", Outcome.CRASHED, "it died", details="x" * (2 * CASE_CAP_CHARACTERS))
    OutputBudget(left=0).trim(event)
    assert len(event.finding.details) == 2 * CASE_CAP_CHARACTERS
