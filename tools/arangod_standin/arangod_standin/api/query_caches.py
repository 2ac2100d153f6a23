"""The caches of query results and of plans: ``/_api/query-cache``, ``/_api/query-plan-cache``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.message import Response, json_response, success

if TYPE_CHECKING:
    from ..aql.service import QueryService
    from ..context import ServerContext
    from ..http.message import Request


class QueryCacheApi:
    """Handlers of both caches; each database has its own entries, the properties are the server's."""

    def __init__(self, context: ServerContext) -> None:
        from ..aql.service import service_of

        self._service: QueryService = service_of(context)
        add = context.router.add
        add("GET", "/_api/query-cache/entries", self.entries)
        add("DELETE", "/_api/query-cache", self.clear)
        add("GET", "/_api/query-cache/properties", self.properties)
        add("PUT", "/_api/query-cache/properties", self.change_properties)
        add("GET", "/_api/query-plan-cache", self.plans)
        add("DELETE", "/_api/query-plan-cache", self.clear_plans)

    async def entries(self, request: Request) -> Response:
        """GET /_api/query-cache/entries."""
        return json_response(200, self._service.results.entries(request.database))

    async def clear(self, request: Request) -> Response:
        """DELETE /_api/query-cache."""
        self._service.results.clear(request.database)
        return success(200, {})

    async def properties(self, request: Request) -> Response:
        """GET /_api/query-cache/properties."""
        return json_response(200, self._service.results.properties)

    async def change_properties(self, request: Request) -> Response:
        """PUT /_api/query-cache/properties."""
        self._service.results.change(request.json_object())
        return json_response(200, self._service.results.properties)

    async def plans(self, request: Request) -> Response:
        """GET /_api/query-plan-cache."""
        return json_response(200, self._service.plans.entries(request.database))

    async def clear_plans(self, request: Request) -> Response:
        """DELETE /_api/query-plan-cache."""
        self._service.plans.clear(request.database)
        return success(200, {})
