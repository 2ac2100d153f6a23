"""Faults that cut links: packets, or the opening of connections, vanish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import FaultRequestError
from ..net.links import TESTS_NODE, Link, LinkEffect, LinkRule
from .network_fault import NetworkFault, disjoint
from .network_shapes import bridge, isolate, one_way, partition, ring
from .process import listed

_SMALLEST_RING = 4


@dataclass(frozen=True)
class IsolateParameters:
    """Whom the isolated servers still see."""

    including_tests: bool = False
    """Whether the test process and the runner lose sight of them, too."""


class Isolate(NetworkFault):
    """Each of the servers is cut off from all others, also from the other targets."""

    kind: ClassVar[str] = "network.isolate"
    parameters_type: ClassVar[type[Any]] = IsolateParameters

    def describe(self) -> str:
        """ "dbserver-1 cut off from all other servers"."""
        others = "everybody" if self.parameters.including_tests else "all other servers"
        return f"{listed(self.targets.servers)} cut off from {others}"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """All links of each."""
        return isolate(
            self.targets.servers, [*servers, TESTS_NODE] if self.parameters.including_tests else list(servers)
        )


class Partition(NetworkFault):
    """Groups that do not reach each other. One target alone is a group against all servers that are not in it.

    Servers in no group reach all; "everybody else" as a target makes a group of them.
    """

    kind: ClassVar[str] = "network.partition"

    def describe(self) -> str:
        """ "dbserver-1 | dbserver-2 and dbserver-3"."""
        sides = [listed(group) for group in self.targets.groups]
        return f"{' | '.join(sides)} apart" if len(sides) > 1 else f"{sides[0]} apart from all other servers"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """All links between groups."""
        groups = list(self.targets.groups)
        if len(groups) == 1:
            groups.append(tuple(name for name in servers if name not in groups[0]))
        disjoint(self.kind, groups)
        return partition(groups)


class Ring(NetworkFault):
    """Each of the servers reaches two of them only, so that each sees another majority; others reach all."""

    kind: ClassVar[str] = "network.ring"

    def describe(self) -> str:
        """ "ring of agent-1, agent-2, agent-3, agent-4 and agent-5"."""
        return f"ring of {listed(self.targets.servers)}"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """All links between those that are no neighbours; raises `FaultRequestError` for less than four."""
        members = self.targets.servers
        if len(members) < _SMALLEST_RING:
            raise FaultRequestError(
                f"{self.kind} needs {_SMALLEST_RING} servers or more: in a smaller ring all are neighbours; "
                f"found {listed(members)}"
            )
        return ring(members)


class Bridge(NetworkFault):
    """Two halves that reach each other by nobody, and one server that reaches both: the third target."""

    kind: ClassVar[str] = "network.bridge"
    fewest_targets: ClassVar[int] = 3
    most_targets: ClassVar[int] = 3

    def describe(self) -> str:
        """ "agent-1 and agent-2 | agent-4 and agent-5 joined by agent-3 only"."""
        left, right, middle = (listed(group) for group in self.targets.groups)
        return f"{left} | {right} joined by {middle} only"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """All links between the halves."""
        left, right, middle = self.targets.groups
        if len(middle) != 1:
            raise FaultRequestError(f"{self.kind}: expected one server as the third target, found {listed(middle)}")
        disjoint(self.kind, self.targets.groups)
        return bridge(left, right, middle[0])


class OneWay(NetworkFault):
    """Packets from the first target to the second vanish; those the other way come.

    For TCP that is enough to stop all: no direction works without the answers of the other.
    """

    kind: ClassVar[str] = "network.one_way"
    fewest_targets: ClassVar[int] = 2
    most_targets: ClassVar[int] = 2

    def describe(self) -> str:
        """ "packets from dbserver-1 to dbserver-2 vanish"."""
        source, target = (listed(group) for group in self.targets.groups)
        return f"{self.what} from {source} to {target} vanish"

    def links_of(self, servers: Sequence[str]) -> frozenset[Link]:
        """From each of the first to each of the second."""
        return one_way(*self.targets.groups)

    @property
    def what(self) -> str:
        """What vanishes."""
        return "packets"


class OneWayConnections(OneWay):
    """No connection is opened from the first target to the second; those that are there, and those back, go on."""

    kind: ClassVar[str] = "network.one_way_connections"
    what = "attempts to connect"

    @property
    def rule(self) -> LinkRule:
        """The first packets of connections vanish."""
        return LinkRule(LinkEffect.DROP_CONNECTS)


KINDS = (Isolate, Partition, Ring, Bridge, OneWay, OneWayConnections)
