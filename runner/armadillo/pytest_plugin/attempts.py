"""`Attempts`: a case that fails in its own body is tried again, where the target's `case_attempts` says so.

Each attempt has its own set-up and tear-down of everything of function scope, and servers that the case put down are
brought back in between; fixtures of wider scope stay. An error of a fixture is not tried again, nor is anything beside
which the runner found something. See docs/decisions/0009-case-attempts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import pytest
from _pytest.runner import runtestprotocol
from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome, worst
from .case_report import outcome_of

_FLAKY = "armadillo_attempt"
"""Attribute of the report of a call that passed at a later attempt: its number."""

_Status = tuple[str, str, tuple[str, dict[str, bool]]]
"""Category, letter and coloured word, as pytest wants them."""

TellFailure = Callable[[Sequence[pytest.TestReport], int, int], result_pb2.PublishReply]
"""Gets the phases of a failed attempt, its number and how many there may be; answers what the runner says to it."""


class Attempts:
    """Registered with pytest by `plugin` for targets with more than one attempt."""

    def __init__(self, attempts: int, tell_failure: TellFailure) -> None:
        self._attempts = attempts
        self._tell_failure = tell_failure

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """The life of one case; as pytest's own, with a loop in it."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for attempt in range(1, self._attempts + 1):
            reports = self._try(item, nextitem, attempt)
            if attempt == self._attempts or not self._may_follow(item, reports, attempt):
                break
            item._report_sections.clear()  # what it printed is told with the attempt
        if attempt < self._attempts:
            reports += _end_wider_fixtures(item, nextitem)
        for report in reports:
            if attempt > 1 and report.when == "call" and report.passed:
                setattr(report, _FLAKY, attempt)
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_report_teststatus(self, report: pytest.TestReport) -> _Status | None:
        """In test.log a case that passed at a later attempt is no plain PASSED."""
        attempt = getattr(report, _FLAKY, 0)
        return ("flaky", "K", (f"FLAKY (passed at attempt {attempt})", {"yellow": True})) if attempt else None

    def _try(self, item: pytest.Item, nextitem: pytest.Item | None, attempt: int) -> list[pytest.TestReport]:
        """One attempt. While another one may follow, only what belongs to the case alone is torn down."""
        keep = nextitem if attempt == self._attempts else item.parent
        return runtestprotocol(item, log=False, nextitem=keep)  # type: ignore[arg-type]

    def _may_follow(self, item: pytest.Item, reports: Sequence[pytest.TestReport], attempt: int) -> bool:
        """Whether it failed in its own body and nowhere else, and the runner found nothing beside it."""
        if worst(outcome_of(report) for report in reports) is not Outcome.FAILED or item.session.shouldfail:
            return False
        may = self._tell_failure(reports, attempt, self._attempts).may_try_again
        terminal = item.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            what = "it is tried again" if may else "it is not tried again: more was found than this failure"
            terminal.ensure_newline()
            terminal.write_line(f"{item.nodeid}: attempt {attempt} of {self._attempts} failed; {what}")
        return may


def _end_wider_fixtures(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Tears down what the next case does not need; a report only where that failed.

    Not by the hook for tear-downs: that one has had its turn for this case, and plug-ins do not expect it twice.
    """
    capture = item.config.pluginmanager.get_plugin("capturemanager")
    with capture.item_capture("teardown", item) if capture is not None else nullcontext():
        call = pytest.CallInfo.from_call(
            lambda: item.session._setupstate.teardown_exact(nextitem),
            when="teardown",
            reraise=(KeyboardInterrupt, pytest.exit.Exception),
        )
    if call.excinfo is None:
        return []
    vars(item)["funcargs"] = {}  # pytest has taken them away already, and plug-ins look there
    return [item.ihook.pytest_runtest_makereport(item=item, call=call)]
