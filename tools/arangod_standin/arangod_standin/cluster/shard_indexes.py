"""Indexes of a shard: making what is stored follow the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..agency.cluster_view import ShardView
    from ..storage.collection import StoredCollection


def _planned(view: ShardView) -> dict[str, dict[str, Any]]:
    return {index["id"]: index for index in view.collection.get("indexes", [])}


def follows_plan(view: ShardView, stored: StoredCollection) -> bool:
    """Say whether a shard has tried to build all planned indexes and has no others."""
    failed = stored.properties.get("failedIndexes", {})
    return {index["id"] for index in stored.indexes} | set(failed) == set(_planned(view))


def follow_plan(view: ShardView, stored: StoredCollection) -> None:
    """Build and drop indexes as planned; those that documents forbid are noted as failed.

    A leader must not be in the middle of a write: the write was checked against the indexes it knew.
    """
    planned = _planned(view)
    failed: dict[str, str] = stored.properties.setdefault("failedIndexes", {})
    for index in [index for index in stored.indexes if index["id"] not in planned]:
        stored.drop_index(index)
    for index_id in [name for name in failed if name not in planned]:
        del failed[index_id]
    present = {index["id"] for index in stored.indexes} | set(failed)
    for index_id, index in planned.items():
        if index_id not in present:
            definition = {name: value for name, value in index.items() if name != "isBuilding"}
            broken = stored.add_index({**definition, "objectId": index_id})
            if broken is not None:
                failed[index_id] = broken
