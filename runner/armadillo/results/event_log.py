"""The event log: length-delimited `armadillo_api.v1.Event` messages, appended and flushed as things happen.

What was written is readable whatever dies: a reader stops at the first record that is incomplete or whose checksum is
not that of its bytes, so a damaged block of the disk never becomes an event that did not happen.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress

from armadillo_api.v1 import result_pb2

_VARINT_MORE = 0x80
_VARINT_BITS = 7
_VARINT_LONGEST = 10
_FIXED32 = 5
_CHECKSUM_BYTES = 4


class EventLog:
    """Appends events to one file; `close` is idempotent."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()

    def append(self, events: list[result_pb2.Event]) -> None:
        """Writes the events with one call, so that a kill cannot tear a batch of small ones.

        Raises OSError when they do not fit; then none of them is in the file, and what was there stays readable.
        """
        rest = memoryview(b"".join(_encode(event) for event in events))
        start = os.fstat(self._file.fileno()).st_size
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), start)
            raise

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _encode(event: result_pb2.Event) -> bytes:
    payload = event.SerializeToString()
    payload += _CHECKSUM_TAG + zlib.crc32(payload).to_bytes(_CHECKSUM_BYTES, "little")
    return _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= _VARINT_MORE:
        out.append(number & (_VARINT_MORE - 1) | _VARINT_MORE)
        number >>= _VARINT_BITS
    out.append(number)
    return bytes(out)


_CHECKSUM_TAG = _varint(result_pb2.Event.CRC32_FIELD_NUMBER << 3 | _FIXED32)


def read_events(path: str) -> Iterator[result_pb2.Event]:
    """Reads a log; stops quietly where the file ends within a record (its writer was killed) or is damaged."""
    with open(path, "rb") as file:
        data = file.read()
    position = 0
    while position < len(data):
        length, position = _read_varint(data, position)
        if length <= 0 or position + length > len(data):
            return  # no event is empty: zeros are what a power cut leaves
        event = _decode(data[position : position + length])
        if event is None:
            return
        yield event
        position += length


def _decode(record: bytes) -> result_pb2.Event | None:
    payload, checksum = record[:-_CHECKSUM_BYTES], record[-_CHECKSUM_BYTES:]
    content = payload.removesuffix(_CHECKSUM_TAG)
    if content == payload or zlib.crc32(content) != int.from_bytes(checksum, "little"):
        return None
    event = result_pb2.Event()
    try:
        event.ParseFromString(content)
    except Exception:  # protobuf's DecodeError type differs between its implementations
        return None
    return event


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    number = 0
    for index in range(_VARINT_LONGEST):
        if position + index >= len(data):
            break
        byte = data[position + index]
        number |= (byte & (_VARINT_MORE - 1)) << (index * _VARINT_BITS)
        if not byte & _VARINT_MORE:
            return number, position + index + 1
    return -1, position
