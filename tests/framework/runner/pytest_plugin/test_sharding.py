"""Shards: every process works out the same."""

from __future__ import annotations

import random

import pytest
from armadillo.pytest_plugin.sharding import shard_of

ALL = [f"x_test.py::test_{number:02}" for number in range(17)]


def shards(total: int, timings: dict[str, float] | None = None) -> list[set[str]]:
    """What all shards find."""
    return [shard_of(ALL, index, total, timings or {}) for index in range(total)]


@pytest.mark.parametrize("timings", [{}, {ALL[3]: 9.0, ALL[4]: 0.0, "gone": 5.0}], ids=["none", "some"])
@pytest.mark.parametrize("total", [1, 2, 3, 17, 64])
def test_every_case_is_in_exactly_one_shard(total: int, timings: dict[str, float]) -> None:
    """However many shards there are; and none is empty while another one has two."""
    found = shards(total, timings)

    assert sorted(node_id for shard in found for node_id in shard) == ALL
    assert sum(1 for shard in found if shard) == min(total, len(ALL))


def test_without_timings_they_are_dealt_out() -> None:
    """Numbers differ by one at most."""
    sizes = [len(shard) for shard in shards(5)]

    assert max(sizes) - min(sizes) <= 1


def test_the_longest_go_first() -> None:
    """One long case has a shard for itself; the others share what is left evenly."""
    timings = dict.fromkeys(ALL, 1.0) | {ALL[5]: 8.0}

    assert sorted(shards(3, timings), key=len)[0] == {ALL[5]}
    assert sorted(map(len, shards(3, timings))) == [1, 8, 8]


def test_an_unknown_case_counts_as_a_middling_one() -> None:
    """A new case does not look free: those without a time are spread, too."""
    timings = {ALL[0]: 4.0, ALL[1]: 4.0}

    assert sorted(map(len, shards(2, timings))) == [8, 9]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_collection_does_not_matter(seed: int) -> None:
    """Parameters may come from a set, whose order differs between processes."""
    shuffled = random.Random(seed).sample(ALL, len(ALL))
    timings = {ALL[number]: 1.0 for number in range(6)}

    for index in range(4):
        assert shard_of(shuffled, index, 4, timings) == shard_of(ALL, index, 4, timings)
        assert shard_of(shuffled, index, 4, {}) == shard_of(ALL, index, 4, {})
