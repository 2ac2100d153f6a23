"""TOKENS with the built-in analyzers that need no dictionary: ``identity`` and ``text_en``."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import ArangoError
from .english_stemmer import stem
from .family import Family, FunctionWarningError, invalid_argument, is_number, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function

_WORD = re.compile(r"\w+(?:['’.]\w+)*")


def _plain(word: str) -> str:
    """Return a word in lower case without accents."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def english_tokens(text: str) -> list[str]:
    """Return the stems of a text's words, as the analyzer ``text_en`` does."""
    return [stem(_plain(word)) for word in _WORD.findall(text)]


_ANALYZERS: dict[str, Callable[[str], list[str]]] = {
    "identity": lambda text: [text],
    "text_en": english_tokens,
}


def _tokens(value: Any, analyzer: Any = "identity") -> list[Any]:
    if not isinstance(analyzer, str):
        raise invalid_argument()
    tokenize = _ANALYZERS.get(analyzer.removeprefix("_system::").removeprefix("::"))
    if tokenize is None:
        raise ArangoError(
            errors.NOT_IMPLEMENTED,
            f"arangod-standin: TOKENS() knows the analyzers {', '.join(sorted(_ANALYZERS))}, not '{analyzer}'",
        )
    return _of(value, tokenize)


def _of(value: Any, tokenize: Callable[[str], list[str]]) -> list[Any]:
    if isinstance(value, list):
        return [_of(item, tokenize) for item in value]
    if isinstance(value, dict):
        raise invalid_argument()
    if value is None or isinstance(value, bool) or is_number(value):
        raise FunctionWarningError(
            errors.NOT_IMPLEMENTED, "arangod-standin: TOKENS() splits texts, not numbers, booleans and null"
        )
    return tokenize(text_of(value))


def _family() -> dict[str, Function]:
    family = Family()
    family.warning("TOKENS", 1, 2, _tokens)
    return family.functions


FUNCTIONS = _family()
