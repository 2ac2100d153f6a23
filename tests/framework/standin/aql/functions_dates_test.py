"""Date functions: the documented examples, and that adding and taking differences are inverse."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from arangod_standin.errors import ArangoError
from hypothesis import given, strategies

from tests.framework.standin.support.function_calls import call, warnings_of

_ISO = "2014-05-07T14:19:09.522Z"
_MS = 1399472349522
_BERLIN = "Europe/Berlin"
_EXAMPLES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("DATE_TIMESTAMP", ("2014-05-07T14:19:09.522",), _MS),
    ("DATE_TIMESTAMP", ("2014-05-07 14:19:09.522Z",), _MS),
    ("DATE_TIMESTAMP", ("2014-05-07T15:19:09.522+01:00",), _MS),
    ("DATE_TIMESTAMP", (2014, 5, 7, 14, 19, 9, 522), _MS),
    ("DATE_TIMESTAMP", (_MS,), _MS),
    ("DATE_TIMESTAMP", (2016, 2, 32), 1456963200000),
    ("DATE_TIMESTAMP", (1970, 1, 1, 26), 93600000),
    ("DATE_ISO8601", ("2014-05-07 14:19:09.522Z",), _ISO),
    ("DATE_ISO8601", (2014, 5, 7, 14, 19, 9, 522), _ISO),
    ("DATE_ISO8601", (_MS,), _ISO),
    ("DATE_ISO8601", ("0000-01-01",), "0000-01-01T00:00:00.000Z"),
    ("IS_DATESTRING", ("2015",), True),
    ("IS_DATESTRING", ("2015-02-31",), True),
    ("IS_DATESTRING", ("2015-13",), False),
    ("IS_DATESTRING", (0,), False),
    ("DATE_DAYOFWEEK", ("2020-08-29",), 6),
    ("DATE_DAYOFWEEK", (0,), 4),
    ("DATE_DAYOFWEEK", ("2023-03-25T23:00:00.000Z", _BERLIN), 0),
    ("DATE_YEAR", ("2023-12-31T23:00:00.000Z", _BERLIN), 2024),
    ("DATE_MONTH", ("2020-08-29",), 8),
    ("DATE_DAY", (0,), 1),
    ("DATE_HOUR", (14400000,), 4),
    ("DATE_MINUTE", ("2023-12-31T23:00:00.000Z", "Asia/Kathmandu"), 45),
    ("DATE_SECOND", (1234567890,), 7),
    ("DATE_MILLISECOND", (1234567890,), 890),
    ("DATE_DAYOFYEAR", ("2020-08-29",), 242),
    ("DATE_ISOWEEK", ("2020-08-29",), 35),
    ("DATE_ISOWEEKYEAR", ("2023-01-01",), {"week": 52, "year": 2022}),
    ("DATE_ISOWEEKYEAR", ("2019-12-30",), {"week": 1, "year": 2020}),
    ("DATE_LEAPYEAR", ("2020-01-01",), True),
    ("DATE_LEAPYEAR", ("2016-12-31T23:00:00.000Z", _BERLIN), False),
    ("DATE_QUARTER", ("2020-08-29",), 3),
    ("DATE_DAYS_IN_MONTH", ("2020-02-01",), 29),
    ("DATE_DAYS_IN_MONTH", ("2021-02-01",), 28),
    ("DATE_TRUNC", ("2017-02-03", "month"), "2017-02-01T00:00:00.000Z"),
    ("DATE_TRUNC", ("2017-02-03 04:05:06", "hours"), "2017-02-03T04:00:00.000Z"),
    ("DATE_TRUNC", ("2023-03-25 23:00:00", "day", _BERLIN), "2023-03-25T23:00:00.000Z"),
    ("DATE_ROUND", ("2000-04-28T11:11:11.111Z", 1, "day"), "2000-04-28T00:00:00.000Z"),
    ("DATE_ROUND", ("2000-04-10T11:39:29Z", 15, "minutes"), "2000-04-10T11:30:00.000Z"),
    ("DATE_ROUND", ("2023-03-25T23:55:55.555Z", 1, "day", _BERLIN), "2023-03-25T23:00:00.000Z"),
    ("DATE_FORMAT", ("2015-09-18T15:30:49.374Z", "%dd.%mm.%yyyy %hh:%ii:%ss,%fff"), "18.09.2015 15:30:49,374"),
    ("DATE_FORMAT", ("1969", "Summer of '%yy"), "Summer of '69"),
    ("DATE_FORMAT", ("2016", "%%l = %l"), "%l = 1"),
    ("DATE_FORMAT", ("2016-03-01", "%xxx%"), "061"),
    ("DATE_FORMAT", ("2016-03-01", "%m%&month %WWWW %mmm %q %a %yyyyyy"), "3month Tuesday Mar 1 31 +002016"),
    ("DATE_FORMAT", ("2016-03-01", "%t %z %w %k"), "1456790400000 2016-03-01T00:00:00.000Z 2 9"),
    ("DATE_ADD", ("2000-01-31", 1, "month"), "2000-03-02T00:00:00.000Z"),
    ("DATE_ADD", ("2016-02-29", 1, "year"), "2017-03-01T00:00:00.000Z"),
    ("DATE_ADD", ("2016-01-01", -1, "day"), "2015-12-31T00:00:00.000Z"),
    ("DATE_ADD", ("2016-01-01", 1.5, "hours"), "2016-01-01T01:30:00.000Z"),
    ("DATE_ADD", ("2016-01-01", "P1M2DT3H"), "2016-02-03T03:00:00.000Z"),
    ("DATE_SUBTRACT", ("2016-01-01", "PT0.5S"), "2015-12-31T23:59:59.500Z"),
    ("DATE_SUBTRACT", ("2016-03-31", 1, "month"), "2016-03-02T00:00:00.000Z"),
    ("DATE_DIFF", ("2016-01-01", "2016-03-01", "d"), 60),
    ("DATE_DIFF", ("2016-03-01", "2016-01-01", "h"), -1440),
    ("DATE_DIFF", (0, 1500, "s"), 2),
    ("DATE_DIFF", (0, 1500, "s", True), 1.5),
    ("DATE_DIFF", ("2000-01-01", "2010-01-01", "years"), 10),
    ("DATE_COMPARE", ("1985-04-04", "2015-04-04", "months", "days"), True),
    ("DATE_COMPARE", ("1984-02-29", "2015-02-28", "months", "days"), False),
    ("DATE_COMPARE", ("2001-01-01T15:30:45.678Z", "2001-01-01T08:08:08.008Z", "years", "days"), True),
    ("DATE_UTCTOLOCAL", ("2020-10-15T01:00:00.999Z", "America/New_York"), "2020-10-14T21:00:00.999"),
    ("DATE_UTCTOLOCAL", ("2020-10-15T01:00:00.999Z", "UTC"), "2020-10-15T01:00:00.999Z"),
    ("DATE_LOCALTOUTC", ("2020-10-14T21:00:00.999", "America/New_York"), "2020-10-15T01:00:00.999Z"),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), _EXAMPLES)
def test_example(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    """Date functions give what ArangoDB's documentation says."""
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("DATE_TIMESTAMP", (2016, 12, -1), 1572),
        ("DATE_TIMESTAMP", (2016, 12), 1542),
        ("DATE_TIMESTAMP", ("yesterday",), 1572),
        ("DATE_YEAR", (None,), 1542),
        ("DATE_YEAR", (10**16,), 1572),
        ("DATE_YEAR", ("10000-01-01",), 1572),
        ("DATE_ADD", ("9999-12-31", 1, "day"), 1572),
        ("DATE_ADD", ("2016-01-01", "1M"), 1572),
        ("DATE_ADD", ("2016-01-01", "a", "b"), 1572),
        ("DATE_TRUNC", (0, "fortnight"), 1572),
        ("DATE_ROUND", (0, 0, "day"), 1542),
        ("DATE_DIFF", (0, 0, "century"), 1572),
        ("DATE_COMPARE", (0, 0, "x"), 1542),
        ("DATE_FORMAT", (0, 1), 1542),
    ],
)
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """What is no date is null with a warning."""
    assert warnings_of(name, *arguments) == [number]


