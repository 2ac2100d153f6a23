"""What the HTTP API and AQL need of a server, whatever its role: databases, collections, operations on documents.

`LocalBackend` (single servers, and dbservers with shards) keeps the data itself; the coordinator's backend asks others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .errors import ArangoError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from .storage.operations import Operation, Result


class CollectionInfo:
    """A collection as the API sees it; `properties` is complete, `handle` belongs to the backend that made it."""

    __slots__ = ("database", "handle", "id", "name", "properties")

    def __init__(
        self, database: str, name: str, collection_id: str, properties: dict[str, Any], handle: Any = None
    ) -> None:
        self.database = database
        self.name = name
        self.id = collection_id
        self.properties = properties
        self.handle = handle

    @property
    def is_system(self) -> bool:
        """True for collections whose name begins with an underscore."""
        return bool(self.properties.get("isSystem", self.name.startswith("_")))

    @property
    def wait_for_sync(self) -> bool:
        """True when every write to the collection must be on disk before it is acknowledged."""
        return bool(self.properties.get("waitForSync"))


class IndexRange:
    """A stretch of an index: equal to `prefix` in its first fields, then between two values of the next field.

    A bound that is None is open. Values compare in AQL's order; `prefix` alone asks for equality.
    """

    __slots__ = ("lower", "lower_included", "prefix", "upper", "upper_included")

    def __init__(
        self,
        prefix: list[Any],
        lower: tuple[Any] | None = None,
        upper: tuple[Any] | None = None,
        *,
        lower_included: bool = True,
        upper_included: bool = True,
    ) -> None:
        self.prefix = prefix
        self.lower = lower
        self.upper = upper
        self.lower_included = lower_included
        self.upper_included = upper_included

    def to_json(self) -> list[Any]:
        """Return the range in a form that JSON can carry."""
        return [self.prefix, self.lower, self.upper, self.lower_included, self.upper_included]

    @classmethod
    def from_json(cls, members: list[Any]) -> IndexRange:
        """Return the range that `to_json` wrote."""
        prefix, lower, upper, lower_included, upper_included = members
        return cls(prefix, lower, upper, lower_included=lower_included, upper_included=upper_included)


class TransactionOptions:
    """What a transaction may use and how long it may wait; collections by name, times in seconds."""

    __slots__ = (
        "allow_implicit", "database", "exclusive", "lock_timeout_s", "max_bytes", "read", "wait_for_sync", "write",
    )  # fmt: skip

    def __init__(self, database: str, read: list[str], write: list[str], exclusive: list[str]) -> None:
        self.database = database
        self.read = read
        self.write = write
        self.exclusive = exclusive
        self.wait_for_sync = False
        self.allow_implicit = True
        self.lock_timeout_s = 900.0
        self.max_bytes = 512 << 20


class Backend:
    """The contract; every method raises ArangoError for what ArangoDB answers with an error."""

    is_cluster = False

    # -- databases ---------------------------------------------------------------------------------------------------
    def database_names(self) -> list[str]:
        """Return the names of all databases."""
        raise NotImplementedError

    def database(self, name: str) -> dict[str, Any]:
        """Return id and properties of a database. Raises ArangoError 1228."""
        raise NotImplementedError

    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Make a database. Raises ArangoError 1207 when it exists."""
        raise NotImplementedError

    async def drop_database(self, name: str) -> None:
        """Remove a database. Raises ArangoError 1228."""
        raise NotImplementedError

    # -- collections -------------------------------------------------------------------------------------------------
    def collections(self, database: str) -> list[CollectionInfo]:
        """Return the collections of a database."""
        raise NotImplementedError

    def collection(self, database: str, name_or_id: str) -> CollectionInfo:
        """Return a collection by name or id. Raises ArangoError 1203."""
        raise NotImplementedError

    async def create_collection(
        self, database: str, body: dict[str, Any], parameters: dict[str, str]
    ) -> CollectionInfo:
        """Make a collection from the body of ``POST /_api/collection``."""
        raise NotImplementedError

    async def drop_collection(self, info: CollectionInfo) -> None:
        """Remove a collection and its data."""
        raise NotImplementedError

    async def rename_collection(self, info: CollectionInfo, name: str) -> CollectionInfo:
        """Give a collection another name; clusters cannot."""
        raise ArangoError(errors.CLUSTER_UNSUPPORTED)

    async def change_properties(self, info: CollectionInfo, changes: dict[str, Any]) -> CollectionInfo:
        """Change those properties that may change."""
        raise NotImplementedError

    async def truncate(self, info: CollectionInfo) -> None:
        """Remove all documents of a collection."""
        raise NotImplementedError

    async def statistics(self, info: CollectionInfo) -> dict[str, Any]:
        """Return ``count``, ``revision``, ``size`` (bytes) and ``checksums`` inputs of a collection."""
        raise NotImplementedError

    async def checksum(self, info: CollectionInfo, *, with_revisions: bool, with_data: bool) -> int:
        """Return the checksum over all documents."""
        raise NotImplementedError

    def responsible_shard(self, info: CollectionInfo, document: dict[str, Any]) -> str:
        """Return the shard a document belongs to; only clusters have shards."""
        raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)

    # -- indexes -----------------------------------------------------------------------------------------------------
    async def create_index(self, info: CollectionInfo, definition: dict[str, Any]) -> dict[str, Any]:
        """Build a persistent index from a complete definition. Raises ArangoError 1210 if documents break it."""
        raise NotImplementedError

    async def drop_index(self, info: CollectionInfo, index: dict[str, Any]) -> None:
        """Remove a persistent index."""
        raise NotImplementedError

    async def index_estimates(self, info: CollectionInfo) -> dict[str, float]:
        """Return by index id how selective the stored indexes are: different values per document, 0 to 1."""
        return {}

    async def lookup(
        self,
        info: CollectionInfo,
        index: dict[str, Any],
        ranges: list[IndexRange],
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the documents whose entry in a sorted index lies in one of the ranges, in the index's order.

        `index` is a definition of a sorted type (persistent, ttl, and the edge index, which is asked for as
        ``{"type": "edge", "fields": ["_from"]}`` or ``["_to"]``). A sparse index leaves documents out, so the caller
        asks it only for ranges that cannot hold null.
        """
        raise NotImplementedError

    # -- figures -----------------------------------------------------------------------------------------------------
    async def recount(self, info: CollectionInfo) -> int:
        """Count the documents anew and return their number."""
        return int((await self.statistics(info))["count"])

    async def figures(self, info: CollectionInfo) -> dict[str, Any]:
        """Return ``documentsSize`` and ``indexesSize`` (both in bytes) of a collection."""
        raise NotImplementedError

    # -- views -------------------------------------------------------------------------------------------------------
    def views(self, database: str) -> list[dict[str, Any]]:
        """Return the complete definitions (with ``id``, ``name``, ``type``) of a database's views."""
        raise NotImplementedError

    async def put_view(self, database: str, definition: dict[str, Any]) -> None:
        """Store a view's definition under its ``id``; a new one has none and is given it (in place).

        Raises ArangoError 1207 when another view or a collection has the name.
        """
        raise NotImplementedError

    async def drop_view(self, database: str, view_id: str) -> None:
        """Remove a view."""
        raise NotImplementedError

    # -- queries -----------------------------------------------------------------------------------------------------
    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """Return the context in which a query runs; it gives the backend to use.

        Where the backend can, the query reads one snapshot, and what it writes is stored when the context ends without
        an exception, all or nothing.
        """
        from contextlib import nullcontext

        return nullcontext(self)

    async def begin_transaction(self, options: TransactionOptions) -> TransactionalBackend:
        """Return the backend as a new transaction sees it. Raises ArangoError 1203, 18 when a lock is not to be had."""
        raise ArangoError(errors.NOT_IMPLEMENTED)

    async def transaction_id(self) -> str:
        """Return an id for a new transaction, a number that was never given before."""
        raise ArangoError(errors.NOT_IMPLEMENTED)

    # -- documents ---------------------------------------------------------------------------------------------------
    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations; see `storage.operations` for their form. Returns when they are acknowledged."""
        raise NotImplementedError

    async def scan(
        self, info: CollectionInfo, *, key: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return all documents, or the one with `key`, at most `limit`."""
        raise NotImplementedError


class TransactionalBackend(Backend):
    """A backend within a transaction; one of `commit` and `abort` must end it."""

    async def commit(self) -> None:
        """Store all changes. Raises ArangoError when the transaction failed instead."""
        raise NotImplementedError

    async def abort(self) -> None:
        """Drop all changes; does nothing when the transaction has ended."""
        raise NotImplementedError
