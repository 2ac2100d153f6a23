"""Logs within the page: whole where they are small, in telling pieces under caps where they are not."""

from __future__ import annotations

import base64
import datetime
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from armadillo.report import embedded_log
from armadillo.report.embedded_log import PIECE_BYTES, EmbeddedLog, LogSource, embed_logs

FIRST_S = 1_700_000_000


def line_of(number: int, second: float = 0.0, filling: int = 40) -> str:
    """A line of a log, with its own number in it."""
    at = datetime.datetime.fromtimestamp(FIRST_S + second, datetime.UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ} [1-2] S INFO [00000] {{general}} line {number} {'x' * filling}"


def write_log(path: Path, count: int, filling: int = 40) -> list[str]:
    """A log with ten lines a second; answers its lines."""
    lines = [line_of(number, number / 10, filling) for number in range(1, count + 1)]
    path.write_text("\n".join(lines) + "\n")
    return lines


def unpacked(log: EmbeddedLog) -> list[tuple[int, str]]:
    """Number and text of each line that the page has."""
    found = []
    for piece in log.pieces:
        if piece.packed:
            lines = zlib.decompress(base64.b64decode(piece.packed)).decode().splitlines()
            assert len(lines) == piece.lines
            found += [(piece.first_line + index, line) for index, line in enumerate(lines)]
    return found


def embed(path: Path, *moments_s: float) -> EmbeddedLog:
    """The one log of a page."""
    moments_ns = [int((FIRST_S + second) * 10**9) for second in moments_s]
    (log,) = embed_logs(str(path.parent), [LogSource("s", path.name, moments_ns)])
    return log


@pytest.mark.parametrize("count", [1, 50, 5000])
def test_a_log_below_the_caps_is_there_as_a_whole(count: int, tmp_path: Path) -> None:
    """All lines, each with its number, whatever pieces they came in."""
    lines = write_log(tmp_path / "a.log", count)
    log = embed(tmp_path / "a.log", 3)
    assert unpacked(log) == list(enumerate(lines, 1))
    assert log.left_out_bytes == 0


def test_of_a_large_log_ends_and_moments_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Head, tail and what was logged around an incident, with the numbers of the whole log; gaps tell their lines."""
    monkeypatch.setattr(embedded_log, "MOST_BYTES", 8 * PIECE_BYTES)
    lines = write_log(tmp_path / "a.log", 40_000)
    log = embed(tmp_path / "a.log", 2000.05)
    found = dict(unpacked(log))
    assert all(lines[number - 1] == text for number, text in found.items())
    assert {1, 20_000, 40_000} <= set(found)
    gaps = [piece for piece in log.pieces if not piece.packed]
    assert len(gaps) == 2
    assert sum(piece.lines for piece in gaps) + len(found) == len(lines)
    assert sum(piece.size_bytes for piece in log.pieces) == log.size_bytes == (tmp_path / "a.log").stat().st_size
    assert log.left_out_bytes == sum(piece.size_bytes for piece in gaps) > log.size_bytes // 2


def test_large_logs_do_not_take_the_room_of_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces are taken in turns: the small one behind two large ones is whole."""
    monkeypatch.setattr(embedded_log, "MOST_BYTES", 8 * PIECE_BYTES)
    for name in ("a", "b"):
        write_log(tmp_path / f"{name}.log", 20_000)
    lines = write_log(tmp_path / "c.log", 900)
    logs = embed_logs(str(tmp_path), [LogSource(name, f"{name}.log", ()) for name in "abc"])
    assert unpacked(logs[2]) == list(enumerate(lines, 1))
    assert logs[0].left_out_bytes > 0
    assert logs[1].left_out_bytes > 0


def test_what_cannot_be_packed_is_capped_by_its_packed_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Noise stays as large as it is: the page does not grow beyond its cap by more than a piece."""
    monkeypatch.setattr(embedded_log, "MOST_PACKED_BYTES", 4 * PIECE_BYTES)
    seed = random.SystemRandom().getrandbits(31)
    record_property("seed", seed)
    noise = base64.b64encode(random.Random(seed).randbytes(20 * PIECE_BYTES))
    (tmp_path / "a.log").write_bytes(b"\n".join(noise[at : at + 80] for at in range(0, len(noise), 80)))
    log = embed(tmp_path / "a.log")
    packed_bytes = sum(len(piece.packed) for piece in log.pieces) * 3 // 4
    assert 2 * PIECE_BYTES < packed_bytes <= 4 * PIECE_BYTES
    assert log.left_out_bytes > 0


def test_lines_longer_than_a_piece_are_torn_and_nothing_is_lost(tmp_path: Path) -> None:
    """A line without an end, of several pieces: all bytes are there once, none is read at once."""
    content = b"first\n" + b"y" * (3 * PIECE_BYTES) + b"\nlast"
    (tmp_path / "a.log").write_bytes(content)
    log = embed(tmp_path / "a.log")
    packed = b"".join(zlib.decompress(base64.b64decode(piece.packed)) for piece in log.pieces)
    assert packed == content


def test_the_time_of_a_piece_is_that_of_its_first_line(tmp_path: Path) -> None:
    """The viewer finds the piece of a moment without unpacking the others."""
    write_log(tmp_path / "a.log", 5000)
    times = [piece.time_ns for piece in embed(tmp_path / "a.log").pieces]
    assert times == sorted(times)
    assert times[0] == FIRST_S * 10**9


def test_what_is_empty_or_not_there_is_left_out(tmp_path: Path) -> None:
    """The page is no place to fail."""
    (tmp_path / "a.log").write_text("")
    assert embed_logs(str(tmp_path), [LogSource("a", "a.log", ()), LogSource("b", "b.log", (1,))]) == []
