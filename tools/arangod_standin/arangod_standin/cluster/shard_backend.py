"""The backend of a dbserver: its collections are shards; writes go through the shard's leader or are refused."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import CollectionInfo
from ..errors import ArangoError
from ..storage.local_backend import LocalBackend
from .shard_copy import ShardCopy
from .shard_leader import ShardLeader

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ..backend import Backend, TransactionalBackend, TransactionOptions
    from ..storage.catalog import Catalog
    from ..storage.collection import StoredCollection
    from ..storage.operations import Operation, Result


class ShardBackend(LocalBackend):
    """Keeps a `ShardCopy` for every stored shard and a `ShardLeader` for those led here."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.copies: dict[str, ShardCopy] = {}
        self.leaders: dict[str, ShardLeader] = {}
        self._maintained = asyncio.Event()
        for collections in catalog.collections.values():
            for stored in collections.values():
                self.add(stored)
        catalog.engine.rollback_listeners.append(self._forget_undone)

    def _forget_undone(self) -> None:
        """Return to what is stored, after a transaction was undone that nobody was told of."""
        stored = {item.name: item for items in self.catalog.collections.values() for item in items.values()}
        for shard in [shard for shard, copy in self.copies.items() if stored.get(shard) is not copy.stored]:
            del self.copies[shard]
            leader = self.leaders.pop(shard, None)
            if leader is not None:
                leader.stop()
        for shard, item in stored.items():
            if shard in self.copies:
                self.copies[shard].reload()
            else:
                self.add(item)

    def add(self, stored: StoredCollection) -> ShardCopy:
        """Begin to manage a stored shard."""
        copy = self.copies[stored.name] = ShardCopy(stored)
        return copy

    def copy(self, shard: str) -> ShardCopy:
        """Return the copy of a shard. Raises ArangoError 1203."""
        found = self.copies.get(shard)
        if found is None:
            raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"shard {shard} is not here")
        return found

    def leader(self, shard: str) -> ShardLeader:
        """Return the leader object of a shard. Raises ArangoError 1491 when the shard is not led here."""
        found = self.leaders.get(shard)
        if found is None:
            raise ArangoError(errors.CLUSTER_SHARD_LEADER_RESIGNED, f"shard {shard} is not led here")
        return found

    def note_maintained(self) -> None:
        """Wake those who wait until the stored shards follow the plan."""
        self._maintained.set()
        self._maintained = asyncio.Event()

    async def maintained(self, timeout_s: float) -> None:
        """Return when the maintenance has done its next round, or after the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._maintained.wait()

    def may_expire(self, info: CollectionInfo) -> bool:
        """Leaders remove expired documents; followers follow."""
        return info.name in self.leaders and self.leaders[info.name].leading

    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Refuse: databases are made on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def drop_database(self, name: str) -> None:
        """Refuse: databases are dropped on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def create_collection(
        self, database: str, body: dict[str, Any], parameters: dict[str, str]
    ) -> CollectionInfo:
        """Refuse: collections are made on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def drop_collection(self, info: CollectionInfo) -> None:
        """Refuse: collections are dropped on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def change_properties(self, info: CollectionInfo, changes: dict[str, Any]) -> CollectionInfo:
        """Refuse: properties are changed on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    async def begin_transaction(self, options: TransactionOptions) -> TransactionalBackend:
        """Refuse: transactions begin on coordinators."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """Run a query without a transaction: what it writes must go through the shards' leaders."""
        return nullcontext(self)

    async def truncate(self, info: CollectionInfo) -> None:
        """Truncate a shard led here."""
        await self.leader(info.name).truncate(synced=info.wait_for_sync)

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations on a shard led here; a follower answers plain reads, as ArangoDB's dbservers do."""
        if info.name not in self.leaders and all(operation["op"] == "read" for operation in operations):
            return await super().execute(info, operations, options)
        synced = bool(options.get("waitForSync")) or info.wait_for_sync
        return await self.leader(info.name).execute(operations, options, synced=synced)
