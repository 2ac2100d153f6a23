"""Collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import CollectionInfo
from ..errors import ArangoError
from ..http.message import Response, success
from ..storage.keys import GENERATORS
from ..storage.properties import BASIC, property_changes, public_properties

if TYPE_CHECKING:
    from ..backend import Backend
    from ..context import ServerContext
    from ..http.message import Request


class CollectionApi:
    """Handlers below ``/_api/collection`` and ``/_api/key-generators``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._family = context.settings.family
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
        add("PUT", "/_api/collection/*/recalculateCount", self.recalculate_count)
        add("PUT", "/_api/collection/*/compact", self.basic)
        add("PUT", "/_api/collection/*/loadIndexesIntoMemory", self.load_indexes)
        add("PUT", "/_api/collection/*/responsibleShard", self.responsible_shard)
        if self._family < (4, 0):
            add("PUT", "/_api/collection/*/load", self.load)
            add("PUT", "/_api/collection/*/unload", self.basic)
        add("GET", "/_api/key-generators", self.key_generators)

    def _found(self, request: Request, name: str) -> tuple[Backend, CollectionInfo]:
        backend = self._context.backend_for(request)
        return backend, backend.collection(request.database, name)

    def _shown(self, info: CollectionInfo) -> dict[str, Any]:
        return public_properties(info.properties, info.id, info.name, family=self._family)

    async def _full(self, backend: Backend, info: CollectionInfo) -> dict[str, Any]:
        """Return all properties; the last number of the autoincrement generator is known to the shard only."""
        shown = self._shown(info)
        if shown["keyOptions"]["type"] == "autoincrement":
            last = (await backend.statistics(info))["lastValue"]
            shown["keyOptions"] = {**shown["keyOptions"], "lastValue": last}
        return shown

    def _basic(self, info: CollectionInfo) -> dict[str, Any]:
        shown = self._shown(info)
        return {name: shown[name] for name in BASIC if name in shown}

    async def collections(self, request: Request) -> Response:
        """GET lists, POST creates."""
        backend = self._context.backend_for(request)
        if request.method == "POST":
            info = await backend.create_collection(request.database, request.json_object(), request.parameters)
            return success(200, self._shown(info))
        skip_system = request.flag("excludeSystem")
        found = backend.collections(request.database)
        return success(200, {"result": [self._basic(info) for info in found if not (skip_system and info.is_system)]})

    async def collection(self, request: Request, name: str) -> Response:
        """GET shows, DELETE drops."""
        backend, info = self._found(request, name)
        if request.method == "GET":
            return success(200, self._basic(info))
        if info.is_system and not request.flag("isSystem"):
            raise ArangoError(errors.FORBIDDEN)
        from ..graph.store import check_droppable

        await check_droppable(backend, request.database, info.name)
        await backend.drop_collection(info)
        from .view_links import change_links

        await change_links(backend, request.database, info.name, None)
        return success(200, {"id": info.id})

    async def properties(self, request: Request, name: str) -> Response:
        """GET and PUT /properties."""
        backend, info = self._found(request, name)
        if request.method == "PUT":
            changes = property_changes(request.json_object(), info.properties, cluster=backend.is_cluster)
            if changes:
                info = await backend.change_properties(info, changes)
        return success(200, await self._full(backend, info))

    async def count(self, request: Request, name: str) -> Response:
        """GET /count."""
        backend, info = self._found(request, name)
        statistics = await backend.statistics(info)
        return success(200, {**await self._full(backend, info), "count": statistics["count"]})

    async def recalculate_count(self, request: Request, name: str) -> Response:
        """PUT /recalculateCount."""
        backend, info = self._found(request, name)
        return success(200, {"result": True, "count": await backend.recount(info)})

    async def figures(self, request: Request, name: str) -> Response:
        """GET /figures."""
        backend, info = self._found(request, name)
        count = (await backend.statistics(info))["count"]
        sizes = await backend.figures(info)
        built_in = 2 if info.properties.get("type") == 3 else 1
        figures: dict[str, Any] = {
            "indexes": {
                "count": built_in + len(info.properties.get("indexes", [])),
                "size": sizes["indexesSize"],
            },
            "documentsSize": sizes["documentsSize"],
            "cacheInUse": False,
            "cacheSize": 0,
            "cacheUsage": 0,
        }
        if request.flag("details"):
            figures["engine"] = {"documents": count, "indexes": []}
        return success(200, {**await self._full(backend, info), "count": count, "figures": figures})

    async def revision(self, request: Request, name: str) -> Response:
        """GET /revision."""
        backend, info = self._found(request, name)
        statistics = await backend.statistics(info)
        return success(200, {**await self._full(backend, info), "revision": statistics["revision"]})

    async def checksum(self, request: Request, name: str) -> Response:
        """GET /checksum."""
        backend, info = self._found(request, name)
        statistics = await backend.statistics(info)
        checksum = await backend.checksum(
            info, with_revisions=request.flag("withRevisions"), with_data=request.flag("withData")
        )
        members = {"checksum": str(checksum), "revision": statistics["revision"]}
        return success(200, {**self._basic(info), **members})

    async def shards(self, request: Request, name: str) -> Response:
        """GET /shards: names, or with ?details the servers of each."""
        backend, info = self._found(request, name)
        shards = info.properties.get("shards")
        if shards is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR, "only available in a cluster")
        shown = await self._full(backend, info)
        return success(200, {**shown, "shards": shards if request.flag("details") else sorted(shards)})

    async def responsible_shard(self, request: Request, name: str) -> Response:
        """PUT /responsibleShard."""
        backend, info = self._found(request, name)
        if info.properties.get("shards") is None:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR, "only available in a cluster")
        document = request.json_object()
        if "_key" in info.properties["shardKeys"] and not isinstance(document.get("_key"), str):
            raise ArangoError(errors.BAD_PARAMETER, "expecting the document to have all shard keys, '_key' is missing")
        return success(200, {"shardId": backend.responsible_shard(info, document)})

    async def truncate(self, request: Request, name: str) -> Response:
        """PUT /truncate."""
        backend, info = self._found(request, name)
        if request.flag("waitForSync"):
            properties = {**info.properties, "waitForSync": True}
            info = CollectionInfo(info.database, info.name, info.id, properties, info.handle)
        await backend.truncate(info)
        return success(200, self._basic(info))

    async def rename(self, request: Request, name: str) -> Response:
        """PUT /rename."""
        backend, info = self._found(request, name)
        wanted = request.json_object().get("name")
        if not isinstance(wanted, str) or not wanted:
            raise ArangoError(errors.ILLEGAL_NAME, "name is empty")
        if info.is_system and wanted != info.name:
            raise ArangoError(errors.FORBIDDEN)
        before = info.name
        renamed = await backend.rename_collection(info, wanted)
        from ..graph.manager import rename_in_graphs
        from .view_links import change_links

        await rename_in_graphs(backend, request.database, before, wanted)
        await change_links(backend, request.database, before, wanted)
        return success(200, self._basic(renamed))

    async def basic(self, request: Request, name: str) -> Response:
        """PUT /unload, /compact: nothing to do, the collection is shown."""
        return success(200, self._basic(self._found(request, name)[1]))

    async def load(self, request: Request, name: str) -> Response:
        """PUT /load: nothing to do, the collection is shown, with its count unless the body says ``count: false``."""
        backend, info = self._found(request, name)
        members: dict[str, Any] = self._basic(info)
        if not request.body or request.json_object().get("count", True):
            members["count"] = (await backend.statistics(info))["count"]
        return success(200, members)

    async def load_indexes(self, request: Request, name: str) -> Response:
        """PUT /loadIndexesIntoMemory: they are read where they are."""
        self._found(request, name)
        return success(200, {"result": True})

    async def key_generators(self, request: Request) -> Response:
        """GET /_api/key-generators."""
        self._context.backend_for(request).database(request.database)
        return success(200, {"keyGenerators": list(GENERATORS)})
