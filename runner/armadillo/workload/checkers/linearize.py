"""Linearizability of one register: can the operations be put into one order that all answers fit?

The search of Wing and Gong with Lowe's memory ("Testing for linearizability", 2017): of the operations that nothing
precedes in time one is tried next; places that were visited before are not visited again. Values are unique, which
makes it quick: a write that is in doubt and that nobody read can be left out, and one that was read must have happened
before the first read of it ended.

Limits: after `budget` steps the answer is "undecided". Operations on one register overlap at most as far as there are
clients, so the budget is only met where many writes in doubt are read much later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..operation import NEVER_NS, Operation

DEFAULT_BUDGET = 2_000_000


@dataclass(slots=True)
class Call:
    """An operation as a register sees it: it needs the value `needs` if it `reads`, leaves `leaves` if it `writes`."""

    operation: Operation
    reads: bool
    needs: Any
    writes: bool
    leaves: Any
    until_ns: int

    @property
    def began_ns(self) -> int:
        """When it was asked for."""
        return self.operation.invoked_ns


def calls_of(operations: Sequence[Operation]) -> list[Call]:
    """What matters of operations on one register, with the latest time at which each can have happened."""
    calls = [call for one in operations if not one.is_failed and (call := _call(one)) is not None]
    while True:
        first_seen: dict[Any, int] = {}
        for call in calls:
            if call.reads:
                first_seen[call.needs] = min(first_seen.get(call.needs, NEVER_NS), call.until_ns)
        kept = [call for call in calls if call.operation.is_ok or call.leaves in first_seen]
        changed = len(kept) < len(calls)
        for call in kept:
            if call.writes and first_seen.get(call.leaves, NEVER_NS) < call.until_ns:
                call.until_ns = first_seen[call.leaves]
                changed = True
        calls = kept
        if not changed:
            return calls


def is_linearizable(calls: Sequence[Call], budget: int = DEFAULT_BUDGET) -> bool | None:
    """Whether there is such an order; None when the budget does not suffice. The register holds None at first."""
    # Links of a list of beginnings and ends in the order of time; the place 0 stands before all.
    places = sorted(
        [(call.began_ns, 0, number) for number, call in enumerate(calls)]
        + [(call.until_ns, 1, number) for number, call in enumerate(calls)]
    )
    count = len(places)
    is_end = [False, *[bool(kind) for _, kind, _ in places]]
    number_of = [-1, *[number for _, _, number in places]]
    end_of = {number: place for place, (_, kind, number) in enumerate(places, 1) if kind}
    after = [*range(1, count + 1), 0]
    before = [0, *range(count)]

    def unlink(place: int) -> None:
        after[before[place]] = after[place]
        before[after[place]] = before[place]

    def link(place: int) -> None:
        before[after[place]] = place
        after[before[place]] = place

    state: Any = None
    done = 0
    stack: list[tuple[int, Any]] = []
    visited: set[tuple[int, Any]] = set()
    place = after[0]
    while after[0]:
        budget -= 1
        if budget < 0:
            return None
        if place and not is_end[place]:
            call = calls[number_of[place]]
            fits = not call.reads or call.needs == state
            following = (done | 1 << number_of[place], call.leaves if call.writes else state)
            if fits and following not in visited:
                visited.add(following)
                stack.append((place, state))
                done, state = following
                unlink(place)
                unlink(end_of[number_of[place]])
                place = after[0]
            else:
                place = after[place]
        elif not stack:
            return False
        else:
            place, state = stack.pop()
            done &= ~(1 << number_of[place])
            link(end_of[number_of[place]])
            link(place)
            place = after[place]
    return True


def _call(one: Operation) -> Call | None:
    """The call that an operation is; None for one that can be left out."""
    until_ns = one.acknowledged_ns
    if one.kind == "read":
        return Call(one, True, one.result, False, None, until_ns) if one.is_ok else None
    if one.kind == "write":
        return Call(one, False, None, True, one.value, until_ns)
    if one.kind == "compare_and_swap":
        expected, wanted = one.value
        return Call(one, True, expected, True, wanted, until_ns)
    return None
