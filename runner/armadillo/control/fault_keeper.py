"""`FaultKeeper`: drives faults through their six steps, and takes every one of them back.

The stack of what was begun is the one truth: a fault is on it before its first step, and leaves it only when recovery
and clean-up were tried. A healing that fails is a finding and stops no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from armadillo_api.v1 import result_pb2

from ..errors import ArmadilloError, FaultConflictError, FaultError, FaultNotProvedError, FaultRequestError
from ..model.outcome import Outcome
from ..model.policy import LEAK
from ..results.findings import finding_event
from ..results.hub import Hub
from .fault_ground import RunGround
from .kept_fault import KeptFault, Phase

if TYPE_CHECKING:
    from ..faults.fault import Fault

FAULT_UNPROVED = "fault_unproved"
"""Kind of a finding: whether a fault was in effect, or is gone, is not known."""
FAULT_NOT_HEALED = "fault_not_healed"
"""Kind of a finding: taking a fault back broke."""
_RESOLVE_S = 30.0


class FaultKeeper:
    """All faults of a run; use it from the event loop's thread. `heal_all` leaves none."""

    def __init__(self, ground: RunGround, hub: Hub) -> None:
        self._ground = ground
        self._hub = hub
        self._stack: list[KeptFault] = []
        self._healed: list[KeptFault] = []
        self._count = 0
        self._closed = ""
        self._tasks: set[asyncio.Task[None]] = set()
        ground.others_in_force = lambda: len(self._stack) > 1

    @property
    def in_force(self) -> list[KeptFault]:
        """Those that were begun and not healed, the first begun first."""
        return list(self._stack)

    @property
    def healed(self) -> list[KeptFault]:
        """Those that are over, in the order of their healing."""
        return list(self._healed)

    async def inject(
        self,
        kind: str,
        targets: Sequence[str],
        parameters: Mapping[str, Any],
        *,
        asked_by: str = "test",
        allow_unproved: bool = False,
    ) -> KeptFault:
        """Puts a fault in force and proves it; one that fails on the way is taken back before this raises.

        Raises `FaultRequestError`, `FaultConflictError`, `FaultUnavailableError`, `FaultNotProvedError` (unless
        `allow_unproved`), another `FaultError`, or the `ServerError` or `ControlError` of the verb that failed.
        """
        from ..faults.registry import make_fault  # most runs have no faults, and no time for the import

        self._refuse_when_closed(kind)
        try:
            making = make_fault(kind, targets, parameters, self._ground)
            fault, resolved = await asyncio.wait_for(making, _RESOLVE_S * self._ground.time_scale)
        except TimeoutError:
            asked = "; ".join(targets)
            raise FaultError(f"{kind}: who is meant by {asked!r} was not known in time") from None
        self._refuse_when_closed(kind)
        fault.check(self._ground)  # from now on it knows which links and servers it is about
        self._refuse_conflicts(fault)
        self._count += 1
        kept = KeptFault(
            fault_id=f"fault-{self._count}",
            fault=fault,
            asked_for=resolved.asked_for,
            asked_by=asked_by,
            allow_unproved=allow_unproved,
            node_id=self._hub.record.running_case(),
            hub=self._hub,
            time_scale=self._ground.time_scale,
        )
        self._stack.append(kept)
        await self._to_its_end(self._begin(kept))
        return kept

    async def heal(self, fault_id: str) -> KeptFault:
        """Takes one fault back, in whatever order; one that is healed already stays so.

        Raises `FaultRequestError` for an unknown id, `FaultNotProvedError` or `FaultError` when it failed.
        """
        known = {kept.fault_id: kept for kept in (*self._healed, *self._stack)}
        if fault_id not in known:
            there = ", ".join(kept.title for kept in self._stack) or "none"
            raise FaultRequestError(f"there is no fault {fault_id!r} in this run; in force: {there}")
        await self._to_its_end(self._undo(known[fault_id]))
        return known[fault_id]

    async def heal_all(self) -> list[KeptFault]:
        """Takes back all that are in force, the last begun first; failures are findings and raise nothing."""
        healed = []
        for kept in reversed(self.in_force):
            with suppress(ArmadilloError):  # published as a finding; the others are to be healed all the same
                await self._to_its_end(self._undo(kept))
            healed.append(kept)
        return healed

    async def look_at_the_end(self) -> list[result_pb2.Finding]:
        """A check of the gate: no fault may be left. Those that are, are told and healed; no other can be injected."""
        self._closed = "the run is ending"
        left = await self.heal_all()
        return [
            result_pb2.Finding(
                kind=LEAK,
                outcome=result_pb2.FAILED,
                message=f"{kept.node_id or 'the tests'} left {kept.title} in force until the end of the run",
                details="`async with faults....:` heals a fault by itself, also when the case fails.",
                node_id=kept.node_id,
            )
            for kept in left
        ]

    async def close(self) -> None:
        """Takes everything back in a hurry: nothing is started again, for all is going to be stopped."""
        self._closed = "the run is ending"
        self._ground.is_closing = True
        await self.heal_all()

    def _refuse_when_closed(self, kind: str) -> None:
        if self._closed:
            raise FaultError(f"{kind} cannot be injected any more: {self._closed}")

    def _refuse_conflicts(self, fault: Fault) -> None:
        for kept in self._stack:
            reason = fault.conflicts_with(kept.fault) or kept.fault.conflicts_with(fault)
            if reason:
                raise FaultConflictError(
                    f"{fault.kind} ({fault.describe()}) cannot be injected while {kept.title} is in force: {reason}"
                )

    async def _to_its_end(self, work: Awaitable[None]) -> None:
        """Does the work also when who asked for it has gone: a fault is never left half-way."""

        async def do() -> None:
            await work

        task = asyncio.get_running_loop().create_task(do())
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen: who asked may have gone

    async def _begin(self, kept: KeptFault) -> None:
        async with kept.lock:
            fault, ground = kept.fault, self._ground
            try:
                await kept.step(Phase.SET_UP, "set up", fault.set_up(ground))
                kept.was_begun = True
                await kept.step(Phase.INJECTED, "inject", fault.inject(ground))
                kept.is_in_force = True
                await self._prove(kept)
            except ArmadilloError:
                await self._take_back(kept)
                raise
            if fault.ends_itself:
                await self._take_back(kept)
        if fault.ends_itself and kept.problems:
            raise kept.problems[0]

    async def _prove(self, kept: KeptFault) -> None:
        try:
            kept.proof = await kept.step(Phase.PROVED, "prove", kept.fault.prove_injected(self._ground))
        except ArmadilloError as error:
            message = f"{kept.title} was injected, and that could not be proved: {error}"
            if not self._tell_unproved(kept, message):
                raise FaultNotProvedError(message) from error

    async def _undo(self, kept: KeptFault) -> None:
        async with kept.lock:
            if not kept.is_over:
                await self._take_back(kept)
        if kept.problems:
            raise kept.problems[0]

    async def _take_back(self, kept: KeptFault) -> None:
        """Recovery, its proof and clean-up, each tried whatever became of the one before; raises nothing."""
        fault, ground = kept.fault, self._ground
        recovered = await self._tried(kept, Phase.RECOVERED, "recover", fault.recover(ground))
        if recovered:
            kept.is_in_force = False
        if recovered and kept.was_begun and not ground.is_closing:
            try:
                proof = fault.prove_recovered(ground)
                kept.proof_of_recovery = await kept.step(Phase.PROVED_RECOVERED, "prove the recovery", proof)
            except ArmadilloError as error:
                message = f"{kept.title} was healed, and that could not be proved: {error}"
                if not self._tell_unproved(kept, message):
                    kept.problems.append(FaultNotProvedError(message))
        await self._tried(kept, Phase.CLEANED_UP, "clean up", fault.clean_up(ground))
        kept.is_over = True
        self._stack.remove(kept)
        self._healed.append(kept)

    async def _tried(
        self, kept: KeptFault, phase: result_pb2.FaultEvent.Phase, name: str, action: Awaitable[None]
    ) -> bool:
        try:
            await kept.step(phase, name, action)
        except ArmadilloError as error:
            message = f"{kept.title} could not be healed ({name}): {error}"
            self._hub.publish(finding_event(FAULT_NOT_HEALED, Outcome.ERROR, message, node_id=kept.node_id))
            kept.problems.append(FaultError(message))
            return False
        return True

    def _tell_unproved(self, kept: KeptFault, message: str) -> bool:
        """A finding, or only a note where it was allowed; answers whether it was."""
        if kept.allow_unproved:
            self._hub.publish(result_pb2.Event(note=result_pb2.Note(text=f"{message} (allowed)")))
        else:
            self._hub.publish(finding_event(FAULT_UNPROVED, Outcome.UNKNOWN, message, node_id=kept.node_id))
        return kept.allow_unproved
