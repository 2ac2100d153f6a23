"""From rows of a table to documents: conversion, translation, merged and removed attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .failure import EXIT_BAD_VALUE, ToolError

if TYPE_CHECKING:
    from .delimited import Cell
    from .options import Options

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_TYPES = ("boolean", "null", "number", "string")
_REFERENCE = re.compile(r"\[([^\[\]]*)\]")
_LARGEST_WHOLE = 2**63


class BadRowError(Exception):
    """A row that cannot become a document, with the reason."""


def pairs(option: str, values: list[str]) -> dict[str, str]:
    """Return ``name=value`` texts as a dictionary. Raises ToolError (exit code 4)."""
    found = {}
    for value in values:
        name, separator, rest = value.partition("=")
        if not separator or not name or not rest:
            raise ToolError(f"invalid --{option} '{value}': expected <name>=<value>", EXIT_BAD_VALUE)
        found[name] = rest
    return found


def number_of(text: str) -> float | int | None:
    """Return the number that a text stands for, or None."""
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped) is None:
        return None
    if _WHOLE.fullmatch(stripped) and abs(int(stripped)) < _LARGEST_WHOLE:
        return int(stripped)
    return float(stripped)


class RowConverter:
    """Turns the rows below a header into documents. Raises ToolError for options that make no sense."""

    def __init__(self, options: Options, header: list[str]) -> None:
        self._convert = options["convert"]
        self._ignore_missing = options["ignore-missing"]
        self._header = header
        self._translate = pairs("translate", options["translate"])
        self._remove = set(options["remove-attribute"])
        self._types = pairs("datatype", options["datatype"])
        for name, kind in self._types.items():
            if kind not in _TYPES:
                raise ToolError(
                    f"invalid --datatype '{name}={kind}': expected one of {', '.join(_TYPES)}", EXIT_BAD_VALUE
                )
        self._merged = pairs("merge-attributes", options["merge-attributes"])
        for name, template in self._merged.items():
            if "[]" in template or _REFERENCE.sub("", template).strip("[]") != _REFERENCE.sub("", template):
                raise ToolError(f"invalid --merge-attributes '{name}={template}'", EXIT_BAD_VALUE)

    def unknown_references(self) -> list[str]:
        """Return the attributes that merged ones refer to and that the header has not."""
        known = {*self._header}
        missing = []
        for name, template in self._merged.items():
            missing += [wanted for wanted in _REFERENCE.findall(template) if wanted not in known]
            known.add(name)
        return missing

    def document(self, row: list[Cell]) -> dict[str, Any]:
        """Return the document of a row. Raises BadRowError."""
        expected = len(self._header)
        if len(row) > expected and not row[-1][0].strip() and len(row) == expected + 1:
            row = row[:-1]
        if len(row) != expected and not (self._ignore_missing and len(row) < expected):
            raise BadRowError(f"wrong number of values: expected {expected}, found {len(row)}")
        texts = {name: cell[0] for name, cell in zip(self._header, row, strict=False)}
        document: dict[str, Any] = {}
        for name, cell in zip(self._header, row, strict=False):
            value = self._value(name, cell)
            if value is not None and name not in self._remove:
                document[self._translate.get(name, name)] = value
        for name, template in self._merged.items():
            texts[name] = _REFERENCE.sub(lambda found: texts.get(found[1], ""), template)
            document[self._translate.get(name, name)] = texts[name]
        return document

    def _value(self, name: str, cell: Cell) -> Any:
        text, quoted = cell
        kind = self._types.get(name)
        if kind is not None:
            return self._typed(kind, text)
        if quoted:
            return text
        if not self._convert:
            return text or None
        literal = {"": None, "null": None, "true": True, "false": False}
        if text in literal:
            return literal[text]
        number = number_of(text)
        return text if number is None else number

    @staticmethod
    def _typed(kind: str, text: str) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return text.strip() not in ("false", "null", "0")
        if kind == "number":
            return number_of(text) or 0
        return text
