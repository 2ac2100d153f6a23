"""Array functions, and conversions between types."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from arangod_standin.aql.values import compare
from arangod_standin.errors import ArangoError
from hypothesis import given, strategies

from tests.framework.standin.support.function_calls import VALUES, call, warnings_of

_NESTED = [1, 2, [3, 4], 5, [6, 7], [8, [9, 10]]]
_EXAMPLES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("APPEND", ([1, 2, 3], [5, 6, 9]), [1, 2, 3, 5, 6, 9]),
    ("APPEND", ([1, 2, 3], [3, 4, 5, 2, 9], True), [1, 2, 3, 4, 5, 9]),
    ("APPEND", (None, [1]), [1]),
    ("APPEND", ([1], None), [1]),
    ("APPEND", ([1], 2), [1, 2]),
    ("COUNT_DISTINCT", (["yes", "no", "yes", "sauron", "no", "yes"],), 3),
    ("COUNT_UNIQUE", ([1, 1.0, "1"],), 2),
    ("FIRST", ([1, 2, 3],), 1),
    ("FIRST", ([],), None),
    ("LAST", ([1, 2, 3, 4, 5],), 5),
    ("FLATTEN", (_NESTED,), [1, 2, 3, 4, 5, 6, 7, 8, [9, 10]]),
    ("FLATTEN", (_NESTED, 2), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("INTERLEAVE", ([1, 1, 1], [2, 2, 2], [3, 3, 3]), [1, 2, 3, 1, 2, 3, 1, 2, 3]),
    ("INTERLEAVE", ([1], [2, 2], [3, 3, 3]), [1, 2, 3, 2, 3, 3]),
    ("INTERSECTION", ([1, 2, 3, 4, 5], [2, 3, 4, 5, 6], [3, 4, 5, 6, 7]), [3, 4, 5]),
    ("JACCARD", ([1, 2, 3, 4], [3, 4, 5, 6]), 0.3333333333333333),
    ("JACCARD", ([1, 1, 2, 2, 2, 3], [2, 2, 3, 4]), 0.5),
    ("JACCARD", ([], []), 1),
    ("LENGTH", ("🥑",), 1),
    ("LENGTH", (1234,), 4),
    ("LENGTH", (False,), 0),
    ("LENGTH", (True,), 1),
    ("LENGTH", (None,), 0),
    ("LENGTH", ({"a": 1, "b": 2},), 2),
    ("MINUS", ([1, 2, 3, 4], [3, 4, 5, 6], [5, 6, 7, 8]), [1, 2]),
    ("NTH", (["foo", "bar", "baz"], 2), "baz"),
    ("NTH", (["foo", "bar", "baz"], -1), None),
    ("OUTERSECTION", ([1, 2, 3], [2, 3, 4], [3, 4, 5]), [1, 5]),
    ("POP", ([1, 2, 3, 4],), [1, 2, 3]),
    ("POP", (None,), None),
    ("POSITION", ([2, 4, 6, 8], 4), True),
    ("POSITION", ([2, 4, 6, 8], 4, True), 1),
    ("POSITION", ([2], 4, True), -1),
    ("PUSH", ([1, 2, 3], 4), [1, 2, 3, 4]),
    ("PUSH", ([1, 2, 2, 3], 2, True), [1, 2, 2, 3]),
    ("REMOVE_NTH", (["a", "b", "c", "d", "e"], 1), ["a", "c", "d", "e"]),
    ("REMOVE_NTH", (["a", "b", "c", "d", "e"], -2), ["a", "b", "c", "e"]),
    ("REPLACE_NTH", (["a", "b", "c"], 1, "z"), ["a", "z", "c"]),
    ("REPLACE_NTH", (["a", "b", "c"], 3, "z"), ["a", "b", "c", "z"]),
    ("REPLACE_NTH", (["a", "b", "c"], 6, "z", "y"), ["a", "b", "c", "y", "y", "y", "z"]),
    ("REPLACE_NTH", (["a", "b", "c"], -1, "z"), ["a", "b", "z"]),
    ("REPLACE_NTH", (["a", "b", "c"], -9, "z"), ["z", "b", "c"]),
    ("REMOVE_VALUE", (["a", "b", "b", "a", "c"], "a"), ["b", "b", "c"]),
    ("REMOVE_VALUE", (["a", "b", "b", "a", "c"], "a", 1), ["b", "b", "a", "c"]),
    ("REMOVE_VALUES", (["a", "a", "b", "c", "d", "e", "f"], ["a", "f", "d"]), ["b", "c", "e"]),
    ("REVERSE", ([2, 4, 6],), [6, 4, 2]),
    ("REVERSE", ("foobar",), "raboof"),
    ("SHIFT", ([1, 2, 3, 4],), [2, 3, 4]),
    ("SLICE", ([1, 2, 3, 4, 5], 0, 1), [1]),
    ("SLICE", ([1, 2, 3, 4, 5], 3), [4, 5]),
    ("SLICE", ([1, 2, 3, 4, 5], 1, -1), [2, 3, 4]),
    ("SLICE", ([1, 2, 3, 4, 5], -3, 2), [3, 4]),
    ("SORTED", ([8, None, "a", [1], {}, True, 2],), [None, True, 2, 8, "a", [1], {}]),
    ("SORTED_UNIQUE", ([8, 4, 2, 10, 6, 2, 8, 6, 4],), [2, 4, 6, 8, 10]),
    ("UNION", ([1, 2, 3], [1, 2]), [1, 2, 3, 1, 2]),
    ("UNION_DISTINCT", ([1, 2, 3], [1, 2]), [1, 2, 3]),
    ("UNSHIFT", ([1, 2, 3], 4), [4, 1, 2, 3]),
    ("UNSHIFT", ([1, 2, 3], 2, True), [1, 2, 3]),
    ("TO_BOOL", ("",), False),
    ("TO_BOOL", ([],), True),
    ("TO_NUMBER", (" 12 ",), 12),
    ("TO_NUMBER", ("12a",), 0),
    ("TO_NUMBER", ([8],), 8),
    ("TO_NUMBER", ([8, 9],), 0),
    ("TO_STRING", (0.0000002,), "2e-7"),
    ("TO_STRING", (1.0,), "1"),
    ("TO_STRING", ({"foo": "bar", "baz": None},), '{"foo":"bar","baz":null}'),
    ("TO_ARRAY", (None,), []),
    ("TO_ARRAY", ({"foo": 1, "bar": 2, "baz": [3, 4, 5]},), [1, 2, [3, 4, 5]]),
    ("TYPENAME", (None,), "null"),
    ("TYPENAME", (1.5,), "number"),
    ("IS_NUMBER", (True,), False),
    ("IS_KEY", ("a/b",), False),
    ("IS_KEY", ("a-b:c",), True),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), _EXAMPLES)
def test_example(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    """Array functions give what ArangoDB's documentation says."""
    value = call(name, *arguments)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("FIRST", ("a",), 1563),
        ("NTH", (None, 1), 1563),
        ("UNIQUE", ({},), 1563),
        ("POSITION", ("abc", "a"), 1563),
        ("PUSH", ("a", 1), 1542),
        ("APPEND", ("a", [1]), 1542),
        ("UNION", ([1], 2), 1542),
        ("INTERSECTION", ([1], 2), 1563),
        ("SLICE", (1, 2), 1542),
        ("MINUS", ([1], None), 1542),
    ],
)
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """Something else than an array is null with a warning."""
    assert warnings_of(name, *arguments) == [number]


