"""A naive model of AQL: expressions and queries as text together with plain Python that says what they must give.

Nothing here is shared with the implementation: values are compared by a function of its own, queries are evaluated with
list comprehensions, and no index exists.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
_RANK = {type(None): 0, bool: 1, int: 2, float: 2, str: 3, list: 4, dict: 5}


def order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1: null < bool < number < string < array < object, missing elements are null."""
    a, b = _RANK[type(left)], _RANK[type(right)]
    if a != b:
        return -1 if a < b else 1
    if a == 4:
        for n in range(max(len(left), len(right))):
            found = order(left[n] if n < len(left) else None, right[n] if n < len(right) else None)
            if found:
                return found
        return 0
    if a == 5:
        for name in sorted({*left, *right}):
            found = order(left.get(name), right.get(name))
            if found:
                return found
        return 0
    return 0 if left == right else -1 if a and left < right else 1


sort_key = functools.cmp_to_key(order)


def is_true(value: Any) -> bool:
    """Return AQL's truth of a value."""
    return True if isinstance(value, (list, dict)) else bool(value)


def number(value: Any) -> Any:
    """Return what a value counts as in arithmetic."""
    if isinstance(value, bool):
        return 1 if value else 0
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            found = float(value)
        except ValueError:
            return 0
        return found if math.isfinite(found) else 0
    if isinstance(value, list):
        return number(value[0]) if len(value) == 1 else 0
    return 0


def divide(left: Any, right: Any) -> Any:
    """Return a quotient; null for a division by zero."""
    return None if number(right) == 0 else number(left) / number(right)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: order(a, b) == 0,
    "!=": lambda a, b: order(a, b) != 0,
    "<": lambda a, b: order(a, b) < 0,
    "<=": lambda a, b: order(a, b) <= 0,
    ">": lambda a, b: order(a, b) > 0,
    ">=": lambda a, b: order(a, b) >= 0,
    "+": lambda a, b: number(a) + number(b),
    "-": lambda a, b: number(a) - number(b),
    "*": lambda a, b: number(a) * number(b),
    "/": divide,
    "&&": lambda a, b: b if is_true(a) else a,
    "||": lambda a, b: a if is_true(a) else b,
    "IN": lambda a, b: isinstance(b, list) and any(order(a, item) == 0 for item in b),
    "NOT IN": lambda a, b: not (isinstance(b, list) and any(order(a, item) == 0 for item in b)),
}


@dataclass(frozen=True)
class Expression:
    """An expression's text and what it gives for a document named ``d``."""

    text: str
    value: Callable[[Document], Any] = field(compare=False)

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class QueryModel:
    """FOR d IN c, any number of FILTERs, then perhaps SORT, LIMIT, COLLECT, and a RETURN."""

    filters: list[Expression]
    sort: list[tuple[Expression, bool]]
    limit: tuple[int, int] | None
    group: Expression | None
    result: Expression

    @property
    def text(self) -> str:
        """The query."""
        parts = ["FOR d IN c", *[f"FILTER {condition.text}" for condition in self.filters]]
        if self.sort:
            keys = [f"{key.text} {'ASC' if ascending else 'DESC'}" for key, ascending in self.sort]
            parts.append(f"SORT {', '.join(keys)}, d._key")
        if self.limit is not None:
            parts.append(f"LIMIT {self.limit[0]}, {self.limit[1]}")
        if self.group is not None:
            parts.append(f"COLLECT g = {self.group.text} AGGREGATE n = COUNT(), low = MIN(d.n) INTO m")
            parts.append("RETURN [g, n, low, SORTED(m[*].d._key)]")
        else:
            parts.append(f"RETURN {self.result.text}")
        return " ".join(parts)

    @property
    def is_ordered(self) -> bool:
        """True when the order of the result is told by the query."""
        return bool(self.sort) or self.group is not None

    def rows(self, documents: list[Document]) -> list[Document]:
        """Return the documents that pass FILTER, SORT and LIMIT."""
        rows = [d for d in documents if all(is_true(condition.value(d)) for condition in self.filters)]
        if self.sort:
            rows.sort(key=lambda d: str(d["_key"]))
            for key, ascending in reversed(self.sort):
                rows.sort(key=lambda d: sort_key(key.value(d)), reverse=not ascending)
        if self.limit is not None:
            rows = rows[self.limit[0] : sum(self.limit)]
        return rows

    def evaluate(self, documents: list[Document]) -> list[Any]:
        """Return what the query must give."""
        rows = self.rows(documents)
        if self.group is None:
            return [self.result.value(d) for d in rows]
        groups: list[tuple[Any, list[Document]]] = []
        for row in rows:
            value = self.group.value(row)
            known = next((members for other, members in groups if order(other, value) == 0), None)
            if known is None:
                groups.append((value, [row]))
            else:
                known.append(row)
        groups.sort(key=lambda item: sort_key(item[0]))
        return [
            [value, len(members), _least(members), sorted(str(d["_key"]) for d in members)]
            for value, members in groups
        ]  # fmt: skip


def _least(documents: list[Document]) -> Any:
    values = [d.get("n") for d in documents if d.get("n") is not None]
    return min(values, key=sort_key) if values else None
