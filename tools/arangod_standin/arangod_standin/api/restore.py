"""The writing side of replication: collections, indexes, data and views as ``arangorestore`` sends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, decode_json, success
from ..storage.index_definitions import complete_index, is_same
from ..storage.operations import error_of

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request
    from ..storage.operations import Operation

_BATCH = 2000
_REMOVAL_MARKER = 2302
_DOCUMENT_MARKERS = (2300, 2301)
_BUILT_IN_INDEXES = ("primary", "edge")
# Index types of older releases, which are persistent indexes today.
_OLD_SORTED = ("hash", "skiplist", "rocksdb")
_NOT_PROPERTIES = (
    "id", "cid", "planId", "objectId", "globallyUniqueId", "version", "deleted", "status", "statusString", "shards",
    "indexes", "allowUserKeys", "syncByRevision", "usesRevisionsAsDocumentIds", "internalValidatorType",
    "minRevision", "count", "tempObjectId", "smartGraphAttribute", "shadowCollections", "isSmart", "isSmartChild",
)  # fmt: skip


class RestoreApi:
    """Handlers of ``/_api/replication/restore-*``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("PUT", "/_api/replication/restore-collection", self.collection)
        add("PUT", "/_api/replication/restore-indexes", self.indexes)
        add("PUT", "/_api/replication/restore-data", self.data)
        add("PUT", "/_api/replication/restore-view", self.view)

    @staticmethod
    def _done() -> Response:
        return success(200, {"result": True})

    @staticmethod
    def _find(backend: Backend, database: str, name: str) -> CollectionInfo | None:
        try:
            return backend.collection(database, name)
        except ArangoError as error:
            if error.error_num != errors.DATA_SOURCE_NOT_FOUND:
                raise
            return None

    # -- collections -------------------------------------------------------------------------------------------------
    @staticmethod
    def _parameters(request: Request) -> tuple[dict[str, Any], list[Any]]:
        """Return properties and indexes of a structure file. Raises ArangoError 10."""
        body = request.json_object()
        parameters, indexes = body.get("parameters"), body.get("indexes", [])
        if not isinstance(parameters, dict) or not isinstance(parameters.get("name"), str):
            raise ArangoError(errors.BAD_PARAMETER, "collection parameters declaration is invalid: no name in it")
        if not isinstance(indexes, list):
            raise ArangoError(errors.BAD_PARAMETER, "collection indexes declaration is invalid: expected an array")
        return parameters, indexes

    async def collection(self, request: Request) -> Response:
        """PUT of a collection's structure; ``overwrite`` replaces one that is there."""
        parameters, _ = self._parameters(request)
        name = parameters["name"]
        if parameters.get("deleted"):
            return self._done()
        backend = self._context.backend_for(request)
        existing = self._find(backend, request.database, name)
        if existing is not None:
            if not request.flag("overwrite"):
                raise ArangoError(errors.DUPLICATE_NAME, f"unable to create collection '{name}': duplicate name")
            if name.startswith("_"):
                # others rely on system collections being there
                await backend.truncate(existing)
                return self._done()
            await backend.drop_collection(existing)
        await backend.create_collection(request.database, self._properties(backend, request, parameters), {})
        return self._done()

    def _properties(self, backend: Backend, request: Request, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return what a collection is made with; references to collections that are not there are left out."""
        if parameters.get("isSmart") or parameters.get("smartGraphAttribute"):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: smart collections are not implemented")
        properties = {name: value for name, value in parameters.items() if name not in _NOT_PROPERTIES}
        like = properties.get("distributeShardsLike")
        if like and self._find(backend, request.database, str(like)) is None:
            if not request.flag("ignoreDistributeShardsLikeErrors"):
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"distributeShardsLike: collection '{like}' not found")
            del properties["distributeShardsLike"]
        concern, factor = properties.get("writeConcern"), properties.get("replicationFactor")
        if isinstance(concern, int) and isinstance(factor, int) and concern > factor > 0:
            properties["writeConcern"] = factor
        properties.pop("minReplicationFactor", None)
        return properties

    # -- indexes -----------------------------------------------------------------------------------------------------
    async def indexes(self, request: Request) -> Response:
        """PUT of a collection's structure once more: now its indexes are made."""
        parameters, indexes = self._parameters(request)
        backend = self._context.backend_for(request)
        for index in indexes:
            if not isinstance(index, dict):
                raise ArangoError(errors.BAD_PARAMETER, "an index declaration must be an object")
            info = backend.collection(request.database, parameters["name"])
            if index.get("type") not in _BUILT_IN_INDEXES:
                await self._restore_index(backend, info, index)
        return self._done()

    async def _restore_index(self, backend: Backend, info: CollectionInfo, index: dict[str, Any]) -> None:
        body = {name: value for name, value in index.items() if name not in ("id", "objectId", "selectivityEstimate")}
        if body.get("type") in _OLD_SORTED:
            body["type"] = "persistent"
        definition = complete_index(body, self._context.settings.family)
        if not any(is_same(known, definition) for known in info.properties.get("indexes", [])):
            await backend.create_index(info, definition)

    # -- data --------------------------------------------------------------------------------------------------------
    async def data(self, request: Request) -> Response:
        """PUT of documents, one a line, bare or in the envelope of a dump; keys that are there are replaced."""
        name = request.parameters.get("collection")
        if not name:
            raise ArangoError(errors.BAD_PARAMETER, "invalid collection parameter, got empty string")
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, name)
        lines = [line for line in request.body.split(b"\n") if line.strip()]
        for start in range(0, len(lines), _BATCH):
            batch = enumerate(lines[start : start + _BATCH], start + 1)
            operations = [self._operation(line, position) for position, line in batch]
            await self._store(backend, info, operations)
            await asyncio.sleep(0)
        authenticator = self._context.authenticator
        if name == "_users" and authenticator is not None and authenticator.accounts is not None:
            await authenticator.accounts.reload()
        return self._done()

    @staticmethod
    def _operation(line: bytes, position: int) -> Operation:
        """Return what a line asks for. Raises ArangoError 600, 10."""
        value = decode_json(line)
        if not isinstance(value, dict):
            raise ArangoError(errors.HTTP_CORRUPTED_JSON, f"line {position} of the data is not an object")
        if "type" in value and "_key" not in value and value["type"] in (*_DOCUMENT_MARKERS, _REMOVAL_MARKER):
            if value["type"] == _REMOVAL_MARKER:
                return {"op": "remove", "key": value.get("key") or value.get("data", {}).get("_key"), "doc": {}}
            value = value.get("data", value.get("doc"))
            if not isinstance(value, dict):
                raise ArangoError(errors.HTTP_CORRUPTED_JSON, f"line {position} of the data has no document in it")
        if not isinstance(value.get("_key"), str):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"line {position} of the data has no _key")
        # "generated" stands for a key that the collection's own rules need not allow a client to choose
        return {"op": "insert", "doc": value, "mode": "replace", "generated": True}

    @staticmethod
    async def _store(backend: Backend, info: CollectionInfo, operations: list[Operation]) -> None:
        options = {"restore": True, "skipDocumentValidation": True}
        for result in await backend.execute(info, operations, options):
            if "error" in result and result["error"] != errors.DOCUMENT_NOT_FOUND:
                raise error_of(result)

    # -- views -------------------------------------------------------------------------------------------------------
    async def view(self, request: Request) -> Response:
        """PUT of a view's definition; ``overwrite`` replaces one that is there."""
        definition = request.json_object()
        name = definition.get("name")
        if not isinstance(name, str) or not isinstance(definition.get("type"), str):
            raise ArangoError(errors.BAD_PARAMETER, "a view's definition needs name and type")
        backend = self._context.backend_for(request)
        existing = next((view for view in backend.views(request.database) if view["name"] == name), None)
        if existing is not None:
            if not request.flag("overwrite"):
                raise ArangoError(errors.DUPLICATE_NAME, f"unable to restore view '{name}': duplicate name")
            await backend.drop_view(request.database, existing["id"])
        kept = {key: value for key, value in definition.items() if key not in ("id", "globallyUniqueId", "deleted")}
        await backend.put_view(request.database, kept)
        return self._done()
