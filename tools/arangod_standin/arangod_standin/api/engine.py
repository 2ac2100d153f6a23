"""The storage engine: ``/_api/engine``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.message import Response, json_response

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_INDEXES = ("primary", "edge", "geo", "mdi", "mdi-prefixed", "persistent", "ttl", "inverted", "vector")
_ALIASES = {"hash": "persistent", "skiplist": "persistent", "rocksdb": "persistent", "zkd": "mdi"}


class EngineApi:
    """Handlers below ``/_api/engine``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET", "/_api/engine", self.engine)
        context.router.add("GET", "/_api/engine/stats", self.statistics)

    async def engine(self, request: Request) -> Response:
        """GET /_api/engine; the name is what drivers expect, the ``standin`` member says what it is."""
        indexes = list(_INDEXES)
        if self._context.settings.family < (4, 0):
            indexes.insert(2, "fulltext")
        supports: dict[str, object] = {"indexes": indexes, "aliases": {"indexes": _ALIASES}}
        return json_response(200, {"name": "rocksdb", "supports": supports, "standin": "sqlite"})

    async def statistics(self, request: Request) -> Response:
        """GET /_api/engine/stats; on coordinators that of each dbserver would be asked, here it is the plan's."""
        from ..observe.deployment import deployment_figures

        figures = deployment_figures(self._context)
        return json_response(200, {"standin.engine": "sqlite", "cache.limit": 0, "cache.allocated": 0,
                                   "engine.throttle.bps": 0, "background-errors": 0, **figures})  # fmt: skip
