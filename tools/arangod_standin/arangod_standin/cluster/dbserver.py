"""A dbserver: holds shards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..roles import RoleServer, add_common_routes, add_data_routes
from ..storage.catalog import Catalog
from ..storage.engine import open_engine
from .context_hooks import connect_context
from .maintenance import Maintenance
from .membership import Membership
from .peers import ClusterPeers
from .shard_api import ShardApi
from .shard_backend import ShardBackend

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..datadir import DataDirectory
    from .backup_node import BackupNodeApi


class DBServer(RoleServer):
    """Puts storage, replication and maintenance together."""

    def __init__(self, context: ServerContext, directory: DataDirectory) -> None:
        self._engine = open_engine(directory.engine_file("data.sqlite3"), context.settings)
        self._backend = ShardBackend(Catalog(self._engine))
        context.backend = self._backend
        self._peers = ClusterPeers(context)
        self._membership = Membership(context, self._peers.agency, self._peers.cache)
        self._maintenance = Maintenance(self._peers, self._backend)
        add_common_routes(context)
        connect_context(context, self._peers)
        add_data_routes(context)
        ShardApi(context, self._backend, self._peers.cache)
        self._add_backups(context, directory)
        leaders = self._backend.leaders
        context.gauges["arangodb_shards_number"] = lambda: len(self._backend.copies)
        context.gauges["arangodb_shards_leader_number"] = lambda: len(leaders)
        context.gauges["arangodb_shards_out_of_sync"] = lambda: sum(
            len(leader.in_sync) + 1 < len(leader.view.plan) for leader in leaders.values()
        )

    def _add_backups(self, context: ServerContext, directory: DataDirectory) -> None:
        def load() -> BackupNodeApi:
            from ..backup.store import BackupStore
            from .backup_node import BackupNodeApi

            return BackupNodeApi(context, self._peers, self._backend, BackupStore(directory.path))

        def mount() -> None:
            load()

        context.router.mount(("/_internal/backup",), mount)
        self._restore_is_prepared = os.path.exists(directory.file("RESTORE.prepared"))
        self._load_backups = load

    async def start(self) -> None:
        """Register and bring the stored shards in line with the plan; ready when both is done."""
        self._peers.start()
        await self._membership.join()
        if self._restore_is_prepared:
            await self._load_backups().settle()
        await self._maintenance.step()
        self._maintenance.start()
        self._backend.start_sweeping(self._peers.context)

    async def stop(self) -> None:
        """Stop leading, close everything."""
        for leader in self._backend.leaders.values():
            leader.stop()
        self._peers.client.close()
        self._engine.close()
