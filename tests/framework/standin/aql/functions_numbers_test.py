"""Numeric, bit and aggregate functions."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given, strategies

from tests.framework.standin.support.function_calls import VALUES, call, warnings_of

_EXAMPLES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("ABS", (-5,), 5),
    ("ABS", (3.5,), 3.5),
    ("ACOS", (2,), None),
    ("ASIN", (1,), 1.5707963267948966),
    ("ATAN", (10,), 1.4711276743037347),
    ("ATAN2", (-10, 20), -0.4636476090008061),
    ("CEIL", (2.49,), 3),
    ("CEIL", (-2.5,), -2),
    ("COS", (1,), 0.5403023058681398),
    ("FLOOR", (-2.5,), -3),
    ("ROUND", (2.49,), 2),
    ("ROUND", (2.5,), 3),
    ("ROUND", (-2.5,), -2),
    ("ROUND", (-2.51,), -3),
    ("EXP", (1,), 2.718281828459045),
    ("EXP2", (16,), 65536),
    ("LOG", (0,), None),
    ("LOG2", (1024,), 10),
    ("LOG10", (10000,), 4),
    ("POW", (2, 4), 16),
    ("POW", (5, -1), 0.2),
    ("POW", (0, -1), None),
    ("SQRT", (9,), 3),
    ("SQRT", (-1,), None),
    ("DEGREES", (3.141592653589793,), 180),
    ("RADIANS", (180,), 3.141592653589793),
    ("PI", (), 3.141592653589793),
    ("FLOOR", ("12.7",), 12),
    ("FLOOR", ("no",), 0),
    ("COSINE_SIMILARITY", ([0, 1], [1, 0]), 0),
    ("COSINE_SIMILARITY", ([-1, 0], [1, 0]), -1),
    ("L1_DISTANCE", ([-1, -1], [2, 2]), 6),
    ("L1_DISTANCE", ([[1, 2, 3], [-1, -2, -3], [3, 4, 5], [-5, 2, 1]], [1, 1, 1]), [3, 9, 9, 7]),
    ("L2_DISTANCE", ([1, 1], [5, 2]), 4.1231056256176606),
    ("DECAY_GAUSS", (41, 40, 5, 5, 0.5), 1),
    ("DECAY_EXP", (2, 0, 10, 0, 0.2), 0.7247796636776955),
    ("DECAY_LINEAR", (9.8, 0, 10, 0, 0.2), 0.21599999999999994),
    ("AVERAGE", ([5, 2, 9, 2],), 4.5),
    ("AVG", ([-3, -5, 2],), -2),
    ("AVERAGE", ([None],), None),
    ("MAX", ([5, 9, -2, None, 1],), 9),
    ("MAX", ([1, "a", [0], {}],), {}),
    ("MIN", ([5, 9, -2, None, 1],), -2),
    ("MIN", ([None, None],), None),
    ("MEDIAN", ([999, 80, 4, 4, 4, 3, 3, 3],), 4),
    ("MEDIAN", ([4, 2, 3, 1],), 2.5),
    ("PERCENTILE", ([1, 2, 3, 4], 50), 2),
    ("PERCENTILE", ([1, 2, 3, 4], 50, "interpolation"), 2.5),
    ("PRODUCT", ([None, -5, 6],), -30),
    ("PRODUCT", ([],), 1),
    ("SUM", ([None, -5, 6],), 1),
    ("SUM", ([],), 0),
    ("SUM", ([1, "a"],), None),
    ("STDDEV_POPULATION", ([1, 3, 6, 5, 2],), 1.854723699099141),
    ("STDDEV_SAMPLE", ([1, 3, 6, 5, 2],), 2.0736441353327724),
    ("VARIANCE", ([1, 3, 6, 5, 2],), 3.4400000000000004),
    ("VARIANCE_SAMPLE", ([1, 3, 6, 5, 2],), 4.300000000000001),
    ("VARIANCE_SAMPLE", ([1],), None),
    ("RANGE", (1, 4), [1, 2, 3, 4]),
    ("RANGE", (1, 4, 2), [1, 3]),
    ("RANGE", (1.5, 2.5), [1, 2]),
    ("RANGE", (1.5, 2.5, 0.5), [1.5, 2, 2.5]),
    ("RANGE", (-0.75, 1.1, 0.5), [-0.75, -0.25, 0.25, 0.75]),
    ("RANGE", (3, 1), [3, 2, 1]),
    ("BIT_AND", ([255, 127, None, 63],), 63),
    ("BIT_AND", (127, 255), 127),
    ("BIT_OR", ([1, 4, 8, 16],), 29),
    ("BIT_XOR", (255, 257), 510),
    ("BIT_NEGATE", (446359921, 32), 3848607374),
    ("BIT_TEST", (255, 8), False),
    ("BIT_POPCOUNT", (69399252,), 12),
    ("BIT_SHIFT_LEFT", (878836, 16, 32), 1760821248),
    ("BIT_SHIFT_RIGHT", (878836, 4, 32), 54927),
    ("BIT_CONSTRUCT", ([0, 1, 10, 31],), 2147484675),
    ("BIT_DECONSTRUCT", (2147484675,), [0, 1, 10, 31]),
    ("BIT_TO_STRING", (7, 4), "0111"),
    ("BIT_FROM_STRING", ("11010111011101",), 13789),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), _EXAMPLES)
def test_example(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    """Numeric functions give what ArangoDB's documentation says, whole numbers as integers."""
    value = call(name, *arguments)
    assert value == pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else value == expected
    assert not isinstance(value, float) or not value.is_integer()


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("SUM", (1,), 1563),
        ("MIN", ("a",), 1563),
        ("AVERAGE", ([1, "a"],), 1563),
        ("VARIANCE", ([1, "a"],), 1561),
        ("MEDIAN", (["a"],), 1561),
        ("PERCENTILE", ([1], 101), 1542),
        ("PERCENTILE", ([1], 50, "guess"), 1542),
        ("RANGE", (1, 4, -1), 1542),
        ("RANGE", (1, 4, 0), 1542),
        ("BIT_AND", ("foo",), 1542),
        ("BIT_AND", (-1, 2), 1542),
        ("BIT_OR", ([2**32],), 1542),
        ("BIT_TEST", (1, 32), 1542),
        ("BIT_FROM_STRING", ("012",), 1542),
        ("COSINE_SIMILARITY", ([1], [1, 2]), 1542),
        ("L2_DISTANCE", ([1], ["a"]), 1542),
        ("DECAY_EXP", ("a", 0, 10, 0, 0.2), 1542),
    ],
)
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """What cannot be computed is null with a warning."""
    assert warnings_of(name, *arguments) == [number]


