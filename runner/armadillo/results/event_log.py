"""The event log: length-delimited `armadillo_api.v1.Event` messages, appended and flushed as things happen.

What was written is readable whatever dies: a reader stops at the first incomplete record.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from armadillo_api.v1 import result_pb2

_VARINT_MORE = 0x80
_VARINT_BITS = 7
_VARINT_LONGEST = 10


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
    return _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= _VARINT_MORE:
        out.append(number & (_VARINT_MORE - 1) | _VARINT_MORE)
        number >>= _VARINT_BITS
    out.append(number)
    return bytes(out)


def read_events(path: str) -> Iterator[result_pb2.Event]:
    """Reads a log; stops quietly where the file ends within a record (its writer was killed) or is damaged."""
    with open(path, "rb") as file:
        data = file.read()
    position = 0
    while position < len(data):
        length, position = _read_varint(data, position)
        if length <= 0 or position + length > len(data):
            return  # no event is empty: zeros are what a power cut leaves
        event = result_pb2.Event()
        try:
            event.ParseFromString(data[position : position + length])
        except Exception:  # protobuf's DecodeError type differs between its implementations
            return
        yield event
        position += length


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
