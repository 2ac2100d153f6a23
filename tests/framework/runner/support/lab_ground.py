"""The ground of network faults: names of servers, and links of a lab or links that only write down what is asked."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from armadillo.faults.registry import make_fault
from armadillo.net.links import Link, LinkEffect, LinkRule


class WrittenLinks:
    """Rules are written down; effects in `missing` cannot be had."""

    def __init__(self, missing: Mapping[LinkEffect, str] | None = None) -> None:
        self.missing = missing or {}
        self.imposed: dict[str, tuple[frozenset[Link], LinkRule]] = {}
        self.journal: list[str] = []

    def why_not(self, effect: LinkEffect) -> str:
        """As the constructor was told."""
        return self.missing.get(effect, "")

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Writes it down."""
        self.imposed[rule_id] = (frozenset(links), rule)
        self.journal.append(f"impose {'; '.join(map(str, sorted(links)))}")

    async def prove(self, rule_id: str) -> str:
        """Believes it."""
        assert rule_id in self.imposed
        return "believed"

    async def lift(self, rule_id: str) -> None:
        """Writes it down."""
        links, _ = self.imposed.pop(rule_id, (frozenset(), None))
        self.journal += [f"lift {'; '.join(map(str, sorted(links)))}"] if links else []

    async def prove_lifted(self, links: Collection[Link]) -> str:
        """Believes it."""
        return "believed"


def ground(names: Iterable[str], links: Any, seed: int = 0) -> Any:
    """What network faults use of `faults.ground.Ground`."""
    servers = {name: SimpleNamespace(name=name) for name in names}
    return SimpleNamespace(servers=servers, links=links, random=random.Random(seed), tier="lab", time_scale=1.0)


async def fault_on(where: Any, kind: str, *targets: str, **parameters: Any) -> Any:
    """A fault as the keeper makes it, checked."""
    fault, _ = await make_fault(kind, targets, parameters, where)
    fault.check(where)
    return fault
