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
    from .query_context import QueryContext
    from .traversal_spec import TraversalSpec

    Step = tuple[dict[str, Any], str]

_REVERSED = {OUTBOUND: INBOUND, INBOUND: OUTBOUND, ANY: ANY}
_EDGE_TYPE = 3
_YIELD_EVERY_S = 0.02
_BATCH = 1000
# What a view remembers is dropped before the next start when it is more than this.
_MOST_REMEMBERED = 200_000
# Roughly what an edge or vertex takes in memory.
_ELEMENT_BYTES = 600


class GraphViews:
    """The views of one query: each graph is opened once, however many starts there are."""

    def __init__(
        self,
        backend: Backend,
        database: str,
        warn: Callable[[int, str | None], None],
        statistics: dict[str, Any] | None = None,
        context: QueryContext | None = None,
    ) -> None:
        self.backend = backend
        self.database = database
        self.warn = warn
        self.statistics = statistics if statistics is not None else {}
        self.context = context
        self._opened: dict[Any, GraphView] = {}

    async def view(self, spec: TraversalSpec) -> GraphView:
        """Return the graph a spec names. Raises ArangoError 1924, 1939, 1926, 1203, 1218."""
        options = spec.options
        key = (
            spec.graph,
            spec.direction,
            tuple(spec.edges),
            tuple(options.vertex_collections or ()),
            tuple(options.edge_collections or ()),
        )
        found = self._opened.get(key)
        if found is None:
            found = self._opened[key] = await _open_graph(self, spec)
        found.forget_much()
        return found


async def _open_graph(views: GraphViews, spec: TraversalSpec) -> GraphView:
    backend, database = views.backend, views.database
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
    return GraphView(views, opened, spec.options.vertex_collections)


class GraphView:
    """Edges at vertices and documents of vertices; what was read once is not read again."""

    def __init__(
        self, views: GraphViews, sources: list[tuple[CollectionInfo, str]], vertex_collections: list[str] | None
    ) -> None:
        self._views = views
        self._backend = views.backend
        self._database = views.database
        self._warn = views.warn
        self._sources = sources
        self._allowed = None if vertex_collections is None else set(vertex_collections)
        self._steps: dict[bool, dict[str, list[Step]]] = {False: {}, True: {}}
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._yielded_s = time.monotonic()
        self._remembered = 0
        self.batch = _BATCH if views.backend.is_cluster else 1

    async def pause(self) -> None:
        """Let other requests run when this query has been busy for a while."""
        if self._views.context is not None:
            await self._views.context.breathe()
        elif time.monotonic() - self._yielded_s > _YIELD_EVERY_S:
            await asyncio.sleep(0)
            self._yielded_s = time.monotonic()

    def _count(self, number: int) -> None:
        statistics = self._views.statistics
        statistics["scannedIndex"] = statistics.get("scannedIndex", 0) + number
        if self._backend.is_cluster:
            statistics["httpRequests"] = statistics.get("httpRequests", 0) + 1
        self._remember(number)

    def _remember(self, number: int) -> None:
        self._remembered += number
        if self._views.context is not None:
            self._views.context.use_memory(number * _ELEMENT_BYTES)

    def forget_much(self) -> None:
        """Drop what was read when it has become much; called between two starts."""
        if self._remembered > _MOST_REMEMBERED:
            self._steps = {False: {}, True: {}}
            self._documents = {}
            self._remember(-self._remembered)

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
        self._count(len(edges))
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
        self._count(len(keys))
        for key, result in zip(keys, results, strict=True):
            if "error" in result:
                self._warn(errors.DOCUMENT_NOT_FOUND, f"document not found: {collection}/{key}")
            self._documents[f"{collection}/{key}"] = result.get("document")

    def vertex(self, vertex: str) -> dict[str, Any] | None:
        """Return the document of a vertex that was loaded."""
        return self._documents[vertex]
