"""The inventory of a database: its collections with their indexes, and its views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ArangoError
from ..storage.index_definitions import shown_index
from ..storage.properties import public_properties

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo

_EDGE_TYPE = 3


def wanted_collections(
    backend: Backend, database: str, *, include_system: bool, only: str | None
) -> list[CollectionInfo]:
    """Return the collections of a database, vertices before edges, as a restore wants to have them."""
    found = [
        info
        for info in backend.collections(database)
        if (include_system or not info.is_system) and only in (None, info.name)
    ]
    return sorted(found, key=lambda info: (info.properties.get("type") == _EDGE_TYPE, info.name))


def collection_entry(info: CollectionInfo) -> dict[str, Any]:
    """Return a collection's properties and its indexes besides primary and edge index."""
    indexes = []
    for index in info.properties.get("indexes", []):
        shown = shown_index(info.name, index, {})
        shown.pop("selectivityEstimate", None)
        indexes.append({**shown, "id": str(index["id"])})
    parameters = {
        **public_properties(info.properties, info.id, info.name),
        "cid": info.id,
        "planId": info.id,
        "deleted": False,
    }
    if "shards" in info.properties:
        parameters["shards"] = info.properties["shards"]
    return {"parameters": parameters, "indexes": indexes}


def views_of(backend: Backend, database: str) -> list[dict[str, Any]]:
    """Return the definitions of a database's views."""
    try:
        return backend.views(database)
    except (NotImplementedError, ArangoError):
        return []


def database_properties(backend: Backend, database: str) -> dict[str, Any]:
    """Return id, name and options of a database."""
    return {**backend.database(database), "name": database}


def database_entry(backend: Backend, database: str, *, include_system: bool, only: str | None) -> dict[str, Any]:
    """Return everything there is in a database."""
    infos = wanted_collections(backend, database, include_system=include_system, only=only)
    return {
        "collections": [collection_entry(info) for info in infos],
        "views": views_of(backend, database),
        "properties": database_properties(backend, database),
    }
