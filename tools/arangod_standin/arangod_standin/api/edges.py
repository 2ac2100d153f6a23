"""The edges at a vertex, without a named graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..graph.incident_edges import ANY, INBOUND, OUTBOUND, incident_edges
from ..http.message import Response, success

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_DIRECTIONS = {"in": INBOUND, "out": OUTBOUND, "any": ANY, "": ANY}
_EDGE_TYPE = 3


class EdgeApi:
    """Handlers below ``/_api/edges``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET", "/_api/edges/*", self.edges_of_one)
        context.router.add("POST", "/_api/edges/*", self.edges_of_many)

    async def edges_of_one(self, request: Request, collection: str) -> Response:
        """GET of the edges at the vertex named by ``?vertex=``."""
        vertex = request.parameters.get("vertex")
        if not vertex:
            raise ArangoError(errors.DOCUMENT_HANDLE_BAD, "illegal document handle: 'vertex' is missing")
        return await self._answer(request, collection, [vertex])

    async def edges_of_many(self, request: Request, collection: str) -> Response:
        """POST of an array of vertices, whose edges are wanted."""
        vertices = request.json()
        if not isinstance(vertices, list) or not all(isinstance(vertex, str) for vertex in vertices):
            raise ArangoError(errors.BAD_PARAMETER, "expected an array of vertex _id's in body parameter")
        return await self._answer(request, collection, vertices)

    async def _answer(self, request: Request, collection: str, vertices: list[str]) -> Response:
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, collection)
        if info.properties["type"] != _EDGE_TYPE:
            raise ArangoError(errors.COLLECTION_TYPE_INVALID, f"'{collection}' is not an edge collection")
        direction = _DIRECTIONS.get(request.parameters.get("direction", "any").lower())
        if direction is None:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "<direction> must by any, in, or out")
        for vertex in vertices:
            if not all(vertex.partition("/")):
                raise ArangoError(errors.DOCUMENT_HANDLE_BAD)
        edges = await incident_edges(backend, info, vertices, direction)
        statistics = {
            "scannedIndex": len(edges), "filtered": 0, "httpRequests": 0, "cursorsCreated": 1, "cursorsRearmed": 0,
            "cacheHits": 0, "cacheMisses": 0,
        }  # fmt: skip
        return success(200, {"edges": edges, "stats": statistics})
