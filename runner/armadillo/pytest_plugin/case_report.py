"""One case's three phases (set-up, call, tear-down) made into one `CaseFinished`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from armadillo_api.v1 import result_pb2

from ..model.bounded_text import shortened
from ..model.outcome import Outcome, worst

_LONGEST_MESSAGE = 1000


class CaseReport:
    """Collects the reports of one case's phases."""

    def __init__(self, node_id: str, tidy: Callable[[str], str]) -> None:
        self.node_id = node_id
        self._tidy = tidy
        self._phases: list[pytest.TestReport] = []
        self._failed_attempts: list[result_pb2.CaseAttemptFailed] = []

    def add(self, report: pytest.TestReport) -> None:
        """One more phase has ended."""
        self._phases.append(report)

    def attempt_failed(
        self, reports: Sequence[pytest.TestReport], attempt: int, attempts: int
    ) -> result_pb2.CaseAttemptFailed:
        """The phases of an attempt that failed; they do not become the case's own. `attempt` counts from 1."""
        failed = [report for report in reports if report.failed]
        return result_pb2.CaseAttemptFailed(
            node_id=self.node_id,
            attempt=attempt,
            attempts=attempts,
            duration_s=sum(report.duration for report in reports),
            message=self._tidy(message_of(failed[0])),
            text=self._tidy("\n".join(_text_of(report) for report in failed)),
            captured_output=_captured(reports[-1]),
        )

    def begin_next_attempt(self, failed: result_pb2.CaseAttemptFailed) -> None:
        """Another one follows the attempt that failed."""
        self._failed_attempts.append(failed)

    def finished(self) -> result_pb2.CaseFinished:
        """The whole case: the worst outcome, told by the first phase that went wrong.

        A case that passes after failed attempts is flaky; one that is skipped then has failed.
        """
        found = worst(outcome_of(report) for report in self._phases)
        telling = [report for report in self._phases if outcome_of(report) is not Outcome.PASSED]
        failed = [report for report in telling if report.failed]
        first = next(iter(failed or telling), None)
        last = self._phases[-1] if self._phases else None
        message, text = message_of(first) if first else "", "\n".join(_text_of(report) for report in failed)
        if found is Outcome.PASSED and all(report.when != "call" for report in self._phases):
            found, message = Outcome.UNKNOWN, "its body was not run (an option of pytest such as --setup-only)"
        if self._failed_attempts and found is Outcome.PASSED:
            found = Outcome.FLAKY
        elif self._failed_attempts and found is Outcome.SKIPPED:
            before = self._failed_attempts[-1]
            found, text = Outcome.FAILED, before.text
            message = f"{before.message} (attempt {before.attempt}; the next one was skipped: {message})"
        before_s = sum(attempt.duration_s for attempt in self._failed_attempts)
        return result_pb2.CaseFinished(
            node_id=self.node_id,
            outcome=found.value,
            attempts=len(self._failed_attempts) + 1,
            duration_s=before_s + sum(report.duration for report in self._phases),
            message=self._tidy(message),
            text=self._tidy(text),
            phase=first.when if first else "",
            captured_output=_captured(last) if last else "",
            properties=_properties(last) if last else {},
        )


def outcome_of(report: pytest.TestReport) -> Outcome:
    """A phase's outcome: a failure outside the case's own body is an error."""
    if report.failed:
        return Outcome.FAILED if report.when == "call" else Outcome.ERROR
    return Outcome.SKIPPED if report.skipped else Outcome.PASSED


def message_of(report: pytest.TestReport) -> str:
    """One line: the assertion, the exception, or the reason of a skip."""
    if report.skipped:
        expected = getattr(report, "wasxfail", None)
        if expected is not None:
            return f"expected to fail: {expected.removeprefix('reason: ')}"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return reason.removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = str(crash.message if crash else report.longrepr).strip().splitlines() or ["failed"]
    message = lines[0].removeprefix("armadillo.errors.")
    # An assertion with a text of its own has what was compared in a later line.
    compared = next((line.strip() for line in lines[1:] if line.startswith("assert ")), "")
    if compared and message.startswith("AssertionError"):
        message = f"{message} ({compared})"
    return message[:_LONGEST_MESSAGE]


def _text_of(report: pytest.TestReport) -> str:
    return f"failed in {report.when}:\n{shortened(report.longreprtext)}"


def _captured(report: pytest.TestReport) -> str:
    """What the case printed or logged in all phases; pytest's last report has all of it.

    It must fit into one message to the runner, whatever a test prints.
    """
    return shortened("\n".join(f"--- {title} ---\n{content}" for title, content in report.sections if content))


def _properties(report: pytest.TestReport) -> dict[str, str]:
    return {str(name): str(value) for name, value in report.user_properties}
