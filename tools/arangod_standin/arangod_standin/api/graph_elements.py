"""Vertices and edges of named graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..graph.elements import GraphElements, failure
from ..graph.store import GraphStore
from ..http.message import Response, encode_json

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..graph.definition import Graph
    from ..http.message import Request
    from ..storage.operations import Operation, Result


class GraphElementApi:
    """Handlers below ``/_api/gharial/<graph>/vertex/<collection>`` and ``.../edge/<collection>``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("POST", "/_api/gharial/*/vertex/*", self.insert_vertex)
        add("GET HEAD", "/_api/gharial/*/vertex/*/*", self.read_vertex)
        add("PUT", "/_api/gharial/*/vertex/*/*", self.replace_vertex)
        add("PATCH", "/_api/gharial/*/vertex/*/*", self.update_vertex)
        add("DELETE", "/_api/gharial/*/vertex/*/*", self.remove_vertex)
        add("POST", "/_api/gharial/*/edge/*", self.insert_edge)
        add("GET HEAD", "/_api/gharial/*/edge/*/*", self.read_edge)
        add("PUT", "/_api/gharial/*/edge/*/*", self.replace_edge)
        add("PATCH", "/_api/gharial/*/edge/*/*", self.update_edge)
        add("DELETE", "/_api/gharial/*/edge/*/*", self.remove_edge)

    # -- parts of requests and answers -------------------------------------------------------------------------------
    def _store(self, request: Request) -> GraphStore:
        # Definitions are read outside of a stream transaction, as ArangoDB does: it need not have declared _graphs.
        in_transaction = "x-arango-trx-id" in request.headers
        backend = self._context.require_backend() if in_transaction else self._context.backend_for(request)
        return GraphStore(backend, request.database)

    async def _elements(self, request: Request, name: str) -> GraphElements:
        graph = await self._store(request).get(name)
        return GraphElements(self._context.backend_for(request), request.database, graph)

    def _options(self, request: Request) -> dict[str, Any]:
        if self._context.read_only:
            raise ArangoError(errors.READ_ONLY)
        options: dict[str, Any] = {
            name: True for name in ("waitForSync", "returnOld", "returnNew") if request.flag(name)
        }
        if not request.flag("keepNull", True):
            options["keepNull"] = False
        return options

    @staticmethod
    def _expected(request: Request) -> str | None:
        return request.etag("if-match") or request.parameters.get("rev") or None

    @staticmethod
    def _answer(
        info: CollectionInfo, kind: str, operation: Operation, options: dict[str, Any], result: Result
    ) -> Response:
        if "error" in result:
            raise failure(info, result)
        synced = info.wait_for_sync or options.get("waitForSync")
        status = (201 if operation["op"] == "insert" else 200) if synced else 202
        body: dict[str, Any] = {"error": False, "code": status}
        if operation["op"] == "remove":
            body["removed"] = True
        else:
            body[kind] = {"_id": f"{info.name}/{result['key']}", "_key": result["key"], "_rev": result["rev"]}
            if "oldRev" in result:
                body[kind]["_oldRev"] = result["oldRev"]
        body.update({name: result[name] for name in ("old", "new") if name in result})
        return Response(status, encode_json(body), [("Etag", f'"{result["rev"]}"')])

    async def _read(
        self, request: Request, elements: GraphElements, info: CollectionInfo, kind: str, key: str
    ) -> Response:
        result = await elements.run(info, {"op": "read", "key": key, "rev": self._expected(request)}, {})
        if "error" in result:
            raise failure(info, result)
        etag = [("Etag", f'"{result["rev"]}"')]
        if request.etag("if-none-match") == result["rev"]:
            return Response(304, b"", etag)
        return Response(200, encode_json({"error": False, "code": 200, kind: result["document"]}), etag)

    # -- vertices ----------------------------------------------------------------------------------------------------
    async def read_vertex(self, request: Request, name: str, collection: str, key: str) -> Response:
        """GET of a vertex."""
        elements = await self._elements(request, name)
        return await self._read(request, elements, elements.vertex_collection(collection), "vertex", key)

    async def _write_vertex(self, request: Request, name: str, collection: str, operation: Operation) -> Response:
        elements = await self._elements(request, name)
        info = elements.vertex_collection(collection)
        options = self._options(request)
        result = await elements.run(info, operation, options)
        return self._answer(info, "vertex", operation, options, result)

    async def insert_vertex(self, request: Request, name: str, collection: str) -> Response:
        """POST of a vertex."""
        document = request.json()
        if not isinstance(document, dict):
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
        return await self._write_vertex(request, name, collection, {"op": "insert", "doc": document})

    async def replace_vertex(self, request: Request, name: str, collection: str, key: str) -> Response:
        """PUT of a vertex."""
        operation = {"op": "replace", "key": key, "doc": request.json(), "rev": self._expected(request)}
        return await self._write_vertex(request, name, collection, operation)

    async def update_vertex(self, request: Request, name: str, collection: str, key: str) -> Response:
        """PATCH of a vertex."""
        operation = {"op": "update", "key": key, "doc": request.json(), "rev": self._expected(request)}
        return await self._write_vertex(request, name, collection, operation)

    async def remove_vertex(self, request: Request, name: str, collection: str, key: str) -> Response:
        """DELETE of a vertex and the edges at it."""
        elements = await self._elements(request, name)
        return await self._remove(request, elements, elements.vertex_collection(collection), "vertex", key)

    async def _remove(
        self, request: Request, elements: GraphElements, info: CollectionInfo, kind: str, key: str
    ) -> Response:
        options = self._options(request)
        operation: Operation = {"op": "remove", "key": key, "rev": self._expected(request)}
        graphs: list[Graph] = await self._store(request).all()
        result = await elements.remove(info, operation, options, graphs)
        return self._answer(info, kind, operation, options, result)

    # -- edges -------------------------------------------------------------------------------------------------------
    async def read_edge(self, request: Request, name: str, collection: str, key: str) -> Response:
        """GET of an edge."""
        elements = await self._elements(request, name)
        return await self._read(request, elements, elements.edge_collection(collection), "edge", key)

    async def _write_edge(self, request: Request, name: str, collection: str, operation: Operation) -> Response:
        elements = await self._elements(request, name)
        info = elements.edge_collection(collection)
        options = self._options(request)
        result = await elements.write_edge(info, operation, options)
        return self._answer(info, "edge", operation, options, result)

    async def insert_edge(self, request: Request, name: str, collection: str) -> Response:
        """POST of an edge."""
        return await self._write_edge(request, name, collection, {"op": "insert", "doc": request.json()})

    async def replace_edge(self, request: Request, name: str, collection: str, key: str) -> Response:
        """PUT of an edge."""
        operation = {"op": "replace", "key": key, "doc": request.json(), "rev": self._expected(request)}
        return await self._write_edge(request, name, collection, operation)

    async def update_edge(self, request: Request, name: str, collection: str, key: str) -> Response:
        """PATCH of an edge."""
        operation = {"op": "update", "key": key, "doc": request.json(), "rev": self._expected(request)}
        return await self._write_edge(request, name, collection, operation)

    async def remove_edge(self, request: Request, name: str, collection: str, key: str) -> Response:
        """DELETE of an edge, and of the edges that lead to it."""
        elements = await self._elements(request, name)
        return await self._remove(request, elements, elements.edge_collection(collection), "edge", key)
