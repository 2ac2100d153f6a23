"""Indexes: primary, edge, sorted ones, and the definitions of those that speed nothing up here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success
from ..storage.index_definitions import bad_index, complete_index, is_same, shown_index

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request

_PRIMARY = {"fields": ["_key"], "id": "0", "name": "primary", "sparse": False, "type": "primary", "unique": True,
            "selectivityEstimate": 1}  # fmt: skip
_EDGE = {"fields": ["_from", "_to"], "id": "1", "name": "edge", "sparse": False, "type": "edge", "unique": False}


def all_indexes(info: CollectionInfo) -> list[dict[str, Any]]:
    """Return the definitions of all indexes of a collection, primary and edge index first."""
    built_in = [_PRIMARY, _EDGE] if info.properties.get("type") == 3 else [_PRIMARY]
    return built_in + list(info.properties.get("indexes", []))


class IndexApi:
    """Handlers below ``/_api/index``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._family = context.settings.family
        context.router.add("GET POST", "/_api/index", self.indexes)
        context.router.add("GET DELETE", "/_api/index/*/*", self.index)

    @staticmethod
    async def _estimates(backend: Backend, info: CollectionInfo) -> dict[str, float]:
        if info.properties.get("type") != 3 and not info.properties.get("indexes"):
            return {}
        return await backend.index_estimates(info)

    @staticmethod
    def _shown(info: CollectionInfo, index: dict[str, Any], estimates: dict[str, float]) -> dict[str, Any]:
        shown = shown_index(info.name, index, estimates)
        if index["type"] == "edge":
            shown["selectivityEstimate"] = estimates.get("1", 1)
        return shown

    async def indexes(self, request: Request) -> Response:
        """GET lists, POST creates."""
        backend = self._context.backend_for(request)
        name = request.parameters.get("collection")
        if not name:
            raise ArangoError(errors.BAD_PARAMETER, "missing collection name: parameter 'collection'")
        info = backend.collection(request.database, name)
        if request.method == "POST":
            return await self._create(backend, info, request.json_object())
        estimates = await self._estimates(backend, info)
        shown = []
        for index in all_indexes(info):
            if index.get("isBuilding") and not request.flag("withHidden"):
                continue
            item = self._shown(info, index, estimates)
            if request.flag("withStats"):
                item["figures"] = {"memory": 0}
            if index.get("isBuilding"):
                item["progress"] = 0
            shown.append(item)
        return success(200, {"indexes": shown, "identifiers": {index["id"]: index for index in shown}})

    async def _create(self, backend: Backend, info: CollectionInfo, body: dict[str, Any]) -> Response:
        definition = complete_index(body, self._family)
        await self._check(backend, info, definition)
        existing = self._existing(info, definition)
        status, newly = 200, False
        if existing is None:
            if backend.is_cluster:
                definition["inBackground"] = bool(body.get("inBackground", False))
            existing = await backend.create_index(info, definition)
            status, newly = 201, True
        shown = self._shown(info, existing, await self._estimates(backend, info))
        return success(status, {**shown, "isNewlyCreated": newly})

    @staticmethod
    def _existing(info: CollectionInfo, definition: dict[str, Any]) -> dict[str, Any] | None:
        """Return the same index if it is there. Raises ArangoError 1207 (name in use), 10 (a second ttl index)."""
        indexes = [index for index in info.properties.get("indexes", []) if not index.get("isBuilding")]
        for index in indexes:
            if is_same(index, definition):
                if definition["type"] == "ttl" and index["expireAfter"] != definition["expireAfter"]:
                    break
                found: dict[str, Any] = index
                return found
        if definition["type"] == "ttl" and any(index["type"] == "ttl" for index in indexes):
            raise bad_index("there can only be one ttl index per collection")
        if any(definition["name"] == index["name"] for index in indexes if definition["name"]):
            raise ArangoError(errors.DUPLICATE_NAME, f"duplicate value for index name '{definition['name']}'")
        return None

    async def _check(self, backend: Backend, info: CollectionInfo, definition: dict[str, Any]) -> None:
        shard_keys = info.properties.get("shardKeys", ["_key"])
        sharded = backend.is_cluster and info.properties.get("numberOfShards", 1) > 1
        if definition["unique"] and sharded:
            covered = [*definition.get("prefixFields", []), *definition["fields"]]
            if not set(shard_keys) <= set(covered):
                raise ArangoError(errors.CLUSTER_UNSUPPORTED, "shard key(s) must be part of a unique index")
        if definition["type"] == "vector":
            count = (await backend.statistics(info))["count"]
            if count < definition["params"]["nLists"]:
                raise bad_index(
                    f"a vector index with {definition['params']['nLists']} lists needs at least as many documents to be"
                    f" trained with, found {count}"
                )
        if definition["type"] == "inverted":
            from .analyzer_names import check_analyzers

            await check_analyzers(backend, info.database, definition)

    async def index(self, request: Request, collection: str, name: str) -> Response:
        """GET and DELETE of one index by id or name."""
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        found = next((index for index in all_indexes(info) if name in (index["id"], index["name"])), None)
        if found is None:
            raise ArangoError(errors.INDEX_NOT_FOUND)
        if request.method == "GET":
            return success(200, self._shown(info, found, await self._estimates(backend, info)))
        if found["type"] in ("primary", "edge"):
            raise ArangoError(errors.FORBIDDEN)
        await backend.drop_index(info, found)
        return success(200, {"id": f"{info.name}/{found['id']}"})
