"""Severe lines and excerpts of logs, whatever their size."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from armadillo.observe.log_excerpt import excerpt_around
from armadillo.observe.severe_lines import severe_lines

BEGIN_S = 1_700_000_000


def write_log(path: Path, count: int, step: int = 1) -> None:
    """A line each second, and a continuation line after each."""
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            at = datetime.datetime.fromtimestamp(BEGIN_S + number * step, datetime.UTC)
            file.write(f"{at:%Y-%m-%dT%H:%M:%SZ} [7-8] S INFO [00001] {{general}} entry {number}\n  and more of it\n")


@pytest.mark.parametrize("moment", [0, 1, 777, 49_998, 49_999])
def test_an_excerpt_is_where_the_moment_is(moment: int, tmp_path: Path) -> None:
    """The last entry before and the first after it are its neighbours, in a log of several megabytes."""
    path = tmp_path / "arangod.log"
    write_log(path, 50_000)
    found = excerpt_around(str(path), (BEGIN_S + moment) * 10**9 + 500_000_000, 4, 4)
    assert found is not None
    earlier, later = found.lines[: found.before], found.lines[found.before :]
    assert earlier[-2].endswith(f" entry {moment}")
    assert not later or later[0].endswith(f" entry {moment + 1}")
    assert bool(later) == (moment < 49_999)
    assert not found.is_whole


def test_before_the_first_line_and_in_small_logs(tmp_path: Path) -> None:
    """Nothing before, the beginning after; a small log is whole; a missing or empty one is none."""
    path = tmp_path / "arangod.log"
    write_log(path, 2)
    found = excerpt_around(str(path), (BEGIN_S - 5) * 10**9, 10, 10)
    assert found is not None
    assert (found.before, len(found.lines), found.is_whole) == (0, 4, True)
    assert excerpt_around(str(tmp_path / "none"), 1, 5, 5) is None
    (tmp_path / "empty").write_bytes(b"")
    assert excerpt_around(str(tmp_path / "empty"), 1, 5, 5) is None


def test_a_log_without_times_shows_its_end(tmp_path: Path) -> None:
    """Lines of another form are as they are; a line without end is cut."""
    path = tmp_path / "arangod.log"
    path.write_text("no time here\n" * 10_000 + "x" * 5000, encoding="utf-8")
    found = excerpt_around(str(path), BEGIN_S * 10**9, 3, 3)
    assert found is not None
    assert found.lines[-1].startswith("xxx")
    assert len(found.lines[-1]) < 700


def test_severe_lines_have_their_numbers(tmp_path: Path) -> None:
    """Across blocks, in text and JSON, without end of line at the end; a mere word is none."""
    path = tmp_path / "arangod.log"
    write_log(path, 20_000)
    with open(path, "a", encoding="utf-8") as file:
        file.write("2026-01-02T03:04:05Z [7-8] S INFO [00002] {general} no ERROR here, ERROR is a word\n")
        file.write("2026-01-02T03:04:05Z [7-8] S ERROR [00003] {general} ERROR twice\n")
        file.write('{"time":"2026-01-02T03:04:05Z","level":"FATAL","id":"00004","topic":"a","message":"b"}\n')
        file.write('{"time":"2026-01-02T03:04:05Z","level":"INFO","id":"00005","topic":"a","message":"\\"ERROR\\""}\n')
        file.write("2026-01-02T03:04:06Z [7-8] S FATAL [00006] {general} the last words")
    found = [(line.number, line.log_id, line.level) for line in severe_lines(str(path))]
    assert found == [(40_002, "00003", "ERROR"), (40_003, "00004", "FATAL"), (40_005, "00006", "FATAL")]
    assert list(severe_lines(str(tmp_path / "none"))) == []
