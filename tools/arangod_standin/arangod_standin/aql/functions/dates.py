"""Date functions. Time zones are those of the host's database (``/usr/share/zoneinfo``)."""

from __future__ import annotations

import math
import os
import time
from datetime import UTC
from typing import TYPE_CHECKING, Any

from .date_format import day_of_year, format_date, weekday
from .date_values import (
    DAY_MS,
    Calendar,
    days_from_civil,
    days_in_month,
    from_local,
    invalid_date,
    is_leap,
    iso_text,
    iso_week,
    moment,
    parse_date,
    parse_duration,
    time_zone,
    to_local,
)
from .family import Family, invalid_argument, is_number, neat, to_int

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function

_UNITS = {
    "y": "year", "year": "year", "years": "year", "m": "month", "month": "month", "months": "month",
    "w": "week", "week": "week", "weeks": "week", "d": "day", "day": "day", "days": "day",
    "h": "hour", "hour": "hour", "hours": "hour", "i": "minute", "minute": "minute", "minutes": "minute",
    "s": "second", "second": "second", "seconds": "second",
    "f": "millisecond", "millisecond": "millisecond", "milliseconds": "millisecond",
}  # fmt: skip
_LENGTH_MS = {"week": 7 * DAY_MS, "day": DAY_MS, "hour": 3_600_000, "minute": 60_000, "second": 1000, "millisecond": 1}
_YEAR_MS = 365.2425 * DAY_MS
_LONGEST_MS = 2**62
_ORDER = ("millisecond", "second", "minute", "hour", "day", "month", "year")


def _unit(value: Any) -> str | None:
    return _UNITS.get(value.lower()) if isinstance(value, str) else None


def _from_parts(parts: tuple[Any, ...]) -> int:
    """Return the moment of one date argument, or of 3 to 7 parts of a date."""
    if len(parts) == 1:
        return moment(parts[0])
    if len(parts) < 3 or not all(is_number(part) or isinstance(part, str) for part in parts):
        raise invalid_argument()
    numbers = [to_int(part) for part in parts] + [0] * (7 - len(parts))
    if min(numbers) < 0 or numbers[0] > 9999 or max(numbers) > 2**31:
        raise invalid_date()
    year, month, day, hour, minute, second, fraction_ms = numbers
    time_ms = ((hour * 60 + minute) * 60 + second) * 1000 + min(fraction_ms, 999)
    return days_from_civil(year, month, day) * DAY_MS + time_ms


def _part(choose: Callable[[int, Calendar], Any]) -> Callable[..., Any]:
    """Return a function of a date and a time zone that gives one part of the date."""

    def call(value: Any, zone: Any = None) -> Any:
        local_ms = to_local(moment(value), zone)
        return choose(local_ms, Calendar.of(local_ms))

    return call


def _iso_week_year(local_ms: int, _: Calendar) -> dict[str, int]:
    year, week = iso_week(local_ms)
    return {"week": week, "year": year}


def _truncate(value: Any, unit: Any, zone: Any = None) -> str:
    local_ms = to_local(moment(value), zone)
    if not isinstance(unit, str):
        raise invalid_argument()
    name = _unit(unit)
    parts = Calendar.of(local_ms)
    if name in ("year", "month"):
        local_ms = Calendar(parts.year, parts.month if name == "month" else 1, 1, 0).moment_ms
    elif name in _LENGTH_MS and name != "week":
        local_ms -= parts.time_ms % _LENGTH_MS[name]
    else:
        raise invalid_date()
    return iso_text(from_local(local_ms, zone))


def _round(value: Any, amount: Any, unit: Any, zone: Any = None) -> str:
    local_ms, name = to_local(moment(value), zone), _unit(unit)
    if not is_number(amount) or to_int(amount) <= 0 or name not in _LENGTH_MS or name == "week":
        raise invalid_argument()
    bucket_ms = _LENGTH_MS[name] * to_int(amount)
    buckets = abs(local_ms) // bucket_ms * (1 if local_ms >= 0 else -1)
    return iso_text(from_local(buckets * bucket_ms, zone))


