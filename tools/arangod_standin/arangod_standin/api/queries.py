"""AQL without running it, and the queries that run: ``/_api/explain``, ``/_api/query``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..permissions import is_admin

if TYPE_CHECKING:
    from ..aql.service import QueryService
    from ..context import ServerContext
    from ..http.message import Request

_TRUE = ("true", "yes", "on", "1", "y")
_SYSTEM = "_system"


class QueryApi:
    """Handlers below ``/_api/explain`` and ``/_api/query``."""

    def __init__(self, context: ServerContext) -> None:
        from ..aql.service import service_of

        self._context = context
        self._service: QueryService = service_of(context)
        add = context.router.add
        add("POST", "/_api/explain", self.explain)
        add("POST", "/_api/query", self.parse)
        add("GET", "/_api/query/rules", self.rules)
        add("GET", "/_api/query/properties", self.properties)
        add("PUT", "/_api/query/properties", self.change_properties)
        add("GET", "/_api/query/current", self.current)
        add("GET", "/_api/query/slow", self.slow)
        add("DELETE", "/_api/query/slow", self.clear_slow)
        add("DELETE", "/_api/query/*", self.kill)

    # -- without running ---------------------------------------------------------------------------------------------
    async def explain(self, request: Request) -> Response:
        """POST /_api/explain: what would be done."""
        from ..aql.executor import Executor
        from ..aql.explain import PlanShow
        from ..aql.rules import APPLIED
        from ..aql.service import QueryRequest

        wanted = QueryRequest(request.json())
        backend = self._context.backend_for(request)
        executor = Executor(backend, request.database, wanted.bind, wanted.options, request.user)
        executor.prepare(wanted.text)
        result = executor.result
        counts = await self._service.counts(backend, request.database, result)
        plan = PlanShow(request.database, counts).show(result)
        stats: dict[str, Any] = {
            "rulesExecuted": len(APPLIED), "rulesSkipped": 0, "plansCreated": 1,
            "peakMemoryUsage": executor.context.peak_memory_bytes, "executionTime": sum(result.stages.values()),
        }  # fmt: skip
        if wanted.profile:
            stats["rules"] = dict.fromkeys(result.rules, 0.0)
        body: dict[str, Any] = {"warnings": result.warnings, "stats": stats}
        if wanted.options.get("allPlans"):
            body["plans"] = [plan]
        else:
            body["plan"] = plan
            body["cacheable"] = result.is_deterministic and not result.modifies
        return success(200, body)

    async def parse(self, request: Request) -> Response:
        """POST /_api/query: check the syntax only."""
        from ..aql.explain import collections_of
        from ..aql.expression_show import show_query
        from ..aql.parser import parse_query

        text = request.json_object().get("query")
        if not isinstance(text, str) or not text.strip():
            raise ArangoError(errors.QUERY_EMPTY)
        parsed = parse_query(text)
        return success(200, {
            "parsed": True, "collections": sorted(collections_of(parsed.query)),
            "bindVars": sorted(parsed.bind_names), "ast": [show_query(parsed.query)],
        })  # fmt: skip

    async def rules(self, request: Request) -> Response:
        """GET /_api/query/rules."""
        from ..aql.rules import listed

        return json_response(200, listed())

    # -- what runs ---------------------------------------------------------------------------------------------------
    def _scope(self, request: Request) -> str | None:
        """Return the database whose queries a request is about, None for all. Raises ArangoError 403/11."""
        if request.parameters.get("all", "").lower() not in _TRUE:
            return request.database
        if not (request.superuser or (request.database == _SYSTEM and is_admin(self._context, request))):
            raise ArangoError(errors.FORBIDDEN, "listing all queries is for administrators in '_system' only")
        return None

    async def properties(self, request: Request) -> Response:
        """GET /_api/query/properties."""
        return success(200, dict(self._service.registry.properties))

    async def change_properties(self, request: Request) -> Response:
        """PUT /_api/query/properties."""
        self._service.registry.change(request.json_object())
        return success(200, dict(self._service.registry.properties))

    async def current(self, request: Request) -> Response:
        """GET /_api/query/current: the running queries."""
        return json_response(200, self._service.registry.running(self._scope(request)))

    async def slow(self, request: Request) -> Response:
        """GET /_api/query/slow: the slow queries of late."""
        return json_response(200, self._service.registry.slow(self._scope(request)))

    async def clear_slow(self, request: Request) -> Response:
        """DELETE /_api/query/slow."""
        self._service.registry.clear_slow(self._scope(request))
        return success(200, {})

    async def kill(self, request: Request, query_id: str) -> Response:
        """DELETE /_api/query/{id}."""
        self._service.registry.kill(query_id, self._scope(request))
        return success(200, {})
