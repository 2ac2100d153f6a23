"""Named graphs: definitions, vertex and edge collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..graph.manager import GraphManager
from ..http.message import Response, encode_json, success
from .graph_elements import GraphElementApi

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..graph.definition import Graph
    from ..http.message import Request


class GraphApi:
    """Handlers below ``/_api/gharial`` up to the collections of a graph."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET", "/_api/gharial", self.graphs)
        add("POST", "/_api/gharial", self.create)
        add("GET", "/_api/gharial/*", self.show)
        add("DELETE", "/_api/gharial/*", self.drop)
        add("GET", "/_api/gharial/*/vertex", self.vertex_collections)
        add("POST", "/_api/gharial/*/vertex", self.add_vertex_collection)
        add("DELETE", "/_api/gharial/*/vertex/*", self.remove_vertex_collection)
        add("GET", "/_api/gharial/*/edge", self.edge_collections)
        add("POST", "/_api/gharial/*/edge", self.add_edge_definition)
        add("PUT", "/_api/gharial/*/edge/*", self.replace_edge_definition)
        add("DELETE", "/_api/gharial/*/edge/*", self.remove_edge_definition)
        GraphElementApi(context)

    def _manager(self, request: Request) -> GraphManager:
        return GraphManager(self._context.backend_for(request), request.database)

    @staticmethod
    def _changed(status: int, graph: Graph) -> Response:
        body = {"error": False, "code": status, "graph": graph.shown()}
        return Response(status, encode_json(body), [("Etag", f'"{graph.revision}"')])

    @staticmethod
    def _drops(request: Request) -> bool:
        # ArangoDB names the parameter in the singular for vertex collections and in the plural for the others;
        # its JavaScript driver uses the singular for all.
        return request.flag("dropCollections") or request.flag("dropCollection")

    # -- graphs ------------------------------------------------------------------------------------------------------
    async def graphs(self, request: Request) -> Response:
        """GET of all graphs."""
        return success(200, {"graphs": [graph.shown() for graph in await self._manager(request).store.all()]})

    async def create(self, request: Request) -> Response:
        """POST of a new graph."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).create(request.json_object(), wait_for_sync=synced)
        return self._changed(201 if synced else 202, graph)

    async def show(self, request: Request, name: str) -> Response:
        """GET of one graph."""
        return success(200, {"graph": (await self._manager(request).store.get(name)).shown()})

    async def drop(self, request: Request, name: str) -> Response:
        """DELETE of a graph."""
        await self._manager(request).drop(
            name, drop_collections=self._drops(request), wait_for_sync=request.flag("waitForSync")
        )
        return success(202, {"removed": True})

    # -- vertex collections ------------------------------------------------------------------------------------------
    async def vertex_collections(self, request: Request, name: str) -> Response:
        """GET of the names of all vertex collections."""
        graph = await self._manager(request).store.get(name)
        return success(200, {"collections": graph.vertex_collections})

    async def add_vertex_collection(self, request: Request, name: str) -> Response:
        """POST of a vertex collection."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).add_vertex_collection(
            name, request.json_object(), create=request.flag("createCollection", True), wait_for_sync=synced
        )
        return self._changed(201 if synced else 202, graph)

    async def remove_vertex_collection(self, request: Request, name: str, collection: str) -> Response:
        """DELETE of a vertex collection."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).remove_vertex_collection(
            name, collection, drop=self._drops(request), wait_for_sync=synced
        )
        return self._changed(200 if synced else 202, graph)

    # -- edge collections --------------------------------------------------------------------------------------------
    async def edge_collections(self, request: Request, name: str) -> Response:
        """GET of the names of all edge collections."""
        graph = await self._manager(request).store.get(name)
        return success(200, {"collections": graph.edge_collections})

    async def add_edge_definition(self, request: Request, name: str) -> Response:
        """POST of an edge definition."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).add_edge_definition(name, request.json_object(), wait_for_sync=synced)
        return self._changed(201 if synced else 202, graph)

    async def replace_edge_definition(self, request: Request, name: str, collection: str) -> Response:
        """PUT of an edge definition."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).replace_edge_definition(
            name, collection, request.json_object(), wait_for_sync=synced, drop=self._drops(request)
        )
        return self._changed(201 if synced else 202, graph)

    async def remove_edge_definition(self, request: Request, name: str, collection: str) -> Response:
        """DELETE of an edge definition."""
        synced = request.flag("waitForSync")
        graph = await self._manager(request).remove_edge_definition(
            name, collection, drop=self._drops(request), wait_for_sync=synced
        )
        return self._changed(201 if synced else 202, graph)
