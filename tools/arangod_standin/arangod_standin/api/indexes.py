"""Indexes: primary, edge and persistent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request

_PERSISTENT = ("persistent", "hash", "skiplist")
_KNOWN_TYPES = ("ttl", "geo", "fulltext", "mdi", "mdi-prefixed", "zkd", "inverted", "vector")


class IndexApi:
    """Handlers below ``/_api/index``."""

    def __init__(self, context: ServerContext) -> None:
        self._backend = context.require_backend()
        context.router.add("GET POST", "/_api/index", self.indexes)
        context.router.add("GET DELETE", "/_api/index/*/*", self.index)

    @staticmethod
    def _shown(info: CollectionInfo, index: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in index.items() if name != "objectId"}
        shown["id"] = f"{info.name}/{index['id']}"
        return shown

    def _all(self, info: CollectionInfo) -> list[dict[str, Any]]:
        primary = {"fields": ["_key"], "id": "0", "name": "primary", "sparse": False, "type": "primary", "unique": True,
                   "selectivityEstimate": 1}  # fmt: skip
        built_in = [primary]
        if info.properties.get("type") == 3:
            built_in.append({"fields": ["_from", "_to"], "id": "1", "name": "edge", "sparse": False, "type": "edge",
                             "unique": False, "selectivityEstimate": 1})  # fmt: skip
        return built_in + list(info.properties.get("indexes", []))

    async def indexes(self, request: Request) -> Response:
        """GET lists, POST creates."""
        name = request.parameters.get("collection")
        if not name:
            raise ArangoError(errors.BAD_PARAMETER, "parameter 'collection' is missing")
        info = self._backend.collection(request.database, name)
        if request.method == "POST":
            return await self._create(info, request.json_object())
        shown = [self._shown(info, index) for index in self._all(info)]
        return success(200, {"indexes": shown, "identifiers": {index["id"]: index for index in shown}})

    async def _create(self, info: CollectionInfo, body: dict[str, Any]) -> Response:
        kind = body.get("type")
        if kind in _KNOWN_TYPES:
            raise ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: indexes of type {kind} are not implemented")
        fields = body.get("fields")
        if kind not in _PERSISTENT or not isinstance(fields, list) or not fields:
            raise ArangoError(errors.BAD_PARAMETER, "invalid index: expected a type and a list of fields")
        if any(not isinstance(field, str) or not field for field in fields) or len(set(fields)) != len(fields):
            raise ArangoError(errors.BAD_PARAMETER, "index fields must be different attribute paths")
        if any("[*]" in field for field in fields) or body.get("storedValues"):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: array indexes and storedValues")
        unique, sparse = bool(body.get("unique", False)), bool(body.get("sparse", False))
        for index in info.properties.get("indexes", []):
            if index["fields"] == fields and index["unique"] == unique and index["sparse"] == sparse:
                return success(200, {**self._shown(info, index), "isNewlyCreated": False})
            if body.get("name") and index["name"] == body["name"]:
                raise ArangoError(errors.DUPLICATE_NAME)
        shard_keys = info.properties.get("shardKeys", ["_key"])
        sharded = self._backend.is_cluster and info.properties.get("numberOfShards", 1) > 1
        if unique and sharded and not set(shard_keys) <= set(fields):
            raise ArangoError(errors.CLUSTER_UNSUPPORTED, "shard key(s) must be part of a unique index")
        definition = {
            "type": "persistent", "fields": fields, "unique": unique, "sparse": sparse, "deduplicate": True,
            "estimates": True, "cacheEnabled": False, "selectivityEstimate": 1,
            "name": body.get("name") or "idx_" + "_".join(field.replace(".", "_") for field in fields),
        }  # fmt: skip
        made = await self._backend.create_index(info, definition)
        return success(201, {**self._shown(info, made), "isNewlyCreated": True})

    async def index(self, request: Request, collection: str, name: str) -> Response:
        """GET and DELETE of one index by id or name."""
        info = self._backend.collection(request.database, collection)
        found = next((index for index in self._all(info) if name in (index["id"], index["name"])), None)
        if found is None:
            raise ArangoError(errors.INDEX_NOT_FOUND)
        if request.method == "GET":
            return success(200, self._shown(info, found))
        if found["type"] != "persistent":
            raise ArangoError(errors.FORBIDDEN)
        await self._backend.drop_index(info, found)
        return success(200, {"id": f"{info.name}/{found['id']}"})
