"""Of a long history a short example is told, which is an anomaly of the whole and no artefact of the cutting."""

from __future__ import annotations

import random

import pytest
from armadillo.workload import anomaly
from armadillo.workload.anomaly import Findings
from armadillo.workload.check import check, checker_of
from armadillo.workload.checkers import levels, registers
from armadillo.workload.explanation import explained, report, shrunk
from armadillo.workload.history import History
from armadillo.workload.shrinking import Shrinker

from tests.framework.runner.workload import simulated
from tests.framework.runner.workload.history_writing import Story


def test_a_lost_append_is_told_by_two_operations() -> None:
    """Who appended what when, and who read the list without it."""
    history = simulated.list_append(2000, seed=3, longest=1, in_doubt=0.0)
    append = next(one for one in history.operations[900:] if one.is_ok and one.value[0][0] == "append")
    element = append.value[0][2]
    for operation in history.operations:
        for kind, _, items in operation.result or ():
            if kind == "read" and element in items:
                items.remove(element)
    findings = check(history)

    smallest = shrunk(history, findings)[0]

    assert smallest.name == anomaly.LOST
    assert len(smallest.operations) == 2
    assert append in smallest.operations
    text = explained(history, smallest)
    assert text.splitlines()[0].startswith("acknowledged write lost: client")
    assert f"appended {element}" in text


def test_an_order_that_cannot_be_is_cut_to_its_core() -> None:
    """Of many operations on a register those are left that fit no order by themselves."""
    story = Story("register")
    for number in range(40):
        story.did(9, "write", "x", number, 10 * number, 10 * number + 1)
        story.did(8, "read", "x", None, 10 * number + 2, 10 * number + 3, result=number)
    story.did(1, "write", "x", 1001, 1000, 1100)
    story.did(2, "write", "x", 1002, 1000, 1100)
    for process, values in ((3, (1001, 1002)), (4, (1002, 1001))):
        story.did(process, "read", "x", None, 1010, 1020, result=values[0])
        story.did(process, "read", "x", None, 1030, 1040, result=values[1])
    history = story.history()

    (smallest,) = shrunk(history, check(history))

    assert smallest.name == registers.NOT_LINEARIZABLE
    assert {one.invoked_ns >= 1000 for one in smallest.operations} == {True}
    assert len(smallest.operations) == 6
    assert registers.check_registers(history.only(smallest.operations)).names == {registers.NOT_LINEARIZABLE}


@pytest.mark.parametrize("seed", range(5))
def test_a_cycle_keeps_its_name(seed: int) -> None:
    """A cycle among other operations is told by its transactions, under the name that it has in the whole."""
    history = simulated.list_append(300, seed=seed, longest=2)
    begin = history.operations[-1].invoked_ns + 1000
    story = Story("list_append")
    story.operations = list(history.operations)
    story.transaction(900, [["read", "x", []], ["append", "y", -1]], begin, begin + 10)
    story.transaction(901, [["read", "y", []], ["append", "x", -2]], begin, begin + 10)
    story.transaction(902, [["read", "x", [-2]], ["read", "y", [-1]]], begin, begin + 10)
    whole = story.history()
    findings = check(whole)
    assert findings.names == {levels.G2_ITEM}

    (smallest,) = shrunk(whole, findings)

    assert smallest.name == levels.G2_ITEM
    assert {one.process for one in smallest.operations} == {900, 901}
    assert "before" in report(whole, [smallest], [])


def test_a_part_that_shows_something_else_is_no_example() -> None:
    """Without the removal the read would be of a lost write; the example keeps what makes it what it is."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(1, "remove", "d", None, 2, 3)
    story.did(2, "read", "d", None, 4, 5, result=1)
    history = story.history()
    (smallest,) = shrunk(history, check(history))
    assert [one.kind for one in smallest.operations] == ["insert", "remove", "read"]


def test_the_limits_of_shrinking_are_kept() -> None:
    """When the checks are used up, the example is as it was found."""
    choices = random.Random(1)
    history = simulated.registers(200, seed=1)
    calls = 0

    def count(part: History) -> Findings:
        nonlocal calls
        calls += 1
        return checker_of(history)(part)

    story = Story("register")
    story.did(1, "write", "x", 1, 0, 1)
    read = story.did(2, "read", "x", None, 2, 3, result=choices.choice((None,)))
    whole = story.history()
    found = check(whole).anomalies[0]
    same = Shrinker(whole, count, most_checks=0).shrink(found, {found.name})
    assert same == found
    assert same.subject is read
    assert calls == 0
