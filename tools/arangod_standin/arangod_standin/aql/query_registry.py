"""The queries that run on this server now, and the slow ones of late."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .query_context import QueryContext


def utc_text(seconds: float) -> str:
    """Return a time as ArangoDB writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class TrackedQuery:
    """One query: what it asks, for whom, and how it goes."""

    def __init__(self, number: str, database: str, user: str, text: str, bind: dict[str, Any]) -> None:
        self.id = number
        self.database = database
        self.user = user
        self.text = text
        self.bind = bind
        self.context: QueryContext | None = None
        self.modifies = False
        self.is_stream = False
        self.exit_code = 0
        self.started_s = time.time()
        self._began_s = time.monotonic()
        self._took_s: float | None = None

    @property
    def runtime_s(self) -> float:
        """How long the query has run, or ran."""
        return self._took_s if self._took_s is not None else time.monotonic() - self._began_s

    def finish(self, exit_code: int) -> None:
        """Note the end of the query with its error number, 0 for success."""
        self.exit_code = exit_code
        self._took_s = self.runtime_s

    def show(self, longest: int, *, with_bind: bool, finished: bool) -> dict[str, Any]:
        """Return what the lists of queries say of it."""
        text = self.text if len(self.text) <= longest else self.text[:longest] + "..."
        shown: dict[str, Any] = {
            "id": self.id, "database": self.database, "user": self.user, "query": text,
            "bindVars": self.bind if with_bind else {}, "started": utc_text(self.started_s),
            "runTime": self.runtime_s,
            "peakMemoryUsage": self.context.peak_memory_bytes if self.context is not None else 0,
            "state": "finished" if finished else self.context.state if self.context is not None else "initializing",
            "stream": self.is_stream, "modificationQuery": self.modifies,
            "warnings": len(self.context.warnings) if self.context is not None else 0,
        }  # fmt: skip
        if finished:
            shown["exitCode"] = self.exit_code
        return shown


class QueryRegistry:
    """Keeps track of queries as far as the tracking properties say; `own_id` makes ids of numbers."""

    def __init__(self, own_id: Callable[[int], str]) -> None:
        self.properties: dict[str, Any] = {
            "enabled": True, "trackSlowQueries": True, "trackBindVars": True, "maxSlowQueries": 64,
            "slowQueryThreshold": 10, "slowStreamingQueryThreshold": 10, "maxQueryStringLength": 4096,
        }  # fmt: skip
        self._own_id = own_id
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._running: dict[str, TrackedQuery] = {}
        self._slow: list[TrackedQuery] = []

    def change(self, body: dict[str, Any]) -> None:
        """Set tracking properties. Raises ArangoError 400 for values of a wrong type."""
        for name, value in body.items():
            if name not in self.properties:
                continue
            wanted = bool if isinstance(self.properties[name], bool) else (int, float)
            if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):
                raise ArangoError(errors.HTTP_BAD_PARAMETER, f"'{name}' has a value of a wrong type")
            self.properties[name] = value

    def begin(self, database: str, user: str, text: str, bind: dict[str, Any]) -> TrackedQuery:
        """Note that a query begins; whoever calls this calls `end` in any case."""
        FAILURE_POINTS.check("QueryList::insert")
        query = TrackedQuery(self._own_id(next(self._numbers)), database, user, text, bind)
        if self.properties["enabled"]:
            self._running[query.id] = query
        return query

    def end(self, query: TrackedQuery, exit_code: int) -> bool:
        """Note that a query has ended, in the list of slow queries if it was one; say whether it was."""
        query.finish(exit_code)
        self._running.pop(query.id, None)
        if not self.properties["enabled"]:
            return False
        limit = self.properties["slowStreamingQueryThreshold" if query.is_stream else "slowQueryThreshold"]
        if not self.properties["trackSlowQueries"] or query.runtime_s < limit:
            return False
        most = int(self.properties["maxSlowQueries"])
        self._slow = [*self._slow, query][-most:] if most > 0 else []
        return True

    def _of(self, queries: list[TrackedQuery], database: str | None) -> Iterator[TrackedQuery]:
        return (query for query in queries if database is None or query.database == database)

    def _show(self, queries: list[TrackedQuery], database: str | None, *, finished: bool) -> list[dict[str, Any]]:
        longest, with_bind = int(self.properties["maxQueryStringLength"]), bool(self.properties["trackBindVars"])
        return [query.show(longest, with_bind=with_bind, finished=finished) for query in self._of(queries, database)]

    def running(self, database: str | None) -> list[dict[str, Any]]:
        """Return the running queries of a database, or of all."""
        return self._show(list(self._running.values()), database, finished=False)

    def slow(self, database: str | None) -> list[dict[str, Any]]:
        """Return the slow queries of a database, or of all."""
        return self._show(self._slow, database, finished=True)

    def clear_slow(self, database: str | None) -> None:
        """Forget the slow queries of a database, or of all."""
        self._slow = [query for query in self._slow if database is not None and query.database != database]

    def kill(self, number: str, database: str | None) -> None:
        """End a running query. Raises ArangoError 1591 when there is none with this id."""
        query = self._running.get(number)
        if query is None or (database is not None and query.database != database):
            raise ArangoError(errors.QUERY_NOT_FOUND, f"query ID '{number}' not found")
        if query.context is not None:
            query.context.killed.set()
