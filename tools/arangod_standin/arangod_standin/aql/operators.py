"""AQL's operators on plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .values import canonical, compare, finite, to_number, to_text, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    Warn = Callable[[int, str | None], None]

_WHOLE_LIMIT = 2**53
_LARGEST_RANGE = 10_000_000


def contains(needle: Any, values: Any) -> bool:
    """Return AQL's IN."""
    if not isinstance(values, list):
        return False
    return any(compare(needle, value) == 0 for value in values)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: compare(left, right) == 0,
    "!=": lambda left, right: compare(left, right) != 0,
    "<": lambda left, right: compare(left, right) < 0,
    "<=": lambda left, right: compare(left, right) <= 0,
    ">": lambda left, right: compare(left, right) > 0,
    ">=": lambda left, right: compare(left, right) >= 0,
    "IN": contains,
    "NOT IN": lambda left, right: not contains(left, right),
}


def constant_set(values: list[Any]) -> frozenset[Any]:
    """Return a set to ask `canonical` values against, instead of IN on a constant array."""
    return frozenset(canonical(value) for value in values)


def get_element(value: Any, name: Any) -> Any:
    """Return an attribute or element; null where there is none. Negative indexes count from the end."""
    if isinstance(value, dict):
        return value.get(name if isinstance(name, str) else to_text(name))
    if isinstance(value, list):
        if isinstance(name, str):
            if not name.lstrip("-").isdigit():
                return None
            name = int(name)
        if isinstance(name, (int, float)) and not isinstance(name, bool):
            index = int(name)
            return value[index] if -len(value) <= index < len(value) else None
    return None


def arithmetic(operator: str, left: Any, right: Any, warn: Warn) -> int | float | None:
    """Return the result of ``+ - * / %``; null with a warning for a division by zero, null for what is no number."""
    first = left if type(left) in (int, float) else to_number(left)
    second = right if type(right) in (int, float) else to_number(right)
    try:
        if operator == "+":
            return finite(first + second)
        if operator == "-":
            return finite(first - second)
        if operator == "*":
            return finite(first * second)
        if second == 0:
            warn(errors.QUERY_DIVISION_BY_ZERO, None)
            return None
        if operator == "/":
            quotient = first / second
            return int(quotient) if quotient.is_integer() and abs(quotient) < _WHOLE_LIMIT else finite(quotient)
        if isinstance(first, int) and isinstance(second, int):
            # the sign of the dividend, as in C
            return abs(first) % abs(second) * (-1 if first < 0 else 1)
        return finite(first - second * int(first / second))
    except OverflowError:
        return None


def quantified(quantifier: str, least: Any, operator: str, values: Any, other: Any) -> bool:
    """Return an array comparison: how many elements of `values` compare with `other`, against the quantifier."""
    if not isinstance(values, list):
        return False
    decide = COMPARISONS[operator]
    if quantifier == "ALL":
        return all(decide(value, other) for value in values)
    if quantifier == "ANY":
        return any(decide(value, other) for value in values)
    if quantifier == "NONE":
        return not any(decide(value, other) for value in values)
    return sum(decide(value, other) for value in values) >= to_number(least)


def range_array(first: Any, last: Any) -> list[int]:
    """Return the numbers of ``first..last`` as an array. Raises ArangoError 32 for more than ten million."""
    numbers = make_range(first, last)
    # (the length of a range may be too large for len)
    size = abs(numbers.stop - numbers.start)
    if size > _LARGEST_RANGE:
        raise ArangoError(errors.RESOURCE_LIMIT, f"maximum size of a range is {_LARGEST_RANGE}, got {size}")
    return list(numbers)


def make_range(first: Any, last: Any) -> range:
    """Return the numbers of ``first..last``, which may count down."""
    start, stop = int(to_number(first)), int(to_number(last))
    return range(start, stop + 1) if start <= stop else range(start, stop - 1, -1)


def flatten(values: list[Any], levels: int) -> list[Any]:
    """Return an array with so many levels of arrays in it dissolved."""
    if levels <= 0:
        return values
    result: list[Any] = []
    for value in values:
        if isinstance(value, list):
            result += flatten(value, levels - 1)
        else:
            result.append(value)
    return result


def matches_quantity(quantity: Any, least: Any, matching: int, total: int) -> bool:
    """Return the result of ``[? quantity FILTER ...]``: `quantity` is a quantifier, a number, a range or None."""
    if quantity in (None, "ANY"):
        return matching > 0
    if quantity == "ALL":
        return matching == total
    if quantity == "NONE":
        return matching == 0
    if quantity == "AT LEAST":
        return matching >= to_number(least)
    if isinstance(quantity, list):
        return bool(quantity) and min(quantity) <= matching <= max(quantity)
    return matching == to_number(quantity)


def merge_spread(target: dict[str, Any], value: Any) -> None:
    """Add the attributes of a spread object to an object."""
    if isinstance(value, dict):
        target.update(value)


def as_truth(value: Any) -> bool:
    """Return AQL's truth of a value."""
    return value if value is True or value is False else truth(value)
