"""Files with holes: which parts hold data, and moving these parts from file to file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence

BLOCK_BYTES = 4096
"""What file systems allocate and share at least; also the alignment of large files in an archive."""

_SHORTEST_HOLE_BYTES = 32 * 1024
_CHUNK_BYTES = 1 << 20
_ZEROS = bytes(_CHUNK_BYTES)
_NOT_IN_KERNEL = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM)

Range = tuple[int, int]
"""Offset and length in bytes."""


def data_ranges(descriptor: int, size_bytes: int) -> list[Range]:
    """The parts of a file between its long runs of zeros, in order.

    By what is read, not by SEEK_DATA: the same contents give the same ranges on every file system, and what a server
    has preallocated and never written is a hole, too.
    """
    ranges: list[Range] = []
    for start, end in _blocks_with_data(descriptor, size_bytes):
        if ranges and start - sum(ranges[-1]) < _SHORTEST_HOLE_BYTES:
            ranges[-1] = (ranges[-1][0], end - ranges[-1][0])
        else:
            ranges.append((start, end - start))
    if ranges and ranges[0][0] < _SHORTEST_HOLE_BYTES:
        ranges[0] = (0, sum(ranges[0]))
    if ranges and size_bytes - sum(ranges[-1]) < _SHORTEST_HOLE_BYTES:
        ranges[-1] = (ranges[-1][0], size_bytes - ranges[-1][0])
    if not ranges and 0 < size_bytes < _SHORTEST_HOLE_BYTES:
        ranges.append((0, size_bytes))
    return ranges


def _blocks_with_data(descriptor: int, size_bytes: int) -> Iterator[Range]:
    """Start and end of the blocks that are not all zeros."""
    for chunk_start in range(0, size_bytes, _CHUNK_BYTES):
        chunk = os.pread(descriptor, min(_CHUNK_BYTES, size_bytes - chunk_start), chunk_start)
        if chunk == _ZEROS[: len(chunk)]:
            continue
        for start in range(0, len(chunk), BLOCK_BYTES):
            block = chunk[start : start + BLOCK_BYTES]
            if block != _ZEROS[: len(block)]:
                yield chunk_start + start, chunk_start + start + len(block)


def copy_ranges(source: int, source_offset: int, target: int, target_offset: int, ranges: Sequence[Range]) -> None:
    """Copies parts, one behind the other in the source, to `target_offset` plus their own offset in the target.

    copy_file_range(2) shares the blocks where the file system can (btrfs, XFS) and both sides are aligned, else the
    kernel copies; where it does neither, this process does. Raises EOFError when the source ends too early.
    """
    for offset, length in ranges:
        _copy(source, source_offset, target, target_offset + offset, length)
        source_offset += length


def _copy(source: int, source_offset: int, target: int, target_offset: int, length: int) -> None:
    while length:
        try:
            done = os.copy_file_range(source, target, length, source_offset, target_offset)
        except OSError as error:
            if error.errno not in _NOT_IN_KERNEL:
                raise
            chunk = os.pread(source, min(length, _CHUNK_BYTES), source_offset)
            done = os.pwrite(target, chunk, target_offset) if chunk else 0
        if not done:
            raise EOFError(f"{length} bytes are missing from offset {source_offset} on")
        source_offset, target_offset, length = source_offset + done, target_offset + done, length - done
