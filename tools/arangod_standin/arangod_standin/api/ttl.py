"""The background removal of expired documents: its properties and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from ..storage.ttl import TtlSweeper

_TIMEOUT_S = 10.0


class TtlApi:
    """Handlers below ``/_api/ttl``; a coordinator asks the dbservers, which do the work."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET PUT", "/_api/ttl/properties", self.properties)
        context.router.add("GET", "/_api/ttl/statistics", self.statistics)

    def _sweeper(self) -> TtlSweeper:
        sweeper: TtlSweeper | None = getattr(self._context.require_backend(), "sweeper", None)
        if sweeper is None:
            raise ArangoError(errors.STARTING_UP)
        return sweeper

    async def _ask_dbservers(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        peers = getattr(self._context.require_backend(), "peers")  # noqa: B009  (only clusters have peers)
        found = []
        for server in peers.cache.get("/arango/Current/DBServers", {}) or {}:
            status, _, answer = await peers.client.request(
                peers.endpoint_of(server), method, f"/_api/ttl/{path}", body, timeout_s=_TIMEOUT_S
            )
            if status >= 400:
                raise ArangoError(answer.get("errorNum", errors.INTERNAL), answer.get("errorMessage"), status=status)
            found.append(answer["result"])
        return found

    async def properties(self, request: Request) -> Response:
        """GET shows the properties, PUT changes them."""
        self._context.backend_for(request).database(request.database)
        body = request.json_object() if request.method == "PUT" else None
        if self._context.role == "COORDINATOR":
            found = await self._ask_dbservers(request.method, "properties", body)
            return success(200, {"result": found[0] if found else {}})
        sweeper = self._sweeper()
        if body is not None:
            sweeper.change(body)
        return success(200, {"result": sweeper.properties})

    async def statistics(self, request: Request) -> Response:
        """GET /statistics: runs, removed documents, how often a limit was reached."""
        if self._context.role == "COORDINATOR":
            found = await self._ask_dbservers("GET", "statistics")
            names = ("runs", "documentsRemoved", "limitReached")
            return success(200, {"result": {name: sum(item[name] for item in found) for name in names}})
        return success(200, {"result": self._sweeper().statistics})
