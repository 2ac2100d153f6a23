"""Hashes and encodings of texts, HASH of values, MINHASH signatures.

The numbers of HASH and the strings of MINHASH are not those of ArangoDB, which does not promise them either: equal
values give equal hashes, and signatures estimate the Jaccard similarity as documented.
"""

from __future__ import annotations

import base64
import hashlib
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..values import canonical
from .family import Family, invalid_argument, is_number, neat, text_of, to_int

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Function

_CRC32C_REVERSED = 0x82F63B78
_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_HASH_MASK = 0x0007FFFFFFFFFFFF
_MOST_MIN_HASHES = 65536
_SMALLEST_ERROR = 1e-9
_PRIME = 2**61 - 1


def _bytes(value: Any) -> bytes:
    return text_of(value).encode("utf-8", "surrogatepass")


def _digest(name: str) -> Callable[[Any], str]:
    return lambda value: hashlib.new(name, _bytes(value), usedforsecurity=False).hexdigest()


def _crc32(value: Any) -> str:
    crc = 0xFFFFFFFF
    for byte in _bytes(value):
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_CRC32C_REVERSED if crc & 1 else 0)
    return f"{crc ^ 0xFFFFFFFF:x}"


def _fnv64(value: Any) -> str:
    result = _FNV_OFFSET
    for byte in _bytes(value):
        result = (result ^ byte) * _FNV_PRIME % 2**64
    return f"{result:x}"


def _canonical_bytes(value: Any) -> bytes:
    """Return bytes that are equal exactly for values that AQL calls equal."""

    def plain(item: Any) -> str:
        if isinstance(item, tuple):
            return f"({','.join(map(plain, item))})"
        if isinstance(item, float) and item.is_integer():
            return repr(int(item))
        return repr(item)

    return plain(canonical(value)).encode("utf-8", "surrogatepass")


def _hash64(value: Any) -> int:
    return int.from_bytes(hashlib.blake2b(_canonical_bytes(value), digest_size=8).digest(), "big")


def _min_hash(values: Any, count: Any) -> list[str]:
    """Return the least of each of `count` hashes over all values; the hashes are lines modulo a prime."""
    if not isinstance(values, list) or not is_number(count) or not 1 <= count <= _MOST_MIN_HASHES:
        raise invalid_argument()
    hashes = [found % _PRIME for found in {_hash64(value) for value in values}]
    signature = []
    for seed in range(to_int(count) if hashes else 0):
        factor, addend = _hash64(2 * seed) % (_PRIME - 1) + 1, _hash64(2 * seed + 1) % _PRIME
        smallest = min((factor * found + addend) % _PRIME for found in hashes)
        signature.append(base64.b64encode(smallest.to_bytes(8, "big")).decode().rstrip("="))
    return signature


def _min_hash_count(error: Any) -> int:
    if not is_number(error) or not _SMALLEST_ERROR <= error < 1:
        raise invalid_argument()
    return math.ceil(round(1.0 / float(error * error), 9))


def _min_hash_error(count: Any) -> Any:
    if not is_number(count) or count < 1:
        raise invalid_argument()
    return neat(1 / math.sqrt(count))


def _family() -> dict[str, Function]:
    family = Family()
    for name in ("MD5", "SHA1", "SHA256", "SHA512"):
        family.plain(name, 1, 1, _digest(name.lower()))
    family.plain("CRC32", 1, 1, _crc32)
    family.plain("FNV64", 1, 1, _fnv64)
    family.plain("TO_BASE64", 1, 1, lambda value: base64.b64encode(_bytes(value)).decode())
    family.plain("TO_HEX", 1, 1, lambda value: _bytes(value).hex())
    family.plain("ENCODE_URI_COMPONENT", 1, 1, lambda value: quote(_bytes(value), safe="-_.!~*'()"))
    family.plain("HASH", 1, 1, lambda value: _hash64(value) & _HASH_MASK)
    family.warning("MINHASH", 2, 2, _min_hash)
    family.warning("MINHASH_COUNT", 1, 1, _min_hash_count)
    family.warning("MINHASH_ERROR", 1, 1, _min_hash_error)
    return family.functions


FUNCTIONS = _family()