def _shifted(sign: int) -> Callable[..., Any]:
    """Return DATE_ADD or DATE_SUBTRACT: with amount and unit, or with an ISO duration."""

    def call(value: Any, amount: Any, unit: Any = None, zone: Any = None) -> str:
        if isinstance(amount, str):
            if parse_duration(amount) is None:
                raise invalid_date()
            unit, zone = None, unit
        local_ms = to_local(moment(value), zone)
        if unit is None:
            if not isinstance(amount, str):
                raise invalid_argument()
            duration = parse_duration(amount)
            if duration is None:
                raise invalid_date()
            months, more_ms = duration
        else:
            if not is_number(amount) or not isinstance(unit, str):
                raise invalid_argument()
            months, more_ms = _amount(amount, _unit(unit))
        if abs(months) > 12 * 20_000 or abs(more_ms) > _LONGEST_MS:
            raise invalid_date()
        shifted_ms = Calendar.of(local_ms).add_months(sign * months).moment_ms + sign * more_ms
        return iso_text(from_local(shifted_ms, zone))

    return call


def _amount(amount: float, unit: str | None) -> tuple[int, int]:
    """Return months and milliseconds; a fraction of a year is months, a fraction of a month days of a 30-day month."""
    if unit is None or not math.isfinite(amount):
        raise invalid_date()
    if unit in _LENGTH_MS:
        return 0, math.trunc(amount * _LENGTH_MS[unit])
    sign, left = (-1 if amount < 0 else 1), abs(amount)
    months = 0
    if unit == "year":
        years = math.trunc(left)
        months, left = 12 * years, (left - years) * 12
    whole = math.trunc(left)
    return sign * (months + whole), sign * math.trunc((left - whole) * 30 * DAY_MS)


def _difference(first: Any, second: Any, unit: Any, *more: Any) -> Any:
    as_float = more[0] if more else False
    zone = more[1] if len(more) > 1 else None
    first_ms, second_ms = moment(first), moment(second)
    if not isinstance(unit, str) or not isinstance(as_float, bool):
        raise invalid_argument()
    name = _unit(unit)
    if name is None:
        raise invalid_date()
    first_ms, second_ms = to_local(first_ms, zone), to_local(second_ms, more[2] if len(more) > 2 else zone)
    length_ms = {"year": _YEAR_MS, "month": _YEAR_MS / 12}.get(name) or _LENGTH_MS[name]
    difference = (second_ms - first_ms) / length_ms
    return neat(difference) if as_float else int(math.copysign(math.floor(abs(difference) + 0.5), difference))


def _compare(first: Any, second: Any, start: Any, end: Any = None, *zones: Any) -> bool:
    zone, other_zone = (zones[0], zones[-1]) if zones else (None, None)
    first_ms, second_ms = to_local(moment(first), zone), to_local(moment(second), other_zone)
    from_unit, to_unit = _unit(start), _unit(start if end is None else end)
    if from_unit not in _ORDER or to_unit not in _ORDER:
        raise invalid_argument()
    units = _ORDER[_ORDER.index(to_unit) : _ORDER.index(from_unit) + 1] or (from_unit,)
    return all(_field(first_ms, unit) == _field(second_ms, unit) for unit in units)


def _field(local_ms: int, unit: str) -> int:
    parts = Calendar.of(local_ms)
    if unit in ("year", "month", "day"):
        return int(getattr(parts, unit))
    above = {"hour": DAY_MS, "minute": 3_600_000, "second": 60_000, "millisecond": 1000}[unit]
    return parts.time_ms % above // _LENGTH_MS[unit]


def _utc_to_local(value: Any, zone: Any, detail: Any = False) -> Any:
    moment_ms, found = moment(value), time_zone(zone)
    if not isinstance(detail, bool):
        raise invalid_argument()
    local_ms = to_local(moment_ms, zone)
    text = iso_text(local_ms, utc=local_ms == moment_ms and not _info(moment_ms, found)["dst"])
    return {"local": text, "tzdb": _database_version(), "zoneInfo": _info(moment_ms, found)} if detail else text


def _local_to_utc(value: Any, zone: Any, detail: Any = False) -> Any:
    local_ms, found = moment(value), time_zone(zone)
    if not isinstance(detail, bool):
        raise invalid_argument()
    moment_ms = from_local(local_ms, zone)
    text = iso_text(moment_ms)
    return {"utc": text, "tzdb": _database_version(), "zoneInfo": _info(moment_ms, found)} if detail else text


def _info(moment_ms: int, zone: Any) -> dict[str, Any]:
    """Return what a zone does at a moment; `begin` and `end` bound the time of this offset (null: not known)."""
    from datetime import datetime, timedelta

    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)
    local = utc.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return {
        "name": local.tzname(),
        "begin": _change(moment_ms, zone, -1),
        "end": _change(moment_ms, zone, 1),
        "dst": bool(local.dst()),
        "offset": int(offset.total_seconds()),
    }


