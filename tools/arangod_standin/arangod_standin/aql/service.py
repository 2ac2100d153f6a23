"""Queries of this server as the API wants them: checked requests, tracked, cached, with what ``extra`` holds."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .executor import Executor, QueryResult
from .explain import PlanShow
from .query_caches import CachedResult, PlanCache, ResultCache, query_key
from .query_registry import QueryRegistry
from .streaming import ResultStream

if TYPE_CHECKING:
    from ..backend import Backend
    from ..context import ServerContext
    from .query_caches import Versions
    from .query_registry import TrackedQuery
    from .streaming import Sink

_MEMORY_SHARE = 0.4
_FROM_BODY = ("memoryLimit", "cache", "fullCount")


def _default_memory_limit() -> int:
    """Return the share of the machine's memory that one query may take unless an option says otherwise."""
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _MEMORY_SHARE)


class QueryRequest:
    """What a client asks: text, bind parameters, options. Raises ArangoError 1502, 1550, 10 for a bad body."""

    def __init__(self, body: Any) -> None:
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
        self.text = text
        self.bind: dict[str, Any] = bind
        self.options: dict[str, Any] = dict(options)
        self.in_transaction = False
        for name in _FROM_BODY:
            if name in body and name not in options:
                self.options[name] = body[name]

    @property
    def profile(self) -> int:
        """How much of a profile is wanted: 0, 1 (stages) or 2 (plan and nodes, too)."""
        value = self.options.get("profile", 0)
        return int(value) if isinstance(value, (bool, int, float)) else 0

    @property
    def is_stream(self) -> bool:
        """True when the client wants to fetch the result as it is computed."""
        return bool(self.options.get("stream"))


