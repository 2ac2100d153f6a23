"""Figures about databases, collections, documents and files, with the names ArangoDB's metrics have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..context import ServerContext


def deployment_figures(context: ServerContext) -> dict[str, float]:
    """Return what a server with databases knows at once, without asking others; empty for agents."""
    backend = context.backend
    if backend is None:
        return {}
    figures: dict[str, float] = {}
    names = backend.database_names()
    infos = [info for name in names for info in backend.collections(name)]
    figures["arangodb_metadata_number_of_databases"] = len(names)
    figures["arangodb_metadata_number_of_collections"] = len(infos)
    if backend.is_cluster:
        shards = [servers for info in infos for servers in (info.properties.get("shards") or {}).values()]
        figures["arangodb_metadata_number_of_shards"] = len(shards)
        figures["arangodb_metadata_number_follower_shards"] = sum(max(len(servers) - 1, 0) for servers in shards)
    else:
        figures["rocksdb_estimate_num_keys"] = sum(info.handle.count() for info in infos if info.handle is not None)
        figures["rocksdb_num_indexes"] = sum(
            1 + (info.properties.get("type") == 3) + len(info.properties.get("indexes") or []) for info in infos
        )
    folder = context.settings.database_directory
    figures["rocksdb_total_sst_files_size"] = sum(
        entry.stat().st_size for entry in os.scandir(folder) if entry.is_file() and ".sqlite3" in entry.name
    ) + sum(
        inner.stat().st_size
        for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)
        for inner in os.scandir(entry.path) if inner.is_file()
    )  # fmt: skip
    space = os.statvfs(folder)
    figures["rocksdb_free_disk_space"] = space.f_bavail * space.f_frsize
    figures["rocksdb_total_disk_space"] = space.f_blocks * space.f_frsize
    return figures
