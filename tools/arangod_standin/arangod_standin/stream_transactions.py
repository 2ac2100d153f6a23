"""Stream transactions: those that clients begin, use over several requests (``x-arango-trx-id``) and end.

The registry is the same on single servers and coordinators; what a transaction does is up to the backend.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from . import errors
from .backend import Backend
from .errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from .backend import CollectionInfo, IndexRange, TransactionalBackend, TransactionOptions
    from .context import ServerContext
    from .http.message import Request
    from .storage.operations import Operation, Result

RUNNING = "running"
COMMITTED = "committed"
ABORTED = "aborted"
_DEFAULT_IDLE_TIMEOUT_S = 60.0
# How long, and how many, ended transactions can still be asked for.
_REMEMBERED_S = 600.0
_REMEMBERED = 10_000


class StreamTransaction:
    """One transaction of a client; times are on the monotonic clock."""

    def __init__(
        self, transaction_id: str, user: str, options: TransactionOptions, backend: TransactionalBackend
    ) -> None:
        self.id = transaction_id
        self.user = user
        self.options = options
        self.backend = backend
        self.status = RUNNING
        self.used_s = time.monotonic()
        self.in_use = 0
        self._ending = asyncio.Lock()
        self.on_end: Callable[[str], None] = lambda status: None

    async def commit(self) -> None:
        """Commit; a second commit changes nothing. Raises ArangoError 1653 after an abort."""
        async with self._ending:
            if self.status == ABORTED:
                raise ArangoError(errors.TRANSACTION_DISALLOWED_OPERATION, "transaction was already aborted")
            if self.status == RUNNING:
                try:
                    await self.backend.commit()
                except BaseException:
                    self._end(ABORTED)
                    raise
                self._end(COMMITTED)

    async def abort(self) -> None:
        """Abort; a second abort changes nothing. Raises ArangoError 1653 after a commit."""
        async with self._ending:
            if self.status == COMMITTED:
                raise ArangoError(errors.TRANSACTION_DISALLOWED_OPERATION, "transaction was already committed")
            if self.status == RUNNING:
                self._end(ABORTED)
                await self.backend.abort()

    def _end(self, status: str) -> None:
        self.status = status
        self.on_end(status)
        self.used_s = time.monotonic()

    # -- use ---------------------------------------------------------------------------------------------------------
    def use(self) -> None:
        """Note that the transaction is needed. Raises ArangoError 1655 when it has ended."""
        if self.status != RUNNING:
            raise ArangoError(errors.TRANSACTION_NOT_FOUND, f"transaction '{self.id}' not found")
        self.used_s = time.monotonic()

    def check(self, name: str, *, write: bool) -> None:
        """Raise ArangoError 1652 for a collection that was not declared."""
        self.use()
        options = self.options
        if name in options.write or name in options.exclusive:
            return
        if write:
            raise ArangoError(
                errors.TRANSACTION_UNREGISTERED_COLLECTION,
                f"unregistered collection used in transaction: {name} [write]",
            )
        if name not in options.read and not options.allow_implicit:
            raise ArangoError(
                errors.TRANSACTION_UNREGISTERED_COLLECTION,
                f"unregistered collection used in transaction: {name} [read]",
            )


class TransactionRegistry:
    """The transactions of one server that clients know."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._transactions: dict[str, StreamTransaction] = {}
        settings = context.settings
        self._idle_timeout_s = settings.number("transaction.streaming-idle-timeout", _DEFAULT_IDLE_TIMEOUT_S)
        self._sweeper: asyncio.Task[None] | None = None
        context.ongoing["transactions"] = lambda: self.running_count
        self._counts = {"started": 0, COMMITTED: 0, ABORTED: 0}
        for name in self._counts:
            context.gauges[f"arangodb_transactions_{name}_total"] = partial(self._counts.__getitem__, name)

    async def begin(self, user: str, options: TransactionOptions) -> StreamTransaction:
        """Begin a transaction. Raises ArangoError 1203, 18."""
        backend = self._context.require_backend()
        number = int(await backend.transaction_id())
        inside = await backend.begin_transaction(options)
        made = StreamTransaction(self._context.own_id(number), user, options, inside)
        made.on_end = self._count
        self._count("started")
        self._transactions[made.id] = made
        if self._sweeper is None:
            self._sweeper = self._context.spawn(self._sweep())
        return made

    def _count(self, event: str) -> None:
        self._counts[event] += 1

    def find(self, transaction_id: str, request: Request) -> StreamTransaction:
        """Return a transaction of the request's user. Raises ArangoError 10 for a bad id, 1655 for an unknown one."""
        if not transaction_id.isdigit():
            raise ArangoError(errors.BAD_PARAMETER, "illegal transaction ID")
        found = self._transactions.get(transaction_id)
        if found is None or not self._is_of(found, request):
            raise ArangoError(errors.TRANSACTION_NOT_FOUND, f"transaction '{transaction_id}' not found")
        return found

    @staticmethod
    def _is_of(transaction: StreamTransaction, request: Request) -> bool:
        mine = request.superuser or transaction.user == request.user
        return mine and transaction.options.database == request.database

    def running(self, request: Request) -> list[StreamTransaction]:
        """Return the running transactions of the request's user in its database."""
        found = self._transactions.values()
        return [one for one in found if one.status == RUNNING and self._is_of(one, request)]

    @property
    def running_count(self) -> int:
        """How many transactions run, whoever's they are."""
        return sum(one.status == RUNNING for one in self._transactions.values())

    def view(self, request: Request) -> Backend:
        """Return the backend within the transaction that the request names."""
        found = self.find(request.headers["x-arango-trx-id"].strip().partition(" ")[0], request)
        found.use()
        return DeclaredBackend(found)

    # -- old ones ----------------------------------------------------------------------------------------------------
    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._idle_timeout_s / 4))
            await self.sweep()

    async def sweep(self) -> None:
        """Abort what was not used for too long, forget what ended long ago."""
        now = time.monotonic()
        for one in list(self._transactions.values()):
            idle_s = now - one.used_s
            if one.status == RUNNING:
                if idle_s > self._idle_timeout_s and not one.in_use:
                    self._context.journal.info("6fbaf", "transactions", f"garbage-collecting idle transaction {one.id}")
                    await one.abort()
            elif idle_s > _REMEMBERED_S or len(self._transactions) > _REMEMBERED:
                del self._transactions[one.id]


