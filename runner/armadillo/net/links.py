"""What a network fault is made of: directed links between nodes, and rules imposed on them."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

TESTS_NODE = "tests"
"""The node of the test process and of the runner; all other nodes are servers, by their names."""


class Link(NamedTuple):
    """One direction between two nodes: what `source` sends to `target`."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


class LinkEffect(enum.Enum):
    """What a rule does to the traffic of a link."""

    DROP = "drop"
    """Every packet vanishes; a TCP connection over it stalls in both directions, for answers vanish, too."""
    DROP_CONNECTS = "drop_connects"
    """Only the opening of new connections vanishes; those that are there go on."""
    REFUSE = "refuse"
    """New connections are reset at once (ECONNREFUSED or ECONNRESET), and those that are there as well."""
    LOSS = "loss"
    """A percentage of the packets vanishes."""
    DELAY = "delay"
    """Every packet comes later, by a fixed time and a random one."""
    RATE = "rate"
    """A limit of bandwidth."""


@dataclass(frozen=True)
class LinkRule:
    """An effect with its measure; the fields that the effect does not use are 0."""

    effect: LinkEffect
    loss_percent: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    rate_bytes_per_s: int = 0


class Links(Protocol):
    """The links of one run, in the lab by the kernel, elsewhere by proxies. Rules are known by an id of the caller's.

    All methods may be called from the event loop's thread only.
    """

    @property
    def imposed(self) -> Mapping[str, tuple[frozenset[Link], LinkRule]]:
        """The rules that are in force, by their ids."""

    def why_not(self, effect: LinkEffect) -> str:
        """ "" when the effect can be had here, else the reason, naming what lacks (a kernel feature, a tool).

        Raises `FaultRequestError` when it could be had, and the target's attribute `faults` does not ask for it.
        """

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule on links; raises `FaultUnavailableError` or OSError, and then nothing of it is in force."""

    async def prove(self, rule_id: str) -> str:
        """Measures that the rule is in effect on its links; answers what was measured in one line.

        Raises `FaultNotProvedError` when it was not seen in time.
        """

    async def lift(self, rule_id: str) -> None:
        """Takes a rule away; does nothing for an id that is not in force."""

    async def prove_lifted(self, links: Collection[Link]) -> str:
        """Measures that the links work again (as far as no other rule is on them); raises `FaultNotProvedError`."""
