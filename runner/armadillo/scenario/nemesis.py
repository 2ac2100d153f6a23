"""A nemesis: faults that come and go by a plan, beside whatever the test does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from ..errors import FaultConflictError, FaultUnavailableError
from .nemesis_plan import NemesisPlan, Step

ASKED_BY = "nemesis"


class Injected(Protocol):
    """A fault that is in force."""

    async def heal(self) -> None:
        """Takes it away; answers when that is proved."""


class Faults(Protocol):
    """What a nemesis needs of the fault verbs; `handles.faults.Faults` has it."""

    async def start(self, kind: str, targets: Sequence[str], parameters: Mapping[str, Any], asked_by: str) -> Injected:
        """Puts a fault in force; answers when that is proved."""


class Nemesis:
    """Does the steps of a plan; made by `running`, which also ends it.

    `injected` counts the faults that came into force, `left_out` has a line for each step that could not be had here.
    """

    def __init__(self, faults: Faults, plan: NemesisPlan, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.injected = 0
        self.left_out: list[str] = []
        self._faults = faults
        self._say = say
        self._in_force: dict[int, Injected] = {}
        self._ending = asyncio.Event()
        self._done = asyncio.Event()
        self._problem: BaseException | None = None

    async def finished(self) -> None:
        """Waits until the plan is through; raises what went wrong with a fault, if something did."""
        await self._done.wait()
        if self._problem is not None:
            raise self._problem

    def end(self) -> None:
        """No further step begins; the one that is being done is done whole, then all is healed."""
        self._ending.set()

    async def run(self) -> None:
        """The plan from its first step to its last, or to `end`; whatever is in force then is healed."""
        try:
            start_s = asyncio.get_running_loop().time()
            for at_s, is_begin, step in _moments(self.plan):
                if await self._is_ended_before(start_s + at_s):
                    break
                await (self._begin(step) if is_begin else self._end(step))
        except Exception as error:
            self._problem = error
        finally:
            await self._heal_all()
            self._done.set()

    async def _is_ended_before(self, time_s: float) -> bool:
        left_s = time_s - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), max(0.0, left_s))
        return self._ending.is_set()

    async def _begin(self, step: Step) -> None:
        try:
            self._in_force[step.number] = await self._faults.start(step.kind, step.targets, step.parameters, ASKED_BY)
            self.injected += 1
        except (FaultUnavailableError, FaultConflictError) as error:
            self.left_out.append(f"step {step.number} ({step.kind}): {error}")
            self._say(f"nemesis leaves out step {step.number}: {error}")

    async def _end(self, step: Step) -> None:
        fault = self._in_force.pop(step.number, None)
        if fault is not None:
            await fault.heal()

    async def _heal_all(self) -> None:
        """Heals what is left, the last first; one that cannot be healed does not keep the others from it."""
        for number in sorted(self._in_force, reverse=True):
            try:
                await self._in_force.pop(number).heal()
            except Exception as error:
                self._problem = self._problem or error


@asynccontextmanager
async def running(faults: Faults, plan: NemesisPlan, say: Callable[[str], None]) -> AsyncIterator[Nemesis]:
    """The nemesis is at work inside the block; behind it nothing of it is in force.

    Raises what went wrong with a fault, unless the block itself failed.
    """
    nemesis = Nemesis(faults, plan, say)
    task = asyncio.get_running_loop().create_task(nemesis.run(), name="nemesis")
    try:
        yield nemesis
    finally:
        nemesis.end()
        await asyncio.wait([task])
    await nemesis.finished()


def _moments(plan: NemesisPlan) -> list[tuple[float, bool, Step]]:
    """All beginnings and ends in the order of time; at the same time an end comes first."""
    begins = [(step.at_s, True, step) for step in plan.steps]
    ends = [(step.end_s, False, step) for step in plan.steps]
    return sorted([*begins, *ends], key=lambda moment: (moment[0], moment[1], moment[2].number))
