"""Functions over an array of numbers or values: MIN, MAX, SUM, AVERAGE, variances, percentiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ... import errors
from ..values import compare
from .arrays import expect_array
from .family import Family, FunctionWarningError, array_expected, invalid_argument, is_number, neat

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function


def _extreme(wanted: int) -> Callable[[Any], Any]:
    def choose(values: Any) -> Any:
        best = None
        for value in expect_array(values):
            if value is not None and (best is None or compare(value, best) == wanted):
                best = value
        return best

    return choose


def _numbers(values: Any) -> list[float] | None:
    """Return the numbers of an array without nulls; None if it holds anything else."""
    found = [value for value in expect_array(values) if value is not None]
    return [float(value) for value in found] if all(map(is_number, found)) else None


def _arithmetic(values: Any) -> list[float]:
    numbers = _numbers(values)
    if numbers is None:
        raise FunctionWarningError(errors.QUERY_INVALID_ARITHMETIC_VALUE)
    return numbers


def _sum(values: Any) -> Any:
    numbers = _numbers(values)
    if numbers is None:
        return None
    total = 0.0
    for number in numbers:
        total += number
    return neat(total) or 0


def _product(values: Any) -> Any:
    numbers = _numbers(values)
    if numbers is None:
        return None
    product = neat(math.prod(numbers))
    return 0 if product is None else product


def _average(values: Any) -> Any:
    numbers = _numbers(values)
    if numbers is None:
        raise array_expected()
    return neat(sum(numbers) / len(numbers)) if numbers else None


def _squares(values: Any) -> tuple[float, int]:
    """Return the sum of squared distances from the mean, one value at a time, and the count."""
    mean = total = 0.0
    count = 0
    for current in _arithmetic(values):
        count += 1
        delta = current - mean
        mean += delta / count
        total += delta * (current - mean)
    return total, count


def _variance_population(values: Any) -> Any:
    total, count = _squares(values)
    return neat(total / count) if count else None


def _variance_sample(values: Any) -> Any:
    total, count = _squares(values)
    return neat(total / (count - 1)) if count > 1 else None


def _deviation_population(values: Any) -> Any:
    total, count = _squares(values)
    return neat(math.sqrt(total / count)) if count else None


def _deviation_sample(values: Any) -> Any:
    total, count = _squares(values)
    return neat(math.sqrt(total / (count - 1))) if count > 1 else None


def _median(values: Any) -> Any:
    numbers = sorted(_arithmetic(values))
    if not numbers:
        return None
    middle = len(numbers) // 2
    return neat(numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2)


def _percentile(values: Any, percent: Any, method: Any = "rank") -> Any:
    expect_array(values)
    if not is_number(percent) or not 0 <= percent <= 100 or method not in ("rank", "interpolation"):
        raise invalid_argument()
    numbers = sorted(_arithmetic(values))
    if not numbers:
        return None
    count = len(numbers)
    place = percent * (count + 1 if method == "interpolation" else count) / 100.0
    position = math.floor(place) if method == "interpolation" else math.ceil(place)
    if position >= count:
        return neat(numbers[-1])
    if position <= 0:
        return neat(numbers[0])
    below = numbers[position - 1]
    return neat((place - position) * (numbers[position] - below) + below if method == "interpolation" else below)


def _family() -> dict[str, Function]:
    family = Family()
    family.warning("MIN", 1, 1, _extreme(-1))
    family.warning("MAX", 1, 1, _extreme(1))
    family.warning("SUM", 1, 1, _sum)
    family.warning("PRODUCT", 1, 1, _product)
    family.warning("AVERAGE AVG", 1, 1, _average)
    family.warning("MEDIAN", 1, 1, _median)
    family.warning("PERCENTILE", 2, 3, _percentile)
    family.warning("VARIANCE_POPULATION VARIANCE", 1, 1, _variance_population)
    family.warning("VARIANCE_SAMPLE", 1, 1, _variance_sample)
    family.warning("STDDEV_POPULATION STDDEV", 1, 1, _deviation_population)
    family.warning("STDDEV_SAMPLE", 1, 1, _deviation_sample)
    return family.functions


FUNCTIONS = _family()
