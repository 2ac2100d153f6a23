"""The write-ahead log, as far as clients can ask about it: the stand-in keeps no log of operations to replay."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response
from .replication import utc_now

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from ..storage.engine import Engine


class WalApi:
    """Handlers below ``/_api/wal`` and ``/_admin/wal``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET", "/_api/wal/range", self.range)
        add("GET", "/_api/wal/lastTick", self.last_tick)
        add("GET PUT", "/_api/wal/tail", self.tail)
        add("PUT", "/_admin/wal/flush", self.flush)
        if context.settings.family < (4, 0):
            add("GET PUT", "/_admin/wal/properties", self.not_implemented)
            add("GET", "/_admin/wal/transactions", self.not_implemented)

    def _engine(self) -> Engine:
        """Return the engine. Raises ArangoError 9 on coordinators, which have none."""
        engine: Engine | None = getattr(self._context.require_backend(), "engine", None)
        if engine is None:
            raise ArangoError(errors.NOT_IMPLEMENTED, "coordinators have no write-ahead log")
        return engine

    def _server(self) -> dict[str, Any]:
        return {"version": self._context.settings.arangodb_version, "serverId": self._context.server_id}

    async def range(self, request: Request) -> Response:
        """GET of the ticks that are there."""
        tick = str(self._engine().next_tick())
        return json_response(200, {"time": utc_now(), "tickMin": tick, "tickMax": tick, "server": self._server()})

    async def last_tick(self, request: Request) -> Response:
        """GET of the newest tick."""
        tick = str(self._engine().next_tick())
        return json_response(200, {"time": utc_now(), "tick": tick, "server": self._server()})

    async def tail(self, request: Request) -> Response:
        """GET of the operations after a tick: none are kept, and the answer says that older ones are missing."""
        tick = self._engine().next_tick()
        since = request.parameters.get("from", "0")
        present = since.isdigit() and int(since) >= tick
        headers = [
            ("X-Arango-Replication-Checkmore", "false"),
            ("X-Arango-Replication-Frompresent", "true" if present else "false"),
            ("X-Arango-Replication-Lastincluded", "0"),
            ("X-Arango-Replication-Lastscanned", str(tick)),
            ("X-Arango-Replication-Lasttick", str(tick)),
        ]
        return Response(204, b"", headers, "application/x-arango-dump; charset=utf-8")

    async def flush(self, request: Request) -> Response:
        """PUT: everything acknowledged so far is on disk afterwards, on a coordinator on all dbservers."""
        if self._context.role != "COORDINATOR":
            await self._engine().committed(synced=True)
            return json_response(200, {"error": False, "code": 200})
        ask = self._context.ask_server
        assert ask is not None
        backend = self._context.require_backend()
        servers = {
            server
            for database in backend.database_names()
            for info in backend.collections(database)
            for planned in info.properties["shards"].values()
            for server in planned
        }
        answers = await asyncio.gather(
            *[ask(server.lstrip("_"), "PUT", "/_admin/wal/flush", {}) for server in sorted(servers)]
        )
        failed = [status for status, _ in answers if status != 200]
        if failed:
            raise ArangoError(errors.CLUSTER_BACKEND_UNAVAILABLE, "not all dbservers have flushed their data")
        return json_response(200, {"error": False, "code": 200})

    async def not_implemented(self, request: Request) -> Response:
        """Refuse what ArangoDB refuses, too, since it has only RocksDB."""
        raise ArangoError(errors.NOT_IMPLEMENTED)
