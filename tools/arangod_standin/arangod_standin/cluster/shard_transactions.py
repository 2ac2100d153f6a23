"""A dbserver's part in transactions: coordinators begin them at the first use of a shard, and end them.

Writes of a transaction are evaluated while no other write of the shard is under way, and lock what they write. The
commit of a shard is one batch of its leader, replicated like every other: all of it or nothing.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import FAILED
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import ServerContext
    from ..http.message import Request
    from ..storage.collection import Effect
    from ..storage.transaction_collection import TransactionCollection
    from .agency_client import AgencyCache
    from .shard_backend import ShardBackend
    from .shard_leader import ShardLeader

# A coordinator that still needs a transaction says so every minute; what nobody speaks of is aborted.
_IDLE_TIMEOUT_S = 180.0
_SWEEP_EVERY_S = 1.0
_LEADING_TIMEOUT_S = 5.0
_REMEMBERED = 10_000


def _work_of(effects: list[Effect]) -> Callable[[], tuple[None, list[Effect]]]:
    return lambda: (None, effects)


class ShardTransaction:
    """One transaction on this dbserver; `leaders` are those that led its shards when it came to them."""

    def __init__(self, transaction: Transaction, coordinator: str, reboot_id: int) -> None:
        self.transaction = transaction
        self.coordinator = coordinator
        self.reboot_id = reboot_id
        self.leaders: dict[str, ShardLeader] = {}
        self.begun = asyncio.Lock()
        self.has_snapshot = False
        self.used_s = time.monotonic()

    async def begin(self) -> None:
        """Take the snapshot at the first use."""
        async with self.begun:
            if not self.has_snapshot:
                await self.transaction.begin()
                self.has_snapshot = True

    def is_orphan(self) -> bool:
        """Say whether one of the shards is not led here any more: then the transaction cannot go on."""
        return any(leader.stopped or leader.resigning for leader in self.leaders.values())


class ShardTransactions:
    """The transactions that coordinators have begun on this dbserver, by id."""

    def __init__(self, context: ServerContext, backend: ShardBackend, cache: AgencyCache) -> None:
        self._context = context
        self._cache = cache
        self._backend = backend
        self._transactions: dict[str, ShardTransaction] = {}
        self._ended: dict[str, None] = {}
        self._sweeper: asyncio.Task[None] | None = None
        for action in ("trx-lock", "trx-check", "trx-commit", "trx-abort"):
            handler = getattr(self, action.replace("-", "_"))
            context.router.add("POST", f"/_internal/shard/{action}", handler)

    # -- use ---------------------------------------------------------------------------------------------------------
    def _find(self, transaction_id: str) -> ShardTransaction:
        found = self._transactions.get(transaction_id)
        if found is not None and found.is_orphan():
            self._drop(transaction_id)
            found = None
        if found is None:
            raise ArangoError(errors.TRANSACTION_NOT_FOUND, f"transaction '{transaction_id}' not found")
        found.used_s = time.monotonic()
        return found

    def _drop(self, transaction_id: str) -> None:
        found = self._transactions.pop(transaction_id, None)
        if found is not None:
            found.transaction.abort()
        self._remember(transaction_id)

    def _remember(self, transaction_id: str) -> None:
        """Let no late request begin a transaction again that has ended."""
        self._ended[transaction_id] = None
        while len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    async def _enter(self, body: dict[str, Any]) -> tuple[ShardTransaction, ShardLeader]:
        """Return the transaction and the leader of the shard a request is about."""
        named = body["trx"]
        leader = self._backend.leader(body["shard"])
        await leader.wait_leading(_LEADING_TIMEOUT_S)
        if named["known"] or named["id"] in self._ended or named["id"] in self._transactions:
            one = self._find(named["id"])
        else:
            engine = self._backend.engine
            transaction = Transaction(engine, max_bytes=named["maxBytes"], lock_timeout_s=named["lockTimeout"])
            one = ShardTransaction(transaction, *named["coordinator"])
            self._transactions[named["id"]] = one
            if self._sweeper is None:
                self._sweeper = self._context.spawn(self._sweep())
        if one.leaders.setdefault(body["shard"], leader) is not leader:
            self._drop(named["id"])
            raise ArangoError(errors.TRANSACTION_NOT_FOUND, "the shard was led by another server meanwhile")
        return one, leader

    async def readable(self, body: dict[str, Any]) -> TransactionCollection:
        """Return a shard as a transaction sees it."""
        one, leader = await self._enter(body)
        await one.begin()
        return one.transaction.view(leader.copy.stored)

    async def execute(self, body: dict[str, Any]) -> list[Any]:
        """Run document operations within a transaction."""
        operations, options = body["operations"], body["options"]
        if all(operation["op"] == "read" for operation in operations):
            return (await self.readable(body)).evaluate(operations, options)
        one, leader = await self._writing(body)
        async with leader.lock:
            self._find(body["trx"]["id"])
            return one.transaction.execute(leader.copy.stored, operations, options)

    async def truncate(self, body: dict[str, Any]) -> None:
        """Remove all documents of a shard that a transaction sees."""
        one, leader = await self._writing(body)
        async with leader.lock:
            self._find(body["trx"]["id"])
            one.transaction.view(leader.copy.stored).remove_all()

    async def _writing(self, body: dict[str, Any]) -> tuple[ShardTransaction, ShardLeader]:
        one, leader = await self._enter(body)
        await one.transaction.lock(leader.copy.stored, exclusive=False)
        await one.begin()
        return one, leader

    # -- routes ------------------------------------------------------------------------------------------------------
    async def trx_lock(self, request: Request) -> Response:
        """Hold a shard exclusively, before the transaction's snapshot is taken."""
        body = request.json()
        one, leader = await self._enter(body)
        await one.transaction.lock(leader.copy.stored, exclusive=True)
        # writes that were let in before are done when this one is
        await leader.enqueue(lambda: (None, []), synced=False)
        return json_response(200, {})

    async def trx_check(self, request: Request) -> Response:
        """Say that transactions are still needed. Raises ArangoError 1655 when one of them is not there."""
        for transaction_id in request.json()["ids"]:
            self._find(transaction_id)
        return json_response(200, {})

    async def trx_commit(self, request: Request) -> Response:
        """Store what a transaction changed on the shards led here; each shard's part is all or nothing."""
        body = request.json()
        one = self._find(body["id"])
        if not one.leaders.keys() >= set(body["shards"]):
            # this server was started again in the middle and does not have everything
            self._drop(body["id"])
            raise ArangoError(errors.TRANSACTION_NOT_FOUND)
        synced = bool(body["synced"]) or one.transaction.synced
        parts = []
        for shard, leader in one.leaders.items():
            effects = one.transaction.effects_of(leader.copy.stored)
            if effects:
                wanted = synced or bool(leader.view.collection.get("waitForSync"))
                parts.append((shard, leader.enqueue(_work_of(effects), wanted, alone=True)))
        outcome = await asyncio.gather(*[part for _, part in parts], return_exceptions=True)
        failed = [error for error in outcome if isinstance(error, BaseException)]
        self._transactions.pop(body["id"], None)
        self._remember(body["id"])
        one.transaction.finish(committed=not failed)
        if failed:
            raise failed[0]
        return json_response(200, {"shards": [shard for shard, _ in parts]})

    async def trx_abort(self, request: Request) -> Response:
        """Drop what a transaction changed here."""
        self._drop(request.json()["id"])
        return json_response(200, {})

    def _is_forgotten(self, one: ShardTransaction) -> bool:
        """Say whether the coordinator that began a transaction is dead, or was started again since."""
        health = self._cache.get(f"/arango/Supervision/Health/{one.coordinator}/Status")
        reboot_id = self._cache.get(f"/arango/Current/ServersKnown/{one.coordinator}/rebootId", one.reboot_id)
        return health == FAILED or int(reboot_id) != one.reboot_id

    # -- old ones ----------------------------------------------------------------------------------------------------
    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY_S)
            now = time.monotonic()
            for transaction_id, one in list(self._transactions.items()):
                if one.is_orphan() or self._is_forgotten(one) or now - one.used_s > _IDLE_TIMEOUT_S:
                    self._drop(transaction_id)