def registry_of(context: ServerContext) -> TransactionRegistry:
    """Return the server's stream transactions; made at the first need."""
    if context.transactions is None:
        context.transactions = TransactionRegistry(context)
    return context.transactions


class DeclaredBackend(Backend):
    """The backend within a stream transaction, as far as its collections were declared at the beginning."""

    def __init__(self, transaction: StreamTransaction) -> None:
        self._transaction = transaction
        self._inner = transaction.backend
        self.is_cluster = self._inner.is_cluster

    def __getattr__(self, name: str) -> Any:
        # what only one kind of backend has, such as the plan of a coordinator
        return getattr(self._inner, name)

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations within the transaction. Raises ArangoError 1652."""
        self._transaction.check(info.name, write=any(operation["op"] != "read" for operation in operations))
        return await self._inner.execute(info, operations, options)

    async def truncate(self, info: CollectionInfo) -> None:
        """Remove all documents within the transaction. Raises ArangoError 1652."""
        self._transaction.check(info.name, write=True)
        await self._inner.truncate(info)

    async def statistics(self, info: CollectionInfo) -> dict[str, Any]:
        """Return the figures as the transaction sees them. Raises ArangoError 1652."""
        self._transaction.check(info.name, write=False)
        return await self._inner.statistics(info)

    async def scan(
        self, info: CollectionInfo, *, key: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return documents as the transaction sees them. Raises ArangoError 1652."""
        self._transaction.check(info.name, write=False)
        return await self._inner.scan(info, key=key, limit=limit)

    async def lookup(
        self,
        info: CollectionInfo,
        index: dict[str, Any],
        ranges: list[IndexRange],
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Look up documents as the transaction sees them. Raises ArangoError 1652."""
        self._transaction.check(info.name, write=False)
        return await self._inner.lookup(info, index, ranges, descending=descending, limit=limit)

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """A query within the transaction uses the transaction. Raises ArangoError 1652."""
        for names, writes in ((read, False), ((*write, *exclusive), True)):
            for name in names:
                self._transaction.check(name, write=writes)
        return self._used()

    @asynccontextmanager
    async def _used(self) -> AsyncIterator[Backend]:
        self._transaction.in_use += 1
        try:
            yield self
        finally:
            self._transaction.in_use -= 1
            self._transaction.used_s = time.monotonic()


def _delegate(name: str) -> Any:
    def method(self: DeclaredBackend, *arguments: Any, **named: Any) -> Any:
        return getattr(self._inner, name)(*arguments, **named)

    return method


# The rest of the contract goes past the transaction, also what is added to it later.
for _name, _member in list(vars(Backend).items()):
    if callable(_member) and not _name.startswith("__") and _name not in vars(DeclaredBackend):
        setattr(DeclaredBackend, _name, _delegate(_name))
