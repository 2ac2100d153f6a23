"""What the reads of lists tell: the order of each list, who saw how much of it, and what no read may show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import ArmadilloError
from ..anomaly import ABORTED, NOWHERE, Findings, shortened, told
from ..history import History
from ..operation import Operation

INTERNAL = "a transaction contradicts itself (internal)"
DUPLICATE = "element appended twice"
INCOMPATIBLE = "lists that cannot both have been (incompatible order)"
INTERMEDIATE = "read in the middle of a transaction (G1b)"

Element = Hashable


@dataclass
class Reads:
    """Of each key: the longest list seen (`orders`), and who read how many of its elements (`versions`).

    A version is what a transaction read of others: its own appends are not counted. `transactions` are those that may
    have happened; `appended` tells for each key which transaction appended which element. `lists` are all lists as
    they were read, `forked` the keys of which not all reads fit into one order: there a place in `orders` says nothing.
    """

    transactions: list[Operation] = field(default_factory=list)
    orders: dict[str, list[Element]] = field(default_factory=dict)
    versions: dict[str, list[tuple[Operation, int]]] = field(default_factory=lambda: defaultdict(list))
    appended: dict[str, dict[Element, Operation]] = field(default_factory=lambda: defaultdict(dict))
    lists: dict[str, list[tuple[Operation, list[Element]]]] = field(default_factory=lambda: defaultdict(list))
    forked: set[str] = field(default_factory=set)

    def writers(self, key: str, elements: Sequence[Element]) -> list[Operation | None]:
        """Who appended these elements, None where nobody did who may have."""
        of_key = self.appended[key]
        found = (of_key.get(element) for element in elements)
        return [writer if writer is not None and not writer.is_failed else None for writer in found]

    def unseen(self, key: str) -> list[Operation]:
        """Transactions whose acknowledged appends to this key no read ever showed, one entry for each."""
        seen = set(self.orders.get(key, ()))
        found = {w.index: w for element, w in self.appended[key].items() if w.is_ok and element not in seen}
        return list(found.values())


def reads_of(history: History, findings: Findings) -> Reads:
    """Takes a history apart, and notes what is wrong with single reads, and with pairs of them."""
    reads = Reads()
    for operation in history.operations:
        if operation.kind == "transaction":
            _note_appends(operation, reads)
            if not operation.is_failed:
                reads.transactions.append(operation)
    whole = reads.lists
    for operation in reads.transactions:
        if operation.is_ok:
            _note_reads(history, operation, reads, whole, findings)
    for key in sorted(set(reads.appended) | set(whole)):
        longest = max((items for _, items in whole[key]), key=len, default=[])
        reads.orders[key] = longest
        if not _fit(history, key, longest, whole[key], findings):
            reads.forked.add(key)
    _look_at_elements(history, reads, whole, findings)
    reads.transactions.sort(key=lambda one: one.index)
    return reads


def _note_appends(operation: Operation, reads: Reads) -> None:
    for kind, key, element in operation.value:
        if kind == "append":
            if element in reads.appended[key]:
                raise ArmadilloError(
                    f"expected elements that are appended once, found {element!r} appended to {key!r} by "
                    f"operations {reads.appended[key][element].index} and {operation.index}: the load must number them"
                )
            reads.appended[key][element] = operation


def _note_reads(
    history: History,
    operation: Operation,
    reads: Reads,
    whole: dict[str, list[tuple[Operation, list[Element]]]],
    findings: Findings,
) -> None:
    """Checks the transaction against itself, and notes the first state of others that it read of each key."""
    own: dict[str, list[Any]] = defaultdict(list)
    base: dict[str, list[Any]] = {}
    for kind, key, value in operation.result or operation.value:
        if kind == "append":
            own[key].append(value)
            continue
        items = list(value or ())
        mine = own[key]
        expected = base[key] + mine if key in base else None
        if (expected is not None and items != expected) or (mine and items[-len(mine) :] != mine):
            wanted = shortened(expected) if expected is not None else f"a list that ends in {mine!r}"
            text = f"it read {key!r} -> {shortened(items)} where its own operations demand {wanted}"
            findings.add(INTERNAL, f"{told(history, operation)}; {text}", operation, subject=operation)
        elif key not in base:
            base[key] = items[: len(items) - len(mine)]
            reads.versions[key].append((operation, len(base[key])))
        whole[key].append((operation, items))


def _fit(
    history: History,
    key: str,
    longest: list[Element],
    whole: Sequence[tuple[Operation, list[Element]]],
    findings: Findings,
) -> bool:
    """Whether every read is a beginning of the longest one, and shows no element twice."""
    of_longest = next((operation for operation, items in whole if items is longest), None)
    for operation, items in whole:
        if len(set(items)) != len(items):
            twice = next(element for element in items if items.count(element) > 1)
            text = f"{told(history, operation)}; {twice!r} is in it more than once"
            findings.add(DUPLICATE, text, operation, subject=operation)
            return False
        if of_longest is not None and longest[: len(items)] != items:
            text = f"{told(history, operation)}; but {told(history, of_longest)}: neither is the beginning of the other"
            findings.add(INCOMPATIBLE, text, operation, of_longest, subject=operation)
            return False
    return True


def _look_at_elements(
    history: History,
    reads: Reads,
    whole: dict[str, list[tuple[Operation, list[Element]]]],
    findings: Findings,
) -> None:
    for key, lists in whole.items():
        appended = reads.appended[key]
        last_of = {writer.index: element for element, writer in appended.items()}
        known = {element for element, writer in appended.items() if not writer.is_failed}
        for operation, items in lists:
            strange = next((element for element in items if element not in known), None) if items else None
            if strange is not None:
                writer = appended.get(strange)
                if writer is None:
                    text = f"{told(history, operation)}; {strange!r} was never appended"
                    findings.add(NOWHERE, text, operation, subject=operation)
                else:
                    text = f"{told(history, operation)}; but {told(history, writer)}"
                    findings.add(ABORTED, text, writer, operation, subject=operation)
                break
            writer = appended.get(items[-1]) if items else None
            if writer is not None and writer is not operation and last_of[writer.index] != items[-1]:
                text = f"{told(history, operation)}; but {told(history, writer)}, and went on with {key!r} after that"
                findings.add(INTERMEDIATE, text, writer, operation, subject=operation)
                break
