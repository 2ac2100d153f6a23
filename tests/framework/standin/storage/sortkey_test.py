"""Sorted bytes: they order values as AQL does, and equal values are equal bytes."""

from __future__ import annotations

from typing import Any

import pytest
from arangod_standin.aql.values import compare
from arangod_standin.storage.sortkey import encode_value, shard_value
from hypothesis import example, given, strategies

_NUMBERS = strategies.one_of(
    strategies.integers(-(2**63), 2**64 - 1),
    strategies.integers(2**53 - 4, 2**53 + 4),
    strategies.floats(allow_nan=False, allow_infinity=False),
    strategies.integers(2**53 - 4, 2**53 + 4).map(float),
    strategies.integers(-3, 3),
    strategies.sampled_from([0.5, -0.0, 0.0, 2.0**63, 2.0**64, -(2.0**63)]),
)
_TEXTS = strategies.text(alphabet="a\x00b\xff\U0001f600z", max_size=4)
_VALUES = strategies.recursive(
    strategies.one_of(strategies.none(), strategies.booleans(), _NUMBERS, _TEXTS),
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=3), strategies.dictionaries(_TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


def _order(left: bytes, right: bytes) -> int:
    return (left > right) - (left < right)


@given(_VALUES, _VALUES)
@example([1], [1, None])
@example([None, 1], [1])
@example({"a": 1}, {"b": 1})
@example({"a": None}, {})
@example({"a": {"b": 1}}, {"a": {}, "b": 0})
@example(2**53 + 1, float(2**53))
@example(2**63 - 1, 2.0**63)
def test_bytes_sort_as_values_do(left: Any, right: Any) -> None:
    """The order of the bytes is AQL's order of the values, equality included."""
    assert _order(encode_value(left), encode_value(right)) == compare(left, right)


@given(_VALUES, _VALUES, _VALUES, _VALUES)
def test_joined_fields_sort_field_by_field(a: Any, b: Any, c: Any, d: Any) -> None:
    """Encodings of two fields, joined, sort by the first field and then by the second."""
    expected = compare(a, c) or compare(b, d)
    assert _order(encode_value(a) + encode_value(b), encode_value(c) + encode_value(d)) == expected


@given(strategies.integers(-(2**63), 2**64 - 1), strategies.integers(-(2**63), 2**64 - 1))
def test_large_integers_stay_exact(left: int, right: int) -> None:
    """Integers of 64 bits never become equal by being stored."""
    assert (encode_value(left) == encode_value(right)) == (left == right)


def test_integers_beyond_64_bits_are_doubles() -> None:
    """What ArangoDB reads as a double sorts as one; nothing overflows."""
    assert encode_value(2**80 + 1) == encode_value(float(2**80))
    assert encode_value(10**400) > encode_value(1e308)
    assert encode_value(-(10**400)) < encode_value(-1e308)


@pytest.mark.parametrize(
    ("shard_key", "value"), [("a", "x:y"), ("a:", "x"), (":a", "y"), ("b.c", 1), ("b", {"c": 1}), ("z", None)]
)
def test_shard_keys_take_values_or_parts_of_them(shard_key: str, value: object) -> None:
    """A colon after or before an attribute means the part of its text before or after the first colon."""
    assert shard_value({"a": "x:y", "b": {"c": 1}}, shard_key) == value
