"""The AQL functions that are not in a family of their own yet."""

from __future__ import annotations

import hashlib
import math
import re
import time
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import ArangoError
from ..values import SortKey, canonical, compare, finite, to_number, to_text, truth
from .registry import Function

if TYPE_CHECKING:
    from collections.abc import Callable


def _length(value: Any) -> int:
    if isinstance(value, (list, dict, str)):
        return len(value)
    return 0 if value is None or value is False else (1 if value is True else len(to_text(value)))


def _numbers(values: Any) -> list[Any]:
    return [value for value in values if value is not None] if isinstance(values, list) else []


def _sum(values: Any) -> Any:
    return sum(to_number(value) for value in _numbers(values)) if isinstance(values, list) else None


def _average(values: Any) -> Any:
    numbers = [to_number(value) for value in _numbers(values)]
    return sum(numbers) / len(numbers) if numbers else None


def _unique(values: Any) -> Any:
    if not isinstance(values, list):
        return None
    return list({canonical(value): value for value in reversed(values)}.values())[::-1]


def _union(*arrays: Any) -> list[Any]:
    return [value for array in arrays for value in array]


def _intersection(first: Any, *others: Any) -> list[Any]:
    return [x for x in _unique(first) if all(any(compare(x, y) == 0 for y in other) for other in others)]


def _sorted(values: Any) -> Any:
    return sorted(values, key=SortKey) if isinstance(values, list) else None


def _has(document: Any, name: Any) -> bool:
    return isinstance(document, dict) and to_text(name) in document


def _merge(*documents: Any) -> Any:
    result: dict[str, Any] = {}
    for document in documents[0] if len(documents) == 1 and isinstance(documents[0], list) else documents:
        if not isinstance(document, dict):
            return None
        result.update(document)
    return result


def _names(arguments: tuple[Any, ...]) -> set[str]:
    return {to_text(name) for item in arguments for name in (item if isinstance(item, list) else [item])}


def _keep(document: Any, *names: Any) -> Any:
    wanted = _names(names)
    return {k: v for k, v in document.items() if k in wanted} if isinstance(document, dict) else None


def _unset(document: Any, *names: Any) -> Any:
    unwanted = _names(names)
    return {k: v for k, v in document.items() if k not in unwanted} if isinstance(document, dict) else None


def _attributes(document: Any, without_system: Any = False, sort: Any = False) -> Any:
    if not isinstance(document, dict):
        return None
    names = [name for name in document if not (truth(without_system) and name.startswith("_"))]
    return sorted(names) if truth(sort) else names


def _substring(text: Any, start: Any, length: Any = None) -> str:
    whole, begin = to_text(text), int(to_number(start))
    begin = max(len(whole) + begin, 0) if begin < 0 else begin
    return whole[begin:] if length is None else whole[begin : begin + max(int(to_number(length)), 0)]


def _append(first: Any, second: Any, unique: Any = False) -> Any:
    left = first if isinstance(first, list) else ([] if first is None else [first])
    right = second if isinstance(second, list) else ([] if second is None else [second])
    return _unique(left + right) if truth(unique) else left + right


def _slice(values: Any, start: Any, length: Any = None) -> Any:
    if not isinstance(values, list):
        return None
    begin = int(to_number(start))
    begin = max(len(values) + begin, 0) if begin < 0 else begin
    if length is None:
        return values[begin:]
    count = int(to_number(length))
    return values[begin:count] if count < 0 else values[begin : begin + count]


def _flatten(values: Any, depth: Any = 1) -> Any:
    if not isinstance(values, list):
        return None
    result: list[Any] = []
    for value in values:
        if isinstance(value, list) and to_number(depth) >= 1:
            result += _flatten(value, to_number(depth) - 1)
        else:
            result.append(value)
    return result


def _range(start: Any, stop: Any, step: Any = None) -> list[Any]:
    first, last = to_number(start), to_number(stop)
    by = to_number(step) if step is not None else (1 if first <= last else -1)
    if by == 0 or (last - first) / by > 10_000_000:
        raise ArangoError(errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH)
    count = math.floor((last - first) / by) + 1
    return [first + by * index for index in range(max(count, 0))]


def _type_name(value: Any) -> str:
    return {type(None): "null", bool: "bool", int: "number", float: "number", str: "string", list: "array",
            dict: "object"}[type(value)]  # fmt: skip


