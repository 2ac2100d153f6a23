"""Registers: single documents that are read, written and swapped (by revision) by many clients at once.

Kinds: "read" (`result` is the value, None before the first write), "write" (`value`), "compare_and_swap" (`value` is
`[expected, wanted]`). Values of one key are unique. Each key must be linearizable: this is what ArangoDB promises for
single documents read through their shard's leader. Limits: see `linearize`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..anomaly import ABORTED, LOST, NOWHERE, OWN_WRITE, STALE, Findings, told
from ..history import History
from ..operation import Operation
from .linearize import DEFAULT_BUDGET, calls_of, is_linearizable

NOT_LINEARIZABLE = "no order explains the answers (not linearizable)"


def check_registers(history: History, *, budget: int = DEFAULT_BUDGET) -> Findings:
    """Checks each key by itself; of a key with an anomaly that is plain, the search for an order is left out."""
    findings = Findings()
    by_key: dict[str, list[Operation]] = defaultdict(list)
    for operation in history.operations:
        by_key[operation.key].append(operation)
    for key, operations in sorted(by_key.items()):
        before = len(findings.anomalies)
        _look_at_values(history, operations, findings)
        if len(findings.anomalies) == before:
            _look_at_times(history, operations, findings)
        if len(findings.anomalies) > before:
            continue
        calls = calls_of(operations)
        found = is_linearizable(calls, budget)
        if found is None:
            findings.undecided.append(f"register {key!r}: no order was found or excluded within {budget} steps")
        if found is False:
            members = [call.operation for call in calls]
            findings.add(NOT_LINEARIZABLE, f"{len(members)} operations on {key!r} fit no order", *members)
    return findings


def writers_of(operations: Sequence[Operation]) -> dict[Any, Operation]:
    """Who wrote, or may have written, which value."""
    found = {}
    for operation in operations:
        if operation.kind in ("write", "compare_and_swap"):
            found[_written(operation)] = operation
    return found


def _written(operation: Operation) -> Any:
    return operation.value if operation.kind == "write" else operation.value[1]


def _needed(operation: Operation) -> tuple[Any] | None:
    """The value that the register must have had for this answer."""
    if operation.is_ok and operation.kind == "read":
        return (operation.result,)
    if operation.is_ok and operation.kind == "compare_and_swap":
        return (operation.value[0],)
    return None


def _look_at_values(history: History, operations: Sequence[Operation], findings: Findings) -> None:
    writers = writers_of(operations)
    for operation in operations:
        needed = _needed(operation)
        if needed is None or needed[0] is None:
            continue
        writer = writers.get(needed[0])
        if writer is None:
            findings.add(NOWHERE, f"{told(history, operation)}; nobody wrote that", operation, subject=operation)
            return
        if writer.is_failed or writer.invoked_ns > (operation.completed_ns or 0):
            name = ABORTED if writer.is_failed else NOWHERE
            text = f"{told(history, operation)}; but {told(history, writer)}"
            findings.add(name, text, writer, operation, subject=operation)
            return


def _look_at_times(history: History, operations: Sequence[Operation], findings: Findings) -> None:
    """The plain case: a value was read after another write had followed its own, both acknowledged in time.

    Of the writes that were acknowledged before an answer was asked for, the one that began last is remembered: if the
    answer's own write was acknowledged before that one began, the answer is too old.
    """
    writers = writers_of(operations)
    writes = sorted((w for w in writers.values() if w.is_ok), key=lambda one: one.acknowledged_ns)
    position, newest = 0, None
    for operation in sorted(operations, key=lambda one: one.invoked_ns):
        while position < len(writes) and writes[position].acknowledged_ns < operation.invoked_ns:
            if newest is None or writes[position].invoked_ns > newest.invoked_ns:
                newest = writes[position]
            position += 1
        needed = _needed(operation)
        if needed is None or newest is None:
            continue
        writer = writers.get(needed[0])
        if needed[0] is not None and (writer is None or writer.acknowledged_ns >= newest.invoked_ns):
            continue
        name = OWN_WRITE if newest.process == operation.process else STALE
        if not any(_needed(one) == (_written(newest),) for one in operations):
            name = LOST  # or overwritten before anybody could read it; then it is a stale read all the same
        earlier = f"{told(history, writer)}; then " if writer else ""
        text = f"{earlier}{told(history, newest)}; yet {told(history, operation)}"
        findings.add(name, text, *([writer] if writer else []), newest, operation, subject=operation)
        return