def test_unknown_time_zones_are_an_error() -> None:
    """A time zone that nobody knows ends the query."""
    with pytest.raises(ArangoError, match="Mars/Olympus not found"):
        call("DATE_UTCTOLOCAL", 0, "Mars/Olympus")


def test_details_of_a_time_zone() -> None:
    """With details the conversion says which offset applied, and from when to when."""
    found = call("DATE_UTCTOLOCAL", "2023-07-01T12:00:00Z", _BERLIN, True)
    assert found["local"] == "2023-07-01T14:00:00.000"
    assert found["zoneInfo"] == {
        "name": "CEST", "begin": "2023-03-26T01:00:00.000Z", "end": "2023-10-29T01:00:00.000Z", "dst": True,
        "offset": 7200,
    }  # fmt: skip
    assert _BERLIN in call("DATE_TIMEZONES")


_MOMENTS = strategies.integers(-30_000_000_000_000, 200_000_000_000_000)


@given(_MOMENTS, strategies.integers(-10_000, 10_000), strategies.sampled_from(["w", "d", "h", "i", "s", "f"]))
def test_adding_and_difference_are_inverse(moment_ms: int, amount: int, unit: str) -> None:
    """DATE_DIFF finds the amount that DATE_ADD added, DATE_SUBTRACT takes it away again."""
    later = call("DATE_ADD", moment_ms, amount, unit)
    assert call("DATE_DIFF", moment_ms, later, unit) == amount
    assert call("DATE_TIMESTAMP", call("DATE_SUBTRACT", later, amount, unit)) == moment_ms