def _change(moment_ms: int, zone: Any, direction: int) -> str | None:
    """Return the nearest moment before (-1) or after (1) at which a zone's offset changes, within two years."""
    from .date_values import offset_at

    inside, step_ms = moment_ms, 7 * DAY_MS
    offset_ms = offset_at(moment_ms, zone)
    for _ in range(105):
        outside = inside + direction * step_ms
        if offset_at(outside, zone) != offset_ms:
            while abs(outside - inside) > 1:
                middle = (inside + outside) // 2
                inside, outside = (middle, outside) if offset_at(middle, zone) == offset_ms else (inside, middle)
            return iso_text(max(inside, outside))
        inside = outside
    return None


def _database_version() -> str:
    import zoneinfo

    for folder in zoneinfo.TZPATH:
        try:
            with open(os.path.join(folder, "tzdata.zi"), encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip()
        except OSError:
            continue
    return "unknown"


def _zone_name() -> str:
    """Return the host's time zone: the TZ variable or where ``/etc/localtime`` points to."""
    name = os.environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    return name or "Etc/UTC"


def _zone_names() -> list[str]:
    import zoneinfo

    return sorted(zoneinfo.available_timezones())


def _is_date_text(value: Any) -> bool:
    return isinstance(value, str) and parse_date(value) is not None


def _format(value: Any, template: Any, zone: Any = None) -> str:
    local_ms = to_local(moment(value), zone)
    if not isinstance(template, str):
        raise invalid_argument()
    return format_date(local_ms, template)


def _clock(divisor_ms: int, modulus: int) -> Callable[..., Any]:
    return _part(lambda _, parts: parts.time_ms // divisor_ms % modulus)


def _add_parts(family: Family) -> None:
    family.warning("DATE_YEAR", 1, 2, _part(lambda _, parts: parts.year))
    family.warning("DATE_MONTH", 1, 2, _part(lambda _, parts: parts.month))
    family.warning("DATE_DAY", 1, 2, _part(lambda _, parts: parts.day))
    family.warning("DATE_HOUR", 1, 2, _clock(3_600_000, 24))
    family.warning("DATE_MINUTE", 1, 2, _clock(60_000, 60))
    family.warning("DATE_SECOND", 1, 1, _clock(1000, 60))
    family.warning("DATE_MILLISECOND", 1, 1, _clock(1, 1000))
    family.warning("DATE_DAYOFWEEK", 1, 2, _part(lambda local_ms, _: weekday(local_ms)))
    family.warning("DATE_DAYOFYEAR", 1, 2, _part(day_of_year))
    family.warning("DATE_ISOWEEK", 1, 2, _part(lambda local_ms, _: iso_week(local_ms)[1]))
    family.warning("DATE_ISOWEEKYEAR", 1, 2, _part(_iso_week_year))
    family.warning("DATE_LEAPYEAR", 1, 2, _part(lambda _, parts: is_leap(parts.year)))
    family.warning("DATE_QUARTER", 1, 2, _part(lambda _, parts: (parts.month + 2) // 3))
    family.warning("DATE_DAYS_IN_MONTH", 1, 2, _part(lambda _, parts: days_in_month(parts.year, parts.month)))


def _family() -> dict[str, Function]:
    family = Family()
    _add_parts(family)
    family.warning("DATE_NOW", 0, 0, lambda: int(time.time() * 1000), deterministic=False)
    family.warning("DATE_ISO8601", 1, 7, lambda *parts: iso_text(_from_parts(parts)))
    family.warning("DATE_TIMESTAMP", 1, 7, lambda *parts: _from_parts(parts))
    family.plain("IS_DATESTRING", 1, 1, _is_date_text)
    family.warning("DATE_TRUNC", 2, 3, _truncate)
    family.warning("DATE_ROUND", 3, 4, _round)
    family.warning("DATE_FORMAT", 2, 3, _format)
    family.warning("DATE_ADD", 2, 4, _shifted(1))
    family.warning("DATE_SUBTRACT", 2, 4, _shifted(-1))
    family.warning("DATE_DIFF", 3, 6, _difference)
    family.warning("DATE_COMPARE", 3, 6, _compare)
    family.warning("DATE_UTCTOLOCAL", 2, 3, _utc_to_local)
    family.warning("DATE_LOCALTOUTC", 2, 3, _local_to_utc)
    family.plain("DATE_TIMEZONE", 0, 0, _zone_name)
    family.plain("DATE_TIMEZONES", 0, 0, _zone_names)
    return family.functions


FUNCTIONS = _family()
