"""Documents: single and bulk, with revisions and preconditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError, message_of
from ..http.message import Response, encode_json, json_response
from ..storage.operations import error_of

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request
    from ..storage.operations import Operation, Result

_MODES = ("ignore", "replace", "update", "conflict")


class DocumentApi:
    """Handlers below ``/_api/document``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET HEAD", "/_api/document/*/*", self.read)
        add("PUT", "/_api/document/*/*", self.replace_one)
        add("PATCH", "/_api/document/*/*", self.update_one)
        add("DELETE", "/_api/document/*/*", self.remove_one)
        add("POST", "/_api/document/*", self.insert)
        add("PUT", "/_api/document/*", self.replace_many)
        add("PATCH", "/_api/document/*", self.update_many)
        add("DELETE", "/_api/document/*", self.remove_many)

    # -- parameters --------------------------------------------------------------------------------------------------
    def _options(self, request: Request) -> dict[str, Any]:
        if self._context.read_only:
            raise ArangoError(errors.READ_ONLY)
        options: dict[str, Any] = {}
        for name in ("waitForSync", "returnOld", "returnNew", "exclusive"):
            if request.flag(name):
                options[name] = True
        for name in ("keepNull", "mergeObjects"):
            if not request.flag(name, True):
                options[name] = False
        if request.parameters.get("versionAttribute"):
            options["versionAttribute"] = request.parameters["versionAttribute"]
        return options

    def _mode(self, request: Request) -> str | None:
        mode = request.parameters.get("overwriteMode")
        if mode is None:
            # 4.0 has no parameter `overwrite` any more
            return "replace" if self._context.settings.family < (4, 0) and request.flag("overwrite") else None
        if mode not in _MODES:
            raise ArangoError(errors.BAD_PARAMETER, f"invalid overwriteMode '{mode}'")
        return mode

    @staticmethod
    def _expected(request: Request, document: Any) -> str | None:
        if not request.flag("ignoreRevs", True) and isinstance(document, dict) and document.get("_rev"):
            return str(document["_rev"])
        return None

    # -- one document ------------------------------------------------------------------------------------------------
    async def read(self, request: Request, collection: str, key: str) -> Response:
        """GET and HEAD of one document."""
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        operation = {"op": "read", "key": key, "rev": request.etag("if-match")}
        result = (await backend.execute(info, [operation], {}))[0]
        if "error" in result:
            return self._failed(info, result)
        etag = [("Etag", f'"{result["rev"]}"')]
        if request.etag("if-none-match") == result["rev"]:
            return Response(304, b"", etag)
        return json_response(200, result["document"], etag)

    async def _one(self, request: Request, collection: str, operation: Operation) -> Response:
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        options = self._options(request)
        result = (await backend.execute(info, [operation], options))[0]
        if "error" in result:
            return self._failed(info, result)
        synced = info.wait_for_sync or options.get("waitForSync")
        created = 200 if operation["op"] == "remove" else 201
        body = {} if request.flag("silent") else self._shown(info, result)
        return json_response(created if synced else 202, body, [("Etag", f'"{result["rev"]}"')])

    def _shown(self, info: CollectionInfo, result: Result) -> dict[str, Any]:
        shown = {"_id": f"{self._id_prefix(info)}/{result['key']}", "_key": result["key"], "_rev": result["rev"]}
        if "oldRev" in result:
            shown["_oldRev"] = result["oldRev"]
        if not result.get("ignored"):
            shown.update({name: result[name] for name in ("new", "old") if name in result})
        return shown

    @staticmethod
    def _id_prefix(info: CollectionInfo) -> str:
        return str(info.properties.get("publicName", info.name))

    def _failed(self, info: CollectionInfo, result: Result) -> Response:
        error = error_of(result)
        body = error.body()
        unique = error.error_num == errors.UNIQUE_CONSTRAINT_VIOLATED
        if result.get("key") is not None and result.get("rev") is not None and not unique:
            body.update({"_id": f"{self._id_prefix(info)}/{result['key']}", "_key": result["key"],
                         "_rev": result["rev"]})  # fmt: skip
        if error.error_num == errors.CONFLICT and "rev" in result:
            # a failed If-Match is a failed precondition
            body["code"] = 412
            return json_response(412, body, [("Etag", f'"{result["rev"]}"')])
        return json_response(error.status, body)

    async def _change_one(self, request: Request, collection: str, key: str, kind: str) -> Response:
        document = request.json()
        expected = request.etag("if-match") or self._expected(request, document)
        return await self._one(request, collection, {"op": kind, "key": key, "doc": document, "rev": expected})

    async def replace_one(self, request: Request, collection: str, key: str) -> Response:
        """PUT of one document."""
        return await self._change_one(request, collection, key, "replace")

    async def update_one(self, request: Request, collection: str, key: str) -> Response:
        """PATCH of one document."""
        return await self._change_one(request, collection, key, "update")

    async def remove_one(self, request: Request, collection: str, key: str) -> Response:
        """DELETE of one document."""
        return await self._one(request, collection, {"op": "remove", "key": key, "rev": request.etag("if-match")})

    # -- many documents ----------------------------------------------------------------------------------------------
    async def insert(self, request: Request, collection: str) -> Response:
        """POST of one document or an array."""
        body, mode = request.json(), self._mode(request)
        if isinstance(body, list):
            return await self._many(request, collection, [{"op": "insert", "doc": doc, "mode": mode} for doc in body])
        return await self._one(request, collection, {"op": "insert", "doc": body, "mode": mode})

    @staticmethod
    def _array(request: Request) -> list[Any]:
        body = request.json()
        if not isinstance(body, list):
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID, "expecting an array of documents or keys")
        return body

    def _operation(self, request: Request, kind: str, item: Any) -> Operation:
        """Return the operation for an item of a bulk request: a key, an id or a document."""
        if isinstance(item, str):
            return {"op": kind, "key": item.rsplit("/", 1)[-1], "doc": None}
        if not isinstance(item, dict):
            return {"op": kind, "key": None, "doc": item}
        key = item.get("_key", str(item["_id"]).rsplit("/", 1)[-1] if "_id" in item else None)
        return {"op": kind, "key": key, "doc": item, "rev": self._expected(request, item)}

    async def replace_many(self, request: Request, collection: str) -> Response:
        """PUT of an array; with ``?onlyget=true`` a bulk read."""
        body = self._array(request)
        if not request.flag("onlyget"):
            return await self._many(request, collection, [self._operation(request, "replace", item) for item in body])
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        results = await backend.execute(info, [self._operation(request, "read", item) for item in body], {})
        shown = [self._inline(result) if "error" in result else result["document"] for result in results]
        return json_response(200, shown, self._error_codes(results))

    async def update_many(self, request: Request, collection: str) -> Response:
        """PATCH of an array."""
        body = self._array(request)
        return await self._many(request, collection, [self._operation(request, "update", item) for item in body])

    async def remove_many(self, request: Request, collection: str) -> Response:
        """DELETE of an array of keys or documents."""
        body = self._array(request)
        return await self._many(request, collection, [self._operation(request, "remove", item) for item in body])

    async def _many(self, request: Request, collection: str, operations: list[Operation]) -> Response:
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        options = self._options(request)
        results = await backend.execute(info, operations, options) if operations else []
        # The collection's own waitForSync is told only when all succeeded: python-arango's suite expects 202 else.
        failed_any = any("error" in result for result in results)
        synced = options.get("waitForSync") or (info.wait_for_sync and not failed_any)
        kind = operations[0]["op"] if operations else "remove"
        status = (200 if kind == "remove" else 201) if synced else 202
        if request.flag("silent"):
            failed = [self._inline(result) for result in results if "error" in result]
            return json_response(status, failed or {}, self._error_codes(results))
        shown = [self._inline(result) if "error" in result else self._shown(info, result) for result in results]
        return json_response(status, shown, self._error_codes(results))

    @staticmethod
    def _inline(result: Result) -> dict[str, Any]:
        unique = result["error"] == errors.UNIQUE_CONSTRAINT_VIOLATED
        return {
            "error": True,
            "errorNum": result["error"],
            "errorMessage": result.get("message") or message_of(result["error"]),
            **({"_key": result["key"], "_rev": result["rev"]} if "rev" in result and not unique else {}),
        }

    @staticmethod
    def _error_codes(results: list[Result]) -> list[tuple[str, str]]:
        counts: dict[int, int] = {}
        for result in results:
            if "error" in result:
                counts[result["error"]] = counts.get(result["error"], 0) + 1
        if not counts:
            return []
        value = encode_json({str(number): count for number, count in counts.items()}).decode()
        return [("X-Arango-Error-Codes", value.strip("{}").replace('"', ""))]
