"""Where named graphs are kept: the collection ``_graphs`` of each database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..storage.operations import error_of
from .definition import Graph

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..backend import Backend, CollectionInfo

_ATTEMPTS = 50


class GraphStore:
    """Reads and writes the graphs of one database through a backend."""

    def __init__(self, backend: Backend, database: str) -> None:
        self._backend = backend
        self.database = database

    @property
    def _info(self) -> CollectionInfo:
        return self._backend.collection(self.database, "_graphs")

    async def _write(self, operation: dict[str, Any], *, wait_for_sync: bool) -> dict[str, Any]:
        options = {"waitForSync": True} if wait_for_sync else {}
        result = (await self._backend.execute(self._info, [operation], options))[0]
        if "error" in result:
            raise error_of(result)
        return result

    async def all(self) -> list[Graph]:
        """Return all graphs of the database by name."""
        documents = await self._backend.scan(self._info)
        return sorted((Graph.from_document(document) for document in documents), key=lambda graph: graph.name)

    async def get(self, name: str) -> Graph:
        """Return a graph. Raises ArangoError 1924."""
        result = (await self._backend.execute(self._info, [{"op": "read", "key": name}], {}))[0]
        if "error" in result:
            if result["error"] in (errors.DOCUMENT_NOT_FOUND, errors.DOCUMENT_KEY_BAD):
                raise ArangoError(errors.GRAPH_NOT_FOUND, f"graph '{name}' not found")
            raise error_of(result)
        return Graph.from_document(result["document"])

    async def insert(self, graph: Graph, *, wait_for_sync: bool) -> None:
        """Store a new graph. Raises ArangoError 1925."""
        try:
            result = await self._write({"op": "insert", "doc": graph.document()}, wait_for_sync=wait_for_sync)
        except ArangoError as error:
            if error.error_num == errors.UNIQUE_CONSTRAINT_VIOLATED:
                raise ArangoError(errors.GRAPH_DUPLICATE) from None
            raise
        graph.revision = result["rev"]

    async def change(self, name: str, change: Callable[[Graph], Awaitable[None]], *, wait_for_sync: bool) -> Graph:
        """Read a graph, have it changed, store it; from the start again when somebody else changed it meanwhile."""
        for _ in range(_ATTEMPTS):
            graph = await self.get(name)
            await change(graph)
            operation = {"op": "replace", "key": name, "doc": graph.document(), "rev": graph.revision}
            try:
                result = await self._write(operation, wait_for_sync=wait_for_sync)
            except ArangoError as error:
                if error.error_num != errors.CONFLICT:
                    raise
                continue
            graph.revision = result["rev"]
            return graph
        raise ArangoError(errors.CONFLICT, f"the definition of graph '{name}' changes too fast")

    async def remove(self, name: str, *, wait_for_sync: bool) -> None:
        """Remove a graph's definition."""
        await self._write({"op": "remove", "key": name}, wait_for_sync=wait_for_sync)

    async def user_of(self, collection: str, *, besides: str = "") -> str | None:
        """Return the name of a graph (other than `besides`) that a collection belongs to."""
        for graph in await self.all():
            if graph.name != besides and graph.uses(collection):
                return graph.name
        return None


async def check_droppable(backend: Backend, database: str, collection: str) -> None:
    """Raise ArangoError 1942 for a collection that belongs to a graph: dropping it would break the graph."""
    if collection.startswith("_"):
        return
    name = await GraphStore(backend, database).user_of(collection)
    if name is not None:
        raise ArangoError(
            errors.GRAPH_MUST_NOT_DROP_COLLECTION,
            f"must not drop collection while part of graph: collection '{collection}' is used in graph '{name}'",
        )
