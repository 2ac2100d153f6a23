"""Whatever a function is given, it answers with a value of AQL, a warning or an error of ArangoDB's."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from arangod_standin.aql import functions
from arangod_standin.aql.functions.names import MODULE_OF
from arangod_standin.errors import ArangoError
from hypothesis import HealthCheck, given, settings, strategies

from tests.framework.standin.support.function_calls import VALUES, call

# Large numbers in these ask for long results on purpose; they have limits of their own, which other tests reach.
_PLACES = strategies.integers(-5, 30) | strategies.floats(-5, 30)
_EXTREMES = strategies.sampled_from([
    2**63, -(2**63) - 1, 1e308, -1e308, 5e-324, "", "0", "-", "\ud800", "\x00", [], {}, [[]], [{}], [None],
    "2020-01-01", "%", "(", "\\", "a" * 300, ["a", 1], {"type": "Point", "coordinates": [1, 2]}, "P1D", "day",
    "y", "rank", "UTC",
])  # fmt: skip
_ARGUMENTS = strategies.one_of(VALUES, _EXTREMES, _PLACES)
_LONG_RESULTS = ("RANGE", "REPLACE_NTH", "REPEAT", "MINHASH", "RANDOM_TOKEN")


def _is_value(value: Any) -> bool:
    """Say whether a value is one of AQL."""
    if isinstance(value, list):
        return all(map(_is_value, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) for name in value) and all(map(_is_value, value.values()))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, str))


@pytest.mark.parametrize("name", sorted(MODULE_OF))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=strategies.data())
def test_any_arguments(name: str, data: strategies.DataObject) -> None:
    """A function gives a value or raises ArangoError, and leaves its arguments as they were."""
    function = functions.find(name)
    assert function is not None
    most = min(function.maximum if function.maximum is not None else 4, 7)
    kinds = strategies.one_of(VALUES, _PLACES) if name in _LONG_RESULTS else _ARGUMENTS
    arguments = data.draw(strategies.lists(kinds, min_size=function.minimum, max_size=most))
    if name in _LONG_RESULTS:
        arguments = [max(min(value, 1000), -1000) if isinstance(value, (int, float)) else value for value in arguments]
    before = repr(arguments)
    try:
        value = call(name, *arguments)
    except ArangoError as error:
        assert error.error_num
        return
    assert _is_value(value), value
    assert repr(arguments) == before
    json.dumps(value)
