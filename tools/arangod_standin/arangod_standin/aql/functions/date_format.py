"""DATE_FORMAT: the placeholders and what they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .date_values import DAY_MS, Calendar, days_from_civil, days_in_month, is_leap, iso_text, iso_week

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def weekday(moment_ms: int) -> int:
    """Return the day of the week, 0 for Sunday."""
    return (moment_ms // DAY_MS + 4) % 7


def day_of_year(moment_ms: int, parts: Calendar) -> int:
    """Return the day of the year, from 1."""
    return moment_ms // DAY_MS - days_from_civil(parts.year, 1, 1) + 1


def _year_six(parts: Calendar) -> str:
    return f"{'-' if parts.year < 0 else '+'}{abs(parts.year):06d}"


def _year_four(parts: Calendar) -> str:
    return f"{parts.year:04d}" if 0 <= parts.year <= 9999 else _year_six(parts)


def _clock(parts: Calendar, divisor_ms: int, modulus: int) -> int:
    return parts.time_ms // divisor_ms % modulus


_PLACEHOLDERS: dict[str, Callable[[int, Calendar], str]] = {
    "&": lambda _, parts: "",
    "%": lambda _, parts: "%",
    "t": lambda moment_ms, parts: str(moment_ms),
    "z": lambda moment_ms, parts: iso_text(moment_ms),
    "w": lambda moment_ms, parts: str(weekday(moment_ms)),
    "www": lambda moment_ms, parts: WEEKDAYS[weekday(moment_ms)][:3],
    "wwww": lambda moment_ms, parts: WEEKDAYS[weekday(moment_ms)],
    "y": lambda _, parts: str(parts.year),
    "yy": lambda _, parts: f"{parts.year % 100:02d}",
    "yyyy": lambda _, parts: _year_four(parts),
    "yyyyyy": lambda _, parts: _year_six(parts),
    "m": lambda _, parts: str(parts.month),
    "mm": lambda _, parts: f"{parts.month:02d}",
    "mmm": lambda _, parts: MONTHS[parts.month - 1][:3],
    "mmmm": lambda _, parts: MONTHS[parts.month - 1],
    "d": lambda _, parts: str(parts.day),
    "dd": lambda _, parts: f"{parts.day:02d}",
    "h": lambda _, parts: str(_clock(parts, 3_600_000, 24)),
    "hh": lambda _, parts: f"{_clock(parts, 3_600_000, 24):02d}",
    "i": lambda _, parts: str(_clock(parts, 60_000, 60)),
    "ii": lambda _, parts: f"{_clock(parts, 60_000, 60):02d}",
    "s": lambda _, parts: str(_clock(parts, 1000, 60)),
    "ss": lambda _, parts: f"{_clock(parts, 1000, 60):02d}",
    "f": lambda _, parts: str(_clock(parts, 1, 1000)),
    "fff": lambda _, parts: f"{_clock(parts, 1, 1000):03d}",
    "x": lambda moment_ms, parts: str(day_of_year(moment_ms, parts)),
    "xxx": lambda moment_ms, parts: f"{day_of_year(moment_ms, parts):03d}",
    "k": lambda moment_ms, parts: str(iso_week(moment_ms)[1]),
    "kk": lambda moment_ms, parts: f"{iso_week(moment_ms)[1]:02d}",
    "l": lambda _, parts: str(int(is_leap(parts.year))),
    "q": lambda _, parts: str((parts.month + 2) // 3),
    "a": lambda _, parts: str(days_in_month(parts.year, parts.month)),
}
_PATTERN = re.compile(
    "%(" + "|".join(re.escape(name) for name in sorted(_PLACEHOLDERS, key=len, reverse=True)) + ")|%", re.IGNORECASE
)


def format_date(moment_ms: int, template: str) -> str:
    """Return a template with its placeholders filled in; a lone ``%`` vanishes."""
    parts = Calendar.of(moment_ms)

    def fill(found: re.Match[str]) -> str:
        return _PLACEHOLDERS[found[1].lower()](moment_ms, parts) if found[1] else ""

    return _PATTERN.sub(fill, template)
