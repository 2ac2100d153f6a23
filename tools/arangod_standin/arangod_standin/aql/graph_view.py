"""The graph a traversal or path search walks on: edges and vertices, read in batches and remembered for one query."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..graph.incident_edges import ANY, INBOUND, OUTBOUND, incident_edges
from ..graph.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..backend import Backend, CollectionInfo
    from .traversal_spec import TraversalSpec

    Step = tuple[dict[str, Any], str]

_REVERSED = {OUTBOUND: INBOUND, INBOUND: OUTBOUND, ANY: ANY}
_EDGE_TYPE = 3
_YIELD_EVERY_S = 0.02
_BATCH = 1000


async def open_graph(
    backend: Backend,
    database: str,
    spec: TraversalSpec,
    warn: Callable[[int, str | None], None],
    statistics: dict[str, Any] | None = None,
) -> GraphView:
    """Return the graph a spec names. Raises ArangoError 1924, 1939, 1926, 1203, 1218."""
    wanted = spec.options.edge_collections
    if spec.graph is not None:
        graph = await GraphStore(backend, database).get(spec.graph)
        known = graph.edge_collections
        sources = [(name, spec.direction) for name in known if wanted is None or name in wanted]
        for name in spec.options.vertex_collections or ():
            if name not in graph.vertex_collections:
                raise ArangoError(errors.GRAPH_VERTEX_COL_DOES_NOT_EXIST, f"vertex collection '{name}' not in graph")
    else:
        known = [source.collection for source in spec.edges]
        sources = [
            (item.collection, item.direction) for item in spec.edges if wanted is None or item.collection in wanted
        ]
    for name in wanted or ():
        if name not in known:
            raise ArangoError(
                errors.GRAPH_EDGE_COL_DOES_NOT_EXIST, f"edge collection '{name}' is not part of the graph"
            )
    opened = []
    for name, direction in sources:
        info = backend.collection(database, name)
        if info.properties["type"] != _EDGE_TYPE:
            raise ArangoError(
                errors.COLLECTION_TYPE_INVALID, f"collection '{name}' is used for edges and is not an edge collection"
            )
        opened.append((info, direction.upper()))
    allowed = spec.options.vertex_collections
    return GraphView(backend, database, opened, vertex_collections=allowed, warn=warn, statistics=statistics)


class GraphView:
    """Edges at vertices and documents of vertices; what was read once is not read again."""

    def __init__(
        self,
        backend: Backend,
        database: str,
        sources: list[tuple[CollectionInfo, str]],
        *,
        vertex_collections: list[str] | None,
        warn: Callable[[int, str | None], None],
        statistics: dict[str, Any] | None,
    ) -> None:
        self._backend = backend
        self._database = database
        self._sources = sources
        self._allowed = None if vertex_collections is None else set(vertex_collections)
        self._warn = warn
        self._statistics = statistics if statistics is not None else {}
        self._steps: dict[bool, dict[str, list[Step]]] = {False: {}, True: {}}
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._yielded_s = time.monotonic()
        self.batch = _BATCH if backend.is_cluster else 1

    async def pause(self) -> None:
        """Let other requests run when this query has been busy for a while."""
        if time.monotonic() - self._yielded_s > _YIELD_EVERY_S:
            await asyncio.sleep(0)
            self._yielded_s = time.monotonic()

    def _count(self, name: str, number: int) -> None:
        self._statistics[name] = self._statistics.get(name, 0) + number

    # -- edges -------------------------------------------------------------------------------------------------------
    def knows_steps(self, vertex: str) -> bool:
        """Say whether the edges of a vertex have been read."""
        return vertex in self._steps[False]

    def steps(self, vertex: str, *, reverse: bool = False) -> list[Step]:
        """Return (edge, neighbour) for every edge that may be followed from a vertex that was expanded."""
        return self._steps[reverse][vertex]

    async def expand(self, vertices: Iterable[str], *, reverse: bool = False) -> None:
        """Read the edges at vertices; `reverse` follows them against their direction."""
        steps = self._steps[reverse]
        fresh = [vertex for vertex in dict.fromkeys(vertices) if vertex not in steps]
        for start in range(0, len(fresh), _BATCH):
            part = fresh[start : start + _BATCH]
            found: dict[str, list[Step]] = {vertex: [] for vertex in part}
            for info, direction in self._sources:
                await self._expand_source(info, _REVERSED[direction] if reverse else direction, found)
            steps.update(found)
            await self.pause()

    async def _expand_source(self, info: CollectionInfo, direction: str, found: dict[str, list[Step]]) -> None:
        edges = await incident_edges(self._backend, info, list(found), direction)
        self._count("scannedIndex", len(edges))
        for edge in edges:
            source, target = edge["_from"], edge["_to"]
            if direction != INBOUND and source in found and self._may_visit(target):
                found[source].append((edge, target))
            # an edge from a vertex to itself is followed once, also with ANY
            inwards = direction == INBOUND or (direction == ANY and source != target)
            if inwards and target in found and self._may_visit(source):
                found[target].append((edge, source))

    def _may_visit(self, vertex: str) -> bool:
        return self._allowed is None or vertex.partition("/")[0] in self._allowed

    # -- vertices ----------------------------------------------------------------------------------------------------
    async def load(self, vertices: Iterable[str]) -> None:
        """Read the documents of vertices; those that are missing become null, with a warning."""
        groups: dict[str, list[str]] = {}
        for vertex in dict.fromkeys(vertices):
            if vertex not in self._documents:
                collection, _, key = vertex.partition("/")
                groups.setdefault(collection, []).append(key)
        for collection, keys in groups.items():
            for start in range(0, len(keys), _BATCH):
                await self._load_part(collection, keys[start : start + _BATCH])
                await self.pause()

    async def _load_part(self, collection: str, keys: list[str]) -> None:
        try:
            info = self._backend.collection(self._database, collection)
        except ArangoError as error:
            if error.error_num != errors.DATA_SOURCE_NOT_FOUND:
                raise
            self._warn(errors.DATA_SOURCE_NOT_FOUND, f"collection or view not found: {collection}")
            self._documents.update({f"{collection}/{key}": None for key in keys})
            return
        results = await self._backend.execute(info, [{"op": "read", "key": key} for key in keys], {})
        self._count("scannedIndex", len(keys))
        for key, result in zip(keys, results, strict=True):
            if "error" in result:
                self._warn(errors.DOCUMENT_NOT_FOUND, f"document not found: {collection}/{key}")
            self._documents[f"{collection}/{key}"] = result.get("document")

    def vertex(self, vertex: str) -> dict[str, Any] | None:
        """Return the document of a vertex that was loaded."""
        return self._documents[vertex]
