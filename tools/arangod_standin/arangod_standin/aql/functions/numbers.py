"""Numeric functions: rounding, powers, trigonometry, distances of vectors, decay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ... import errors
from ..values import to_number
from .family import Family, FunctionWarningError, invalid_argument, is_number, neat

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function, FunctionContext


def _unary(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """Return an AQL function: the argument becomes a number, what has no number as its result gives null."""

    def call(value: Any) -> Any:
        try:
            return neat(function(float(to_number(value))))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return call


def _binary(function: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def call(first: Any, second: Any) -> Any:
        try:
            return neat(function(float(to_number(first)), float(to_number(second))))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return call


def _absolute(value: Any) -> Any:
    return neat(abs(to_number(value)))


def _random(context: FunctionContext) -> float:
    return context.random.random()


def _vector(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(map(is_number, values)):
        raise invalid_argument()
    return [float(value) for value in values]


def _of_vectors(function: Callable[[list[float], list[float]], float]) -> Callable[[Any, Any], Any]:
    """Return an AQL function of two vectors, of which one may be an array of vectors: then an array comes back."""

    def one(left: Any, right: Any) -> Any:
        first, second = _vector(left), _vector(right)
        if len(first) != len(second):
            raise invalid_argument()
        return neat(function(first, second))

    def call(left: Any, right: Any) -> Any:
        if not isinstance(left, list) or not isinstance(right, list):
            raise invalid_argument()
        if left and isinstance(left[0], list):
            return [one(row, right) for row in left]
        if right and isinstance(right[0], list):
            return [one(left, row) for row in right]
        return one(left, right)

    return call


def _cosine(first: list[float], second: list[float]) -> float:
    length = math.sqrt(sum(x * x for x in first)) * math.sqrt(sum(y * y for y in second))
    if length == 0.0:
        raise FunctionWarningError(errors.QUERY_INVALID_ARITHMETIC_VALUE)
    return max(-1.0, min(1.0, sum(x * y for x, y in zip(first, second, strict=True)) / length))


def _decay(function: Callable[[float, float, float], float]) -> Callable[..., Any]:
    """Return an AQL decay function; `function` gets the distance beyond the offset, the scale and the decay."""

    def call(value: Any, origin: Any, scale: Any, offset: Any, decay: Any) -> Any:
        if not all(map(is_number, (origin, scale, offset, decay))):
            raise invalid_argument()
        if scale <= 0 or offset < 0 or not 0 < decay < 1:
            raise FunctionWarningError(errors.BAD_PARAMETER, "scale, offset or decay is out of range")

        def score(item: Any) -> Any:
            if not is_number(item):
                raise invalid_argument()
            distance = max(0.0, abs(float(item) - origin) - offset)
            try:
                return neat(function(distance, float(scale), float(decay)))
            except (OverflowError, ZeroDivisionError):
                # so far away, for its scale, that nothing is left
                return 0

        return [score(item) for item in value] if isinstance(value, list) else score(value)

    return call


def _gauss(distance: float, scale: float, decay: float) -> float:
    return math.exp(0.5 * distance * distance * 2.0 * math.log(decay) / (scale * scale))


def _exponential(distance: float, scale: float, decay: float) -> float:
    return math.exp(math.log(decay) * distance / scale)


def _linear(distance: float, scale: float, decay: float) -> float:
    full = scale / (1.0 - decay)
    return max((full - distance) / full, 0.0)


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("ABS", 1, 1, _absolute)
    family.plain("FLOOR", 1, 1, _unary(math.floor))
    family.plain("CEIL", 1, 1, _unary(math.ceil))
    family.plain("ROUND", 1, 1, _unary(lambda value: math.floor(value + 0.5)))
    for name in ("SQRT", "LOG", "LOG2", "LOG10", "EXP", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN"):
        family.plain(name, 1, 1, _unary(getattr(math, name.lower())))
    family.plain("EXP2", 1, 1, _unary(lambda value: math.pow(2.0, value)))
    family.plain("RADIANS", 1, 1, _unary(lambda value: value * (math.pi / 180.0)))
    family.plain("DEGREES", 1, 1, _unary(lambda value: value * (180.0 / math.pi)))
    family.plain("POW", 2, 2, _binary(math.pow))
    family.plain("ATAN2", 2, 2, _binary(math.atan2))
    family.plain("PI", 0, 0, lambda: math.pi)
    family.context("RAND RANDOM", 0, 0, _random, deterministic=False)
    family.warning("COSINE_SIMILARITY", 2, 2, _of_vectors(_cosine))
    family.warning("L1_DISTANCE", 2, 2, _of_vectors(lambda a, b: sum(abs(x - y) for x, y in zip(a, b, strict=True))))
    family.warning(
        "L2_DISTANCE", 2, 2, _of_vectors(lambda a, b: math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True))))
    )
    family.warning("DECAY_GAUSS", 5, 5, _decay(_gauss))
    family.warning("DECAY_EXP", 5, 5, _decay(_exponential))
    family.warning("DECAY_LINEAR", 5, 5, _decay(_linear))
    return family.functions


FUNCTIONS = _family()