class QueryService:
    """One for each server; `service_of` makes it with the first query."""

    def __init__(self, context: ServerContext) -> None:
        self.registry = QueryRegistry(context.own_id)
        self.results = ResultCache()
        self.plans = PlanCache()
        self._context = context
        settings = context.settings
        threshold_s = settings.number("query.slow-threshold", 10.0)
        self.registry.properties.update({
            "enabled": settings.boolean("query.tracking", True),
            "trackSlowQueries": settings.boolean("query.tracking-slow-queries", True),
            "trackBindVars": settings.boolean("query.tracking-with-bindvars", True),
            "slowQueryThreshold": int(threshold_s) if threshold_s.is_integer() else threshold_s,
        })  # fmt: skip
        self.results.properties["mode"] = settings.string("query.cache-mode", "off")
        self.results.properties["maxResults"] = settings.integer("query.cache-entries", 128)
        # what --query.memory-limit, --query.max-runtime and --query.fail-on-warning say for queries that do not
        self._defaults: dict[str, Any] = {
            "memoryLimit": settings.number("query.memory-limit", _default_memory_limit()),
            "maxRuntime": settings.number("query.max-runtime", 0),
            "failOnWarning": settings.boolean("query.fail-on-warning", False),
        }
        self._overrides_memory = settings.boolean("query.memory-limit-override", True)
        context.gauges["arangodb_aql_current_query"] = lambda: len(self.registry.running(None))

    def _complete(self, options: dict[str, Any]) -> None:
        """Add to a request's options what the server's options say."""
        for name, value in self._defaults.items():
            options.setdefault(name, value)
        most = self._defaults["memoryLimit"]
        if most and not self._overrides_memory:
            options["memoryLimit"] = min(options["memoryLimit"] or most, most)

    async def run(self, backend: Backend, database: str, user: str, wanted: QueryRequest) -> QueryResult:
        """Run a query. Raises ArangoError."""
        self._complete(wanted.options)
        key = query_key(wanted.text, wanted.bind, wanted.options)
        cached = await self._cached(backend, database, key, wanted)
        if cached is not None:
            return cached
        result = await self._tracked(backend, database, user, wanted, None)
        await self._keep(backend, database, key, wanted, result)
        return result

    def stream(
        self, backend: Backend, database: str, user: str, wanted: QueryRequest, ahead: int
    ) -> tuple[ResultStream, QueryResult]:
        """Begin a query whose values are taken while it runs, at most `ahead` values before its reader."""
        result = QueryResult()
        self._complete(wanted.options)

        async def run(sink: Sink) -> None:
            await self._tracked(backend, database, user, wanted, (sink, result, ahead))

        return ResultStream(self._context, run, ahead), result

    async def _tracked(
        self,
        backend: Backend,
        database: str,
        user: str,
        wanted: QueryRequest,
        streamed: tuple[Sink, QueryResult, int] | None,
    ) -> QueryResult:
        """Run a query that the lists of queries show."""
        tracked = self.registry.begin(database, user, wanted.text, wanted.bind)
        exit_code = errors.INTERNAL
        try:
            result = streamed[1] if streamed is not None else QueryResult()
            executor = Executor(backend, database, wanted.bind, wanted.options, user, result)
            tracked.context = executor.context
            tracked.is_stream = wanted.is_stream
            if streamed is not None:
                executor.context.batch_rows = min(executor.context.batch_rows, streamed[2] + 1)
            executor.prepare(wanted.text)
            tracked.modifies = result.modifies
            self._note_plan(database, wanted, result)
            await executor.execute(streamed[0] if streamed is not None else None)
            exit_code = 0
            return result
        except ArangoError as error:
            exit_code = error.error_num
            raise await self._told(backend, database, error) from None
        except asyncio.CancelledError:
            # its cursor was deleted or ran out of time
            exit_code = errors.QUERY_KILLED
            raise
        finally:
            if self.registry.end(tracked, exit_code):
                self._log_slow(tracked)

    def _log_slow(self, query: TrackedQuery) -> None:
        kind = "slow streaming query" if query.is_stream else "slow query"
        shown = query.show(int(self.registry.properties["maxQueryStringLength"]), with_bind=False, finished=True)
        self._context.journal.warning(
            "8bcee", "queries",
            f"{kind}: '{shown['query']}', database: {query.database}, user: {query.user}, id: {query.id}, token: QRY"
            f"{query.id}, peak memory usage: {shown['peakMemoryUsage']}, exit code: {query.exit_code}, took:"
            f" {query.runtime_s:.6f} s",
        )  # fmt: skip

    @staticmethod
    async def _told(backend: Backend, database: str, error: ArangoError) -> ArangoError:
        """Return an error; for a user function that is defined, that nothing can run it."""
        name = re.search(r"unknown function '([\w:]+)\(\)'", error.message)
        if error.error_num != errors.QUERY_FUNCTION_NAME_UNKNOWN or name is None or "::" not in name[1]:
            return error
        try:
            info = backend.collection(database, "_aqlfunctions")
        except ArangoError:
            return error
        if not await backend.scan(info, key=name[1]):
            return error
        return ArangoError(
            errors.NOT_IMPLEMENTED, f"arangod-standin: there is no JavaScript engine to run the function '{name[1]}'"
        )

    def _note_plan(self, database: str, wanted: QueryRequest, result: QueryResult) -> None:
        if not wanted.options.get("usePlanCache"):
            return
        if result.modifies or wanted.profile > 1:
            raise ArangoError(errors.QUERY_NOT_ELIGIBLE_FOR_PLAN_CACHING)
        sources = [name for name, _ in result.collections]
        result.plan_cache_key = self.plans.use(database, wanted.text, wanted.bind, wanted.options, sources)

    # -- the cache of results ----------------------------------------------------------------------------------------
    async def _versions(self, backend: Backend, database: str, names: list[str]) -> Versions:
        found = []
        for name in names:
            info = backend.collection(database, name)
            statistics = await backend.statistics(info)
            found.append((name, info.id, int(statistics["count"]), str(statistics["revision"])))
        return tuple(found)

    def _may_cache(self, backend: Backend, wanted: QueryRequest) -> bool:
        return (
            self.results.is_for(wanted.options.get("cache")) and not backend.is_cluster and not wanted.is_stream
            and not wanted.in_transaction
        )  # fmt: skip

    async def _cached(self, backend: Backend, database: str, key: str, wanted: QueryRequest) -> QueryResult | None:
        if not self._may_cache(backend, wanted):
            return None
        versions = self.results.versions_of(database, key)
        if versions is None:
            return None
        try:
            now = await self._versions(backend, database, [name for name, *_ in versions])
        except ArangoError as error:
            if error.error_num != errors.DATA_SOURCE_NOT_FOUND:
                raise
            now = ()
        found = self.results.get(database, key, now)
        if found is None:
            return None
        result = QueryResult()
        result.values = found.result.values
        result.cached = True
        return result

    async def _keep(self, backend: Backend, database: str, key: str, wanted: QueryRequest, result: QueryResult) -> None:
        if result.modifies or not result.is_deterministic or not self._may_cache(backend, wanted):
            return
        versions = await self._versions(backend, database, [name for name, _ in result.collections])
        self.results.put(database, key, CachedResult(wanted.text, wanted.bind, result, versions))

    # -- what is told about a query ----------------------------------------------------------------------------------
    async def extra(self, backend: Backend, database: str, wanted: QueryRequest, result: QueryResult) -> dict[str, Any]:
        """Return the member ``extra`` of a cursor."""
        if result.cached:
            return {}
        shown: dict[str, Any] = {"warnings": result.warnings, "stats": result.statistics}
        if wanted.profile:
            shown["profile"] = result.stages
        if wanted.profile > 1:
            show = PlanShow(database, await self.counts(backend, database, result))
            shown["plan"] = show.show(result)
            result.statistics["nodes"] = show.profile
        return shown

    async def counts(self, backend: Backend, database: str, result: QueryResult) -> dict[str, int]:
        """Return the numbers of documents of a query's collections."""
        found = {}
        for name, _ in result.collections:
            statistics = await backend.statistics(backend.collection(database, name))
            found[name] = int(statistics["count"])
        return found


def service_of(context: ServerContext) -> QueryService:
    """Return the query service of a server; the first call makes it."""
    if context.queries is None:
        context.queries = QueryService(context)
    return context.queries
