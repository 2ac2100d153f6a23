"""The backend of a single server: everything is in this process's engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import Backend, CollectionInfo, TransactionOptions
from ..errors import ArangoError
from .keys import check_collection_name
from .operations import Evaluation
from .properties import complete_properties

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ..backend import IndexRange, TransactionalBackend
    from ..context import ServerContext
    from .catalog import Catalog
    from .collection import StoredCollection
    from .operations import Operation, Result
    from .ttl import TtlSweeper

SYSTEM_COLLECTIONS = (
    "_users", "_graphs", "_analyzers", "_aqlfunctions", "_appbundles", "_apps", "_frontend", "_jobs", "_queues",
)  # fmt: skip


# How long one operation waits for a collection that a transaction holds exclusively, as in ArangoDB.
_LOCK_TIMEOUT_S = 900.0


class LocalBackend(Backend):
    """Stores databases and collections in a `Catalog`."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.engine = catalog.engine
        # removes expired documents, once the server runs
        self.sweeper: TtlSweeper | None = None

    def bootstrap(self) -> None:
        """Make ``_system`` at the first start."""
        if "_system" not in self.catalog.databases:
            self._make_database("_system", {})

    def _make_database(self, name: str, properties: dict[str, Any]) -> None:
        self.catalog.create_database(name, properties)
        for collection in SYSTEM_COLLECTIONS:
            if collection != "_users" or name == "_system":
                body = {"name": collection, "isSystem": True}
                self.catalog.create_collection(name, collection, complete_properties(body, defaults={}, cluster=False))

    # -- databases ---------------------------------------------------------------------------------------------------
    def database_names(self) -> list[str]:
        """Return the names of all databases."""
        return sorted(self.catalog.databases)

    def database(self, name: str) -> dict[str, Any]:
        """Return id and properties of a database. Raises ArangoError 1228."""
        found = self.catalog.databases.get(name)
        if found is None:
            raise ArangoError(errors.DATABASE_NOT_FOUND)
        return found

    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Make a database with its system collections."""
        if name in self.catalog.databases:
            raise ArangoError(errors.DUPLICATE_NAME)
        self._make_database(name, options)
        await self.engine.committed()

    async def drop_database(self, name: str) -> None:
        """Remove a database."""
        self.database(name)
        self.catalog.drop_database(name)
        await self.engine.committed()

    # -- collections -------------------------------------------------------------------------------------------------
    @staticmethod
    def info(stored: StoredCollection) -> CollectionInfo:
        """Return the API's view of a stored collection."""
        return CollectionInfo(stored.database, stored.name, stored.id, stored.properties, stored)

    def stored(self, info: CollectionInfo) -> StoredCollection:
        """Return the stored collection behind an info. Raises ArangoError 1203 if it was dropped meanwhile."""
        found: StoredCollection = info.handle
        if self.catalog.collections.get(found.database, {}).get(found.name) is not found:
            raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
        return found

    def readable(self, info: CollectionInfo) -> StoredCollection:
        """Return what reads of a collection must look at; within a transaction that is the transaction's view."""
        return self.stored(info)

    def collections(self, database: str) -> list[CollectionInfo]:
        """Return the collections of a database."""
        self.database(database)
        return [self.info(stored) for stored in self.catalog.collections[database].values()]

    def collection(self, database: str, name_or_id: str) -> CollectionInfo:
        """Return a collection by name or id. Raises ArangoError 1203."""
        self.database(database)
        collections = self.catalog.collections[database]
        stored = collections.get(name_or_id)
        if stored is None and name_or_id.isdigit():
            stored = next((item for item in collections.values() if item.id == name_or_id), None)
        if stored is None:
            raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"collection or view not found: {name_or_id}")
        return self.info(stored)

    async def create_collection(
        self, database: str, body: dict[str, Any], parameters: dict[str, str]
    ) -> CollectionInfo:
        """Make a collection."""
        self.database(database)
        properties = complete_properties(body, defaults={}, cluster=False)
        if self.catalog.is_taken(database, properties["name"]):
            raise ArangoError(errors.DUPLICATE_NAME)
        stored = self.catalog.create_collection(database, properties["name"], properties)
        await self.engine.committed()
        return self.info(stored)

    async def drop_collection(self, info: CollectionInfo) -> None:
        """Remove a collection."""
        self.catalog.drop_collection(self.stored(info))
        await self.engine.committed()

    async def rename_collection(self, info: CollectionInfo, name: str) -> CollectionInfo:
        """Give a collection another name."""
        check_collection_name(name)
        stored = self.stored(info)
        if name != stored.name:
            if self.catalog.is_taken(stored.database, name):
                raise ArangoError(errors.DUPLICATE_NAME)
            with self.catalog.whole():
                stored.properties["name"] = name
                self.catalog.rename_collection(stored, name)
            await self.engine.committed()
        return self.info(stored)

    async def change_properties(self, info: CollectionInfo, changes: dict[str, Any]) -> CollectionInfo:
        """Change properties of a stored collection."""
        stored = self.stored(info)
        with self.catalog.whole():
            stored.properties.update(changes)
            stored.save_properties()
        await self.engine.committed()
        return self.info(stored)

    async def truncate(self, info: CollectionInfo) -> None:
        """Remove all documents. Raises ArangoError 1200 while a running transaction has written here."""
        stored = self.stored(info)
        await self.wait_unlocked(stored, {})
        stored.truncation()
        with self.catalog.whole():
            stored.truncate()
        await self.engine.committed(synced=info.wait_for_sync)

    async def statistics(self, info: CollectionInfo) -> dict[str, Any]:
        """Return count, revision and size."""
        stored = self.readable(info)
        return {"count": stored.count(), "revision": stored.highest_revision(), "lastValue": stored.last_value}

    async def checksum(self, info: CollectionInfo, *, with_revisions: bool, with_data: bool) -> int:
        """Return the checksum over all documents."""
        return self.readable(info).checksum(with_revisions=with_revisions, with_data=with_data)

    async def recount(self, info: CollectionInfo) -> int:
        """Count the rows anew."""
        return self.stored(info).recount()

    async def figures(self, info: CollectionInfo) -> dict[str, Any]:
        """Return the bytes of documents and indexes."""
        return self.stored(info).figures()

    # -- views -------------------------------------------------------------------------------------------------------
    def views(self, database: str) -> list[dict[str, Any]]:
        """Return the definitions of a database's views."""
        self.database(database)
        return list(self.catalog.views[database].values())

    async def put_view(self, database: str, definition: dict[str, Any]) -> None:
        """Store a view's definition."""
        self.database(database)
        before = self.catalog.views[database].get(definition.get("id", ""))
        if (before or {}).get("name") != definition["name"] and self.catalog.is_taken(database, definition["name"]):
            raise ArangoError(errors.DUPLICATE_NAME)
        if "id" not in definition:
            definition["id"] = str(self.engine.next_tick())
        self.catalog.put_view(database, definition)
        await self.engine.committed()

    async def drop_view(self, database: str, view_id: str) -> None:
        """Remove a view."""
        self.database(database)
        if view_id not in self.catalog.views[database]:
            raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
        self.catalog.drop_view(database, view_id)
        await self.engine.committed()

    def start_sweeping(self, context: ServerContext) -> None:
        """Begin to remove expired documents in the background."""
        from .ttl import TtlSweeper

        self.sweeper = TtlSweeper(context, self)
        context.spawn(self.sweeper.run())

    def may_expire(self, info: CollectionInfo) -> bool:
        """Say whether this server removes the expired documents of a collection."""
        return True

    # -- indexes -----------------------------------------------------------------------------------------------------
    async def create_index(self, info: CollectionInfo, definition: dict[str, Any]) -> dict[str, Any]:
        """Build an index."""
        stored = self.stored(info)
        index = {**definition, "objectId": str(self.engine.next_tick())}
        index.setdefault("id", index["objectId"])
        index["name"] = index.get("name") or f"idx_{index['id']}"
        with self.catalog.whole():
            broken = stored.add_index(index)
        if broken is not None:
            raise ArangoError(errors.UNIQUE_CONSTRAINT_VIOLATED, f"unique constraint violated by document '{broken}'")
        await self.engine.committed()
        return index

    async def drop_index(self, info: CollectionInfo, index: dict[str, Any]) -> None:
        """Remove an index."""
        with self.catalog.whole():
            self.stored(info).drop_index(index)
        await self.engine.committed()

    async def index_estimates(self, info: CollectionInfo) -> dict[str, float]:
        """Return how selective the stored indexes are."""
        return self.stored(info).estimates()

    async def lookup(
        self,
        info: CollectionInfo,
        index: dict[str, Any],
        ranges: list[IndexRange],
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the documents in ranges of a sorted index."""
        return self.readable(info).lookup(index, ranges, descending=descending, limit=limit)

    # -- transactions ------------------------------------------------------------------------------------------------
    @staticmethod
    async def wait_unlocked(stored: StoredCollection, options: dict[str, Any]) -> None:
        """Wait while a transaction holds the collection exclusively; with ``exclusive`` until none holds it at all.

        (A single operation holds nothing itself: it is done in one step.)
        """
        if stored.locks is not None and (stored.locks.is_exclusive or options.get("exclusive")):
            await stored.locks.wait_free(_LOCK_TIMEOUT_S, exclusive=bool(options.get("exclusive")))

    async def begin_transaction(self, options: TransactionOptions) -> TransactionalBackend:
        """Return the backend as a new transaction sees it."""
        from .transaction_backend import LocalTransactionBackend

        return await LocalTransactionBackend.begin(self, options)

    async def transaction_id(self) -> str:
        """Return an id for a new transaction."""
        return str(self.engine.next_tick())

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """Return the context of a query: one snapshot for its reads, all or nothing for its writes."""
        from .transaction_backend import implicit_transaction

        return implicit_transaction(self, TransactionOptions(database, read, write, exclusive))

    # -- documents ---------------------------------------------------------------------------------------------------
    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Evaluate and apply; returns after the commit (and the fsync, if asked for)."""
        stored = self.stored(info)
        if stored.locks is not None:
            await self.wait_unlocked(stored, options)
        evaluation = Evaluation(stored)
        results = evaluation.run_all(operations, options)
        if evaluation.effects:
            stored.apply(evaluation.effects)
            await self.engine.committed(synced=bool(options.get("waitForSync")) or info.wait_for_sync)
        return results

    async def scan(
        self, info: CollectionInfo, *, key: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return documents."""
        stored = self.readable(info)
        if key is not None:
            found = stored.get(key)
            return [] if found is None else [stored.document(key, *found)]
        return await stored.documents_in_turns(limit)
