"""Shapes of faults of the network: from names of nodes to the directed links that are hit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations, pairwise

from ..net.links import Link


def one_way(sources: Iterable[str], targets: Iterable[str]) -> frozenset[Link]:
    """What each of the sources sends to each of the targets."""
    ends = list(targets)
    return frozenset(Link(source, target) for source in sources for target in ends if source != target)


def both_ways(group: Iterable[str], others: Iterable[str]) -> frozenset[Link]:
    """All links between two groups."""
    there = one_way(group, list(others))
    return there | {Link(link.target, link.source) for link in there}


def isolate(servers: Collection[str], everybody: Iterable[str]) -> frozenset[Link]:
    """Each of the servers is alone, also from the others of them."""
    return both_ways(servers, everybody)


def partition(groups: Sequence[Collection[str]]) -> frozenset[Link]:
    """No group reaches another one; who is in none reaches all."""
    return frozenset(link for one, other in combinations(groups, 2) for link in both_ways(one, other))


def ring(servers: Sequence[str]) -> frozenset[Link]:
    """In the order given each reaches the one before and the one behind, the last and the first being neighbours."""
    beside = {frozenset(pair) for pair in pairwise([*servers, servers[0]])} if servers else set()
    return frozenset(link for link in both_ways(servers, servers) if frozenset(link) not in beside)


def bridge(left: Collection[str], right: Collection[str], middle: str) -> frozenset[Link]:
    """The halves do not reach each other, but the one in the middle reaches all."""
    return frozenset(link for link in both_ways(left, right) if middle not in link)


def neighbours(name: str, everybody: Iterable[str], cut: Collection[Link]) -> frozenset[str]:
    """Whom a node can still talk with in both directions."""
    return frozenset(
        other for other in everybody if other != name and Link(name, other) not in cut and Link(other, name) not in cut
    )