def test_replacement_beyond_the_end_needs_padding() -> None:
    """REPLACE_NTH fails the query when there is a gap and nothing to fill it with."""
    with pytest.raises(ArangoError) as caught:
        call("REPLACE_NTH", ["a"], 6, "z")
    assert caught.value.error_num == 1542


_ARRAYS = strategies.lists(VALUES, max_size=5)


@given(_ARRAYS)
def test_order_is_total(values: list[Any]) -> None:
    """SORTED gives a permutation in which no value is greater than a later one, whatever the order it was given."""
    ordered = call("SORTED", values)
    assert all(compare(first, second) <= 0 for first, second in itertools.pairwise(ordered))
    assert len(ordered) == len(values)
    again = call("SORTED", values[::-1])
    assert all(compare(first, second) == 0 for first, second in zip(ordered, again, strict=True))


@given(_ARRAYS, _ARRAYS)
def test_set_laws(first: list[Any], second: list[Any]) -> None:
    """Union, intersection and difference are those of sets of distinct values."""
    union = call("UNION_DISTINCT", first, second)
    both = call("INTERSECTION", first, second)
    left, right = call("MINUS", first, second), call("MINUS", second, first)
    assert len(union) == len(both) + len(left) + len(right)
    assert call("SORTED_UNIQUE", union) == call("SORTED_UNIQUE", call("UNION", first, second))
    assert call("INTERSECTION", left, second) == []
    assert len(call("UNIQUE", first)) == call("COUNT_DISTINCT", first) == len(both) + len(left)


@given(_ARRAYS, VALUES)
def test_ends_of_arrays(values: list[Any], value: Any) -> None:
    """POP takes away what PUSH added, SHIFT what UNSHIFT added."""
    assert call("POP", call("PUSH", values, value)) == values
    assert call("SHIFT", call("UNSHIFT", values, value)) == values
    assert call("POSITION", call("PUSH", values, value), value) is True
