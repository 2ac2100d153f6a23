"""The edges at given vertices, by the edge index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import IndexRange

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo

OUTBOUND, INBOUND, ANY = "OUTBOUND", "INBOUND", "ANY"
_FIELDS = {OUTBOUND: ("_from",), INBOUND: ("_to",), ANY: ("_from", "_to")}


async def incident_edges(
    backend: Backend, info: CollectionInfo, vertices: list[str], direction: str
) -> list[dict[str, Any]]:
    """Return the edges that leave (OUTBOUND), reach (INBOUND) or touch (ANY) one of the vertices, each edge once."""
    found: dict[str, dict[str, Any]] = {}
    for field in _FIELDS[direction]:
        for edge in await _by_field(backend, info, field, vertices):
            found.setdefault(edge["_id"], edge)
    return list(found.values())


async def _by_field(backend: Backend, info: CollectionInfo, field: str, vertices: list[str]) -> list[dict[str, Any]]:
    try:
        ranges = [IndexRange([vertex]) for vertex in vertices]
        return await backend.lookup(info, {"type": "edge", "fields": [field]}, ranges)
    except NotImplementedError:
        wanted = set(vertices)
        return [edge for edge in await backend.scan(info) if edge.get(field) in wanted]
