"""How alike two texts are: LEVENSHTEIN_DISTANCE, n-grams, SOUNDEX."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from ... import errors
from .family import Family, FunctionWarningError, invalid_argument, is_number, neat, text_of, to_int

if TYPE_CHECKING:
    from .registry import Function

_SOUNDS = {letter: code for code, letters in enumerate(("", "bfpv", "cgjkqsxz", "dt", "l", "mn", "r"))
           for letter in letters}  # fmt: skip
_FARTHEST = 4
_FARTHEST_WITH_SWAPS = 3


def _damerau_levenshtein(first: str, second: str) -> int:
    """Return the distance in insertions, removals, replacements and swaps of neighbours."""
    last_row: dict[str, int] = {}
    far = len(first) + len(second)
    rows = [[far] * (len(second) + 2) for _ in range(len(first) + 2)]
    for index in range(len(first) + 1):
        rows[index + 1][1] = index
    for index in range(len(second) + 1):
        rows[1][index + 1] = index
    for row, letter in enumerate(first, 1):
        last_column = 0
        for column, other in enumerate(second, 1):
            swap_row, swap_column = last_row.get(other, 0), last_column
            if letter == other:
                last_column = column
            rows[row + 1][column + 1] = min(
                rows[row][column] + (letter != other),
                rows[row + 1][column] + 1,
                rows[row][column + 1] + 1,
                rows[swap_row][swap_column] + (row - swap_row - 1) + 1 + (column - swap_column - 1),
            )
        last_row[letter] = row
    return rows[-1][-1]


def _levenshtein(first: str, second: str) -> int:
    previous = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != other)))
        previous = current
    return previous[-1]


def _levenshtein_match(*arguments: Any) -> bool:
    first, second, most = arguments[:3]
    swaps = arguments[3] if len(arguments) > 3 else True
    if not is_number(most) or not isinstance(swaps, bool):
        raise invalid_argument()
    if to_int(most) < 0 or (not swaps and to_int(most) > _FARTHEST):
        raise invalid_argument()
    if swaps and to_int(most) > _FARTHEST_WITH_SWAPS:
        return _damerau_levenshtein(text_of(first), text_of(second)) <= to_int(most)
    left, right = (value if isinstance(value, str) else "" for value in (first, second))
    return (_damerau_levenshtein if swaps else _levenshtein)(left, right) <= to_int(most)


def _checked(text: Any, target: Any, size: Any) -> int:
    if not isinstance(text, str) or not isinstance(target, str) or not is_number(size):
        raise invalid_argument()
    if to_int(size) < 1:
        raise FunctionWarningError(errors.BAD_PARAMETER, "Invalid ngram size. Should be 1 or greater")
    return to_int(size)


def _longest(text: str, target: str, size: int, *, partly: bool) -> float:
    """Return the weight of the longest common sequence of n-grams; `partly` counts equal letters of unequal n-grams."""
    cache = [0.0] * (len(text) - size + 2)
    for start in range(len(target) - size + 1):
        gram, above_left = target[start : start + size], 0.0
        for column in range(1, len(cache)):
            other = text[column - 1 : column - 1 + size]
            same = sum(a == b for a, b in zip(gram, other, strict=True)) / size if partly else float(gram == other)
            above = cache[column]
            cache[column] = max(cache[column - 1], above, above_left + same)
            above_left = above
    return cache[-1]


def _single(value: float) -> Any:
    """Return a number with single precision, which is what ArangoDB computes similarities in."""
    return neat(struct.unpack("f", struct.pack("f", value))[0])


def _ngram_similarity(text: Any, target: Any, size: Any) -> Any:
    length = _checked(text, target, size)
    if len(text) < length or len(target) < length:
        return 1 if text == target else 0
    return _single(_longest(text, target, length, partly=False) / (len(target) - length + 1))


def _ngram_positional_similarity(text: Any, target: Any, size: Any) -> Any:
    length = _checked(text, target, size)
    shorter, longer = sorted((text, target), key=len)
    if not longer:
        return 1
    if len(shorter) < length:
        return _single(sum(a == b for a, b in zip(shorter, longer, strict=False)) / len(longer))
    return _single(_longest(longer, shorter, length, partly=True) / (len(longer) - length + 1))


def _soundex(value: Any) -> str:
    text = text_of(value).lower().strip()
    letters = [letter for letter in text if "a" <= letter <= "z"]
    if not letters:
        return ""
    result, previous = letters[0].upper(), _SOUNDS.get(letters[0], 0)
    for letter in letters[1:]:
        code = _SOUNDS.get(letter, 0)
        if code and code != previous:
            result += str(code)
        previous = code
    return result.ljust(4, "0")[:4]


def _family() -> dict[str, Function]:
    family = Family()
    family.plain(
        "LEVENSHTEIN_DISTANCE", 2, 2, lambda first, second: _damerau_levenshtein(text_of(first), text_of(second))
    )
    family.warning("LEVENSHTEIN_MATCH", 3, 6, _levenshtein_match)
    family.warning("NGRAM_SIMILARITY", 3, 3, _ngram_similarity)
    family.warning("NGRAM_POSITIONAL_SIMILARITY", 3, 3, _ngram_positional_similarity)
    family.plain("SOUNDEX", 1, 1, _soundex)
    return family.functions


FUNCTIONS = _family()