def _parse_identifier(value: Any) -> Any:
    text = value.get("_id") if isinstance(value, dict) else value
    if not isinstance(text, str) or text.count("/") != 1:
        return None
    collection, key = text.split("/")
    return {"collection": collection, "key": key}


def like_pattern(pattern: str, *, insensitive: bool) -> re.Pattern[str]:
    """Return a LIKE pattern (``%``, ``_``, backslash escapes) as a regular expression."""
    parts = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\" and position + 1 < len(pattern):
            position += 1
            parts.append(re.escape(pattern[position]))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
        position += 1
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if insensitive else 0))


def _like(text: Any, pattern: Any, insensitive: Any = False) -> bool:
    return like_pattern(to_text(pattern), insensitive=truth(insensitive)).fullmatch(to_text(text)) is not None


def _regex_test(text: Any, pattern: Any, insensitive: Any = False) -> Any:
    try:
        return re.search(to_text(pattern), to_text(text), re.IGNORECASE if truth(insensitive) else 0) is not None
    except re.error:
        return None


def _fail(message: Any = "") -> None:
    raise ArangoError(errors.QUERY_FAIL_CALLED, f"FAIL({message or ''}) called")


def _rounded(function: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda value: finite(function(to_number(value)))


def _extreme(wanted: int) -> Callable[[Any], Any]:
    def choose(values: Any) -> Any:
        best = None
        for value in _numbers(values):
            if best is None or compare(value, best) == wanted:
                best = value
        return best

    return choose


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in types


def _random() -> float:
    import random

    return random.random()


def _now_ms() -> int:
    return int(time.time() * 1000)


def _date_iso(value: Any) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value if isinstance(value, str) else None
    seconds, milliseconds = divmod(int(value), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03d}Z"


def _contains(text: Any, search: Any, index: Any = False) -> Any:
    place = to_text(text).find(to_text(search))
    return place if truth(index) else place >= 0


def _split(text: Any, separator: Any = None, limit: Any = None) -> list[str]:
    parts = to_text(text).split(to_text(separator)) if separator not in (None, "") else list(to_text(text))
    return parts if limit is None else parts[: int(to_number(limit))]


def _concat_separator(separator: Any, *values: Any) -> str:
    flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return to_text(separator).join(to_text(value) for value in flat if value is not None)


def _concat(*values: Any) -> str:
    flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return "".join(to_text(value) for value in flat)


_TABLE: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "LENGTH": (1, 1, _length), "COUNT": (1, 1, _length), "CHAR_LENGTH": (1, 1, lambda v: len(to_text(v))),
    "SUM": (1, 1, _sum), "AVERAGE": (1, 1, _average), "AVG": (1, 1, _average), "MIN": (1, 1, _extreme(-1)),
    "MAX": (1, 1, _extreme(1)), "UNIQUE": (1, 1, _unique), "SORTED": (1, 1, _sorted),
    "SORTED_UNIQUE": (1, 1, lambda v: _sorted(_unique(v))), "COUNT_DISTINCT": (1, 1, lambda v: len(_unique(v) or [])),
    "COUNT_UNIQUE": (1, 1, lambda v: len(_unique(v) or [])),
    "REVERSE": (1, 1, lambda v: v[::-1] if isinstance(v, (list, str)) else None),
    "FIRST": (1, 1, lambda v: (v[0] if v else None) if isinstance(v, list) else None),
    "LAST": (1, 1, lambda v: (v[-1] if v else None) if isinstance(v, list) else None),
    "NTH": (2, 2, lambda v, n: v[int(n)] if isinstance(v, list) and 0 <= to_number(n) < len(v) else None),
    "APPEND": (2, 3, _append), "PUSH": (2, 3, lambda a, v, u=False: _append(a, [v], u)), "SLICE": (2, 3, _slice),
    "FLATTEN": (1, 2, _flatten), "RANGE": (2, 3, _range),
    "UNION": (2, 99, _union), "UNION_DISTINCT": (2, 99, lambda *v: _unique(_union(*v))),
    "INTERSECTION": (2, 99, _intersection),
    "MINUS": (2, 99, lambda a, *o: [x for x in _unique(a) if not any(compare(x, y) == 0 for b in o for y in b)]),
    "POSITION": (2, 3, lambda a, v, i=False: next((n if i else True for n, x in enumerate(a) if compare(x, v) == 0),
                                                 -1 if i else False)),
    "HAS": (2, 2, _has), "MERGE": (1, 99, _merge), "KEEP": (2, 99, _keep), "UNSET": (2, 99, _unset),
    "ATTRIBUTES": (1, 3, _attributes), "KEYS": (1, 3, _attributes),
    "VALUES": (1, 2, lambda d, w=False: [d[n] for n in _attributes(d, w)] if isinstance(d, dict) else None),
    "ZIP": (2, 2, lambda k, v: dict(zip(map(to_text, k), v, strict=False))),
    "CONCAT": (1, 99, _concat), "CONCAT_SEPARATOR": (2, 99, _concat_separator),
    "UPPER": (1, 1, lambda v: to_text(v).upper()), "LOWER": (1, 1, lambda v: to_text(v).lower()),
    "TRIM": (1, 1, lambda v: to_text(v).strip()), "LTRIM": (1, 1, lambda v: to_text(v).lstrip()),
    "RTRIM": (1, 1, lambda v: to_text(v).rstrip()), "SUBSTRING": (2, 3, _substring),
    "LEFT": (2, 2, lambda v, n: to_text(v)[: int(to_number(n))]),
    "RIGHT": (2, 2, lambda v, n: to_text(v)[max(len(to_text(v)) - int(to_number(n)), 0) :]),
    "CONTAINS": (2, 3, _contains), "STARTS_WITH": (2, 2, lambda v, p: to_text(v).startswith(to_text(p))),
    "SPLIT": (1, 3, _split), "SUBSTITUTE": (3, 3, lambda v, a, b: to_text(v).replace(to_text(a), to_text(b))),
    "LIKE": (2, 3, _like), "REGEX_TEST": (2, 3, _regex_test), "JSON_STRINGIFY": (1, 1, to_text),
    "MD5": (1, 1, lambda v: hashlib.md5(to_text(v).encode(), usedforsecurity=False).hexdigest()),
    "SHA1": (1, 1, lambda v: hashlib.sha1(to_text(v).encode(), usedforsecurity=False).hexdigest()),
    "ABS": (1, 1, _rounded(abs)), "CEIL": (1, 1, _rounded(math.ceil)), "FLOOR": (1, 1, _rounded(math.floor)),
    "ROUND": (1, 1, _rounded(lambda v: math.floor(v + 0.5))), "RAND": (0, 0, _random),
    "SQRT": (1, 1, lambda v: math.sqrt(to_number(v)) if to_number(v) >= 0 else None),
    "POW": (2, 2, lambda a, b: finite(to_number(a) ** to_number(b))),
    "TO_NUMBER": (1, 1, to_number), "TO_STRING": (1, 1, to_text), "TO_BOOL": (1, 1, truth),
    "TO_ARRAY": (1, 1, lambda v: v if isinstance(v, list) else [] if v is None else [v]),
    "TYPENAME": (1, 1, _type_name), "IS_NULL": (1, 1, _is(type(None))), "IS_BOOL": (1, 1, _is(bool)),
    "IS_NUMBER": (1, 1, _is(int, float)), "IS_STRING": (1, 1, _is(str)), "IS_ARRAY": (1, 1, _is(list)),
    "IS_LIST": (1, 1, _is(list)), "IS_OBJECT": (1, 1, _is(dict)), "IS_DOCUMENT": (1, 1, _is(dict)),
    "NOT_NULL": (1, 99, lambda *v: next((x for x in v if x is not None), None)), "NOOPT": (1, 1, lambda v: v),
    "PASSTHRU": (1, 1, lambda v: v), "PARSE_IDENTIFIER": (1, 1, _parse_identifier), "FAIL": (0, 1, _fail),
    "PARSE_KEY": (1, 1, lambda v: (_parse_identifier(v) or {}).get("key")),
    "PARSE_COLLECTION": (1, 1, lambda v: (_parse_identifier(v) or {}).get("collection")),
    "DATE_NOW": (0, 0, _now_ms), "DATE_ISO8601": (1, 1, _date_iso),
}  # fmt: skip

FUNCTIONS = {
    name: Function(name, minimum, maximum, call, deterministic=name not in ("RAND", "NOOPT"))
    for name, (minimum, maximum, call) in _TABLE.items()
}
