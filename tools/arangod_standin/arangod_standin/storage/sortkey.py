"""Values as bytes that sort like AQL sorts: null < bool < number < string < array < object."""

from __future__ import annotations

import struct
import sys

_PACK = struct.Struct(">QH").pack
_DOUBLE = struct.Struct(">d").pack
_QUAD = struct.Struct(">Q").unpack
_EXACT = 1 << 53
_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_INVERTED = bytes(255 - number for number in range(256))


def encode_number(value: int | float) -> bytes:
    """Return 10 bytes that sort like the number: a double, then how far a whole number is above that double.

    Integers between 2^53 and 2^64 so keep their exact order among themselves and among doubles; larger ones are
    doubles, as they are in ArangoDB.
    """
    rest = 0
    if isinstance(value, int):
        try:
            number = float(value)
        except OverflowError:
            number = sys.float_info.max if value > 0 else -sys.float_info.max
        if not -_EXACT <= value <= _EXACT and -_SIGN <= value <= _ALL:
            rest = value - int(number)
    else:
        number = value + 0.0
    bits = _QUAD(_DOUBLE(number))[0]
    return _PACK(~bits & _ALL if bits & _SIGN else bits | _SIGN, rest + 0x8000)


def _encode_text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass").replace(b"\x00", b"\x00\xff") + b"\x00\x00"


def encode_value(value: object) -> bytes:
    """Return bytes whose order is AQL's order of the values; equal values give equal bytes.

    No encoding is the beginning of another one, so those of several fields can be joined. A missing array element or
    attribute is equal to null in AQL, so trailing nulls and null attributes are left out.
    """
    if isinstance(value, str):
        return b"\x05" + _encode_text(value)
    if value is None:
        return b"\x01"
    if isinstance(value, bool):
        return b"\x03" if value else b"\x02"
    if isinstance(value, (int, float)):
        return b"\x04" + encode_number(value)
    if isinstance(value, list):
        end = len(value)
        while end and value[end - 1] is None:
            end -= 1
        return b"\x06" + b"".join(map(encode_value, value[:end])) + b"\x00"
    assert isinstance(value, dict)
    # The object that has the first name in order, where the other has null there, is the greater: names are inverted.
    parts = [
        b"\x01" + _encode_text(name).translate(_INVERTED) + encode_value(value[name])
        for name in sorted(value)
        if value[name] is not None
    ]
    return b"\x07" + b"".join(parts) + b"\x00"


def attribute(document: dict[str, object], path: str) -> object:
    """Return the value at a dotted attribute path, None where there is none."""
    if "." not in path:
        return document.get(path)
    value: object = document
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def shard_value(document: dict[str, object], shard_key: str) -> object:
    """Return what a shard key takes of a document; a colon means the part of a text before or after its first one."""
    if shard_key.endswith(":") or shard_key.startswith(":"):
        value = attribute(document, shard_key.strip(":"))
        if not isinstance(value, str):
            return value
        before, _, after = value.partition(":")
        return before if shard_key.endswith(":") else after
    return attribute(document, shard_key)
