"""Parameters of faults: frozen dataclasses whose fields say their limits, and the one reader of requests for them."""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import FaultRequestError


@dataclasses.dataclass(frozen=True)
class NoParameters:
    """For kinds that take none."""


def measure(default: float | int, minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    """A number as a field of a parameters class, with its inclusive limits; the unit is the last word of its name."""
    return dataclasses.field(default=default, metadata={"minimum": minimum, "maximum": maximum})


def needed_measure(minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    """The same for a number that must be given."""
    return dataclasses.field(metadata={"minimum": minimum, "maximum": maximum})


def choice(default: str, *words: str) -> Any:
    """One of some words as a field of a parameters class."""
    return dataclasses.field(default=default, metadata={"words": words})


def read_parameters(kind: str, parameters_type: type[Any], given: Mapping[str, Any]) -> Any:
    """Makes a kind's parameters of what a request gave.

    Fields may be of the types bool, int, float, str and tuple[str, ...]. Raises `FaultRequestError` for an unknown
    name, a wrong type or a value out of range; a `__post_init__` of the class may raise it, too.
    """
    fields = {field.name: field for field in dataclasses.fields(parameters_type)}
    wanted_types = typing.get_type_hints(parameters_type)
    values = {}
    for name, value in given.items():
        if name not in fields:
            raise FaultRequestError(
                f"{kind} has no parameter {name!r}{nearest(name, fields)}; it has: {', '.join(fields) or 'none'}"
            )
        values[name] = _checked(kind, fields[name], wanted_types[name], value)
    missing = [
        name
        for name, field in fields.items()
        if name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise FaultRequestError(f"{kind} needs the parameter {' and '.join(missing)}")
    return parameters_type(**values)


def nearest(name: str, known: Collection[str]) -> str:
    """ " (did you mean 'delay_ms'?)" when something known is spelled alike, else ""."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _checked(kind: str, field: dataclasses.Field[Any], wanted: Any, value: Any) -> Any:
    if isinstance(wanted, types.GenericAlias):
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise FaultRequestError(f"{kind}: expected {field.name} to be a list of strings, found {value!r}")
        return tuple(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is float and is_number:
        value = float(value)
    elif wanted is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not wanted:
        raise FaultRequestError(f"{kind}: expected {field.name} to be of type {wanted.__name__}, found {value!r}")
    if "minimum" in field.metadata and not field.metadata["minimum"] <= value <= field.metadata["maximum"]:
        raise FaultRequestError(f"{kind}: expected {field.name} {_limits(field)}, found {value!r}")
    if "words" in field.metadata and value not in field.metadata["words"]:
        words = ", ".join(field.metadata["words"])
        raise FaultRequestError(f"{kind}: expected {field.name} to be one of {words}, found {value!r}")
    return value


def _limits(field: dataclasses.Field[Any]) -> str:
    minimum, maximum = field.metadata["minimum"], field.metadata["maximum"]
    if math.isinf(maximum):
        return f"of at least {minimum:g}"
    if math.isinf(minimum):
        return f"of at most {maximum:g}"
    return f"from {minimum:g} to {maximum:g}"
