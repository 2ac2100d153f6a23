"""COLLECT and WINDOW on rows that are all there."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .values import canonical, compare, sort_token, to_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ast import Collect
    from .compiled import Row
    from .query_context import QueryContext
    from .steps import CollectStep, WindowStep

_DAYS_S = {"Y": 31_556_952, "M": 2_629_746, "W": 604_800, "D": 86_400}


def aggregate(name: str, context: QueryContext) -> Callable[[list[Any]], Any]:
    """Return an aggregate function of COLLECT or WINDOW."""
    if name in ("COUNT", "LENGTH"):
        return len
    if name == "PUSH":
        return list
    function = functions.resolve(name, 1)
    call = function.call
    return (lambda values: call(context, values)) if function.pass_context else call


def collect(  # noqa: PLR0917 - the columns that a COLLECT speaks of
    step: CollectStep, rows: list[Row], groups: list[list[Any]], aggregates: list[list[Any]],
    into: list[Any] | None, context: QueryContext,
) -> list[Row]:  # fmt: skip
    """Return the rows after a COLLECT; the columns hold a value per row each."""
    clause = step.collect
    members = _members(clause, rows, groups)
    known = rows[0] if rows else step.outer_row
    outer = {name: known.get(name) for name in clause.outer}
    calls = [aggregate(name, context) for _, name, _ in clause.aggregates]
    made: list[Row] = []
    for numbers in members:
        row: Row = dict(outer)
        for column, (name, _) in zip(groups, clause.groups, strict=True):
            row[name] = column[numbers[0]]
        for column, call, (name, _, _) in zip(aggregates, calls, clause.aggregates, strict=True):
            row[name] = call([column[number] for number in numbers])
        if clause.count_into:
            row[clause.count_into] = len(numbers)
        if clause.into:
            row[clause.into] = _gathered(clause, rows, numbers, into)
        made.append(row)
    return made


def _members(clause: Collect, rows: list[Row], groups: list[list[Any]]) -> list[list[int]]:
    """Return the row numbers of each group, the groups in the order of their values."""
    if not clause.groups:
        return [list(range(len(rows)))]
    found: dict[Any, list[int]] = {}
    for number in range(len(rows)):
        key = tuple(canonical(column[number]) for column in groups)
        found.setdefault(key, []).append(number)
    return sorted(found.values(), key=lambda numbers: tuple(sort_token(column[numbers[0]]) for column in groups))


def _gathered(clause: Collect, rows: list[Row], numbers: list[int], into: list[Any] | None) -> list[Any]:
    if into is not None:
        return [into[number] for number in numbers]
    names = clause.keep if clause.keep is not None else clause.known
    return [{name: rows[number][name] for name in names if name in rows[number]} for number in numbers]


# -- WINDOW ----------------------------------------------------------------------------------------------------------
def window(
    step: WindowStep, rows: list[Row], ranged: list[Any] | None, columns: list[list[Any]], context: QueryContext
) -> list[Row]:
    """Return the rows with the aggregates over their neighbours: so many rows, or a range of values."""
    calls = [aggregate(name, context) for _, name in step.names]
    order = list(range(len(rows)))
    if ranged is None:
        before, after = _row_bound(step, "preceding"), _row_bound(step, "following")
        spans = [(max(number - before, 0), min(number + after, len(rows) - 1)) for number in order]
    else:
        numbers = [_range_number(value) for value in ranged]
        order = [number for number in order if numbers[number] is not None]
        order.sort(key=lambda number: float(numbers[number] or 0))
        spans = _range_spans(step, [float(numbers[number] or 0) for number in order], ranged)
        if len(order) < len(rows):
            context.warn(errors.QUERY_INVALID_ARITHMETIC_VALUE)
    made = []
    for place, number in enumerate(order):
        first, last = spans[place]
        row = dict(rows[number])
        for column, call, (name, _) in zip(columns, calls, step.names, strict=True):
            row[name] = call([column[order[other]] for other in range(first, last + 1)])
        made.append(row)
    return made


def _row_bound(step: WindowStep, name: str) -> int:
    value = step.bounds.get(name, 0)
    if value == "unbounded":
        return 2**62
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or int(value) != value:
        raise ArangoError(
            errors.QUERY_PARSE, 'WINDOW row spec is invalid; bounds must be positive integers or "unbounded"'
        )
    return int(value)


def _range_number(value: Any) -> float | None:
    """Return a number, or a date's milliseconds, to compare ranges by; None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _timestamp(value)
    return None


def _timestamp(text: str) -> float | None:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() * 1000


def _range_bound(value: Any, dates: bool) -> float:
    if value == "unbounded":
        return float("inf")
    if isinstance(value, str) and dates:
        return _duration_ms(value)
    number = to_number(value)
    if compare(value, number) != 0 and value is not None:
        raise ArangoError(errors.QUERY_PARSE, "WINDOW range spec is invalid; bounds must be numbers or ISO durations")
    return float(number)


def _duration_ms(text: str) -> float:
    """Return the length of an ISO 8601 duration in milliseconds."""
    import re

    pattern = r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
    match = re.fullmatch(pattern, text)
    if match is None or text in ("P", "PT"):
        raise ArangoError(errors.QUERY_PARSE, f"WINDOW range spec is invalid; '{text}' is no ISO duration")
    lengths_s = (*_DAYS_S.values(), 3600, 60, 1)
    return 1000 * sum(float(part) * length for part, length in zip(match.groups(), lengths_s, strict=True) if part)


def _range_spans(step: WindowStep, numbers: list[float], ranged: list[Any]) -> list[tuple[int, int]]:
    """Return for each place of ascending numbers the first and last place within its range."""
    from bisect import bisect_left, bisect_right

    dates = any(isinstance(value, str) for value in ranged)
    before = _range_bound(step.bounds.get("preceding", 0), dates)
    after = _range_bound(step.bounds.get("following", 0), dates)
    return [
        (bisect_left(numbers, number - before), bisect_right(numbers, number + after) - 1) for number in numbers
    ]  # fmt: skip
