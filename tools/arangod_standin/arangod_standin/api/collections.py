"""Collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..storage.properties import BASIC, public_properties

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request

_CHANGEABLE = ("waitForSync", "cacheEnabled", "schema", "computedValues", "replicationFactor", "writeConcern",
               "minReplicationFactor")  # fmt: skip


class CollectionApi:
    """Handlers below ``/_api/collection``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET POST", "/_api/collection", self.collections)
        add("GET DELETE", "/_api/collection/*", self.collection)
        add("GET PUT", "/_api/collection/*/properties", self.properties)
        add("GET", "/_api/collection/*/count", self.count)
        add("GET", "/_api/collection/*/figures", self.figures)
        add("GET", "/_api/collection/*/revision", self.revision)
        add("GET", "/_api/collection/*/checksum", self.checksum)
        add("GET", "/_api/collection/*/shards", self.shards)
        add("PUT", "/_api/collection/*/truncate", self.truncate)
        add("PUT", "/_api/collection/*/rename", self.rename)
        add("PUT", "/_api/collection/*/recalculateCount", self.count)
        add("PUT", "/_api/collection/*/compact", self.basic)
        add("PUT", "/_api/collection/*/load", self.basic)
        add("PUT", "/_api/collection/*/unload", self.basic)
        add("PUT", "/_api/collection/*/loadIndexesIntoMemory", self.load_indexes)
        add("PUT", "/_api/collection/*/responsibleShard", self.responsible_shard)

    def _info(self, request: Request, name: str) -> CollectionInfo:
        return self._context.backend_for(request).collection(request.database, name)

    @staticmethod
    def _full(info: CollectionInfo) -> dict[str, Any]:
        return public_properties(info.properties, info.id, info.name)

    def _basic(self, info: CollectionInfo) -> dict[str, Any]:
        full = self._full(info)
        return {name: full[name] for name in BASIC if name in full}

    async def collections(self, request: Request) -> Response:
        """GET lists, POST creates."""
        if request.method == "POST":
            info = await self._context.backend_for(request).create_collection(
                request.database, request.json_object(), request.parameters
            )
            return success(200, self._full(info))
        skip_system = request.flag("excludeSystem")
        found = self._context.backend_for(request).collections(request.database)
        return success(200, {"result": [self._basic(info) for info in found if not (skip_system and info.is_system)]})

    async def collection(self, request: Request, name: str) -> Response:
        """GET shows, DELETE drops."""
        info = self._info(request, name)
        if request.method == "GET":
            return success(200, self._basic(info))
        if info.is_system and not request.flag("isSystem"):
            raise ArangoError(errors.FORBIDDEN)
        from ..graph.store import check_droppable

        await check_droppable(self._context.backend_for(request), request.database, info.name)
        await self._context.backend_for(request).drop_collection(info)
        return success(200, {"id": info.id})

    async def properties(self, request: Request, name: str) -> Response:
        """GET and PUT /properties."""
        info = self._info(request, name)
        if request.method == "PUT":
            body = request.json_object()
            if body.get("schema") or body.get("computedValues"):
                raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: schema and computedValues")
            changes = {key: body[key] for key in _CHANGEABLE if key in body}
            if changes:
                info = await self._context.backend_for(request).change_properties(info, changes)
        return success(200, self._full(info))

    async def count(self, request: Request, name: str) -> Response:
        """GET /count and PUT /recalculateCount."""
        info = self._info(request, name)
        statistics = await self._context.backend_for(request).statistics(info)
        return success(200, {**self._full(info), "count": statistics["count"], "result": True})

    async def figures(self, request: Request, name: str) -> Response:
        """GET /figures."""
        info = self._info(request, name)
        statistics = await self._context.backend_for(request).statistics(info)
        figures = {
            "indexes": {"count": 1 + len(info.properties.get("indexes", [])), "size": 0},
            "documentsSize": 0,
            "cacheInUse": False,
            "cacheSize": 0,
            "cacheUsage": 0,
        }
        return success(200, {**self._full(info), "count": statistics["count"], "figures": figures})

    async def revision(self, request: Request, name: str) -> Response:
        """GET /revision."""
        info = self._info(request, name)
        statistics = await self._context.backend_for(request).statistics(info)
        return success(200, {**self._full(info), "revision": statistics["revision"]})

    async def checksum(self, request: Request, name: str) -> Response:
        """GET /checksum."""
        info = self._info(request, name)
        statistics = await self._context.backend_for(request).statistics(info)
        checksum = await self._context.backend_for(request).checksum(
            info, with_revisions=request.flag("withRevisions"), with_data=request.flag("withData")
        )
        members = {"checksum": str(checksum), "revision": statistics["revision"]}
        return success(200, {**self._basic(info), **members})

    async def shards(self, request: Request, name: str) -> Response:
        """GET /shards: names, or with ?details the servers of each."""
        info = self._info(request, name)
        shards = info.properties.get("shards")
        if shards is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR, "only available in a cluster")
        return success(200, {**self._full(info), "shards": shards if request.flag("details") else sorted(shards)})

    async def responsible_shard(self, request: Request, name: str) -> Response:
        """PUT /responsibleShard."""
        info = self._info(request, name)
        if info.properties.get("shards") is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR, "only available in a cluster")
        shard = self._context.backend_for(request).responsible_shard(info, request.json_object())
        return success(200, {"shardId": shard})

    async def truncate(self, request: Request, name: str) -> Response:
        """PUT /truncate."""
        info = self._info(request, name)
        await self._context.backend_for(request).truncate(info)
        return success(200, self._basic(info))

    async def rename(self, request: Request, name: str) -> Response:
        """PUT /rename."""
        info = self._info(request, name)
        wanted = request.json_object().get("name")
        if not isinstance(wanted, str) or not wanted:
            raise ArangoError(errors.ILLEGAL_NAME, "name is empty")
        renamed = await self._context.backend_for(request).rename_collection(info, wanted)
        from ..graph.manager import rename_in_graphs

        await rename_in_graphs(self._context.backend_for(request), request.database, name, wanted)
        return success(200, self._basic(renamed))

    async def basic(self, request: Request, name: str) -> Response:
        """PUT /load, /unload, /compact: nothing to do, the collection is shown."""
        return success(200, self._basic(self._info(request, name)))

    async def load_indexes(self, request: Request, name: str) -> Response:
        """PUT /loadIndexesIntoMemory."""
        self._info(request, name)
        return json_response(200, {"error": False, "code": 200, "result": True})
