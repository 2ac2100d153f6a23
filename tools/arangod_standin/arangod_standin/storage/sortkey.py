"""Values as bytes that sort like AQL sorts: null < bool < number < string < array < object."""

from __future__ import annotations

import json
import struct


def encode_value(value: object) -> bytes:
    """Return bytes whose order is AQL's order of the values; equal values give equal bytes."""
    if value is None:
        return b"\x01"
    if isinstance(value, bool):
        return b"\x03" if value else b"\x02"
    if isinstance(value, (int, float)):
        number = struct.unpack(">Q", struct.pack(">d", float(value) + 0.0))[0]
        number = ~number & 0xFFFFFFFFFFFFFFFF if number >> 63 else number | 1 << 63
        return b"\x04" + struct.pack(">Q", number)
    if isinstance(value, str):
        return b"\x05" + value.encode("utf-8", "surrogatepass").replace(b"\x00", b"\x00\xff") + b"\x00\x00"
    if isinstance(value, list):
        return b"\x06" + b"".join(encode_value(item) for item in value) + b"\x00"
    return b"\x07" + json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\x00"


def attribute(document: dict[str, object], path: str) -> object:
    """Return the value at a dotted attribute path, None where there is none."""
    value: object = document
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def index_entry(document: dict[str, object], fields: list[str], sparse: bool) -> bytes | None:
    """Return the index key of a document, None when a sparse index leaves it out."""
    values = [attribute(document, field) for field in fields]
    if sparse and any(value is None for value in values):
        return None
    return b"".join(encode_value(value) for value in values)
