"""List-append: each anomaly is found by its name, and what is allowed is not called one."""

from __future__ import annotations

from typing import Any

import pytest
from armadillo.errors import ArmadilloError
from armadillo.workload import anomaly
from armadillo.workload.check import check
from armadillo.workload.checkers import levels, list_reads

from tests.framework.runner.workload.history_writing import FAIL, UNKNOWN, Story


def a(key: str, element: int) -> list[Any]:
    """An append."""
    return ["append", key, element]


def r(key: str, *elements: int) -> list[Any]:
    """A read and what it read."""
    return ["read", key, list(elements)]


def names(story: Story) -> list[str]:
    """Names of the anomalies of a story."""
    return [one.name for one in check(story.history()).anomalies]


def at_once(*transactions: list[list[Any]], level: str = "serializable") -> Story:
    """Transactions of different clients that all run at the same time."""
    story = Story("list_append", level=level)
    for number, steps in enumerate(transactions):
        story.transaction(number, steps, number, 1000 + number)
    return story


def test_a_history_in_order_is_clean() -> None:
    """One transaction after the other, each sees all before it."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1), r("x", 1)], 0, 1)
    story.transaction(2, [r("x", 1), a("x", 2)], 2, 3)
    story.transaction(3, [r("x", 1, 2), r("y")], 4, 5)
    assert names(story) == []


def test_a_write_cycle_is_g0() -> None:
    """Two transactions whose appends are in opposite orders in two lists."""
    assert names(at_once([a("x", 1), a("y", 1)], [a("x", 2), a("y", 2)], [r("x", 1, 2), r("y", 2, 1)])) == [levels.G0]


def test_an_aborted_read_is_g1a() -> None:
    """A read shows an element whose transaction had failed."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 1, FAIL)
    story.transaction(2, [r("x", 1)], 2, 3)
    assert names(story) == [anomaly.ABORTED]


def test_what_was_in_doubt_may_be_read_or_not() -> None:
    """An append without an answer may have happened, or happen later, or never."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 5, UNKNOWN)
    story.transaction(2, [a("x", 2)], 1, None)
    story.transaction(3, [r("x")], 6, 7)
    story.transaction(3, [r("x", 2)], 8, 9)
    assert names(story) == []


def test_a_read_in_the_middle_of_a_transaction_is_g1b() -> None:
    """A read shows the first of two appends of one transaction."""
    assert list_reads.INTERMEDIATE in names(at_once([a("x", 1), a("x", 2)], [r("x", 1)], [r("x", 1, 2)]))


def test_circular_information_flow_is_g1c() -> None:
    """Each of two transactions reads what the other one appended."""
    assert names(at_once([a("x", 1), r("y", 1)], [a("y", 1), r("x", 1)])) == [levels.G1C]


def test_read_skew_is_g_single() -> None:
    """A transaction sees one append of another and misses its second one."""
    story = at_once([a("x", 1), a("y", 1)], [r("x", 1), r("y")], [r("y", 1)], level="snapshot_isolation")
    assert names(story) == [levels.G_SINGLE]


def test_write_skew_is_g2_and_allowed_under_snapshot_isolation() -> None:
    """Each of two transactions misses the other's append: only serializability forbids that."""
    skew = ([r("x"), a("y", 1)], [r("y"), a("x", 1)], [r("x", 1), r("y", 1)])
    assert names(at_once(*skew)) == [levels.G2_ITEM]
    assert names(at_once(*skew, level="snapshot_isolation")) == []
    assert names(at_once(*skew, level="read_committed")) == []


def test_a_long_fork_is_forbidden_under_snapshot_isolation() -> None:
    """Two readers see two independent appends in opposite orders."""
    fork = ([a("x", 1)], [a("y", 1)], [r("x", 1), r("y")], [r("x"), r("y", 1)])
    assert names(at_once(*fork, level="snapshot_isolation")) == [levels.G_NONADJACENT]


def test_a_transaction_must_agree_with_itself() -> None:
    """It reads its own append, and the same list twice."""
    assert names(at_once([a("x", 1), r("x")])) == [list_reads.INTERNAL]
    assert list_reads.INTERNAL in names(at_once([r("x"), r("x", 1)], [a("x", 1)]))


def test_lists_must_be_beginnings_of_each_other() -> None:
    """Two reads show two elements in different orders."""
    assert list_reads.INCOMPATIBLE in names(at_once([a("x", 1)], [a("x", 2)], [r("x", 1, 2)], [r("x", 2, 1)]))


def test_an_element_is_there_once() -> None:
    """A request that was carried out twice shows."""
    assert list_reads.DUPLICATE in names(at_once([a("x", 1)], [r("x", 1, 1)]))


def test_an_element_comes_from_somebody() -> None:
    """A read shows what nobody appended."""
    assert names(at_once([r("x", 7)])) == [anomaly.NOWHERE]


def test_an_acknowledged_append_is_never_lost() -> None:
    """It was acknowledged, and no read ever shows it."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 1)
    story.transaction(1, [a("x", 2)], 2, 3)
    story.transaction(2, [r("x", 1)], 4, 5)
    assert names(story) == [anomaly.LOST]


def test_a_read_is_not_older_than_what_was_acknowledged() -> None:
    """A later read shows the element, this one does not."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 1)
    story.transaction(2, [r("x")], 2, 3)
    story.transaction(3, [r("x", 1)], 4, 5)
    assert names(story) == [anomaly.STALE]
    assert names(_retold(story, realtime=False)) == []


def test_a_client_reads_its_own_writes() -> None:
    """The same client misses its own append, which others see: wrong even without an order of time."""
    story = Story("list_append", realtime=False)
    story.transaction(1, [a("x", 1)], 0, 1)
    story.transaction(1, [r("x")], 2, 3)
    story.transaction(3, [r("x", 1)], 4, 5)
    assert names(story) == [anomaly.OWN_WRITE]


def test_a_cycle_against_the_order_of_time_is_told_as_such() -> None:
    """An append whose place in the list contradicts when it was acknowledged."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 1)
    story.transaction(2, [a("x", 2)], 2, 3)
    story.transaction(3, [r("x", 2, 1)], 4, 5)
    assert names(story) == [levels.G0 + levels.WITH_TIME]
    assert names(_retold(story, realtime=False, sessions=False)) == []


def test_where_a_list_has_forked_only_what_is_missing_is_called_missing() -> None:
    """After a fork the longest list tells nothing about the other one: no read is blamed for what it shows."""
    story = Story("list_append")
    story.transaction(1, [a("x", 1)], 0, 1)
    story.transaction(2, [r("x", 1)], 2, 3)
    for number in (2, 3, 4):
        story.transaction(1, [a("x", number)], 10 * number, 10 * number + 1)
    story.transaction(2, [r("x", 2, 3, 4)], 50, 51)
    anomalies = check(story.history()).anomalies
    assert {one.name for one in anomalies} == {list_reads.INCOMPATIBLE, anomaly.LOST}
    (lost,) = [one for one in anomalies if one.name == anomaly.LOST]
    assert [one.invoked_ns for one in lost.operations] == [0, 50]
    assert "without 1, and no later read shows it" in lost.summary


def test_an_element_appended_twice_by_the_load_is_refused() -> None:
    """Without unique elements nothing can be concluded, so the history is refused and not called clean."""
    with pytest.raises(ArmadilloError, match="appended once"):
        check(at_once([a("x", 1)], [a("x", 1)]).history())


def _retold(story: Story, **settings: Any) -> Story:
    again = Story("list_append", **settings)
    again.operations = story.operations
    return again
