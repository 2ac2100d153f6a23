"""Runs one query on one database: parse, plan, execute, and tell what happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .parser import parse_query
from .pipeline import Pipeline
from .planner import Planner
from .query_context import QueryContext
from .reading import Reader
from .writing import Writer

if TYPE_CHECKING:
    from ..backend import Backend
    from .parser import ParsedQuery
    from .steps import Plan
    from .streaming import Sink

_STAGES = (
    "initializing", "parsing", "optimizing ast", "loading collections", "instantiating plan", "optimizing plan",
    "instantiating executors", "executing", "finalizing",
)  # fmt: skip
_LEAST_S = 1e-9


class QueryResult:
    """What a query gave: values, warnings and statistics; its plan, and the time of each stage if it was profiled."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.warnings: list[dict[str, Any]] = []
        self.modifies = False
        self.cached = False
        self.plan_cache_key: str | None = None
        self.is_deterministic = True
        self.plan: Plan | None = None
        self.rules: list[str] = []
        self.collections: list[tuple[str, str]] = []
        self.stages: dict[str, float] = {}
        self.statistics: dict[str, Any] = {
            "writesExecuted": 0, "writesIgnored": 0, "documentLookups": 0, "seeks": 0, "scannedFull": 0,
            "scannedIndex": 0, "cursorsCreated": 0, "cursorsRearmed": 0, "cacheHits": 0, "cacheMisses": 0,
            "filtered": 0, "httpRequests": 0, "executionTime": 0.0, "peakMemoryUsage": 0, "intermediateCommits": 0,
        }  # fmt: skip

    @property
    def full_count(self) -> int | None:
        """How many rows there were before the last LIMIT, if the query asked for that."""
        found: int | None = self.statistics.get("fullCount")
        return found


def check_bind(names: frozenset[str], bind: dict[str, Any]) -> None:
    """Raise ArangoError 1551 for a missing and 1552 for an undeclared bind parameter, 1553 for one of a wrong type."""
    for name in sorted(names):
        if name not in bind:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_MISSING, f"no value specified for declared bind parameter '{name}'"
            )
        if name.startswith("@") and not isinstance(bind[name], str):
            raise ArangoError(errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '{name}' has an invalid value or type")
    for name in sorted(bind):
        if name not in names:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_UNDECLARED, f"bind parameter '{name}' was not declared in the query"
            )


class Executor:
    """Executes one query on one database; `context` tells its state while it runs."""

    def __init__(  # noqa: PLR0917 - who asks what, and where the answer goes
        self,
        backend: Backend,
        database: str,
        bind: dict[str, Any],
        options: dict[str, Any],
        user: str = "",
        result: QueryResult | None = None,
    ) -> None:
        self.context = QueryContext(options)
        self.result = result if result is not None else QueryResult()
        self.reader = Reader(backend, database, self.context, self.result.statistics, user)
        self._database = database
        self._bind = bind
        self._options = options
        self._started_s = self._stage_s = time.perf_counter()
        self._planner: Planner | None = None

    def _enter(self, stage: str) -> None:
        now_s = time.perf_counter()
        self.result.stages[self.context.state] = max(now_s - self._stage_s, _LEAST_S)
        self._stage_s = now_s
        self.context.state = stage

    async def run(self, text: str) -> QueryResult:
        """Parse, check and execute. Raises ArangoError."""
        self.prepare(text)
        return await self.execute()

    async def execute(self, sink: Sink | None = None) -> QueryResult:
        """Execute what was prepared; values go to the sink, if there is one. Raises ArangoError."""
        assert self.result.plan is not None
        try:
            await self._execute(self.result.plan, sink)
        except ArangoError as error:
            raise self._told(error) from None
        except RecursionError:
            raise ArangoError(errors.QUERY_TOO_MUCH_NESTING) from None
        return self.result

    def prepare(self, text: str) -> Plan:
        """Parse, check and plan. Raises ArangoError for everything that is wrong before a query runs."""
        try:
            self._enter("parsing")
            parsed = parse_query(text)
            self._enter("optimizing ast")
            check_bind(parsed.bind_names, self._bind)
            self._enter("optimizing plan")
            return self._planned(parsed)
        except ArangoError as error:
            raise self._told(error, "parsing") from None
        except RecursionError:
            raise ArangoError(errors.QUERY_TOO_MUCH_NESTING) from None

    def _planned(self, parsed: ParsedQuery) -> Plan:
        planner = self._planner = Planner(self._bind, self.context, self.reader.info)
        plan = planner.plan(parsed.query)
        writes = [planner.compiler.collection_of(clause.collection) for clause in parsed.modifications]
        for name in planner.compiler.collections:
            self.reader.info(name)
        self.result.modifies = bool(writes)
        self.result.plan = plan
        self.result.rules = sorted({*planner.rules, *planner.compiler.rules})
        self.result.collections = sorted(
            (name, "write" if name in writes else "read") for name in planner.compiler.collections
        )
        self.result.warnings = self.context.warnings
        self.result.is_deterministic = parsed.is_repeatable
        return plan

    def _told(self, error: ArangoError, stage: str | None = None) -> ArangoError:
        """Return an error whose text says that AQL raised it and when, as ArangoDB's does."""
        self.context.state = "killed" if error.error_num == errors.QUERY_KILLED else self.context.state
        if error.message.startswith(("AQL: ", "arangod-standin: ")):
            return error
        during = stage or "executing"
        return ArangoError(
            error.error_num, f"AQL: {error.message} (while {during})", status=error.status, extra=error.extra
        )

    async def _execute(self, plan: Plan, sink: Sink | None) -> None:
        writes = [name for name, access in self.result.collections if access == "write"]
        reads = [name for name, access in self.result.collections if access == "read"]
        assert self._planner is not None
        exclusive = sorted(self._planner.writes.exclusive)
        pipeline = Pipeline(
            self.context, self.reader, Writer(self.reader, self.result.statistics), self.result.statistics
        )
        self._enter("executing")
        scope = self.reader.backend.query_scope(
            self._database, read=reads, write=[name for name in writes if name not in exclusive], exclusive=exclusive
        )
        async with scope as backend:
            self.reader.use(backend)
            self.result.values = await pipeline.run(plan, {}, sink)
            self._enter("finalizing")
        statistics = self.result.statistics
        if pipeline.full_count is not None:
            statistics["fullCount"] = pipeline.full_count
        statistics["peakMemoryUsage"] = self.context.peak_memory_bytes
        statistics["executionTime"] = time.perf_counter() - self._started_s
        self._enter("finished")