@given(_MOMENTS)
def test_texts_and_moments_go_round(moment_ms: int) -> None:
    """DATE_TIMESTAMP and DATE_ISO8601 are inverse, and the calendar is that of Python's datetime."""
    assert call("DATE_TIMESTAMP", call("DATE_ISO8601", moment_ms)) == moment_ms
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    parts = epoch + datetime.timedelta(milliseconds=moment_ms)
    assert call("DATE_YEAR", moment_ms) == parts.year
    assert call("DATE_DAYOFYEAR", moment_ms) == parts.timetuple().tm_yday
    assert call("DATE_ISOWEEKYEAR", moment_ms) == {"year": parts.isocalendar()[0], "week": parts.isocalendar()[1]}
    assert call("DATE_DAYOFWEEK", moment_ms) == (parts.weekday() + 1) % 7


@given(_MOMENTS.filter(lambda ms: ms > 0), strategies.sampled_from([_BERLIN, "America/New_York", "Asia/Kathmandu"]))
def test_local_times_go_round(moment_ms: int, zone: str) -> None:
    """DATE_LOCALTOUTC undoes DATE_UTCTOLOCAL, but for the hour that a zone has twice."""
    back = call("DATE_TIMESTAMP", call("DATE_LOCALTOUTC", call("DATE_UTCTOLOCAL", moment_ms, zone), zone))
    assert back in (moment_ms, moment_ms - 3_600_000)


@given(_MOMENTS, strategies.sampled_from(["year", "month", "day", "hour", "minute", "second"]))
def test_truncation_is_idempotent_and_not_later(moment_ms: int, unit: str) -> None:
    """DATE_TRUNC goes back to the beginning of the unit and stays there."""
    cut = call("DATE_TRUNC", moment_ms, unit)
    assert call("DATE_TIMESTAMP", cut) <= moment_ms
    assert call("DATE_TRUNC", cut, unit) == cut
    assert call("DATE_COMPARE", cut, moment_ms, "year", unit) is True
