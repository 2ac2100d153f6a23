"""Links that come and go by a fixed beat until they are healed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import FaultNotProvedError
from .ground import Ground
from .network_fault import BetweenFault, BetweenParameters
from .parameters import measure
from .targets import Targets


@dataclass(frozen=True, kw_only=True)
class FlappingParameters(BetweenParameters):
    """The beat: in each period the links are cut for a part of it first, then open."""

    period_s: float = measure(1.0, 0.1, 3600.0)
    duty_percent: float = measure(50.0, 5.0, 95.0)
    """The part of a period in which the links are cut."""


class Flapping(BetweenFault):
    """Cut and open in turns. Proved when both were seen once; then the beat begins."""

    kind: ClassVar[str] = "network.flapping"
    parameters_type: ClassVar[type[Any]] = FlappingParameters
    what = "links"

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._healing = asyncio.Event()
        self._beat: asyncio.Task[None] | None = None
        self._cuts = 0

    @property
    def measure(self) -> str:
        """ " come and go every 1 s"."""
        return f" come and go: every {self.parameters.period_s:g} s cut for {self.parameters.duty_percent:g} % of it"

    async def prove_injected(self, ground: Ground) -> str:
        """Sees the links cut, then open, and starts the beat, also when it could not see that."""
        try:
            cut = await ground.links.prove(self.rule_id)
            await ground.links.lift(self.rule_id)
            opened = await ground.links.prove_lifted(self.links)
        finally:
            self._beat = asyncio.get_running_loop().create_task(self._keep_beat(ground))
        return f"cut: {cut}; open: {opened}"

    async def recover(self, ground: Ground) -> None:
        """Ends the beat and opens the links."""
        self._healing.set()
        if self._beat is not None:
            with suppress(Exception):  # told by the proof
                await self._beat
        await super().recover(ground)

    async def prove_recovered(self, ground: Ground) -> str:
        """The links are open, and the beat never failed."""
        told = await super().prove_recovered(ground)
        if self._beat is not None and (error := self._beat.exception()) is not None:
            raise FaultNotProvedError(f"links were cut {self._cuts} times, then the beat failed: {error}") from error
        return f"cut {self._cuts} times; {told}"

    async def _keep_beat(self, ground: Ground) -> None:
        cut_s = self.parameters.period_s * self.parameters.duty_percent / 100.0
        await ground.links.lift(self.rule_id)
        while not self._healing.is_set():
            await super().inject(ground)
            self._cuts += 1
            await healing_within(self._healing, cut_s)
            await ground.links.lift(self.rule_id)
            await healing_within(self._healing, self.parameters.period_s - cut_s)


async def healing_within(healing: asyncio.Event, timeout_s: float) -> None:
    """Waits until the fault is to be healed, or for the time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(healing.wait(), timeout_s)


KINDS = (Flapping,)
