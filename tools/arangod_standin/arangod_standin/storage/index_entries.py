"""What a sorted index holds of a document, and which stretch of bytes an `IndexRange` is."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .sortkey import attribute, encode_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..backend import IndexRange

SORTED_TYPES = ("persistent", "hash", "skiplist", "ttl", "edge")
_MULTIDIMENSIONAL = ("mdi", "zkd", "mdi-prefixed")
# An entry goes on with a byte below this after any of its fields, so field + _AFTER is behind all that begin with it.
_AFTER = b"\xff"
EDGE_INDEXES: tuple[dict[str, Any], ...] = (
    {"id": "1", "type": "edge", "name": "edge", "fields": ["_from"], "unique": False, "sparse": False},
    {"id": "1", "type": "edge", "name": "edge", "fields": ["_to"], "unique": False, "sparse": False},
)


def is_stored(index: dict[str, Any]) -> bool:
    """Say whether entries of an index are kept: the sorted ones, and what must be checked for uniqueness."""
    kind = index["type"]
    return kind in SORTED_TYPES or (kind in _MULTIDIMENSIONAL and bool(index.get("unique")))


def is_array_index(index: dict[str, Any]) -> bool:
    """Say whether one document can have several entries in an index."""
    return any("[*]" in field for field in index["fields"])


def _field_values(document: dict[str, Any], field: str) -> list[Any]:
    """Return the values a field stands for: one, or those of an expanded array (null where there is none)."""
    before, expanded, after = field.partition("[*]")
    value = attribute(document, before)
    if not expanded:
        return [value]
    if not isinstance(value, list) or not value:
        return [None]
    if not after:
        return value
    path = after[1:]
    return [attribute(item, path) if isinstance(item, dict) else None for item in value]


def index_entries(document: dict[str, Any], index: dict[str, Any]) -> list[bytes]:
    """Return the entries of a document in an index, none when a sparse index leaves it out.

    Raises ArangoError 1210 when a unique index that does not deduplicate meets an array that holds a value twice.
    """
    fields = index["fields"]
    sparse = index.get("sparse") or index["type"] == "ttl"
    if not is_array_index(index):
        values = [attribute(document, field) for field in fields]
        if sparse and None in values:
            return []
        return [b"".join(map(encode_value, values))]
    rows: Iterable[tuple[Any, ...]] = product(*[_field_values(document, field) for field in fields])
    found = [b"".join(map(encode_value, row)) for row in rows if not sparse or None not in row]
    single = list(dict.fromkeys(found))
    if index.get("unique") and not index.get("deduplicate", True) and len(single) < len(found):
        raise ArangoError(
            errors.UNIQUE_CONSTRAINT_VIOLATED,
            f"unique constraint violated - in index {index['name']} of type {index['type']} over"
            f" '{', '.join(fields)}'; the array of document '{document.get('_key', '')}' holds a value twice",
        )
    return single


def byte_range(wanted: IndexRange) -> tuple[bytes, bytes]:
    """Return the stretch of entries ``low <= entry < high`` that a range stands for."""
    prefix = b"".join(map(encode_value, wanted.prefix))
    low, high = prefix, prefix + _AFTER
    if wanted.lower is not None:
        low = prefix + encode_value(wanted.lower[0])
        if not wanted.lower_included:
            low += _AFTER
    if wanted.upper is not None:
        high = prefix + encode_value(wanted.upper[0])
        if wanted.upper_included:
            high += _AFTER
    return low, high


def byte_ranges(ranges: list[IndexRange]) -> list[tuple[bytes, bytes]]:
    """Return the stretches of several ranges, in order, without overlaps and without empty ones."""
    merged: list[tuple[bytes, bytes]] = []
    for low, high in sorted(byte_range(wanted) for wanted in ranges):
        if low >= high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def first_entry(document: dict[str, Any], index: dict[str, Any], stretches: list[tuple[bytes, bytes]]) -> bytes | None:
    """Return the lowest entry of a document within the stretches, None when there is none."""
    found = [entry for entry in index_entries(document, index) if any(low <= entry < high for low, high in stretches)]
    return min(found, default=None)


def edge_index(fields: list[str]) -> dict[str, Any]:
    """Return the half of the edge index over ``["_from"]`` or ``["_to"]``."""
    return EDGE_INDEXES[1] if fields == ["_to"] else EDGE_INDEXES[0]
