"""Cursors: running AQL and fetching its result in batches."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response, success

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_DEFAULT_BATCH = 1000
_DEFAULT_TTL_S = 30.0
_SWEEP_EVERY_S = 5.0


class Cursor:
    """The rest of a result; `expires_s` is on the monotonic clock."""

    def __init__(self, cursor_id: str, database: str, values: list[Any], batch_size: int, ttl_s: float) -> None:
        self.id = cursor_id
        self.database = database
        self.values = values
        self.batch_size = batch_size
        self.ttl_s = ttl_s
        self.position = 0
        self.batch_number = 0
        self.total: int | None = None
        self.extra: dict[str, Any] = {}
        self.allow_retry = False
        self.last_body: dict[str, Any] = {}
        self.expires_s = time.monotonic() + ttl_s

    def next_batch(self) -> dict[str, Any]:
        """Return the body of the next batch."""
        batch = self.values[self.position : self.position + self.batch_size]
        self.position += len(batch)
        self.batch_number += 1
        has_more = self.position < len(self.values)
        body: dict[str, Any] = {"result": batch, "hasMore": has_more, "cached": False, "extra": self.extra}
        if has_more or self.allow_retry:
            body["id"] = self.id
        if has_more and self.allow_retry:
            body["nextBatchId"] = str(self.batch_number + 1)
        if self.total is not None:
            body["count"] = self.total
        self.expires_s = time.monotonic() + self.ttl_s
        self.last_body = body
        return body

    @property
    def finished(self) -> bool:
        """True when all values were handed out."""
        return self.position >= len(self.values)


class CursorApi:
    """Handlers below ``/_api/cursor``, and ``/_api/query``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._cursors: dict[str, Cursor] = {}
        self._ids = itertools.count(time.time_ns() // 1000)
        context.open_cursors = lambda: len(self._cursors)
        add = context.router.add
        add("POST", "/_api/cursor", self.create)
        add("POST PUT", "/_api/cursor/*", self.next)
        add("POST", "/_api/cursor/*/*", self.batch)
        add("DELETE", "/_api/cursor/*", self.delete)
        add("POST", "/_api/query", self.parse)
        context.database_dropped.append(self._forget_database)
        self._sweeper: asyncio.Task[None] | None = None

    def _forget_database(self, database: str) -> None:
        """End the cursors of a database that was dropped."""
        for cursor in [cursor for cursor in self._cursors.values() if cursor.database == database]:
            del self._cursors[cursor.id]

    @staticmethod
    def _positive(body: dict[str, Any], name: str, default: float) -> float:
        value = body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise ArangoError(errors.BAD_PARAMETER, f"expecting a positive number for '{name}'")
        return float(value)

    async def create(self, request: Request) -> Response:
        """POST /_api/cursor."""
        from ..aql.executor import Executor

        body = request.json()
        if not isinstance(body, dict):
            raise ArangoError(errors.QUERY_EMPTY)
        text = body.get("query")
        if not isinstance(text, str) or not text.strip():
            raise ArangoError(errors.QUERY_EMPTY)
        bind = body.get("bindVars") or {}
        if not isinstance(bind, dict):
            raise ArangoError(errors.QUERY_BIND_PARAMETERS_INVALID)
        options = body.get("options") or {}
        if not isinstance(options, dict):
            raise ArangoError(errors.BAD_PARAMETER, "expecting an object for 'options'")
        batch_size = int(self._positive(body, "batchSize", _DEFAULT_BATCH))
        ttl_s = self._positive(body, "ttl", _DEFAULT_TTL_S)
        result = await Executor(self._context.backend_for(request), request.database, bind, options).run(text)
        cursor = Cursor(str(next(self._ids)), request.database, result.values, batch_size, ttl_s)
        cursor.extra = {"warnings": result.warnings, "stats": result.statistics}
        cursor.allow_retry = bool(options.get("allowRetry"))
        cursor.total = len(result.values) if body.get("count") else None
        first = cursor.next_batch()
        if not cursor.finished or cursor.allow_retry:
            self._cursors[cursor.id] = cursor
            if self._sweeper is None:
                self._sweeper = self._context.spawn(self._sweep())
        return success(201, first)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY_S)
            now = time.monotonic()
            for cursor in [cursor for cursor in self._cursors.values() if cursor.expires_s < now]:
                del self._cursors[cursor.id]

    def _cursor(self, request: Request, cursor_id: str) -> Cursor:
        cursor = self._cursors.get(cursor_id)
        if cursor is None or cursor.database != request.database or cursor.expires_s < time.monotonic():
            raise ArangoError(errors.CURSOR_NOT_FOUND)
        return cursor

    async def next(self, request: Request, cursor_id: str) -> Response:
        """POST or PUT /_api/cursor/{id}: the next batch."""
        cursor = self._cursor(request, cursor_id)
        body = cursor.next_batch()
        if cursor.finished and not cursor.allow_retry:
            del self._cursors[cursor.id]
        return success(200, body)

    async def batch(self, request: Request, cursor_id: str, batch: str) -> Response:
        """POST /_api/cursor/{id}/{batch}: a batch by number; the last one again when ``allowRetry`` is set."""
        cursor = self._cursor(request, cursor_id)
        if batch == str(cursor.batch_number) and cursor.allow_retry:
            return success(200, cursor.last_body)
        if batch != str(cursor.batch_number + 1) or cursor.finished:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "batch id not found")
        return await self.next(request, cursor_id)

    async def delete(self, request: Request, cursor_id: str) -> Response:
        """DELETE /_api/cursor/{id}."""
        cursor = self._cursor(request, cursor_id)
        del self._cursors[cursor.id]
        return success(202, {"id": cursor.id})

    async def parse(self, request: Request) -> Response:
        """POST /_api/query: parse only."""
        from ..aql.parser import parse_query

        text = request.json_object().get("query")
        if not isinstance(text, str) or not text.strip():
            raise ArangoError(errors.QUERY_EMPTY)
        parsed = parse_query(text)
        return json_response(200, {"error": False, "code": 200, "parsed": True, "collections": [],
                                   "bindVars": sorted(parsed.bind_names), "ast": []})  # fmt: skip
