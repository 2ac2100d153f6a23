"""Swizzle-clogging, after FoundationDB's simulation: links stop one by one and come back one by one in another order.

https://apple.github.io/foundationdb/testing.html: it finds what no single cut finds, because the system is in between
for a while, in states that nobody thought of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from ..net.links import TESTS_NODE, Link
from .ground import Ground
from .network_fault import NetworkFault
from .network_flapping import healing_within
from .network_shapes import isolate
from .parameters import measure
from .process import listed, together
from .targets import Targets

Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class SwizzleParameters:
    """How fast it goes, and how far."""

    pause_ms: float = measure(100.0, 0.0, 10_000.0)
    """Between two links, when they stop and when they come back."""
    including_tests: bool = False
    """Whether the links with the test process and the runner are among them."""


class Swizzle(NetworkFault):
    """All links of the targets, each pair of nodes at a time; in the end they are as isolated ones are."""

    kind: ClassVar[str] = "network.swizzle"
    parameters_type: ClassVar[type[Any]] = SwizzleParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._cut: list[Pair] = []
        self._healed: list[Pair] = []
        self._healing = asyncio.Event()

    @property
    def step_timeout_s(self) -> float:
        """All pauses, and what a step may take besides."""
        return super().step_timeout_s + len(self.links) * self.parameters.pause_ms / 1000.0

    def describe(self) -> str:
        """ "links of dbserver-1 stop one by one"."""
        return f"links of {listed(self.targets.servers)} stop one by one"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """All links of each target."""
        return isolate(
            self.targets.servers, [*servers, TESTS_NODE] if self.parameters.including_tests else list(servers)
        )

    async def inject(self, ground: Ground) -> None:
        """Stops one pair after the other, by the run's seed."""
        pairs = sorted({(min(link), max(link)) for link in self.links})
        for pair in ground.random.sample(pairs, len(pairs)):
            if self._cut:
                await healing_within(self._healing, self.parameters.pause_ms / 1000.0)
            self._cut.append(pair)
            await ground.links.impose(self._rule_of(pair), _both(pair), self.rule)

    async def prove_injected(self, ground: Ground) -> str:
        """Every pair is cut; tells in which order that came to be."""
        told = await together(*(ground.links.prove(self._rule_of(pair)) for pair in self._cut))
        return f"cut in this order: {_order(self._cut)}; the first one: {told[0]}"

    async def recover(self, ground: Ground) -> None:
        """Lets one pair after the other come back, in another order; a failure keeps none of the others cut."""
        self._healing.set()
        self._healed = ground.random.sample(self._cut, len(self._cut))
        failure: Exception | None = None
        waited = asyncio.Event()
        for number, pair in enumerate(self._healed):
            if number:
                await healing_within(waited, self.parameters.pause_ms / 1000.0)
            try:
                await ground.links.lift(self._rule_of(pair))
            except Exception as error:
                failure = error
        if failure is not None:
            raise failure

    async def prove_recovered(self, ground: Ground) -> str:
        """All links work; tells in which order they came back."""
        return f"healed in this order: {_order(self._healed)}; {await super().prove_recovered(ground)}"

    def _rule_of(self, pair: Pair) -> str:
        return f"{self.rule_id}: {pair[0]} and {pair[1]}"


def _both(pair: Pair) -> list[Link]:
    return [Link(*pair), Link(pair[1], pair[0])]


def _order(pairs: Sequence[Pair]) -> str:
    return ", ".join(f"{one} - {other}" for one, other in pairs)


KINDS = (Swizzle,)
