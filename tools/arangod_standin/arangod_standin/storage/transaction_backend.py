"""The backend of a single server within a transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import Backend, TransactionalBackend
from ..errors import ArangoError
from .local_backend import LocalBackend
from .snapshot import snapshots_of
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from ..backend import CollectionInfo, TransactionOptions
    from .collection import StoredCollection
    from .operations import Operation, Result


class LocalTransactionBackend(LocalBackend, TransactionalBackend):
    """Reads and writes documents through a transaction; everything else goes past it."""

    def __init__(self, backend: LocalBackend, options: TransactionOptions) -> None:
        super().__init__(backend.catalog)
        self._options = options
        self.transaction = Transaction(
            backend.engine, max_bytes=options.max_bytes, lock_timeout_s=options.lock_timeout_s
        )
        self.transaction.synced = options.wait_for_sync

    @classmethod
    async def begin(cls, backend: LocalBackend, options: TransactionOptions) -> LocalTransactionBackend:
        """Return the backend within a new transaction. Raises ArangoError 1203, 18."""
        made = cls(backend, options)
        try:
            await made.lock()
            await made.transaction.begin()
        except BaseException:
            made.transaction.abort()
            raise
        return made

    @property
    def writes(self) -> bool:
        """True when the transaction may write at all."""
        return bool(self._options.write or self._options.exclusive)

    async def lock(self) -> None:
        """Lock the collections that will be written. Raises ArangoError 1203, 18."""
        options = self._options
        for name in options.read:
            self.collection(options.database, name)
        wanted: dict[str, tuple[StoredCollection, bool]] = {}
        for names, exclusive in ((options.write, False), (options.exclusive, True)):
            for name in names:
                stored = self.stored(self.collection(options.database, name))
                wanted[stored.id] = (stored, exclusive)
        # always in the same order, so that no two transactions wait for each other
        for _, (stored, exclusive) in sorted(wanted.items(), key=lambda item: item[0]):
            await self.transaction.lock(stored, exclusive=exclusive)

    async def commit(self) -> None:
        """Store all changes. Raises ArangoError 4 when the storage cannot take them."""
        try:
            await self.transaction.commit()
        except (sqlite3.Error, OSError) as error:
            raise ArangoError(errors.INTERNAL, f"storage error: {error}") from None

    async def abort(self) -> None:
        """Drop all changes."""
        self.transaction.abort()

    # -- inside ------------------------------------------------------------------------------------------------------
    def readable(self, info: CollectionInfo) -> StoredCollection:
        """Return the transaction's view of a collection."""
        return self.transaction.view(self.stored(info))

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations; what they change is stored by the commit."""
        return self.transaction.execute(self.stored(info), operations, options)

    async def truncate(self, info: CollectionInfo) -> None:
        """Remove all documents the transaction sees."""
        self.transaction.view(self.stored(info)).remove_all()

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """A query within the transaction uses the transaction."""
        return nullcontext(self)


@asynccontextmanager
async def implicit_transaction(backend: LocalBackend, options: TransactionOptions) -> AsyncIterator[Backend]:
    """Commit at the end of the context, abort when it ends with an exception."""
    scope = LocalTransactionBackend(backend, options)
    try:
        await scope.lock()
        if scope.writes:
            async with snapshots_of(backend.engine).beginning:
                await scope.transaction.begin()
                # let others begin, too
                await asyncio.sleep(0)
        else:
            await scope.transaction.begin()
        yield scope
        if scope.writes:
            await scope.commit()
    finally:
        await scope.abort()