_NUMBERS = strategies.lists(strategies.integers(-1000, 1000), min_size=1, max_size=20)


@given(_NUMBERS)
def test_aggregates_agree_with_statistics(numbers: list[int]) -> None:
    """Averages, medians and variances are those of Python's statistics module."""
    assert call("AVERAGE", numbers) == pytest.approx(statistics.fmean(numbers))
    assert call("MEDIAN", numbers) == statistics.median(numbers)
    assert call("VARIANCE", numbers) == pytest.approx(statistics.pvariance(numbers), abs=1e-9)
    assert call("SUM", numbers) == sum(numbers)


@given(_NUMBERS, strategies.integers(0, 100))
def test_percentiles_lie_within_the_values(numbers: list[int], percent: int) -> None:
    """PERCENTILE by rank is one of the values, by interpolation between the least and the greatest."""
    assert call("PERCENTILE", numbers, percent) in numbers
    assert min(numbers) <= call("PERCENTILE", numbers, percent, "interpolation") <= max(numbers)


@given(strategies.lists(VALUES, max_size=6))
def test_extremes_are_the_ends_of_the_sorted_array(values: list[Any]) -> None:
    """MIN is the first non-null value of SORTED, MAX the last."""
    ordered = [value for value in call("SORTED", values) if value is not None]
    assert call("MIN", values) == (ordered[0] if ordered else None)
    found = call("MAX", values)
    assert (found is None and not ordered) or call("SORTED", [found, ordered[-1]]) == [found, ordered[-1]]


@given(strategies.integers(0, 2**32 - 1), strategies.integers(0, 2**32 - 1))
def test_bits_obey_de_morgan(first: int, second: int) -> None:
    """The negation of an AND is the OR of the negations, and texts of bits go round."""

    def negate(value: int) -> Any:
        return call("BIT_NEGATE", value, 32)

    assert negate(call("BIT_AND", first, second)) == call("BIT_OR", negate(first), negate(second))
    assert call("BIT_FROM_STRING", call("BIT_TO_STRING", first, 32)) == first
    assert call("BIT_CONSTRUCT", call("BIT_DECONSTRUCT", first)) == first


@given(strategies.floats(-1e6, 1e6))
def test_rounding_is_half_up(number: float) -> None:
    """ROUND goes to the nearest integer, halves upwards."""
    assert call("ROUND", number) == math.floor(number + 0.5)
