"""Type checks and conversions: IS_*, TO_*, TYPENAME."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..values import to_number, truth
from .family import Family, is_number, neat, text_of

if TYPE_CHECKING:
    from .registry import Function

_KEY = re.compile(r"[A-Za-z0-9_\-:.@()+,=;$!*'%]{1,254}")
_TYPE_NAMES = {type(None): "null", bool: "bool", int: "number", float: "number", str: "string", list: "array",
               dict: "object"}  # fmt: skip


def _to_array(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return [] if value is None else [value]


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("IS_NULL", 1, 1, lambda value: value is None)
    family.plain("IS_BOOL", 1, 1, lambda value: isinstance(value, bool))
    family.plain("IS_NUMBER", 1, 1, is_number)
    family.plain("IS_STRING", 1, 1, lambda value: isinstance(value, str))
    family.plain("IS_ARRAY IS_LIST", 1, 1, lambda value: isinstance(value, list))
    family.plain("IS_OBJECT IS_DOCUMENT", 1, 1, lambda value: isinstance(value, dict))
    family.plain("IS_KEY", 1, 1, _is_key)
    family.plain("TYPENAME", 1, 1, lambda value: _TYPE_NAMES[type(value)])
    family.plain("TO_BOOL", 1, 1, truth)
    family.plain("TO_NUMBER", 1, 1, lambda value: neat(to_number(value)))
    family.plain("TO_STRING", 1, 1, text_of)
    family.plain("TO_ARRAY TO_LIST", 1, 1, _to_array)
    return family.functions


FUNCTIONS = _family()
