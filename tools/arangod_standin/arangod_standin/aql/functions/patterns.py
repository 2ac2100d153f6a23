"""LIKE and the REGEX functions.

ArangoDB uses ICU's regular expressions; what its documentation describes of them means the same here. Not the same:
Unicode properties (``\\p{..}``) and set operations inside brackets, which are refused as invalid (warning 1543).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ... import errors
from ..values import truth
from .family import Family, FunctionWarningError, invalid_argument, is_number, text_of, to_int

if TYPE_CHECKING:
    from .registry import Function


@lru_cache(maxsize=128)
def like_pattern(pattern: str, *, insensitive: bool) -> re.Pattern[str]:
    """Return a LIKE pattern (``%``, ``_``, backslash escapes) as a regular expression for the whole text."""
    parts = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        following = pattern[position + 1 : position + 2]
        if letter == "\\" and following in ("%", "_", "\\"):
            parts.append(re.escape(following))
            position += 1
        else:
            parts.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
        position += 1
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if insensitive else 0))


@lru_cache(maxsize=128)
def regex(pattern: str, *, insensitive: bool) -> re.Pattern[str]:
    """Return a compiled regular expression. Raises the warning 1543 when it is invalid."""
    try:
        return re.compile(pattern, re.IGNORECASE if insensitive else 0)
    except (re.error, OverflowError, RecursionError):
        raise FunctionWarningError(errors.QUERY_INVALID_REGEX) from None


def _like(text: Any, pattern: Any, insensitive: Any = False) -> bool:
    return like_pattern(text_of(pattern), insensitive=truth(insensitive)).fullmatch(text_of(text)) is not None


def _test(text: Any, pattern: Any, insensitive: Any = False) -> bool:
    return regex(text_of(pattern), insensitive=truth(insensitive)).search(text_of(text)) is not None


def _matches(text: Any, pattern: Any, insensitive: Any = False) -> list[str] | None:
    compiled, value = regex(text_of(pattern), insensitive=truth(insensitive)), text_of(text)
    if compiled.pattern and not value:
        return [""]
    found = compiled.search(value)
    return None if found is None else [part or "" for part in (found.group(0), *found.groups())]


def _split(text: Any, pattern: Any, insensitive: Any = False, *limit: Any) -> list[str] | None:
    if limit and not is_number(limit[0]):
        raise invalid_argument()
    if limit and limit[0] < 0:
        return None
    compiled, value = regex(text_of(pattern), insensitive=truth(insensitive)), text_of(text)
    parts = list(value) if not compiled.pattern else [part or "" for part in compiled.split(value)]
    return parts[: to_int(limit[0])] if limit else parts


def _replace(text: Any, pattern: Any, replacement: Any, insensitive: Any = False) -> str:
    compiled, put = regex(text_of(pattern), insensitive=truth(insensitive)), text_of(replacement)
    return compiled.sub(lambda found: _expanded(put, found), text_of(text))


def _expanded(template: str, found: re.Match[str]) -> str:
    """Return a replacement in ICU's form: ``$1`` stands for a group, a backslash takes the next character as it is."""
    result, position = [], 0
    while position < len(template):
        letter = template[position]
        position += 1
        if letter == "\\" and position < len(template):
            result.append(template[position])
            position += 1
        elif letter == "$" and template[position : position + 1].isdigit():
            number = int(template[position])
            position += 1
            if number > (found.re.groups or 0):
                raise FunctionWarningError(errors.QUERY_INVALID_REGEX)
            result.append(found.group(number) or "")
        else:
            result.append(letter)
    return "".join(result)


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("LIKE", 2, 3, _like)
    family.warning("REGEX_TEST", 2, 3, _test)
    family.warning("REGEX_MATCHES", 2, 3, _matches)
    family.warning("REGEX_SPLIT", 2, 4, _split)
    family.warning("REGEX_REPLACE", 3, 4, _replace)
    return family.functions


FUNCTIONS = _family()
