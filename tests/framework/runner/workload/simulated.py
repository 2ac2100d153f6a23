"""Histories of a store that keeps its promises: every operation takes effect at one moment between begin and end."""

from __future__ import annotations

import random
from typing import Any

from armadillo.workload.history import History
from armadillo.workload.operation import Operation, OperationOutcome

LIST_LENGTH = 50
_REFUSED = 0.05
_IN_DOUBT = 0.03
_DOUBTFUL_HAPPENS = 0.5


def list_append(
    count: int, *, seed: int, clients: int = 8, keys: int = 4, longest: int = 3, in_doubt: float = _IN_DOUBT
) -> History:
    """`count` serializable transactions of up to `longest` steps, with refusals and operations in doubt.

    Lists are given up for new ones when they are full, as the load does it.
    """
    choices = random.Random(seed)
    lists: dict[str, list[int]] = {}
    active = [f"k{number}" for number in range(keys)]
    free_at = [0] * clients
    processes = list(range(clients))
    operations = []
    element = 0
    moment = 0
    for index in range(count):
        slot = min(range(clients), key=lambda one: free_at[one])
        moment = max(moment + choices.randint(1, 5), free_at[slot] + 1)
        begin, end = moment - choices.randint(0, moment - free_at[slot] - 1), moment + choices.randint(1, 30)
        free_at[slot] = end
        asked: list[list[Any]] = []
        for _ in range(choices.randint(1, longest)):
            key = choices.choice(active)
            if choices.random() < 0.5:
                element += 1
                asked.append(["append", key, element])
            else:
                asked.append(["read", key, None])
        draw = choices.random()
        outcome, happens = OperationOutcome.OK, True
        if draw < in_doubt:
            outcome, happens = OperationOutcome.UNKNOWN, choices.random() < _DOUBTFUL_HAPPENS
        elif draw < in_doubt + _REFUSED:
            outcome, happens = OperationOutcome.FAIL, False
        result = _apply(lists, asked) if happens else None
        answered = None if outcome is OperationOutcome.UNKNOWN and choices.random() < 0.5 else end
        kept = result if outcome is OperationOutcome.OK else None
        process = processes[slot]
        if outcome is OperationOutcome.UNKNOWN:
            processes[slot] = len(processes) + index
        made = Operation(index, process, "transaction", "", asked, "", begin, answered, outcome, kept)
        operations.append(made)
        _renew(active, lists, keys)
    operations.sort(key=lambda one: one.invoked_ns)
    for index, operation in enumerate(operations):
        operation.index = index
    return History("list_append", tuple(operations))


def registers(count: int, *, seed: int, clients: int = 5, keys: int = 2) -> History:
    """Linearizable reads, writes and swaps."""
    choices = random.Random(seed)
    values: dict[str, int | None] = {f"r{number}": None for number in range(keys)}
    free_at = [0] * clients
    operations = []
    moment = 0
    for index in range(count):
        slot = min(range(clients), key=lambda one: free_at[one])
        moment = max(moment + choices.randint(1, 5), free_at[slot] + 1)
        begin, end = moment - choices.randint(0, moment - free_at[slot] - 1), moment + choices.randint(1, 30)
        free_at[slot] = end
        key = choices.choice(sorted(values))
        kind = choices.choice(("read", "write", "compare_and_swap"))
        happens = choices.random() > 0.1
        in_doubt = kind != "read" and choices.random() < 0.1
        value: Any = None
        result = values[key] if kind == "read" else None
        if kind == "write":
            value = index
        elif kind == "compare_and_swap":
            value = [values[key] if choices.random() < 0.7 else -1 - index, index]
            happens = happens and value[0] == values[key]
        if kind != "read" and happens:
            values[key] = index
        outcome = OperationOutcome.UNKNOWN if in_doubt else OperationOutcome.OK if happens else OperationOutcome.FAIL
        if kind == "read":
            outcome = OperationOutcome.OK
        operations.append(
            Operation(index, slot, kind, key, value, "", begin, None if in_doubt else end, outcome, result)
        )
    operations.sort(key=lambda one: one.invoked_ns)
    for index, operation in enumerate(operations):
        operation.index = index
    return History("register", tuple(operations))


def _apply(lists: dict[str, list[int]], asked: list[list[Any]]) -> list[list[Any]]:
    result = []
    for kind, key, value in asked:
        items = lists.setdefault(key, [])
        if kind == "append":
            items.append(value)
            result.append([kind, key, value])
        else:
            result.append([kind, key, list(items)])
    return result


def _renew(active: list[str], lists: dict[str, list[int]], keys: int) -> None:
    for number, key in enumerate(active):
        if len(lists.get(key, ())) >= LIST_LENGTH:
            active[number] = f"k{int(key[1:]) + keys}"
