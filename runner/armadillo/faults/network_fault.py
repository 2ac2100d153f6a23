"""What all faults of the network have in common: a rule on directed links, wherever these come from."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..errors import FaultRequestError, FaultUnavailableError
from ..net.links import TESTS_NODE, Link, LinkEffect, LinkRule
from .fault import Fault
from .ground import Ground
from .network_shapes import both_ways, isolate, one_way
from .parameters import NoParameters, choice
from .process import listed
from .targets import Targets

_COMBINABLE = (
    frozenset({LinkEffect.DELAY, LinkEffect.LOSS}),
    frozenset({LinkEffect.DELAY, LinkEffect.RATE}),
)
"""Effects of which both can be measured on one link; any other two would hide each other."""
_ANSWERED = (LinkEffect.REFUSE, LinkEffect.DROP_CONNECTS)
"""Effects that are measured by connecting, so that answers have to come back."""
_SHOWN = 3
_counter = itertools.count(1)


class NetworkFault(Fault):
    """A rule on links. `links` are known behind `check`: they depend on which servers there are."""

    parameters_type: ClassVar[type[Any]] = NoParameters
    takes_tests_node: ClassVar[bool] = True
    fewest_targets: ClassVar[int] = 1
    most_targets: ClassVar[int] = 1_000

    def __init__(self, targets: Targets, parameters: Any) -> None:
        self.targets = targets
        self.parameters = parameters
        self.links: frozenset[Link] = frozenset()
        self.rule_id = f"{self.kind}-{next(_counter)}"

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> Self:
        """The fault of a request; raises `FaultRequestError` when the number of targets is wrong."""
        count = len(targets.groups)
        if not cls.fewest_targets <= count <= cls.most_targets:
            wanted = {1_000: f"{cls.fewest_targets} or more", cls.fewest_targets: f"{cls.fewest_targets}"}.get(
                cls.most_targets, f"{cls.fewest_targets} to {cls.most_targets}"
            )
            raise FaultRequestError(
                f"{cls.kind} takes {wanted} targets, found {count} ({targets.asked_for}); several servers in one list "
                "are one target, a group"
            )
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that were named as targets."""
        return tuple(name for name in self.targets.servers if name != TESTS_NODE)

    @property
    def rule(self) -> LinkRule:
        """What happens to the links."""
        return LinkRule(LinkEffect.DROP)

    @abstractmethod
    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """The links that are hit when these are all the servers; raises `FaultRequestError`."""

    def conflicts_with(self, other: Fault) -> str:
        """Two rules on one directed link must be measurable beside each other, and their answers must come back."""
        if not isinstance(other, NetworkFault):
            return ""
        mine, theirs = self.rule.effect, other.rule.effect
        shared = self.links & other.links
        if shared and frozenset({mine, theirs}) not in _COMBINABLE:
            return f"{mine.value} and {theirs.value} cannot both be on one link, and both are on {_shown(shared)}"
        if {mine, theirs} & set(_ANSWERED) and LinkEffect.DROP in (mine, theirs):
            back = self.links & {Link(link.target, link.source) for link in other.links}
            if back:
                return f"{mine.value} cannot be seen where {theirs.value} is on the way back: {_shown(back)}"
        return ""

    def check(self, ground: Ground) -> None:
        """Finds the links; raises `FaultRequestError` when there are none, `FaultUnavailableError` with what lacks."""
        self.links = self.links_of(list(ground.servers))
        if not self.links:
            raise FaultRequestError(
                f"{self.kind} of {self.targets.asked_for} hits no link; there are: {', '.join(ground.servers)}, and "
                f"{TESTS_NODE} for the test process"
            )
        reason = ground.links.why_not(self.rule.effect)
        if reason:
            raise FaultUnavailableError(f"{self.kind} cannot be had in this run: {reason}")

    async def inject(self, ground: Ground) -> None:
        """Imposes the rule."""
        await ground.links.impose(self.rule_id, self.links, self.rule)

    async def prove_injected(self, ground: Ground) -> str:
        """As the links measure it."""
        return await ground.links.prove(self.rule_id)

    async def recover(self, ground: Ground) -> None:
        """Lifts the rule."""
        await ground.links.lift(self.rule_id)

    async def prove_recovered(self, ground: Ground) -> str:
        """As the links measure it."""
        return await ground.links.prove_lifted(self.links)


@dataclass(frozen=True, kw_only=True)
class BetweenParameters:
    """Which of the links between two parties are hit."""

    direction: str = choice("both", "both", "out", "in")
    """"out": only what the first target sends; "in": only what is sent to it."""
    including_tests: bool = False
    """With one target: whether its links with the test process and the runner are hit, too."""


class BetweenFault(NetworkFault):
    """One target: all links of each of its servers. Two targets: the links between the two."""

    parameters_type: ClassVar[type[Any]] = BetweenParameters
    most_targets: ClassVar[int] = 2

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """By the parameter `direction`."""
        parties = self.targets.groups
        everybody = [*servers, TESTS_NODE] if self.parameters.including_tests else servers
        first, second = parties if len(parties) == 2 else (parties[0], everybody)
        if self.parameters.direction == "out":
            return one_way(first, second)
        if self.parameters.direction == "in":
            return one_way(second, first)
        return both_ways(first, second) if len(parties) == 2 else isolate(first, everybody)

    def describe(self) -> str:
        """ "packets between dbserver-1 and dbserver-2 20 ms later"."""
        way = {"both": "between {} and {}", "out": "from {} to {}", "in": "to {} from {}"}[self.parameters.direction]
        groups = [listed(group) for group in self.targets.groups]
        others = "everybody" if self.parameters.including_tests else "all other servers"
        return f"{self.what} {way.format(*(groups if len(groups) == 2 else (groups[0], others)))}{self.measure}"

    @property
    @abstractmethod
    def what(self) -> str:
        """What is hit: "packets"."""

    @property
    @abstractmethod
    def measure(self) -> str:
        """What becomes of it, behind whom it hits: " 20 ms later"."""


def disjoint(kind: str, groups: Sequence[Collection[str]]) -> None:
    """Raises `FaultRequestError` when somebody is in two groups."""
    for one, other in itertools.combinations(groups, 2):
        both = [name for name in one if name in other]
        if both:
            raise FaultRequestError(
                f"{kind}: expected groups without a common member, found {listed(both)} in two of them; overlapping "
                "groups are network.bridge and network.ring"
            )


def _shown(links: Collection[Link]) -> str:
    shown = ", ".join(str(link) for link in sorted(links)[:_SHOWN])
    rest = len(links) - _SHOWN
    return shown + (f" and {rest} more" if rest > 0 else "")
