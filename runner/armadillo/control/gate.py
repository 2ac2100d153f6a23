"""The checks between the last case and the verdict: some while the servers still answer, some after they ended.

A check looks at one thing and answers findings. One that breaks or takes too long is itself a finding with the outcome
"unknown": what could not be checked never passes.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from ..results.findings import finding_event
from ..results.hub import Hub

Findings = Iterable[result_pb2.Finding]
CHECK_BROKE = "check_broke"


@dataclass(frozen=True)
class Check:
    """One check: its name as people read it, what it does, and how long it may take."""

    name: str
    look: Callable[[], Awaitable[Findings]]
    timeout_s: float = 10.0


async def run_checks(checks: Iterable[Check], hub: Hub) -> None:
    """Runs the checks one after the other and publishes what they find; never raises for a check's sake."""
    for check in checks:
        try:
            found = list(await asyncio.wait_for(check.look(), check.timeout_s))
        except TimeoutError:
            message = f"the check of {check.name} did not end within {check.timeout_s:g} s, so nothing is known of it"
            hub.publish(finding_event(CHECK_BROKE, Outcome.UNKNOWN, message))
        except Exception as error:
            message = f"the check of {check.name} broke: {type(error).__name__}: {error}"
            details = "".join(traceback.format_exception(error))
            hub.publish(finding_event(CHECK_BROKE, Outcome.UNKNOWN, message, details=details))
        else:
            hub.publish(*[result_pb2.Event(finding=finding) for finding in found])
