"""Points in time as AQL has them: milliseconds since 1970, from and to texts and calendar parts, in time zones.

The calendar is proleptic Gregorian with a year 0, which Python's `datetime` does not have.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import ArangoError
from .family import FunctionWarningError, invalid_argument, is_number, to_int

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
EARLIEST_MS = -62_167_219_200_000
LATEST_MS = 253_402_300_799_999

_DATE = re.compile(
    r"(?P<year>\d+)(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"(?:(?:[ T](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?)?"
    r"(?:[zZ]|(?P<sign>[+-])(?P<offset_hour>\d\d):?(?P<offset_minute>\d\d))?)?"
)
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?",
    re.IGNORECASE,
)


class Calendar:
    """The parts of a point in time: year, month and day, and `time_ms` since midnight."""

    __slots__ = ("day", "month", "time_ms", "year")

    def __init__(self, year: int, month: int, day: int, time_ms: int) -> None:
        self.year = year
        self.month = month
        self.day = day
        self.time_ms = time_ms

    @classmethod
    def of(cls, moment_ms: int) -> Calendar:
        """Return the parts of a moment."""
        days, time_ms = divmod(moment_ms, DAY_MS)
        shifted = days + 719_468
        era, day_of_era = divmod(shifted, 146_097)
        year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        month_index = (5 * day_of_year + 2) // 153
        month = month_index + 3 if month_index < 10 else month_index - 9
        return cls(
            year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * month_index + 2) // 5 + 1, time_ms
        )

    @property
    def moment_ms(self) -> int:
        """The moment; days beyond the month's end run into the next month."""
        return days_from_civil(self.year, self.month, self.day) * DAY_MS + self.time_ms

    def add_months(self, count: int) -> Calendar:
        """Return the same day and time `count` months later; the day may then lie beyond the month's end."""
        years, month = divmod(self.month - 1 + count, 12)
        return Calendar(self.year + years, month + 1, self.day, self.time_ms)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01; months and days beyond their bounds overflow."""
    more_years, month_index = divmod(month - 1, 12)
    year += more_years
    month = month_index + 1
    shifted_year = year - (month <= 2)
    era, year_of_era = divmod(shifted_year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year + day - 1 - 719_468


def is_leap(year: int) -> bool:
    """True for years with a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return days_from_civil(year, month + 1, 1) - days_from_civil(year, month, 1)


def iso_week(moment_ms: int) -> tuple[int, int]:
    """Return year and number of the ISO week."""
    days = moment_ms // DAY_MS
    thursday = days - (days + 3) % 7 + 3
    year = Calendar.of(thursday * DAY_MS).year
    return year, (thursday - days_from_civil(year, 1, 1)) // 7 + 1


def invalid_date() -> FunctionWarningError:
    """Return warning 1572: no date, or one outside the years 0 to 9999."""
    return FunctionWarningError(errors.QUERY_INVALID_DATE_VALUE)


def parse_date(text: str) -> int | None:
    """Return the moment of a date text in milliseconds, None if it is none."""
    found = _DATE.fullmatch(text.strip())
    if found is None or len(found["year"]) > 4:
        return None
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        return None
    fraction_ms = int((found["fraction"] or "").ljust(3, "0")[:3])
    moment_ms = days_from_civil(int(found["year"]), month, day) * DAY_MS
    moment_ms += ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms
    if found["sign"]:
        offset_hour, offset_minute = int(found["offset_hour"]), int(found["offset_minute"])
        if offset_hour > 23 or offset_minute > 59:
            return None
        offset_ms = (offset_hour * 60 + offset_minute) * 60_000
        moment_ms += offset_ms if found["sign"] == "-" else -offset_ms
    return moment_ms


def moment(value: Any) -> int:
    """Return the moment of a date argument. Raises the warnings 1542 and 1572."""
    if is_number(value):
        moment_ms: int | None = to_int(value)
        if not EARLIEST_MS <= to_int(value) <= LATEST_MS:
            raise invalid_date()
    elif isinstance(value, str):
        moment_ms = parse_date(value)
    else:
        raise invalid_argument()
    if moment_ms is None:
        raise invalid_date()
    return moment_ms


def iso_text(moment_ms: int, *, utc: bool = True) -> str:
    """Return a moment as ``YYYY-MM-DDTHH:MM:SS.mmmZ``. Raises the warning 1572 outside the years 0 to 9999."""
    if not EARLIEST_MS <= moment_ms <= LATEST_MS:
        raise invalid_date()
    parts = Calendar.of(moment_ms)
    seconds, fraction_ms = divmod(parts.time_ms, 1000)
    return (
        f"{parts.year:04d}-{parts.month:02d}-{parts.day:02d}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:"
        f"{seconds % 60:02d}.{fraction_ms:03d}{'Z' if utc else ''}"
    )


def parse_duration(text: str) -> tuple[int, int] | None:
    """Return the months and milliseconds of an ISO 8601 duration, None if it is none."""
    found = _DURATION.fullmatch(text)
    if found is None or text[-1] in "PpTt":
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:7])
    fraction_ms = int((found[8] or "").ljust(3, "0"))
    duration_ms = (weeks * 7 + days) * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction_ms
    return years * 12 + months, duration_ms


def time_zone(name: Any) -> ZoneInfo:
    """Return a time zone of the host's database. Raises the warning 1542 and ArangoError 10 for unknown zones."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if not isinstance(name, str):
        raise invalid_argument()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ArangoError(
            errors.BAD_PARAMETER, f"{name} not found in timezone database (arangod-standin uses the host's)"
        ) from None


def offset_at(moment_ms: int, zone: ZoneInfo) -> int:
    """Return the milliseconds that a zone is ahead of UTC at a moment."""
    from datetime import datetime, timedelta

    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=max(moment_ms, EARLIEST_MS + 366 * DAY_MS))
    offset = utc.astimezone(zone).utcoffset()
    return int(offset.total_seconds() * 1000) if offset is not None else 0


def to_local(moment_ms: int, zone: Any) -> int:
    """Return a moment on the clocks of a zone; no zone means UTC."""
    return moment_ms if zone is None else moment_ms + offset_at(moment_ms, time_zone(zone))


def from_local(local_ms: int, zone: Any) -> int:
    """Return the moment at which the clocks of a zone show `local_ms`: the earlier one where they do so twice."""
    if zone is None:
        return local_ms
    found = time_zone(zone)
    guesses = sorted({offset_at(local_ms - DAY_MS, found), offset_at(local_ms + DAY_MS, found)}, reverse=True)
    for offset_ms in guesses:
        if offset_at(local_ms - offset_ms, found) == offset_ms:
            return local_ms - offset_ms
    return local_ms - guesses[-1]
