"""The backend of a coordinator: keeps nothing, routes operations to the leaders of the shards."""

from __future__ import annotations

import asyncio
import heapq
import time
import zlib
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import Backend, CollectionInfo, TransactionOptions
from ..errors import ArangoError
from ..http.client import Unreachable
from ..storage.index_entries import byte_ranges, first_entry
from ..storage.keys import check_key, make_key
from ..storage.properties import CHANGEABLE
from ..storage.sortkey import encode_value, shard_value
from .plan_views import PlanViews
from .plan_writer import PlanWriter

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ..backend import IndexRange, TransactionalBackend
    from ..storage.operations import Operation, Result
    from .cluster_transaction import QueryAdmission
    from .peers import ClusterPeers
    from .stale_reads import StaleReads

_DEADLINE_S = 60.0
_RETRY_S = 0.03
# ArangoDB's own seed for hashes of values; the hash itself is another one.
_HASH_SEED = 0xDEADBEEF
_KEY_RANGE = 100_000
# Answers of a dbserver that mean: ask the leader that the newest plan names.
_ASK_AGAIN = (errors.CLUSTER_SHARD_LEADER_RESIGNED, errors.DATA_SOURCE_NOT_FOUND, errors.DATABASE_NOT_FOUND)


class ClusterBackend(Backend):
    """Databases and collections come from the agency's plan, documents from the shards."""

    is_cluster = True

    def __init__(self, peers: ClusterPeers) -> None:
        self.peers = self._peers = peers
        self._cache = peers.cache
        self.plan = PlanWriter(peers)
        self._views = PlanViews(self.plan)
        self._next_key = self._last_key = 0
        self._key_lock = asyncio.Lock()
        self._admission: QueryAdmission | None = None
        self._stale: StaleReads | None = None
        if peers.context.settings.boolean("standin.stale-read-after-failover", False):
            from .stale_reads import StaleReads

            self._stale = StaleReads()

    # -- databases ---------------------------------------------------------------------------------------------------
    def database_names(self) -> list[str]:
        """Return the planned databases."""
        return sorted(self._cache.get("/arango/Plan/Databases", {}) or {})

    def database(self, name: str) -> dict[str, Any]:
        """Return a planned database."""
        found = self._cache.get(f"/arango/Plan/Databases/{name}")
        if not isinstance(found, dict):
            raise ArangoError(errors.DATABASE_NOT_FOUND)
        return found

    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Make a database."""
        await self.plan.create_database(name, options)

    async def drop_database(self, name: str) -> None:
        """Remove a database."""
        await self.plan.drop_database(name)

    # -- collections -------------------------------------------------------------------------------------------------
    @staticmethod
    def _info(database: str, cid: str, properties: dict[str, Any]) -> CollectionInfo:
        return CollectionInfo(database, properties["name"], cid, properties)

    def collections(self, database: str) -> list[CollectionInfo]:
        """Return the planned collections."""
        self.database(database)
        planned = self._cache.get(f"/arango/Plan/Collections/{database}", {}) or {}
        return [self._info(database, cid, properties) for cid, properties in planned.items()]

    def collection(self, database: str, name_or_id: str) -> CollectionInfo:
        """Return a planned collection."""
        for info in self.collections(database):
            if name_or_id in (info.name, info.id):
                return info
        raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"collection or view not found: {name_or_id}")

    def _again(self, info: CollectionInfo) -> CollectionInfo:
        return self.collection(info.database, info.id)

    async def create_collection(
        self, database: str, body: dict[str, Any], parameters: dict[str, str]
    ) -> CollectionInfo:
        """Make a collection."""
        self.database(database)
        return self.collection(database, await self.plan.create_collection(database, body, parameters))

    async def drop_collection(self, info: CollectionInfo) -> None:
        """Remove a collection."""
        await self.plan.drop_collection(info.database, info.id)

    async def change_properties(self, info: CollectionInfo, changes: dict[str, Any]) -> CollectionInfo:
        """Change properties in the plan."""
        await self.plan.change_collection(info.database, info.id, changes)
        # documents written from now on obey: the leaders know of the change
        followed = {name: value for name, value in changes.items() if name in CHANGEABLE}
        await self._ask_all(info, "follow", {"properties": followed})
        return self._again(info)

    async def create_index(self, info: CollectionInfo, definition: dict[str, Any]) -> dict[str, Any]:
        """Make an index."""
        return await self.plan.create_index(info.database, info.id, definition)

    async def drop_index(self, info: CollectionInfo, index: dict[str, Any]) -> None:
        """Remove an index."""
        await self.plan.drop_index(info.database, info.id, index["id"])

    # -- transactions ------------------------------------------------------------------------------------------------
    async def transaction_id(self) -> str:
        """Return an id for a new transaction."""
        return str(await self._fresh_number())

    async def begin_transaction(self, options: TransactionOptions) -> TransactionalBackend:
        """Return the backend within a new transaction."""
        from .cluster_transaction import ClusterTransactionBackend

        made = ClusterTransactionBackend(self, await self.transaction_id(), options)
        await made.begin()
        return made

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """Return the context of a query; one that writes is all or nothing on each shard."""
        if not write and not exclusive:
            return nullcontext(self)
        from .cluster_transaction import QueryAdmission, implicit_transaction

        if self._admission is None:
            self._admission = QueryAdmission()
        return implicit_transaction(self, self._admission, TransactionOptions(database, read, write, exclusive))

    # -- asking shards -----------------------------------------------------------------------------------------------
    async def _ask(
        self, info: CollectionInfo, shard: str, action: str, body: dict[str, Any], *, repeatable: bool
    ) -> Any:
        """Ask the leader of a shard, and again its successor, until the deadline.

        A request whose fate is unknown is repeated only if that does no harm; otherwise the client is told.
        """
        deadline = time.monotonic() + _DEADLINE_S
        path = f"/arango/Plan/Collections/{info.database}/{info.id}/shards/{shard}"
        while True:
            plan = self._cache.get(path)
            if not plan:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            leader = plan[0].lstrip("_")
            if self._stale is not None and repeatable and (old := self._stale.find(shard, action, body, leader)):
                return old[0]
            try:
                answer = await self._peers.call(
                    leader, action, {"shard": shard, **body}, timeout_s=deadline - time.monotonic()
                )
                if self._stale is not None and repeatable:
                    self._stale.note(shard, action, body, leader, answer)
                return answer
            except Unreachable as error:
                if error.sent and not repeatable:
                    raise ArangoError(
                        errors.CLUSTER_CONNECTION_LOST, f"the shard leader did not answer: {error}"
                    ) from None
            except ArangoError as error:
                unknown_fate = error.error_num == errors.CLUSTER_SHARD_LEADER_RESIGNED and error.status == 503
                if error.error_num not in _ASK_AGAIN or (unknown_fate and not repeatable):
                    raise
            if time.monotonic() > deadline - _RETRY_S:
                raise ArangoError(errors.CLUSTER_BACKEND_UNAVAILABLE, f"no leader of shard {shard} answers")
            await self._cache.wait_change(_RETRY_S)

    async def _ask_all(
        self, info: CollectionInfo, action: str, body: dict[str, Any], *, repeatable: bool = True
    ) -> list[Any]:
        shards = self._again(info).properties["shards"]
        return list(
            await asyncio.gather(*[self._ask(info, shard, action, body, repeatable=repeatable) for shard in shards])
        )

    async def truncate(self, info: CollectionInfo) -> None:
        """Empty all shards."""
        await self._ask_all(info, "truncate", {})

    async def statistics(self, info: CollectionInfo) -> dict[str, Any]:
        """Return counts summed over the shards."""
        found = await self._ask_all(info, "statistics", {})
        return {name: join(item[name] for item in found)
                for name, join in (("count", sum), ("revision", max), ("lastValue", max))}  # fmt: skip

    async def recount(self, info: CollectionInfo) -> int:
        """Count the documents of all shards anew."""
        return sum(item["count"] for item in await self._ask_all(info, "statistics", {"recount": True}))

    async def figures(self, info: CollectionInfo) -> dict[str, Any]:
        """Return the bytes of documents and indexes, summed over the shards."""
        found = await self._ask_all(info, "figures", {})
        return {name: sum(item[name] for item in found) for name in ("documentsSize", "indexesSize")}

    # -- views -------------------------------------------------------------------------------------------------------
    def views(self, database: str) -> list[dict[str, Any]]:
        """Return the planned views."""
        self.database(database)
        return self._views.all(database)

    async def put_view(self, database: str, definition: dict[str, Any]) -> None:
        """Store a view in the plan."""
        await self._views.put(database, definition)

    async def drop_view(self, database: str, view_id: str) -> None:
        """Take a view out of the plan."""
        await self._views.drop(database, view_id)

    async def checksum(self, info: CollectionInfo, *, with_revisions: bool, with_data: bool) -> int:
        """Return the checksum over all shards."""
        total = 0
        for item in await self._ask_all(info, "checksum", {"revisions": with_revisions, "data": with_data}):
            total ^= int(item["checksum"])
        return total

    async def scan(
        self, info: CollectionInfo, *, key: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return documents of all shards, or of the one shard a key belongs to."""
        body = {"key": key, "limit": limit}
        shards = sorted(info.properties["shards"])
        if key is not None and info.properties["shardKeys"] == ["_key"]:
            found: list[dict[str, Any]] = await self._ask(
                info, self._shard_of(info, [key]), "scan", body, repeatable=True
            )
            return found
        parts = await asyncio.gather(*[self._ask(info, shard, "scan", body, repeatable=True) for shard in shards])
        documents = [document for part in parts for document in part]
        return documents if limit is None else documents[:limit]

    async def index_estimates(self, info: CollectionInfo) -> dict[str, float]:
        """Return how selective the indexes are, averaged over the shards' documents."""
        found = [item for item in await self._ask_all(info, "estimates", {}) if item["count"]]
        total = sum(item["count"] for item in found)
        sums: dict[str, float] = {}
        for item in found:
            for index_id, share in item["estimates"].items():
                sums[index_id] = sums.get(index_id, 0.0) + share * item["count"] / total
        return sums

    async def lookup(
        self,
        info: CollectionInfo,
        index: dict[str, Any],
        ranges: list[IndexRange],
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the documents in ranges of a sorted index: each shard's in order, merged."""
        if not ranges:
            return []
        body = {"index": index, "ranges": [wanted.to_json() for wanted in ranges],
                "descending": descending, "limit": limit}  # fmt: skip
        shards = self._shards_of_lookup(info, index, ranges)
        parts = await asyncio.gather(*[self._ask(info, shard, "lookup", body, repeatable=True) for shard in shards])
        if len(parts) == 1:
            found: list[dict[str, Any]] = parts[0]
            return found
        stretches = byte_ranges(ranges)

        def place(document: dict[str, Any]) -> bytes:
            return first_entry(document, index, stretches) or b""

        merged = heapq.merge(*parts, key=place, reverse=descending)
        return list(merged if limit is None else islice(merged, limit))

    def _shards_of_lookup(self, info: CollectionInfo, index: dict[str, Any], ranges: list[IndexRange]) -> list[str]:
        """Return the shards to ask: those of the ranges' documents when the index begins with the shard keys."""
        shard_keys = info.properties["shardKeys"]
        number = len(shard_keys)
        if index["fields"][:number] != shard_keys or any(len(wanted.prefix) < number for wanted in ranges):
            return sorted(info.properties["shards"])
        return sorted({self._shard_of(info, wanted.prefix[:number]) for wanted in ranges})

    # -- routing -----------------------------------------------------------------------------------------------------
    @staticmethod
    def _shard_of(info: CollectionInfo, values: list[Any]) -> str:
        shards = sorted(info.properties["shards"], key=lambda name: int(name[1:]))
        # values that AQL calls equal, such as 1 and 1.0, belong to the same shard
        return str(shards[zlib.crc32(b"".join(map(encode_value, values)), _HASH_SEED) % len(shards)])

    def responsible_shard(self, info: CollectionInfo, document: dict[str, Any]) -> str:
        """Return the shard of a document."""
        values = [shard_value(document, name) for name in info.properties["shardKeys"]]
        return self._shard_of(info, values)

    async def _fresh_number(self) -> int:
        """Return a number that is given once in the whole cluster."""
        async with self._key_lock:
            if self._next_key >= self._last_key:
                self._next_key = await self._peers.unique_ids(_KEY_RANGE)
                self._last_key = self._next_key + _KEY_RANGE
            self._next_key += 1
            return self._next_key

    async def _fresh_key(self, info: CollectionInfo) -> str:
        number = await self._fresh_number()
        return make_key(info.properties["keyOptions"], lambda: number, 0)

    async def _route(self, info: CollectionInfo, operation: Operation) -> list[str]:
        """Return the shards an operation must go to (several when the key alone does not tell)."""
        shards = info.properties["shards"]
        document = operation.get("doc")
        shard_keys = info.properties["shardKeys"]
        if operation["op"] == "insert" and isinstance(document, dict):
            given = document.get("_key")
            if given is None and info.properties["keyOptions"]["type"] != "autoincrement":
                operation["key"] = await self._fresh_key(info)
                operation["generated"] = True
            elif given is not None:
                check_key(given)
                if shard_keys != ["_key"] and len(shards) > 1 and not operation.get("generated"):
                    raise ArangoError(errors.CLUSTER_MUST_NOT_SPECIFY_KEY)
            if len(shards) == 1:
                return list(shards)
            return [
                self.responsible_shard(info, {**document, "_key": given if given is not None else operation["key"]})
            ]
        if len(shards) == 1 or not isinstance(operation.get("key"), str):
            return [next(iter(shards))]
        if shard_keys == ["_key"]:
            return [self._shard_of(info, [operation["key"]])]
        return list(shards)

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Send each operation to its shard and put the results back into order."""
        results: list[Result | None] = [None] * len(operations)
        groups: dict[str, list[int]] = {}
        spread: list[int] = []
        for number, operation in enumerate(operations):
            try:
                shards = await self._route(info, operation)
            except ArangoError as error:
                results[number] = {"error": error.error_num, "message": error.message}
                if options.get("atomic"):
                    return [results[number] or {}]
                continue
            if len(shards) == 1:
                groups.setdefault(shards[0], []).append(number)
            else:
                spread.append(number)
        repeatable = all(operation["op"] == "read" for operation in operations)
        answers = await asyncio.gather(
            *[
                self._ask(info, shard, "execute", {"operations": [operations[n] for n in numbers], "options": options},
                          repeatable=repeatable)
                for shard, numbers in groups.items()
            ]
        )  # fmt: skip
        for numbers, part in zip(groups.values(), answers, strict=True):
            for number, result in zip(numbers, part, strict=False):
                results[number] = result
        for number in spread:
            results[number] = await self._everywhere(info, operations[number], options)
        return [result for result in results if result is not None]

    async def _everywhere(self, info: CollectionInfo, operation: Operation, options: dict[str, Any]) -> Result:
        """Run an operation on all shards; one of them has the document."""
        body = {"operations": [operation], "options": options}
        found = [part[0] for part in await self._ask_all(info, "execute", body, repeatable=operation["op"] == "read")]
        return next((item for item in found if item.get("error") != errors.DOCUMENT_NOT_FOUND), found[0])
