"""The lines of a log near a moment, found by halving: the size of the log does not matter."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from .log_line import parse_log

_READ_BYTES = 16 * 1024
_LONGEST_LINE = 600
_PROBE_LINES = 40
_NEAR_BYTES = 4096
"""From here on it is cheaper to read than to halve on."""


@dataclass(frozen=True)
class LogExcerpt:
    """Lines of a log; the first `before` of them are not later than the moment. `is_whole` when nothing is left out."""

    lines: tuple[str, ...]
    before: int
    is_whole: bool


def excerpt_around(path: str, time_ns: int, before: int, after: int) -> LogExcerpt | None:
    """At most `before` lines up to a moment and `after` later ones; None when there is no log or nothing in it.

    Logs tell whole seconds by default, so lines of the moment's own second count as not later.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            at = _first_later(file, size, time_ns)
            start = max(0, at - _READ_BYTES)
            file.seek(start)
            head, tail = file.read(at - start), file.read(_READ_BYTES)
    except OSError:
        return None
    all_earlier, all_later = _lines(head), _lines(tail)
    if start:
        all_earlier = all_earlier[1:]  # it begins in the middle
    earlier, later = all_earlier[-before:] if before else [], all_later[:after]
    if not earlier and not later:
        return None
    is_whole = (
        not start and len(earlier) == len(all_earlier) and at + len(tail) == size and len(later) == len(all_later)
    )
    return LogExcerpt((*earlier, *later), len(earlier), is_whole)


def offset_of(path: str, time_ns: int) -> int:
    """Where the first line begins that is later than a moment; the log's size when none is. Raises OSError."""
    with open(path, "rb") as file:
        return _first_later(file, os.fstat(file.fileno()).st_size, time_ns)


def first_time(lines: Iterable[bytes]) -> int:
    """The time of the first of some lines that has one; 0 when none of the first ones has."""
    return next((time_ns for line in itertools.islice(lines, _PROBE_LINES) if (time_ns := _time_of(line))), 0)


def _lines(content: bytes) -> list[str]:
    lines = content.decode("utf-8", "replace").splitlines()
    return [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ..." for line in lines]


def _first_later(file: BinaryIO, size: int, time_ns: int) -> int:
    """Offset of the first line that is later than the moment; the file's size when none is."""
    low, high = 0, size
    while high - low > _NEAR_BYTES:
        middle = (low + high) // 2
        offset, found_ns = _time_after(file, middle, high)
        if offset is None or found_ns > time_ns:
            high = middle
        else:
            low = offset
    file.seek(low)
    offset = low
    while offset < size:
        line = file.readline()
        line_ns = _time_of(line)
        if line_ns > time_ns:
            return offset
        offset += len(line)
    return size


def _time_after(file: BinaryIO, offset: int, end: int) -> tuple[int | None, int]:
    """Offset and time of the first line with a time that begins after an offset; None when there is none before `end`.

    Lines without a time continue others; only some are passed over.
    """
    file.seek(offset)
    at = offset + len(file.readline())
    for _ in range(_PROBE_LINES):
        if at >= end:
            break
        line = file.readline()
        line_ns = _time_of(line)
        if line_ns:
            return at, line_ns
        at += len(line)
    return None, 0


def _time_of(line: bytes) -> int:
    """The time of a line; 0 for one that has none."""
    parsed = next(parse_log([line.decode("utf-8", "replace")]), None)
    return parsed.time_ns if parsed else 0
