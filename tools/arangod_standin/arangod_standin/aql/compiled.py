"""Compiled expressions and the parts of them that only the executor can compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ast import Expression

    Row = dict[str, Any]
    Evaluate = Callable[[Row], Any]

PENDING = "$pending"


class Hoist:
    """A part of an expression that the executor computes.

    `kind` is collection, count, subquery, or call: then `argument` is the function's name and its compiled arguments.
    """

    __slots__ = ("argument", "kind", "slot")

    def __init__(self, slot: str, kind: str, argument: Any) -> None:
        self.slot = slot
        self.kind = kind
        self.argument = argument


class Pending(Exception):
    """Raised by a closure that needs a value which only the executor can compute."""

    def __init__(self, key: Any, hoist: Hoist, row: Row) -> None:
        super().__init__()
        self.key = key
        self.hoist = hoist
        self.row = row


class Compiled:
    """A compiled expression: its closure, what must be hoisted first, and whether it may raise `Pending`."""

    __slots__ = ("evaluate", "hoists", "lazy", "node")

    def __init__(self, node: Expression, evaluate: Evaluate, hoists: list[Hoist], lazy: bool) -> None:
        self.node = node
        self.evaluate = evaluate
        self.hoists = hoists
        self.lazy = lazy

    @property
    def is_plain(self) -> bool:
        """True when the closure alone gives the value."""
        return not self.hoists and not self.lazy

    @property
    def is_constant(self) -> bool:
        """True for a value known before the query runs."""
        return bool(self.node[0] == "literal")
