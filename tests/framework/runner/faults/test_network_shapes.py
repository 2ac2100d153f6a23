"""Shapes of network faults: from names to links, for any number of servers."""

from __future__ import annotations

from armadillo.faults.network_shapes import both_ways, bridge, isolate, neighbours, one_way, partition, ring
from armadillo.net.links import Link
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.integers(4, 12).map(lambda count: [f"agent-{number}" for number in range(1, count + 1)])


def is_both_ways(links: frozenset[Link]) -> bool:
    """Whether with each link its reverse is there, and none leads to itself."""
    return all(Link(link.target, link.source) in links and link.source != link.target for link in links)


@given(NAMES, st.data())
def test_an_isolated_server_sees_nobody(names: list[str], data: st.DataObject) -> None:
    """Also not the other isolated ones; those that are not isolated see each other."""
    alone = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    cut = isolate(alone, names)
    assert is_both_ways(cut)
    for name in names:
        assert neighbours(name, names, cut) == (set() if name in alone else set(names) - set(alone) - {name})


@given(NAMES, st.data())
def test_a_partition_keeps_groups_apart_and_leaves_others_alone(names: list[str], data: st.DataObject) -> None:
    """Everybody sees the own group and those in none."""
    group_of = {name: data.draw(st.integers(0, 3), label=name) for name in names}
    groups = [[name for name in names if group_of[name] == number] for number in (1, 2, 3)]
    cut = partition(groups)
    assert is_both_ways(cut)
    for name in names:
        free = {other for other in names if 0 in (group_of[name], group_of[other]) or group_of[name] == group_of[other]}
        assert neighbours(name, names, cut) == free - {name}


@given(NAMES)
def test_in_a_ring_each_sees_exactly_two(names: list[str]) -> None:
    """The one before and the one behind; all are still connected by way of others."""
    cut = ring(names)
    assert is_both_ways(cut)
    for index, name in enumerate(names):
        assert neighbours(name, names, cut) == {names[index - 1], names[(index + 1) % len(names)]}


def test_small_rings_cut_nothing() -> None:
    """Up to three all are neighbours."""
    assert [ring(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [frozenset()] * 4


@given(NAMES, st.data())
def test_a_bridge_is_the_only_way_between_its_halves(names: list[str], data: st.DataObject) -> None:
    """The one in the middle sees all, everybody else the own half and the middle."""
    middle, *rest = data.draw(st.permutations(names))
    split = data.draw(st.integers(1, len(rest) - 1))
    left, right = rest[:split], rest[split:]
    cut = bridge(left, right, middle)
    assert is_both_ways(cut)
    assert neighbours(middle, names, cut) == set(rest)
    for half in (left, right):
        for name in half:
            assert neighbours(name, names, cut) == {*half, middle} - {name}


def test_one_way_hits_one_direction_and_nobody_itself() -> None:
    """A server that is on both sides has no link to itself."""
    assert one_way(["a", "b"], ["b", "c"]) == {Link("a", "b"), Link("a", "c"), Link("b", "c")}
    assert both_ways(["a"], ["b"]) == {Link("a", "b"), Link("b", "a")}
