"""Cursors: running AQL and fetching its result in batches."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success

if TYPE_CHECKING:
    from ..aql.streaming import ResultStream
    from ..context import ServerContext
    from ..http.message import Request

_DEFAULT_BATCH = 1000
_DEFAULT_TTL_S = 30.0
_SWEEP_EVERY_S = 1.0


class Cursor:
    """What is left of a result; `expires_s` is on the monotonic clock.

    The values are there, or come from a `stream`. With `allow_retry` the last batch can be had again until the cursor
    is deleted.
    """

    def __init__(self, cursor_id: str, request: Request, batch_size: int, ttl_s: float) -> None:
        self.id = cursor_id
        self.database = request.database
        self.user = request.user
        self.batch_size = batch_size
        self.ttl_s = ttl_s
        self.values: list[Any] = []
        self.stream: ResultStream | None = None
        self.total: int | None = None
        self.extra: dict[str, Any] = {}
        self.cached = False
        self.plan_cache_key: str | None = None
        self.allow_retry = False
        self.is_busy = False
        self.batch_number = 0
        self.last_body: dict[str, Any] = {}
        self.expires_s = time.monotonic() + ttl_s
        self._position = 0

    async def next_batch(self) -> dict[str, Any]:
        """Return the body of the next batch. Raises ArangoError 1601 when somebody else waits for it."""
        if self.is_busy:
            raise ArangoError(errors.CURSOR_BUSY)
        self.is_busy = True
        try:
            if self.stream is not None:
                batch = await self.stream.take(self.batch_size)
            else:
                batch = self.values[self._position : self._position + self.batch_size]
                self._position += len(batch)
        finally:
            self.is_busy = False
        self.batch_number += 1
        has_more = not self.finished
        body: dict[str, Any] = {"result": batch, "hasMore": has_more, "cached": self.cached, "extra": self.extra}
        if has_more:
            body["id"] = self.id
            body["nextBatchId"] = str(self.batch_number + 1)
        if self.total is not None:
            body["count"] = self.total
        if self.plan_cache_key is not None:
            body["planCacheKey"] = self.plan_cache_key
        self.last_body = body
        self.touch()
        return body

    def touch(self) -> None:
        """Let the time to live begin anew."""
        self.expires_s = time.monotonic() + self.ttl_s

    def close(self) -> None:
        """End the query, if it still runs."""
        if self.stream is not None:
            self.stream.close()

    @property
    def finished(self) -> bool:
        """True when all values were handed out."""
        return self.stream.finished if self.stream is not None else self._position >= len(self.values)


class CursorApi:
    """Handlers below ``/_api/cursor``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._cursors: dict[str, Cursor] = {}
        self._ids = itertools.count(time.time_ns() // 1_000_000)
        self._sweeper: asyncio.Task[None] | None = None
        context.open_cursors = lambda: len(self._cursors)
        context.database_dropped.append(self._forget)
        add = context.router.add
        add("POST", "/_api/cursor", self.create)
        add("POST", "/_api/cursor/*", self.next)
        if context.settings.family < (4, 0):
            add("PUT", "/_api/cursor/*", self.next)
        add("POST", "/_api/cursor/*/*", self.batch)
        add("DELETE", "/_api/cursor/*", self.delete)

    def _forget(self, database: str) -> None:
        for cursor in [cursor for cursor in self._cursors.values() if cursor.database == database]:
            self._remove(cursor)

    def _remove(self, cursor: Cursor) -> None:
        self._cursors.pop(cursor.id, None)
        cursor.close()

    @staticmethod
    def _positive(body: dict[str, Any], name: str, default: float) -> float:
        value = body.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise ArangoError(errors.BAD_PARAMETER, f"expecting a positive number for '{name}'")
        return float(value)

    async def create(self, request: Request) -> Response:
        """POST /_api/cursor."""
        # imported with the first query: most servers of a cluster never see one
        from ..aql.service import QueryRequest, service_of

        body = request.json()
        wanted = QueryRequest(body)
        wanted.in_transaction = "x-arango-trx-id" in request.headers
        batch_size = int(max(self._positive(body, "batchSize", _DEFAULT_BATCH), 1))
        ttl_s = self._positive(body, "ttl", _DEFAULT_TTL_S)
        service = service_of(self._context)
        backend = self._context.backend_for(request)
        cursor = Cursor(self._context.own_id(next(self._ids)), request, batch_size, ttl_s)
        cursor.allow_retry = bool(wanted.options.get("allowRetry"))
        if wanted.is_stream:
            cursor.stream, result = service.stream(backend, request.database, request.user, wanted, batch_size)
            cursor.extra = {"stats": result.statistics}
        else:
            result = await service.run(backend, request.database, request.user, wanted)
            cursor.values = result.values
            cursor.cached = result.cached
            cursor.extra = await service.extra(backend, request.database, wanted, result)
            cursor.plan_cache_key = result.plan_cache_key
            cursor.total = len(result.values) if body.get("count") else None
        try:
            first = await cursor.next_batch()
            cursor.extra.setdefault("warnings", result.warnings)
        except BaseException:
            cursor.close()
            raise
        if not cursor.finished:
            self._cursors[cursor.id] = cursor
            if self._sweeper is None or self._sweeper.done():
                self._sweeper = self._context.spawn(self._sweep())
        return success(201, first)

    async def _sweep(self) -> None:
        """Remove cursors that nobody asked for; ends with the last one."""
        while self._cursors:
            await asyncio.sleep(_SWEEP_EVERY_S)
            now = time.monotonic()
            for cursor in [cursor for cursor in self._cursors.values() if cursor.expires_s < now]:
                if not cursor.is_busy:
                    self._remove(cursor)

    def _cursor(self, request: Request, cursor_id: str) -> Cursor:
        cursor = self._cursors.get(cursor_id)
        own = cursor is not None and cursor.database == request.database
        if cursor is None or not own or (cursor.expires_s < time.monotonic() and not cursor.is_busy):
            raise ArangoError(errors.CURSOR_NOT_FOUND)
        if not request.superuser and cursor.user != request.user:
            raise ArangoError(errors.CURSOR_NOT_FOUND)
        return cursor

    async def next(self, request: Request, cursor_id: str) -> Response:
        """POST or PUT /_api/cursor/{id}: the next batch."""
        cursor = self._cursor(request, cursor_id)
        if cursor.finished:
            # kept for repetition only
            raise ArangoError(errors.CURSOR_NOT_FOUND)
        try:
            body = await cursor.next_batch()
        except ArangoError as error:
            if error.error_num != errors.CURSOR_BUSY:
                self._remove(cursor)
            raise
        if cursor.finished and not cursor.allow_retry:
            self._remove(cursor)
        return success(200, body)

    async def batch(self, request: Request, cursor_id: str, batch: str) -> Response:
        """POST /_api/cursor/{id}/{batch}: a batch by number; the last one again when ``allowRetry`` is set."""
        cursor = self._cursor(request, cursor_id)
        if batch == str(cursor.batch_number) and cursor.allow_retry:
            cursor.touch()
            return success(200, cursor.last_body)
        if batch != str(cursor.batch_number + 1) or cursor.finished:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "batch id not found")
        return await self.next(request, cursor_id)

    async def delete(self, request: Request, cursor_id: str) -> Response:
        """DELETE /_api/cursor/{id}."""
        cursor = self._cursor(request, cursor_id)
        self._remove(cursor)
        return success(202, {"id": cursor.id})
