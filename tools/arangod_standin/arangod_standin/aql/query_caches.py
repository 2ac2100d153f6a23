"""The cache of query results, and the cache of plans: what they hold, for whom it is valid, and what is thrown out."""

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .query_context import estimated_bytes
from .query_registry import utc_text

if TYPE_CHECKING:
    from .executor import QueryResult

    # The version of each collection: id, number of documents, newest revision.
    Versions = tuple[tuple[str, str, int, str], ...]

_MODES = ("off", "on", "demand")
# Options that change a result or what is said about it; queries with them are cached apart from others.
_RELEVANT = ("fullCount", "maxWarningCount", "optimizer", "forceOneShardAttributeValue")
_MOST_PLANS = 128


def query_key(text: str, bind: dict[str, Any], options: dict[str, Any]) -> str:
    """Return what tells a query from others in a cache."""
    relevant = {name: options[name] for name in _RELEVANT if options.get(name)}
    return json.dumps([text, bind, relevant], sort_keys=True)


class CachedResult:
    """One result with the versions of the collections it was read from."""

    def __init__(self, text: str, bind: dict[str, Any], result: QueryResult, versions: Versions) -> None:
        self.text = text
        self.bind = bind
        self.result = result
        self.versions = versions
        self.started_s = time.time()
        self.hits = 0
        self.size_bytes = estimated_bytes(result.values)
        self.runtime_s = float(result.statistics.get("executionTime", 0.0))

    def show(self) -> dict[str, Any]:
        """Return what GET /_api/query-cache/entries says of it."""
        return {
            "hash": str(zlib.crc32(query_key(self.text, self.bind, {}).encode())), "query": self.text,
            "bindVars": self.bind, "size": self.size_bytes, "results": len(self.result.values),
            "started": utc_text(self.started_s), "hits": self.hits, "runTime": self.runtime_s,
            "dataSources": sorted(name for name, *_ in self.versions),
        }  # fmt: skip


class ResultCache:
    """Results by database and query; a result counts as long as its collections have not changed."""

    def __init__(self) -> None:
        self.properties: dict[str, Any] = {
            "mode": "off", "maxResults": 128, "maxResultsSize": 268_435_456, "maxEntrySize": 16_777_216,
            "includeSystem": False,
        }  # fmt: skip
        self._entries: dict[str, dict[str, CachedResult]] = {}

    def change(self, body: dict[str, Any]) -> None:
        """Set properties. Raises ArangoError 400 for bad values."""
        for name, value in body.items():
            if name not in self.properties:
                continue
            good = value in _MODES if name == "mode" else type(value) is type(self.properties[name])
            if not good:
                raise ArangoError(errors.HTTP_BAD_PARAMETER, f"'{name}' has no valid value: {value!r}")
            self.properties[name] = value
        if self.properties["mode"] == "off":
            self._entries.clear()

    def is_for(self, wanted: Any) -> bool:
        """Say whether a query may use the cache; `wanted` is its option ``cache``."""
        mode = self.properties["mode"]
        return (mode == "on" and wanted is not False) or (mode == "demand" and wanted is True)

    def get(self, database: str, key: str, versions: Versions) -> CachedResult | None:
        """Return a result that still holds."""
        entries = self._entries.get(database, {})
        found = entries.get(key)
        if found is None:
            return None
        if found.versions != versions:
            del entries[key]
            return None
        found.hits += 1
        return found

    def versions_of(self, database: str, key: str) -> Versions | None:
        """Return the versions a cached result was made from, None when there is no such result."""
        found = self._entries.get(database, {}).get(key)
        return found.versions if found is not None else None

    def put(self, database: str, key: str, entry: CachedResult) -> None:
        """Keep a result, unless it is too large; the oldest ones make room."""
        names = [name for name, *_ in entry.versions]
        if entry.size_bytes > self.properties["maxEntrySize"] or entry.result.warnings:
            return
        if any(name.startswith("_") for name in names) and not self.properties["includeSystem"]:
            return
        entries = self._entries.setdefault(database, {})
        entries.pop(key, None)
        entries[key] = entry
        total = sum(item.size_bytes for item in entries.values())
        while entries and (len(entries) > self.properties["maxResults"] or total > self.properties["maxResultsSize"]):
            total -= entries.pop(next(iter(entries))).size_bytes

    def entries(self, database: str) -> list[dict[str, Any]]:
        """Return the results kept for a database."""
        return [entry.show() for entry in self._entries.get(database, {}).values()]

    def clear(self, database: str) -> None:
        """Forget the results of a database."""
        self._entries.pop(database, None)


class CachedPlan:
    """A query whose plan is in use again and again."""

    def __init__(self, text: str, bind: dict[str, Any], options: dict[str, Any], sources: list[str]) -> None:
        self.text = text
        self.bind = bind
        self.full_count = bool(options.get("fullCount"))
        self.sources = sources
        self.created_s = time.time()
        self.hits = 0

    def show(self) -> dict[str, Any]:
        """Return what GET /_api/query-plan-cache says of it."""
        return {
            "hash": str(zlib.crc32(json.dumps([self.text, self.bind, self.full_count]).encode())),
            "query": self.text, "queryHash": zlib.crc32(self.text.encode()), "bindVars": self.bind,
            "fullCount": self.full_count, "dataSources": self.sources, "created": utc_text(self.created_s),
            "hits": self.hits, "memoryUsage": 1024 + 16 * len(self.text),
        }  # fmt: skip


class PlanCache:
    """The queries that asked for a cached plan (``usePlanCache``); their syntax trees are kept by the parser."""

    def __init__(self) -> None:
        self._plans: dict[str, dict[str, CachedPlan]] = {}

    def use(
        self, database: str, text: str, bind: dict[str, Any], options: dict[str, Any], sources: list[str]
    ) -> str | None:
        """Note a use of a plan; return its key if it was in the cache before."""
        named = {name: value for name, value in bind.items() if name.startswith("@")}
        key = query_key(text, named, options)
        plans = self._plans.setdefault(database, {})
        found = plans.pop(key, None)
        plan = found if found is not None else CachedPlan(text, named, options, sources)
        plans[key] = plan
        if len(plans) > _MOST_PLANS:
            del plans[next(iter(plans))]
        if found is None:
            return None
        found.hits += 1
        return str(zlib.crc32(key.encode()))

    def entries(self, database: str) -> list[dict[str, Any]]:
        """Return the plans of a database."""
        return [plan.show() for plan in self._plans.get(database, {}).values()]

    def clear(self, database: str) -> None:
        """Forget the plans of a database."""
        self._plans.pop(database, None)
