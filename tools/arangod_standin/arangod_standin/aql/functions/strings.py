"""String functions that need neither patterns nor hashes.

Positions count characters (code points); ArangoDB's FIND_FIRST and FIND_LAST count UTF-16 units, which differs for
characters outside the basic plane.
"""

from __future__ import annotations

import ipaddress
import json
import string
from typing import TYPE_CHECKING, Any

from ..values import truth
from .family import Family, FunctionWarningError, invalid_argument, is_number, json_text, text_of, to_int

if TYPE_CHECKING:
    from .registry import Function, FunctionContext

_WHITESPACE = "\r\n\t "
_TOKEN_LETTERS = string.ascii_letters + string.digits
_LONGEST_TOKEN = 65536
_LONGEST_REPEATED = 16 * 1024 * 1024
_RESOURCE_LIMIT = 32


def _parts(values: tuple[Any, ...]) -> list[str]:
    items = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return [text_of(item) for item in items if item is not None]


def _concat(*values: Any) -> str:
    return "".join(_parts(values))


def _concat_separator(separator: Any, *values: Any) -> str:
    return text_of(separator).join(_parts(values))


def _char_length(value: Any) -> int:
    return len(text_of(value))


def _contains(text: Any, search: Any, return_index: Any = False) -> bool | int:
    wanted = text_of(search)
    place = text_of(text).find(wanted) if wanted else -1
    return place if truth(return_index) else place >= 0


def _bounds(text: str, start: Any, end: tuple[Any, ...]) -> tuple[int, int] | None:
    """Return the first and the last place to look at; None if there is no such stretch."""
    first = to_int(start)
    last = to_int(end[0]) if end and end[0] is not None else len(text)
    return None if first < 0 or last < first else (first, last)


def _find_first(value: Any, search: Any, start: Any = 0, *end: Any) -> int:
    text, wanted = text_of(value), text_of(search)
    bounds = _bounds(text, start, end)
    if bounds is None:
        return -1
    return text.find(wanted, bounds[0], bounds[1] + 1) if wanted else bounds[0]


def _find_last(value: Any, search: Any, start: Any = 0, *end: Any) -> int:
    text, wanted = text_of(value), text_of(search)
    bounds = _bounds(text, start, end)
    if bounds is None:
        return -1
    if not wanted:
        return bounds[1] + (1 if end and end[0] is not None else 0)
    return text.rfind(wanted, bounds[0], bounds[1] + 1)


def _substring(value: Any, offset: Any, *length: Any) -> str:
    text, first = text_of(value), to_int(offset)
    first = max(len(text) + first, 0) if first < 0 else first
    return text[first:] if not length else text[first : first + max(to_int(length[0]), 0)]


def _substring_bytes(value: Any, offset: Any, length: Any = None, left: Any = 0, right: Any = None) -> str:
    data, first = text_of(value).encode("utf-8", "surrogatepass"), to_int(offset)
    before = to_int(left)
    after = before if right is None else to_int(right)
    first = len(data) + first if first < 0 else first
    last = len(data) if length is None else first + to_int(length)
    if first < 0 or last < first or before < 0 or after < 0:
        raise invalid_argument()
    try:
        head, middle, tail = (part.decode() for part in (data[:first], data[first:last], data[last:]))
    except UnicodeDecodeError:
        raise invalid_argument("offset and length must not split the bytes of a character") from None
    return (head[-before:] if before else "") + middle + tail[:after]


def _left(value: Any, count: Any) -> str:
    return text_of(value)[: max(to_int(count), 0)]


def _right(value: Any, count: Any) -> str:
    text, length = text_of(value), max(to_int(count), 0)
    return text[max(len(text) - length, 0) :]


def _trim(value: Any, how: Any = 0) -> str:
    letters = how if isinstance(how, str) else _WHITESPACE
    side = to_int(how) if is_number(how) else 0
    text = text_of(value)
    if side == 1:
        return text.lstrip(letters)
    return text.rstrip(letters) if side == 2 else text.strip(letters)


def _ltrim(value: Any, *letters: Any) -> str:
    return text_of(value).lstrip(text_of(letters[0]) if letters else _WHITESPACE)


def _rtrim(value: Any, *letters: Any) -> str:
    return text_of(value).rstrip(text_of(letters[0]) if letters else _WHITESPACE)


def _split(value: Any, *more: Any) -> list[Any] | None:
    if len(more) == 2:
        if not is_number(more[1]):
            raise invalid_argument()
        if more[1] < 0:
            return None
    if not more:
        return [value]
    if isinstance(more[0], dict):
        raise invalid_argument()
    separators = [text_of(item) for item in (more[0] if isinstance(more[0], list) else more)]
    separators = separators if isinstance(more[0], list) else separators[:1]
    parts = _split_text(text_of(value), separators)
    return parts[: to_int(more[1])] if len(more) == 2 else parts


def _split_text(text: str, separators: list[str]) -> list[str]:
    import re

    if "" in separators or not separators:
        return list(text)
    return re.split("|".join(re.escape(separator) for separator in separators), text)


def _starts_with(value: Any, *more: Any) -> bool:
    text = text_of(value)
    prefixes = more[0] if isinstance(more[0], list) else [more[0]]
    if not isinstance(value, str) or not all(isinstance(prefix, str) for prefix in prefixes):
        raise invalid_argument()
    least = to_int(more[1]) if len(more) > 1 else 1
    return sum(text.startswith(prefix) for prefix in prefixes) >= least


