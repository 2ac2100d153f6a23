"""AQL's values: truth, type order, comparison, conversion."""

from __future__ import annotations

import math
from typing import Any

_RANKS = {type(None): 0, bool: 1, int: 2, float: 2, str: 3, list: 4, dict: 5}
_INTEGER_LIMIT = 2**63


def rank(value: Any) -> int:
    """Return the place of a value's type: null < bool < number < string < array < object."""
    return _RANKS[type(value)]


def compare(left: Any, right: Any) -> int:
    """Return -1, 0 or 1 in AQL's total order."""
    kind = type(left)
    if kind is type(right) and (kind is str or kind is int or kind is float):
        return int(left > right) - int(left < right)
    left_rank, right_rank = _RANKS[kind], _RANKS[type(right)]
    if left_rank != right_rank:
        return -1 if left_rank < right_rank else 1
    if left_rank < 4:
        if left == right:
            return 0
        return -1 if left < right else 1
    if left_rank == 4:
        for index in range(max(len(left), len(right))):
            order = compare(left[index] if index < len(left) else None, right[index] if index < len(right) else None)
            if order:
                return order
        return 0
    for name in sorted(set(left) | set(right)):
        order = compare(left.get(name), right.get(name))
        if order:
            return order
    return 0


class SortKey:
    """Wraps a value so that Python's sort uses AQL's order."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: SortKey) -> bool:
        return compare(self.value, other.value) < 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SortKey) and compare(self.value, other.value) == 0

    def __hash__(self) -> int:
        return hash(canonical(self.value))


def sort_token(value: Any) -> Any:
    """Return something that Python itself orders as AQL orders the values: quicker than `SortKey` for many values."""
    kind = type(value)
    if kind is dict:
        return (5, SortKey(value))
    if kind is list:
        length = len(value)
        while length and value[length - 1] is None:
            length -= 1
        return (4, tuple([sort_token(item) for item in value[:length]]))
    return (_RANKS[kind], value if value is not None else 0)


def canonical(value: Any) -> Any:
    """Return a hashable twin of a value: equal exactly when AQL calls the values equal."""
    if isinstance(value, list):
        # missing elements are null, so nulls at the end do not count
        length = len(value)
        while length and value[length - 1] is None:
            length -= 1
        return ("a", *[canonical(item) for item in value[:length]])
    if isinstance(value, dict):
        return ("o", *sorted((name, canonical(item)) for name, item in value.items() if item is not None))
    if isinstance(value, bool):
        return ("b", value)
    return value


def truth(value: Any) -> bool:
    """Return AQL's truth: null, false, 0 and "" are false, arrays and objects always true."""
    return bool(value) if not isinstance(value, (list, dict)) else True


def to_number(value: Any) -> int | float:
    """Return TO_NUMBER of a value."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            try:
                number = float(value.strip())
            except ValueError:
                return 0
            return number if math.isfinite(number) else 0
    if isinstance(value, list):
        return to_number(value[0]) if len(value) == 1 else 0
    return 0


def to_text(value: Any) -> str:
    """Return TO_STRING of a value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    from ..http.message import encode_json

    return encode_json(value).decode()


def finite(value: int | float) -> int | float | None:
    """Return a number as AQL would: beyond 64 bits a double; infinities and NaN become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else float(value)
