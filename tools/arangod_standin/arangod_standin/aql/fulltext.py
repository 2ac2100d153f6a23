"""FULLTEXT(): words of a fulltext index's attribute, and queries over them.

A query is a list of words between commas. A word is looked up whole or, after ``prefix:``, by its beginning; ``+``
(or nothing) before it asks for it too, ``|`` takes it as well, ``-`` excludes it. Terms count from left to right.
"""

from __future__ import annotations

import re
from typing import Any

from .. import errors
from ..errors import ArangoError

_WORD = re.compile(r"\w+")
_TERM = re.compile(r"([+|-]?)(?:(prefix|complete):)?(\w+)")


def _texts(value: Any) -> list[str]:
    """Return the strings that are indexed: the value itself, or the strings directly inside a list or object."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inside if isinstance(item, str)]


def words_of(value: Any, min_length: int) -> set[str]:
    """Return the indexed words of an attribute in lower case; shorter ones than `min_length` are not indexed."""
    found = {word.lower() for text in _texts(value) for word in _WORD.findall(text)}
    return {word for word in found if len(word) >= min_length}


class FulltextQuery:
    """A parsed query. Raises ArangoError 10 when it is malformed."""

    def __init__(self, text: str) -> None:
        self.terms: list[tuple[str, bool, str]] = []
        for part in text.split(","):
            match = _TERM.fullmatch(part.strip())
            if match is None:
                raise ArangoError(
                    errors.BAD_PARAMETER, f"invalid fulltext query: expected words between commas: {text!r}"
                )
            operator, kind, word = match.groups()
            self.terms.append((operator or "+", kind == "prefix", word.lower()))

    def matches(self, words: set[str]) -> bool:
        """Say whether a document with these words is a result."""
        found: bool | None = None
        for operator, is_prefix, wanted in self.terms:
            there = any(word.startswith(wanted) for word in words) if is_prefix else wanted in words
            if operator == "|":
                found = bool(found) or there
            elif operator == "-":
                found = (True if found is None else found) and not there
            else:
                found = there if found is None else found and there
        return bool(found)