def _substitute(value: Any, search: Any, *more: Any) -> Any:
    pairs, limit = _replacements(search, more)
    if not pairs or limit == 0:
        return value
    text, result, position, count = text_of(value), [], 0, 0
    while count != limit:
        places = [(place, order) for order, (wanted, _) in enumerate(pairs)
                  if wanted and (place := text.find(wanted, position)) >= 0]  # fmt: skip
        if not places:
            break
        place, order = min(places)
        result += [text[position:place], pairs[order][1]]
        position = place + len(pairs[order][0])
        count += 1
    return "".join(result) + text[position:]


def _replacements(search: Any, more: tuple[Any, ...]) -> tuple[list[tuple[str, str]], int]:
    """Return what SUBSTITUTE looks for with what it puts there, and how often at most (-1: always)."""
    if isinstance(search, dict):
        limit = to_int(more[0]) if more else -1
        found: list[str] = list(search)
        replacements: Any = list(search.values())
    else:
        limit = to_int(more[1]) if len(more) > 1 else -1
        found = search if isinstance(search, list) else [search]
        replacements = more[0] if more else []
        if isinstance(replacements, str):
            replacements = [replacements] * len(found)
    if not isinstance(replacements, list) or not all(isinstance(item, str) for item in found):
        raise invalid_argument()
    if not all(item is None or isinstance(item, str) for item in replacements):
        raise invalid_argument()
    replacements = replacements + [""] * (len(found) - len(replacements))
    return [(wanted, text or "") for wanted, text in zip(found, replacements, strict=False)], limit


def _repeat(value: Any, count: Any, separator: Any = "") -> str:
    text, between, times = text_of(value), text_of(separator), to_int(count)
    if times < 0:
        raise invalid_argument()
    if times * (len(text.encode()) + len(between.encode())) > _LONGEST_REPEATED:
        raise FunctionWarningError(_RESOURCE_LIMIT)
    return between.join([text] * times)


def _to_char(value: Any) -> str:
    code = to_int(value)
    if not is_number(value) or not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise invalid_argument()
    return chr(code)


def _json_parse(value: Any) -> Any:
    if not isinstance(value, str):
        raise invalid_argument()
    try:
        return json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid_argument() from None


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _random_token(context: FunctionContext, length: Any) -> str:
    from ...errors import ArangoError

    count = to_int(length)
    if not 0 <= count <= _LONGEST_TOKEN:
        raise ArangoError(1542, "invalid argument type in call to function 'RANDOM_TOKEN()'")
    return "".join(context.random.choices(_TOKEN_LETTERS, k=count))


def _uuid(context: FunctionContext) -> str:
    import uuid

    return str(uuid.UUID(int=context.random.getrandbits(128), version=4))


def _is_ipv4(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.IPv4Address(value))
    except ValueError:
        return False


def _ipv4_to_number(value: Any) -> int:
    if not _is_ipv4(value):
        raise invalid_argument()
    return int(ipaddress.IPv4Address(value))


def _ipv4_from_number(value: Any) -> str:
    if not is_number(value) or not 0 <= to_int(value) <= 2**32 - 1:
        raise invalid_argument()
    return str(ipaddress.IPv4Address(to_int(value)))


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("CONCAT", 1, None, _concat)
    family.plain("CONCAT_SEPARATOR", 2, None, _concat_separator)
    family.plain("CHAR_LENGTH", 1, 1, _char_length)
    family.plain("LOWER", 1, 1, lambda value: text_of(value).lower())
    family.plain("UPPER", 1, 1, lambda value: text_of(value).upper())
    family.plain("CONTAINS", 2, 3, _contains)
    family.plain("FIND_FIRST", 2, 4, _find_first)
    family.plain("FIND_LAST", 2, 4, _find_last)
    family.plain("SUBSTRING", 2, 3, _substring)
    family.warning("SUBSTRING_BYTES", 2, 5, _substring_bytes)
    family.plain("LEFT", 2, 2, _left)
    family.plain("RIGHT", 2, 2, _right)
    family.plain("TRIM", 1, 2, _trim)
    family.plain("LTRIM", 1, 2, _ltrim)
    family.plain("RTRIM", 1, 2, _rtrim)
    family.warning("SPLIT", 1, 3, _split)
    family.warning("STARTS_WITH", 2, 3, _starts_with)
    family.warning("SUBSTITUTE", 2, 4, _substitute)
    family.warning("REPEAT", 2, 3, _repeat)
    family.warning("TO_CHAR", 1, 1, _to_char)
    family.plain("JSON_STRINGIFY", 1, 1, json_text)
    family.warning("JSON_PARSE", 1, 1, _json_parse)
    family.context("RANDOM_TOKEN", 1, 1, _random_token, deterministic=False)
    family.context("UUID", 0, 0, _uuid, deterministic=False)
    family.plain("IS_IPV4", 1, 1, _is_ipv4)
    family.warning("IPV4_TO_NUMBER", 1, 1, _ipv4_to_number)
    family.warning("IPV4_FROM_NUMBER", 1, 1, _ipv4_from_number)
    return family.functions


FUNCTIONS = _family()
