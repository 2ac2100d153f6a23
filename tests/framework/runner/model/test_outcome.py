"""Outcomes and their order."""

from __future__ import annotations

import itertools

import pytest
from armadillo.model.outcome import MERGE_ORDER, Outcome, merge
from armadillo_api.v1 import result_pb2

P, S, U, F, E, T, C, K = Outcome


def test_numbers_and_names_are_those_of_the_proto() -> None:
    """An outcome goes over the wire by its number, so both sides must have the same table."""
    proto = {name: number for name, number in result_pb2.Outcome.items() if number}
    assert {outcome.name: outcome.value for outcome in Outcome} == proto


@pytest.mark.parametrize(
    ("parts", "merged"),
    [
        ([], U),
        ([P], P),
        ([S], S),
        ([S, S], S),
        ([P, S], P),
        ([S, P], P),
        ([P, U], U),
        ([S, U], U),
        ([P, S, F], F),
        ([F, U], F),
        ([F, E], E),
        ([E, T], T),
        ([T, C], C),
        ([C, P, S], C),
        ([K], K),
        ([P, K, S], K),
        ([U, K], U),
        ([F, K], F),
        ([C, K], C),
    ],
)
def test_merging_takes_the_worst_and_never_forgets(parts: list[Outcome], merged: Outcome) -> None:
    """Passed needs one pass and nothing worse than a skip; a broken check is never a pass."""
    assert merge(parts) is merged


def test_merging_depends_neither_on_order_nor_on_grouping() -> None:
    """Shards can be merged in any order, and merged results merged again."""
    for parts in itertools.product(Outcome, repeat=3):
        whole = merge(parts)
        assert all(merge(order) is whole for order in itertools.permutations(parts))
        assert merge([merge(parts[:2]), parts[2]]) is whole


def test_passed_skipped_and_flaky_are_good() -> None:
    """Everything else must end a run with a non-zero exit code."""
    assert [outcome for outcome in Outcome if outcome.is_good] == [P, S, K]


def test_the_order_is_complete_and_does_not_rest_on_numbers() -> None:
    """Passed, skipped, flaky, unknown, failed, error, timeout, crashed: a new number can stand anywhere in it."""
    assert (P, S, K, U, F, E, T, C) == MERGE_ORDER
    assert sorted(Outcome, key=lambda outcome: outcome.severity) == list(MERGE_ORDER)


@pytest.mark.parametrize("number", [0, 99, -1])
def test_a_number_from_the_wire_that_means_nothing_is_unknown(number: int) -> None:
    """A client that leaves the outcome out, or is newer, must not break the run, and must not make it pass."""
    assert Outcome(number) is Outcome.UNKNOWN
