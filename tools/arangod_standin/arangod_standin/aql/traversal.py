"""Graph traversals and path searches: from a spec and a start to rows of vertex, edge and path.

What it does follows ArangoDB's documentation of AQL traversals; where that leaves the order of edges open, edges come
in the order of the edge index.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .graph_view import GraphView, GraphViews
from .path_search import PathSearch, weight_of
from .traversal_spec import TRAVERSAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .traversal_spec import GraphOptions, TraversalSpec

    Row = tuple[Any, Any, Any]
    Prune = Callable[[Any, Any, Any], bool]

_AHEAD = 1000


async def run(
    views: GraphViews, spec: TraversalSpec, start: Any, target: Any, prune: Prune | None
) -> AsyncIterator[Row]:
    """Yield (vertex, edge, path) as `traversal_spec` describes it.

    An unusable start gives no rows and a warning. Raises ArangoError 10 for options that exclude each other, 1948 for
    a negative weight, and what `GraphViews.view` raises.
    """
    check_options(spec)
    view = await views.view(spec)
    first = _id_of(start, spec, views.warn)
    if first is None:
        return
    if spec.kind == TRAVERSAL:
        async for row in _Traversal(view, spec, prune).rows(first):
            yield row
        return
    last = _id_of(target, spec, views.warn)
    if last is not None:
        async for row in PathSearch(view, spec).rows(first, last):
            yield row


def check_options(spec: TraversalSpec) -> None:
    """Raise ArangoError 10 for options that exclude each other."""
    options = spec.options
    if options.unique_edges == "global":
        raise ArangoError(
            errors.BAD_PARAMETER,
            "uniqueEdges: 'global' is not supported, due to otherwise unpredictable results. Use 'path' or 'none'"
            " instead",
        )
    if spec.kind == TRAVERSAL and options.unique_vertices == "global" and options.order not in ("bfs", "weighted"):
        raise ArangoError(
            errors.BAD_PARAMETER,
            "uniqueVertices: 'global' is only supported, with mode: bfs|weighted due to otherwise unpredictable"
            " results.",
        )


def _id_of(value: Any, spec: TraversalSpec, warn: Callable[[int, str | None], None]) -> str | None:
    text = value.get("_id") if isinstance(value, dict) else value
    if isinstance(text, str) and all(text.partition("/")):
        return text
    what = "traversal" if spec.kind == TRAVERSAL else "Shortest Path"
    warn(errors.BAD_PARAMETER, f"Invalid input for {what}: Only id strings or objects with _id are allowed")
    return None


class _Node:
    """A path of the traversal: the last vertex with its edge, and the path before."""

    __slots__ = ("before", "depth", "edge", "vertex", "weight")

    def __init__(self, vertex: str, edge: dict[str, Any] | None, before: _Node | None, weight: float) -> None:
        self.vertex = vertex
        self.edge = edge
        self.before = before
        self.depth: int = 0 if before is None else before.depth + 1
        self.weight = weight

    def chain(self) -> list[_Node]:
        """Return the nodes from the start to this one."""
        nodes = []
        node: _Node | None = self
        while node is not None:
            nodes.append(node)
            node = node.before
        return nodes[::-1]


class _Traversal:
    def __init__(self, view: GraphView, spec: TraversalSpec, prune: Prune | None) -> None:
        self._view = view
        self._spec = spec
        self._options: GraphOptions = spec.options
        self._prune = prune
        self._weighted = spec.options.order == "weighted"
        self._with_path = spec.needs_path or prune is not None
        self._seen: set[str] = set()

    async def rows(self, start: str) -> AsyncIterator[Row]:
        """Yield the rows in the order asked for."""
        if self._spec.maximum < self._spec.minimum:
            return
        node = _Node(start, None, None, 0.0)
        walk = {"bfs": self._breadth_first, "weighted": self._by_weight}.get(self._options.order, self._depth_first)
        async for row in walk(node):
            yield row

    # -- the three orders --------------------------------------------------------------------------------------------
    async def _depth_first(self, start: _Node) -> AsyncIterator[Row]:
        stack = [start]
        while stack:
            node = stack.pop()
            await self._view.load([node.vertex])
            row = self._row(node)
            if node.depth >= self._spec.minimum:
                yield row
            if self._goes_on(node, row):
                if not self._view.knows_steps(node.vertex):
                    # on a coordinator, siblings that will be expanded next are read along
                    siblings = [other.vertex for other in stack[-self._view.batch :] if other.depth == node.depth]
                    await self._view.expand([node.vertex, *(siblings if self._view.batch > 1 else [])])
                children = list(self._children(node))
                await self._view.load([child.vertex for child in children[:_AHEAD]])
                stack.extend(reversed(children))
            await self._view.pause()

    async def _breadth_first(self, start: _Node) -> AsyncIterator[Row]:
        level = [start]
        self._seen.add(start.vertex)
        while level:
            growing = []
            for number, node in enumerate(level):
                if number % _AHEAD == 0:
                    await self._view.load([other.vertex for other in level[number : number + _AHEAD]])
                row = self._row(node)
                if node.depth >= self._spec.minimum:
                    yield row
                if self._goes_on(node, row):
                    growing.append(node)
                await self._view.pause()
            level = []
            for number, node in enumerate(growing):
                if number % _AHEAD == 0:
                    await self._view.expand([other.vertex for other in growing[number : number + _AHEAD]])
                level.extend(self._children(node))

    async def _by_weight(self, start: _Node) -> AsyncIterator[Row]:
        number = 0
        queue: list[tuple[float, int, _Node]] = [(0.0, number, start)]
        unique = self._options.unique_vertices == "global"
        while queue:
            node = heapq.heappop(queue)[2]
            if unique and node.vertex in self._seen:
                continue
            self._seen.add(node.vertex)
            await self._view.load([node.vertex])
            row = self._row(node)
            if node.depth >= self._spec.minimum:
                yield row
            if self._goes_on(node, row):
                await self._view.expand([node.vertex])
                for child in self._children(node):
                    number += 1
                    heapq.heappush(queue, (child.weight, number, child))
            await self._view.pause()

    # -- one step ----------------------------------------------------------------------------------------------------
    def _goes_on(self, node: _Node, row: Row) -> bool:
        if node.depth >= self._spec.maximum:
            return False
        return self._prune is None or not self._prune(*row)

    def _children(self, node: _Node) -> list[_Node]:
        """Return the paths that are one edge longer and as unique as wanted."""
        made = []
        chain = node.chain()
        edges = {item.edge["_id"] for item in chain if item.edge} if self._options.unique_edges != "none" else set()
        vertices = {item.vertex for item in chain} if self._options.unique_vertices == "path" else set()
        global_mark = self._options.unique_vertices == "global"
        for edge, neighbour in self._view.steps(node.vertex):
            if edge["_id"] in edges or neighbour in vertices:
                continue
            if global_mark:
                if neighbour in self._seen:
                    continue
                if not self._weighted:
                    self._seen.add(neighbour)
            weight = node.weight + weight_of(edge, self._options) if self._weighted else 0.0
            made.append(_Node(neighbour, edge, node, weight))
        return made

    def _row(self, node: _Node) -> Row:
        path: dict[str, Any] | None = None
        if self._with_path:
            chain = node.chain()
            path = {
                "edges": [item.edge for item in chain[1:]],
                "vertices": [self._view.vertex(item.vertex) for item in chain],
            }
            if self._weighted:
                path["weights"] = [item.weight for item in chain]
        return self._view.vertex(node.vertex), node.edge, path
