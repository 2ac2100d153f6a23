"""Vertices and edges of a named graph: document operations with the checks that keep the graph whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..storage.operations import error_of
from .incident_edges import ANY, incident_edges

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo
    from ..storage.operations import Operation, Result
    from .definition import Graph


class GraphElements:
    """Reads and writes the vertices and edges of one graph."""

    def __init__(self, backend: Backend, database: str, graph: Graph) -> None:
        self._backend = backend
        self._database = database
        self._graph = graph

    def vertex_collection(self, name: str) -> CollectionInfo:
        """Return a vertex collection of the graph. Raises ArangoError 1947, 1926."""
        if name not in self._graph.vertex_collections:
            self._backend.collection(self._database, name)
            raise ArangoError(errors.GRAPH_REFERENCED_VERTEX_COLLECTION_NOT_PART_OF_THE_GRAPH)
        try:
            return self._backend.collection(self._database, name)
        except ArangoError as error:
            if error.error_num != errors.DATA_SOURCE_NOT_FOUND:
                raise
            raise ArangoError(errors.GRAPH_VERTEX_COL_DOES_NOT_EXIST) from None

    def edge_collection(self, name: str) -> CollectionInfo:
        """Return an edge collection of the graph. Raises ArangoError 1930."""
        if name not in self._graph.definitions:
            self._backend.collection(self._database, name)
            raise ArangoError(errors.GRAPH_EDGE_COLLECTION_NOT_USED)
        return self._backend.collection(self._database, name)

    async def run(self, info: CollectionInfo, operation: Operation, options: dict[str, Any]) -> Result:
        """Run an operation that leaves the rest of the graph alone; the result may be an error."""
        return (await self._backend.execute(info, [operation], options))[0]

    # -- edges -------------------------------------------------------------------------------------------------------
    async def write_edge(self, info: CollectionInfo, operation: Operation, options: dict[str, Any]) -> Result:
        """Insert or change an edge whose ends must be vertices of the graph. Raises ArangoError 1233, 1947, 1202."""
        document = operation["doc"]
        ends = [document.get(name) for name in ("_from", "_to")] if isinstance(document, dict) else []
        if operation["op"] == "update" and not all(isinstance(end, str) for end in ends):
            return await self.run(info, operation, options)
        if not ends:
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
        vertices = [self._checked_end(name, end) for name, end in zip(("_from", "_to"), ends, strict=True)]
        collections = sorted({vertex.partition("/")[0] for vertex in vertices})
        async with self._backend.query_scope(
            self._database, read=collections, write=[info.name], exclusive=[]
        ) as backend:
            for vertex in vertices:
                await self._check_vertex(backend, vertex)
            return (await backend.execute(info, [operation], options))[0]

    def _checked_end(self, name: str, end: Any) -> str:
        if not isinstance(end, str) or "/" not in end:
            raise ArangoError(errors.INVALID_EDGE_ATTRIBUTE)
        collection = end.partition("/")[0]
        if collection not in self._graph.vertex_collections:
            raise ArangoError(
                errors.GRAPH_REFERENCED_VERTEX_COLLECTION_NOT_PART_OF_THE_GRAPH,
                f"referenced {name} collection '{collection}' is not part of the graph",
            )
        return end

    async def _check_vertex(self, backend: Backend, vertex: str) -> None:
        collection, _, key = vertex.partition("/")
        info = backend.collection(self._database, collection)
        result = (await backend.execute(info, [{"op": "read", "key": key}], {}))[0]
        if "error" in result:
            raise ArangoError(errors.DOCUMENT_NOT_FOUND)

    # -- removal -----------------------------------------------------------------------------------------------------
    async def remove(
        self, info: CollectionInfo, operation: Operation, options: dict[str, Any], graphs: list[Graph]
    ) -> Result:
        """Remove a vertex or edge together with all edges at it, in this graph and the others of the database.

        Other graphs count as far as their definitions name the collection. Raises ArangoError when it fails; then
        nothing is removed, where the backend can undo.
        """
        touching = {name for graph in graphs for name in graph.edges_touching(info.name)}
        names = sorted(touching.union(self._graph.definitions))
        present = [item for item in self._backend.collections(self._database) if item.name in names]
        writes = [info.name, *(item.name for item in present if item.name != info.name)]
        async with self._backend.query_scope(self._database, read=[], write=writes, exclusive=[]) as backend:
            result = (await backend.execute(info, [operation], options))[0]
            if "error" in result:
                raise failure(info, result)
            sync = {name: options[name] for name in ("waitForSync",) if name in options}
            for item in present:
                edges = await incident_edges(backend, item, [f"{info.name}/{result['key']}"], ANY)
                if edges:
                    removals: list[Operation] = [{"op": "remove", "key": edge["_key"]} for edge in edges]
                    await backend.execute(item, removals, sync)
        return result


def failure(info: CollectionInfo, result: Result) -> ArangoError:
    """Return the exception a failed result stands for; a failed If-Match shows the revision that is there."""
    error = error_of(result)
    if error.error_num == errors.CONFLICT and result.get("rev") is not None:
        document = {"_id": f"{info.name}/{result['key']}", "_key": result["key"], "_rev": result["rev"]}
        return ArangoError(error.error_num, error.message, status=412, extra={**error.extra, **document})
    return error
