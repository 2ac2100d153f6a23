"""Array functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import ArangoError
from ..values import SortKey, canonical, to_number, truth
from .family import Family, array_expected, invalid_argument, is_number, neat, number_text, to_int

if TYPE_CHECKING:
    from .registry import Function

_MOST_ELEMENTS = 10_000_000


def expect_array(value: Any) -> list[Any]:
    """Return the value if it is an array. Raises the warning 1563."""
    if not isinstance(value, list):
        raise array_expected()
    return value


def _expect(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_argument()
    return value


def unique(values: list[Any]) -> list[Any]:
    """Return the values without those that AQL calls equal to an earlier one."""
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(canonical(value), value)
    return list(found.values())


def _contains(values: list[Any], value: Any) -> bool:
    wanted = canonical(value)
    return any(canonical(item) == wanted for item in values)


def _length(value: Any) -> int:
    if isinstance(value, (list, dict, str)):
        return len(value)
    if is_number(value):
        return len(number_text(value))
    return 1 if value is True else 0


def _reverse(value: Any) -> Any:
    if not isinstance(value, (list, str)):
        raise array_expected()
    return value[::-1]


def _first(values: Any) -> Any:
    return expect_array(values)[0] if expect_array(values) else None


def _last(values: Any) -> Any:
    return expect_array(values)[-1] if expect_array(values) else None


def _nth(values: Any, position: Any) -> Any:
    index = to_int(position)
    return expect_array(values)[index] if 0 <= index < len(expect_array(values)) else None


def _position(values: Any, wanted: Any, return_index: Any = False) -> bool | int:
    key = canonical(wanted)
    for index, value in enumerate(expect_array(values)):
        if canonical(value) == key:
            return index if truth(return_index) else True
    return -1 if truth(return_index) else False


def _append(values: Any, more: Any, once: Any = False) -> Any:
    if more is None or more == []:
        return values
    if values is None:
        return more
    added = more if isinstance(more, list) else [more]
    return unique(_expect(values) + added) if truth(once) else _expect(values) + added


def _push(values: Any, value: Any, once: Any = False) -> list[Any]:
    if values is None:
        return [value]
    if truth(once) and _contains(_expect(values), value):
        return _expect(values)
    return [*_expect(values), value]


def _unshift(values: Any, value: Any, once: Any = False) -> list[Any]:
    if values is None:
        return [value]
    if truth(once) and _contains(_expect(values), value):
        return _expect(values)
    return [value, *_expect(values)]


def _pop(values: Any) -> Any:
    return None if values is None else _expect(values)[:-1]


def _shift(values: Any) -> Any:
    return None if values is None else _expect(values)[1:]


def _remove_value(values: Any, value: Any, limit: Any = None) -> list[Any]:
    if values is None:
        return []
    left = -1 if limit is None else to_int(limit)
    wanted, kept = canonical(value), []
    for item in _expect(values):
        if left != 0 and canonical(item) == wanted:
            left -= 1
        else:
            kept.append(item)
    return kept


def _remove_values(values: Any, unwanted: Any) -> Any:
    if unwanted is None:
        return values
    if values is None:
        return []
    keys = {canonical(value) for value in _expect(unwanted)}
    return [value for value in _expect(values) if canonical(value) not in keys]


def _remove_nth(values: Any, position: Any) -> list[Any]:
    if values is None:
        return []
    count, index = len(_expect(values)), to_number(position)
    if index >= count or index < -count:
        return _expect(values)
    target = int(index + count if index < 0 else index)
    return _expect(values)[:target] + _expect(values)[target + 1 :]


def _replace_nth(values: Any, position: Any, value: Any, *padding: Any) -> list[Any]:
    result = list(_expect(values))
    index = to_int(position)
    index = max(index + len(result), 0) if index < 0 else index
    if position is None or (index > len(result) and not padding):
        raise ArangoError(
            errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH,
            "invalid argument type in call to function 'REPLACE_NTH()'",
        )
    if index > _MOST_ELEMENTS:
        raise ArangoError(errors.RESOURCE_LIMIT)
    result += [padding[0]] * (index - len(result)) if padding else []
    result[index : index + 1] = [value]
    return result


def _slice(values: Any, start: Any, length: Any = None) -> list[Any]:
    count = len(_expect(values))
    first = to_int(start)
    first = max(count + first, 0) if first < 0 else first
    if length is None:
        return _expect(values)[first:]
    last = to_int(length)
    last = first + last if last >= 0 else max(count + last, 0)
    return _expect(values)[first:last]


def _flatten(values: Any, depth: Any = 1) -> list[Any]:
    most = to_number(depth)
    return _flat(expect_array(values), int(most) if most >= 1 else 1)


def _flat(values: list[Any], depth: int) -> list[Any]:
    result: list[Any] = []
    for value in values:
        if isinstance(value, list) and depth > 0:
            result += _flat(value, depth - 1)
        else:
            result.append(value)
    return result


def _union(*arrays: Any) -> list[Any]:
    return [value for array in arrays for value in _expect(array)]


def _union_distinct(*arrays: Any) -> list[Any]:
    return unique(_union(*arrays))


def _intersection(*arrays: Any) -> list[Any]:
    keys = [{canonical(value) for value in expect_array(array)} for array in arrays]
    return [value for value in unique(arrays[0]) if all(canonical(value) in others for others in keys[1:])]


def _outersection(*arrays: Any) -> list[Any]:
    counts: dict[Any, int] = {}
    everything = [value for array in arrays for value in expect_array(array)]
    for value in everything:
        key = canonical(value)
        counts[key] = counts.get(key, 0) + 1
    return [value for value in everything if counts[canonical(value)] == 1]


def _minus(first: Any, *others: Any) -> list[Any]:
    unwanted = {canonical(value) for array in others for value in _expect(array)}
    return [value for value in unique(_expect(first)) if canonical(value) not in unwanted]


def _jaccard(first: Any, second: Any) -> Any:
    left = {canonical(value) for value in expect_array(first)}
    right = {canonical(value) for value in expect_array(second)}
    return neat(len(left & right) / len(left | right)) if left or right else 1


def _interleave(*arrays: Any) -> list[Any]:
    longest = max(len(expect_array(array)) for array in arrays)
    return [array[index] for index in range(longest) for array in arrays if index < len(array)]


def _sorted(values: Any) -> list[Any]:
    return sorted(expect_array(values), key=SortKey)


def _sorted_unique(values: Any) -> list[Any]:
    return sorted(unique(expect_array(values)), key=SortKey)


def _range(start: Any, stop: Any, step: Any = None) -> list[Any]:
    if step is None:
        first, last = to_int(start), to_int(stop)
        direction = 1 if first <= last else -1
        _check_size(abs(last - first))
        return list(range(first, last + direction, direction))
    current, end, by = float(to_number(start)), float(to_number(stop)), float(to_number(step))
    if by == 0.0 or (current < end and by < 0.0) or (current > end and by > 0.0):
        raise invalid_argument()
    _check_size(math.floor(abs((end - current) / by)))
    result = []
    while current <= end if by > 0 else current >= end:
        result.append(neat(current))
        current += by
    return result


def _check_size(count: int) -> None:
    if count > _MOST_ELEMENTS:
        raise ArangoError(errors.RESOURCE_LIMIT, "too many elements in RANGE(): at most 10000000 are allowed")


def _family() -> dict[str, Function]:
    family = Family()
    family.plain("LENGTH COUNT", 1, 1, _length)
    family.warning("REVERSE", 1, 1, _reverse)
    family.warning("FIRST", 1, 1, _first)
    family.warning("LAST", 1, 1, _last)
    family.warning("NTH", 2, 2, _nth)
    family.warning("POSITION CONTAINS_ARRAY", 2, 3, _position)
    family.warning("APPEND", 2, 3, _append)
    family.warning("PUSH", 2, 3, _push)
    family.warning("UNSHIFT", 2, 3, _unshift)
    family.warning("POP", 1, 1, _pop)
    family.warning("SHIFT", 1, 1, _shift)
    family.warning("REMOVE_VALUE", 2, 3, _remove_value)
    family.warning("REMOVE_VALUES", 2, 2, _remove_values)
    family.warning("REMOVE_NTH", 2, 2, _remove_nth)
    family.warning("REPLACE_NTH", 3, 4, _replace_nth)
    family.warning("SLICE", 2, 3, _slice)
    family.warning("FLATTEN", 1, 2, _flatten)
    family.warning("UNION", 2, None, _union)
    family.warning("UNION_DISTINCT", 2, None, _union_distinct)
    family.warning("INTERSECTION", 2, None, _intersection)
    family.warning("OUTERSECTION", 2, None, _outersection)
    family.warning("MINUS", 2, None, _minus)
    family.warning("JACCARD", 2, 2, _jaccard)
    family.warning("INTERLEAVE", 2, None, _interleave)
    family.warning("SORTED", 1, 1, _sorted)
    family.warning("SORTED_UNIQUE", 1, 1, _sorted_unique)
    family.warning("UNIQUE", 1, 1, lambda values: unique(expect_array(values)))
    family.warning("COUNT_DISTINCT COUNT_UNIQUE", 1, 1, lambda values: len(unique(expect_array(values))))
    family.warning("RANGE", 2, 3, _range)
    return family.functions


FUNCTIONS = _family()
