"""Removing documents whose time is over: the background sweep of ttl indexes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import IndexRange
from ..errors import ArangoError

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from .local_backend import LocalBackend

_BATCH = 1000
_DAY_S = 86_400
# Members of /_api/ttl/properties with the type of their value.
_PROPERTIES: dict[str, type] = {"active": bool, "frequency": int, "maxTotalRemoves": int, "maxCollectionRemoves": int,
                                "onlyLoadedCollections": bool}  # fmt: skip


def expiry_s(value: Any) -> float | None:
    """Return the moment (seconds since 1970) that an indexed value names, None for a value that is no moment."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value if value >= 0 else None
    if isinstance(value, str):
        from ..aql.functions.date_values import parse_date

        moment_ms = parse_date(value)
        return None if moment_ms is None else moment_ms / 1000
    return None


class TtlSweeper:
    """Sweeps the collections of one server, one after the other, every `frequency` milliseconds."""

    def __init__(self, context: ServerContext, backend: LocalBackend) -> None:
        self._context = context
        self._backend = backend
        settings = context.settings
        self.properties: dict[str, Any] = {
            "active": True,
            "frequency": settings.integer("ttl.frequency", 30_000),
            "maxTotalRemoves": settings.integer("ttl.max-total-removes", 1_000_000),
            "maxCollectionRemoves": settings.integer("ttl.max-collection-removes", 100_000),
            "onlyLoadedCollections": settings.boolean("ttl.only-loaded-collection", True),
        }
        self.statistics = {"runs": 0, "documentsRemoved": 0, "limitReached": 0}
        self._changed = asyncio.Event()

    def change(self, changes: dict[str, Any]) -> None:
        """Change properties; a new frequency counts at once. Raises ArangoError 400/10."""
        for name, value in changes.items():
            wanted = _PROPERTIES.get(name)
            if wanted is None:
                continue
            negative = isinstance(value, int) and value < 0
            if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)) or negative:
                raise ArangoError(errors.BAD_PARAMETER, f"invalid value for '{name}': expected {wanted.__name__}")
            self.properties[name] = value
        self._changed.set()

    async def run(self) -> None:
        """Sweep until the server stops."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(max(self.properties["frequency"], 1) / 1000):
                    await self._changed.wait()
                continue
            except TimeoutError:
                pass
            if self.properties["active"] and self._context.is_open and not self._context.read_only:
                try:
                    await self.sweep()
                except (ArangoError, OSError) as error:
                    # the next round tries again
                    self._context.journal.warning("1a442", "ttl", f"cannot remove expired documents: {error}")

    async def sweep(self) -> None:
        """Remove what has expired, as far as the limits go."""
        self.statistics["runs"] += 1
        left = self.properties["maxTotalRemoves"]
        for database in self._backend.database_names():
            for info in self._backend.collections(database):
                for index in info.properties.get("indexes", []):
                    if index["type"] == "ttl" and left > 0 and self._backend.may_expire(info):
                        left -= await self._sweep(info, index, min(left, self.properties["maxCollectionRemoves"]))

    async def _sweep(self, info: CollectionInfo, index: dict[str, Any], limit: int) -> int:
        latest = time.time() - index["expireAfter"]
        day_after = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(max(latest, 0) + _DAY_S))
        # texts are compared as texts only to leave out what is far in the future
        ranges = [IndexRange([], (0,), (latest,)), IndexRange([], ("",), (day_after,))]
        found = await self._backend.lookup(info, index, ranges)
        over = [document for document in found if self._is_over(document, index, latest)]
        removed = 0
        for start in range(0, min(len(over), limit), _BATCH):
            operations = [
                # with the revision, since it may have been changed meanwhile
                {"op": "remove", "key": document["_key"], "rev": document["_rev"]}
                for document in over[start : min(start + _BATCH, limit)]
            ]
            results = await self._backend.execute(info, operations, {})
            removed += sum("error" not in result for result in results)
        self.statistics["documentsRemoved"] += removed
        if len(over) > limit:
            self.statistics["limitReached"] += 1
        return removed

    @staticmethod
    def _is_over(document: dict[str, Any], index: dict[str, Any], latest: float) -> bool:
        from .sortkey import attribute

        moment = expiry_s(attribute(document, index["fields"][0]))
        return moment is not None and moment <= latest
