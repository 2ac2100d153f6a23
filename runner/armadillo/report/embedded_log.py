"""Server logs as the page carries them: packed pieces, those near incidents and at both ends first, under caps."""

from __future__ import annotations

import base64
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from ..observe.log_excerpt import first_time, offset_of

PIECE_BYTES = 64 * 1024
MOST_BYTES = 12 * 1024 * 1024
"""Of all logs of a page, before they are packed: what is read and packed costs time at the end of a run."""
MOST_PACKED_BYTES = 4 * 1024 * 1024
"""Of all logs of a page, packed: what a browser has to load."""
MOST_LINES = 500_000
"""Of one log: browsers cannot scroll through more."""
_MOST_COUNTED_BYTES = 512 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_QUICKEST = 1
_TAILS_FOR_A_HEAD = 2


class LogSource(NamedTuple):
    """A log to be embedded: whose it is, its path relative to the outputs, and the moments that matter in it."""

    title: str
    path: str
    moments_ns: Sequence[int]


@dataclass(frozen=True)
class LogPiece:
    """Some lines in a row, packed (zlib, base64); or, with no `packed`, a gap of `size_bytes`.

    `first_line` counts from 1 in the whole log, 0 where that is not known; `time_ns` is the time of the first line that
    has one, else 0.
    """

    first_line: int
    lines: int
    time_ns: int
    size_bytes: int
    packed: str


@dataclass(frozen=True)
class EmbeddedLog:
    """One log in pieces in the order of the file."""

    title: str
    path: str
    size_bytes: int
    pieces: list[LogPiece]

    @property
    def left_out_bytes(self) -> int:
        """How much of it the page does not have."""
        return sum(piece.size_bytes for piece in self.pieces if not piece.packed)


@dataclass
class _Reading:
    """A log while its pieces are chosen: the number of a piece is that of the block in which its lines begin."""

    source: LogSource
    file: BinaryIO
    size_bytes: int
    order: Iterator[int]
    found: dict[int, LogPiece] = field(default_factory=dict)
    lines: int = 0

    def next_piece(self) -> int:
        """Packs one more piece and answers its size; 0 when there is no more, or no more is allowed."""
        number = next((number for number in self.order if number not in self.found), None)
        if number is None or self.lines >= MOST_LINES:
            return 0
        begin, end = self.begin_of(number), self.begin_of(number + 1)
        self.file.seek(begin)
        content = self.file.read(end - begin)
        lines = content.count(b"\n") + (0 if not content or content.endswith(b"\n") else 1)
        packed = base64.b64encode(zlib.compress(content, _QUICKEST)).decode("ascii")
        self.found[number] = LogPiece(0, lines, first_time(content.splitlines()), len(content), packed)
        self.lines += lines
        return len(packed) * 3 // 4

    def begin_of(self, number: int) -> int:
        """Offset of the first line that begins in a block; a line longer than a block is torn."""
        offset = number * PIECE_BYTES
        if offset == 0 or offset >= self.size_bytes:
            return min(offset, self.size_bytes)
        self.file.seek(offset - 1)
        rest = self.file.readline(PIECE_BYTES)
        return offset - 1 + len(rest) if rest.endswith(b"\n") else offset


def embed_logs(root: str, sources: Sequence[LogSource]) -> list[EmbeddedLog]:
    """The logs below `root` in turns, a piece of each, until all are there or a cap is reached.

    Empty ones and those that cannot be read are left out.
    """
    readings = [reading for source in sources if (reading := _open(root, source)) is not None]
    try:
        left, packed_left, waiting = MOST_BYTES, MOST_PACKED_BYTES, list(readings)
        while waiting:
            for reading in list(waiting):
                if left < PIECE_BYTES or packed_left < PIECE_BYTES:
                    waiting.clear()
                    break
                took = reading.next_piece()
                if not took:
                    waiting.remove(reading)
                packed_left -= took
                left -= PIECE_BYTES if took else 0
        return [_joined(reading) for reading in readings]
    finally:
        for reading in readings:
            reading.file.close()


def _open(root: str, source: LogSource) -> _Reading | None:
    path = os.path.join(root, source.path)
    try:
        size_bytes = os.path.getsize(path)
        if not size_bytes:
            return None
        places = [offset_of(path, time_ns) for time_ns in source.moments_ns] if size_bytes > PIECE_BYTES else []
        return _Reading(source, open(path, "rb"), size_bytes, _order(size_bytes, places))
    except OSError:
        return None


def _order(size_bytes: int, places: Sequence[int]) -> Iterator[int]:
    """Numbers of blocks, the most telling ones first: around the moments, then the ends, more of the tail."""
    last = (size_bytes - 1) // PIECE_BYTES
    for place in places:
        number = min(place // PIECE_BYTES, last)
        yield number
        if number:
            yield number - 1
    head, tail = 0, last
    while head <= tail:
        for _ in range(_TAILS_FOR_A_HEAD):
            yield tail
            tail -= 1
            if tail < head:
                return
        yield head
        head += 1


def _joined(reading: _Reading) -> EmbeddedLog:
    """The pieces in their order with the gaps between them; lines are numbered as far as gaps can be counted."""
    pieces: list[LogPiece] = []
    line, at = 1, 0
    kept_bytes = sum(piece.size_bytes for piece in reading.found.values())
    is_counted = reading.size_bytes - kept_bytes <= _MOST_COUNTED_BYTES

    def skip_to(offset: int) -> None:
        nonlocal line, at
        if offset > at:
            lines = _count_lines(reading.file, at, offset) if is_counted else 0
            pieces.append(LogPiece(line, lines, 0, offset - at, ""))
            line, at = line + lines, offset
            if not is_counted:
                line = 0

    for number, piece in sorted(reading.found.items()):
        skip_to(reading.begin_of(number))
        pieces.append(LogPiece(line, piece.lines, piece.time_ns, piece.size_bytes, piece.packed))
        line, at = (line + piece.lines if line else 0), at + piece.size_bytes
    skip_to(reading.size_bytes)
    source = reading.source
    return EmbeddedLog(source.title, source.path, reading.size_bytes, [piece for piece in pieces if piece.size_bytes])


def _count_lines(file: BinaryIO, begin: int, end: int) -> int:
    file.seek(begin)
    lines, left = 0, end - begin
    while left > 0:
        block = file.read(min(left, _READ_BYTES))
        if not block:
            break
        lines += block.count(b"\n")
        left -= len(block)
    return lines
