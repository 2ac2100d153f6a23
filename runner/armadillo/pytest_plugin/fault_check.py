"""`FaultCheck`: heals the faults that a case left in force and names the case; skips one whose fault cannot be had.

What a case itself started must be gone when its body has ended; what a fixture started, when that fixture has ended.
The faults of a nemesis come and go in the background: they are the business of the fixture or block that runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

import pytest
from armadillo_api.v1 import control_pb2, result_pb2

from ..errors import ArmadilloError, FaultUnavailableError
from ..model.outcome import Outcome
from ..model.policy import LEAK, Consequence
from .deployment_holder import DeploymentHolder
from .node_ids import workspace_relative

_NEMESIS = "nemesis"


class FaultCheck:
    """Registered with pytest by `plugin`, whatever the policy: a fault is healed also where nobody is to be told."""

    def __init__(
        self, holder: DeploymentHolder, publish: Callable[[result_pb2.Event], None], consequence: Consequence
    ) -> None:
        self._holder = holder
        self._publish = publish
        self._is_told = consequence is not Consequence.IGNORE
        self._owned: dict[pytest.FixtureDef[Any], set[str]] = {}
        self._before_call: set[str] = set()
        self._node_id = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """What a fixture starts is its own until it ends."""
        before = _ids(self._in_force())
        try:
            return (yield)
        finally:
            started = _ids(self._in_force()) - before
            if started:
                self._owned[fixturedef] = started

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture has ended: so must have its faults. That of a case counts as the case."""
        owned = self._owned.pop(fixturedef, set())
        if owned:
            wide = f"the fixture {fixturedef.argname} (scope {fixturedef.scope})"
            who = self._node_id if fixturedef.scope == "function" else wide
            self._heal(who, [fault for fault in self._in_force() if fault.fault_id in owned])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins."""
        self._node_id = workspace_relative(nodeid)
        self._before_call = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        """What is in force now, fixtures have started."""
        self._before_call = _ids(self._in_force())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """A fault that cannot be had here skips the case, with the reason."""
        if call.excinfo is not None and (reason := _reason_to_skip(call.excinfo.value)):
            call.excinfo = pytest.ExceptionInfo.from_exception(_skip(reason))

    def heal_after_call(self) -> None:
        """To be called before a case's fixtures end: what the case itself started and did not heal."""
        left = [
            fault
            for fault in self._in_force()
            if fault.fault_id not in self._before_call and fault.asked_by != _NEMESIS
        ]
        self._heal(self._node_id, left)

    def heal_after_case(self) -> None:
        """To be called when a case has ended with its fixtures: only those that live on may have any in force."""
        owned = {fault_id for ids in self._owned.values() for fault_id in ids}
        self._heal(self._node_id, [fault for fault in self._in_force() if fault.fault_id not in owned])

    def _in_force(self) -> Sequence[control_pb2.Fault]:
        return self._holder.faults_in_force()

    def _heal(self, who: str, left: Sequence[control_pb2.Fault]) -> None:
        for fault in reversed(left):
            how = "It was healed before the next case."
            try:
                self._holder.heal(fault)
            except ArmadilloError as error:
                how = f"It could not be healed: {error}"
            if self._is_told:
                hint = "`async with faults....:` heals a fault by itself, also when the case fails."
                finding = result_pb2.Finding(
                    kind=LEAK,
                    outcome=Outcome.FAILED.value,
                    message=f"{who} left {fault.fault_id} in force ({fault.kind}: {fault.description})",
                    details=f"{how} {hint}",
                    node_id=self._node_id,
                )
                self._publish(result_pb2.Event(finding=finding))


def _ids(faults: Iterable[control_pb2.Fault]) -> set[str]:
    return {fault.fault_id for fault in faults}


def _skip(reason: str) -> BaseException:
    """The exception of `pytest.skip`, raised once; its place in reports is that of the case."""
    try:
        raise pytest.skip.Exception(reason, _use_item_location=True)
    except pytest.skip.Exception as error:
        return error


def _reason_to_skip(error: BaseException) -> str:
    """ "" unless all that went wrong is that a fault cannot be had."""
    if isinstance(error, BaseExceptionGroup):
        reasons = [_reason_to_skip(one) for one in error.exceptions]
        return reasons[0] if all(reasons) else ""
    return f"this fault cannot be had here: {error}" if isinstance(error, FaultUnavailableError) else ""
