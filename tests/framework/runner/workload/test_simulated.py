"""Executions that keep the promise are never blamed, and those that are broken at one place always are."""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from armadillo.workload import anomaly
from armadillo.workload.anomaly import Findings
from armadillo.workload.check import check
from armadillo.workload.checkers.graph import RW, WR, WW, Graph
from armadillo.workload.checkers.linearize import calls_of, is_linearizable
from armadillo.workload.history import History
from armadillo.workload.operation import Operation, OperationOutcome
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.framework.runner.workload import simulated

SEEDS = st.integers(0, 10**6)


@given(seed=SEEDS, longest=st.integers(1, 4), clients=st.integers(1, 10), keys=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_serializable_lists_are_clean(seed: int, longest: int, clients: int, keys: int) -> None:
    """No anomaly in transactions that took effect one after the other, whatever overlaps, fails or is in doubt."""
    history = simulated.list_append(300, seed=seed, longest=longest, clients=clients, keys=keys)
    assert check(history).anomalies == []


@given(seed=SEEDS, clients=st.integers(1, 8), keys=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_linearizable_registers_are_clean(seed: int, clients: int, keys: int) -> None:
    """No anomaly in operations that took effect one after the other."""
    findings = check(simulated.registers(200, seed=seed, clients=clients, keys=keys))
    assert findings == Findings()


def drop_first_element(operation: Operation, choices: random.Random) -> bool:
    """A read misses the oldest element, of two or more."""
    reads = [step for step in operation.result if step[0] == "read" and len(step[2]) > 1]
    if not reads:
        return False
    choices.choice(reads)[2].pop(0)
    return True


def swap_elements(operation: Operation, choices: random.Random) -> bool:
    """A read tells two elements in the wrong order."""
    reads = [step for step in operation.result if step[0] == "read" and len(step[2]) > 1]
    if not reads:
        return False
    items = choices.choice(reads)[2]
    items[0], items[-1] = items[-1], items[0]
    return True


def invent_element(operation: Operation, choices: random.Random) -> bool:
    """A read tells an element that nobody appended."""
    reads = [step for step in operation.result if step[0] == "read"]
    if not reads:
        return False
    choices.choice(reads)[2].append(-1)
    return True


@pytest.mark.parametrize("mutate", [drop_first_element, swap_elements, invent_element], ids=lambda one: one.__name__)
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_wrong_read_is_found(mutate: Callable[[Operation, random.Random], bool], seed: int) -> None:
    """One read among hundreds is changed, so that no serial order can explain it: it is found."""
    history = _mutated(simulated.list_append(300, seed=seed, longest=1), mutate, seed)
    anomalies = check(history).anomalies
    assert anomalies
    for one in anomalies:
        if one.name in (anomaly.LOST, anomaly.STALE, anomaly.OWN_WRITE):
            assert one.subject is not None
            (writer,) = [witness for witness in one.operations if witness is not one.subject]
            assert writer.value[0][2] not in one.subject.result[0][2], "no read is blamed for what it shows"


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_read_that_misses_what_was_acknowledged_long_ago_is_found(seed: int) -> None:
    """A read through a stale copy: it tells the list as it was some acknowledged appends before."""
    history = simulated.list_append(300, seed=seed, longest=1, clients=4, keys=1, in_doubt=0.0)
    acknowledged = {one.value[0][2]: one.acknowledged_ns for one in history.operations if one.value[0][0] == "append"}
    for operation in reversed(history.operations):
        kind, _, items = (operation.result or [["", "", []]])[0]
        if kind == "read" and len(items) > 1 and acknowledged[items[-1]] < operation.invoked_ns:
            items.pop()
            assert check(history).anomalies
            return
    assume(False)


def _mutated(history: History, mutate: Callable[[Operation, random.Random], bool], seed: int) -> History:
    choices = random.Random(seed)
    operations = [copy.deepcopy(one) for one in history.operations]
    # Where more was read later, so that the truth about the order is known.
    candidates = [one for one in operations[: len(operations) // 2] if one.is_ok]
    choices.shuffle(candidates)
    assert any(mutate(one, choices) for one in candidates)
    return history.only(operations)


@given(seed=SEEDS)
@settings(max_examples=80, deadline=None)
def test_the_search_for_an_order_agrees_with_trying_all(seed: int) -> None:
    """On few random operations the search answers what trying every order answers."""
    choices = random.Random(seed)
    operations = []
    for index in range(6):
        begin = choices.randint(0, 20)
        kind = choices.choice(("read", "write", "write", "compare_and_swap"))
        value: Any = {"read": None, "write": index, "compare_and_swap": [choices.choice((None, 0, 1, 2)), index]}[kind]
        result = choices.choice((None, 0, 1, 2, 3)) if kind == "read" else None
        end = begin + choices.randint(1, 12)
        operations.append(Operation(index, index, kind, "x", value, "", begin, end, OperationOutcome.OK, result))
    assert is_linearizable(calls_of(operations)) == _some_order_fits(operations)


def _some_order_fits(operations: list[Operation]) -> bool:
    for order in itertools.permutations(operations):
        in_time = all(
            not (later.acknowledged_ns < earlier.invoked_ns) for earlier, later in itertools.combinations(order, 2)
        )
        if in_time and _fits(order):
            return True
    return False


def _fits(order: tuple[Operation, ...]) -> bool:
    state: Any = None
    for one in order:
        if one.kind == "read" and one.result != state:
            return False
        if one.kind == "compare_and_swap":
            if one.value[0] != state:
                return False
            state = one.value[1]
        if one.kind == "write":
            state = one.value
    return True


@given(edges=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from((WW, WR, RW))), max_size=30))
@settings(max_examples=150, deadline=None)
def test_components_are_those_that_reach_each_other(edges: list[tuple[int, int, int]]) -> None:
    """Two nodes are in one component if and only if each can be reached from the other."""
    graph = Graph(10)
    for source, target, kind in edges:
        graph.add(source, target, kind)
    reach = [[source == target for target in range(10)] for source in range(10)]
    for source, target, _ in edges:
        reach[source][target] = True
    for middle, source, target in itertools.product(range(10), repeat=3):
        reach[source][target] |= reach[source][middle] and reach[middle][target]
    mutual = {
        frozenset(b for b in range(10) if reach[a][b] and reach[b][a])
        for a in range(10)
        if sum(reach[a][b] and reach[b][a] for b in range(10)) > 1
    }
    found = graph.components(WW | WR | RW)
    assert {frozenset(one) for one in found} == mutual
    for component in found:
        cycle = graph.short_cycle(component, WW | WR | RW)
        assert cycle is not None
        assert [step.edge.target for step in cycle] == [step.source for step in [*cycle[1:], cycle[0]]]
