"""Dump batches: one state of a database, kept for a client that reads it piece by piece."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .. import errors
from ..backend import TransactionOptions
from ..errors import ArangoError
from ..storage.reader import documents_text
from ..storage.transaction_backend import LocalTransactionBackend

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..storage.local_backend import LocalBackend

_ROWS = 1000


class DumpPiece:
    """Part of a collection: documents as JSON lines, and whether more follow."""

    __slots__ = ("lines", "more", "position")

    def __init__(self, lines: list[str], *, more: bool, position: int) -> None:
        self.lines = lines
        self.more = more
        self.position = position


class DumpBatch:
    """A snapshot that ends when its client does not come back for `ttl_s` seconds."""

    def __init__(self, batch_id: str, database: str, snapshot: LocalTransactionBackend, ttl_s: float) -> None:
        self.id = batch_id
        self.database = database
        self.snapshot = snapshot
        self.ttl_s = ttl_s
        self.timer: asyncio.TimerHandle | None = None
        self._positions: dict[str, int] = {}

    async def read(self, collection: str, chunk_bytes: int) -> DumpPiece:
        """Return the next documents of a collection, about `chunk_bytes` of them. Raises ArangoError 1203."""
        info = self.snapshot.collection(self.database, collection)
        reader = self.snapshot.transaction.view(self.snapshot.stored(info)).base
        position = self._positions.get(info.id, 0)
        lines: list[str] = []
        size, more = 0, True
        while more and size < chunk_bytes:
            rows = reader.rows_after(position, _ROWS)
            more = len(rows) == _ROWS
            for row in rows:
                text = documents_text(info.name + "/", [row[1:]])[1:-1]
                lines.append(text)
                position, size = row[0], size + len(text)
                if size >= chunk_bytes:
                    more = more or row is not rows[-1]
                    break
            await asyncio.sleep(0)
        self._positions[info.id] = position
        return DumpPiece(lines, more=more, position=position)


class DumpBatches:
    """The batches of one server."""

    def __init__(self, context: ServerContext, backend: LocalBackend) -> None:
        self._context = context
        self._backend = backend
        self._batches: dict[str, DumpBatch] = {}

    async def begin(self, database: str, ttl_s: float) -> DumpBatch:
        """Take a snapshot of the present state."""
        self._backend.database(database)
        snapshot = await LocalTransactionBackend.begin(self._backend, TransactionOptions(database, [], [], []))
        batch = DumpBatch(str(self._backend.engine.next_tick()), database, snapshot, ttl_s)
        self._batches[batch.id] = batch
        self._prolong(batch)
        return batch

    def get(self, batch_id: str, ttl_s: float | None = None) -> DumpBatch:
        """Return a batch and let its time begin anew. Raises ArangoError 1600."""
        batch = self._batches.get(batch_id)
        if batch is None:
            raise ArangoError(errors.CURSOR_NOT_FOUND, f"dump batch '{batch_id}' not found")
        batch.ttl_s = batch.ttl_s if ttl_s is None else ttl_s
        self._prolong(batch)
        return batch

    async def end(self, batch_id: str) -> None:
        """Give up a batch and its snapshot. Raises ArangoError 1600."""
        batch = self.get(batch_id)
        del self._batches[batch_id]
        if batch.timer is not None:
            batch.timer.cancel()
        await batch.snapshot.abort()

    def _prolong(self, batch: DumpBatch) -> None:
        if batch.timer is not None:
            batch.timer.cancel()
        loop = asyncio.get_running_loop()
        batch.timer = loop.call_later(batch.ttl_s, lambda: self._context.spawn(self._expire(batch.id)))

    async def _expire(self, batch_id: str) -> None:
        if batch_id in self._batches:
            await self.end(batch_id)
