"""Bit functions on integers of 32 bits."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from .family import Family, invalid_argument, is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function

_WIDTH = 32
_LARGEST = 2**_WIDTH - 1


def _bits(value: Any, largest: int = _LARGEST) -> int:
    """Return an operand. Raises the warning 1542 if it is no number from 0 to `largest`."""
    if not is_number(value) or not 0 <= value <= largest:
        raise invalid_argument()
    return int(value)


def _combined(combine: Callable[[int, int], int]) -> Callable[..., Any]:
    def call(value: Any, *second: Any) -> Any:
        if second:
            return combine(_bits(value), _bits(second[0]))
        if not isinstance(value, list):
            raise invalid_argument()
        result: int | None = None
        for item in value:
            if item is not None:
                result = _bits(item) if result is None else combine(result, _bits(item))
        return result

    return call


def _mask(width: Any) -> int:
    return (1 << _bits(width, _WIDTH)) - 1


def _construct(positions: Any) -> int:
    if not isinstance(positions, list):
        raise invalid_argument()
    result = 0
    for position in positions:
        result |= 1 << _bits(position, _WIDTH - 1)
    return result


def _to_string(value: Any, width: Any) -> str:
    bits, count = _bits(value), _bits(width, _WIDTH)
    return "".join("1" if bits >> place & 1 else "0" for place in range(count - 1, -1, -1))


def _from_string(text: Any) -> int:
    if not isinstance(text, str) or len(text) > _WIDTH or set(text) - {"0", "1"}:
        raise invalid_argument()
    return int(text, 2) if text else 0


def _family() -> dict[str, Function]:
    family = Family()
    family.warning("BIT_AND", 1, 2, _combined(operator.and_))
    family.warning("BIT_OR", 1, 2, _combined(operator.or_))
    family.warning("BIT_XOR", 1, 2, _combined(operator.xor))
    family.warning("BIT_NEGATE", 2, 2, lambda value, width: ~_bits(value) & _mask(width))
    family.warning("BIT_TEST", 2, 2, lambda value, index: bool(_bits(value) >> _bits(index, _WIDTH - 1) & 1))
    family.warning("BIT_POPCOUNT", 1, 1, lambda value: _bits(value).bit_count())
    family.warning(
        "BIT_SHIFT_LEFT", 3, 3, lambda value, shift, width: _bits(value) << _bits(shift, _WIDTH) & _mask(width)
    )
    family.warning(
        "BIT_SHIFT_RIGHT", 3, 3, lambda value, shift, width: _bits(value) >> _bits(shift, _WIDTH) & _mask(width)
    )
    family.warning("BIT_CONSTRUCT", 1, 1, _construct)
    family.warning(
        "BIT_DECONSTRUCT", 1, 1, lambda value: [place for place in range(_WIDTH) if _bits(value) >> place & 1]
    )
    family.warning("BIT_TO_STRING", 2, 2, _to_string)
    family.warning("BIT_FROM_STRING", 1, 1, _from_string)
    return family.functions


FUNCTIONS = _family()
