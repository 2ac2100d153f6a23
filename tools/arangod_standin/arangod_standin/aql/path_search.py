"""Searches for paths between two vertices: SHORTEST_PATH, ALL_SHORTEST_PATHS, K_SHORTEST_PATHS, K_PATHS."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .traversal_spec import ALL_SHORTEST_PATHS, K_PATHS, SHORTEST_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from .graph_view import GraphView
    from .traversal_spec import GraphOptions, TraversalSpec

    Row = tuple[Any, Any, Any]
    Edge = dict[str, Any]

# Distances are sums of floats: two that differ by less count as the same.
_TOLERANCE = 1e-9


def weight_of(edge: Edge, options: GraphOptions) -> float:
    """Return the weight of an edge (1 without a weight attribute). Raises ArangoError 1948 for a negative one."""
    if options.weight_attribute is None:
        return 1.0
    value: Any = edge
    for part in options.weight_attribute.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        value = options.default_weight
    if value < 0:
        raise ArangoError(errors.GRAPH_NEGATIVE_EDGE_WEIGHT)
    return float(value)


class _Path:
    """A path: one vertex more than edges."""

    __slots__ = ("edges", "vertices", "weight")

    def __init__(self, vertices: list[str], edges: list[Edge], weight: float) -> None:
        self.vertices = vertices
        self.edges = edges
        self.weight = weight

    @property
    def ids(self) -> tuple[str, ...]:
        """What tells the path from others between the same vertices."""
        return tuple(edge["_id"] for edge in self.edges)


class PathSearch:
    """Searches on a `GraphView` as a spec wants it."""

    def __init__(self, view: GraphView, spec: TraversalSpec) -> None:
        self._view = view
        self._spec = spec
        self._options = spec.options

    async def rows(self, start: str, target: str) -> AsyncIterator[Row]:
        """Yield the rows of the search that the spec names."""
        if self._spec.kind == SHORTEST_PATH:
            path = await self._shortest(start, target)
            if path is not None:
                await self._view.load(path.vertices)
                for vertex, edge in zip(path.vertices, [None, *path.edges], strict=True):
                    yield self._view.vertex(vertex), edge, None
            return
        paths = {K_PATHS: self._all_paths, ALL_SHORTEST_PATHS: self._all_shortest}.get(self._spec.kind, self._by_length)
        with_weight = self._spec.kind not in (K_PATHS, ALL_SHORTEST_PATHS)
        async for path in paths(start, target):
            await self._view.load(path.vertices)
            shown: dict[str, Any] = {
                "edges": path.edges,
                "vertices": [self._view.vertex(vertex) for vertex in path.vertices],
            }
            if with_weight:
                shown["weight"] = int(path.weight) if path.weight.is_integer() else path.weight
            yield shown, None, None

    # -- the shortest path -------------------------------------------------------------------------------------------
    async def _shortest(
        self,
        start: str,
        target: str,
        avoid_vertices: Iterable[str] = (),
        avoid_edges: Iterable[str] = (),
        ahead: dict[str, float] | None = None,
    ) -> _Path | None:
        """Return a shortest path that avoids some vertices and edges.

        This is Dijkstra's algorithm; with `ahead`, the distances to the target when nothing is avoided, it is A*.
        """
        done: set[str] = set(avoid_vertices)
        edges_out = set(avoid_edges)
        best: dict[str, float] = {start: 0.0}
        before: dict[str, tuple[str, Edge]] = {}
        queue: list[tuple[float, int, str]] = [(0.0, 0, start)]
        number = 0
        while queue:
            _, _, vertex = heapq.heappop(queue)
            if vertex in done:
                continue
            weight = best[vertex]
            if vertex == target:
                return self._walk_back(start, target, before, weight)
            done.add(vertex)
            # on a coordinator, vertices at the same distance are read along
            same = [item[2] for item in queue if item[0] == weight] if self._view.batch > 1 else []
            await self._view.expand([vertex, *same])
            for edge, neighbour in self._view.steps(vertex):
                if neighbour in done or edge["_id"] in edges_out or (ahead is not None and neighbour not in ahead):
                    continue
                total = weight + weight_of(edge, self._options)
                if total < best.get(neighbour, float("inf")):
                    best[neighbour] = total
                    before[neighbour] = vertex, edge
                    number += 1
                    estimate = total if ahead is None else total + ahead[neighbour]
                    heapq.heappush(queue, (estimate, number, neighbour))
            await self._view.pause()
        return None

    @staticmethod
    def _walk_back(start: str, target: str, before: dict[str, tuple[str, Edge]], weight: float) -> _Path:
        vertices, edges = [target], []
        while vertices[-1] != start:
            vertex, edge = before[vertices[-1]]
            vertices.append(vertex)
            edges.append(edge)
        return _Path(vertices[::-1], edges[::-1], weight)

    # -- K_SHORTEST_PATHS --------------------------------------------------------------------------------------------
    async def _by_length(self, start: str, target: str) -> AsyncIterator[_Path]:
        """Yield paths without loops, shortest first (Yen's algorithm)."""
        path = await self._shortest(start, target)
        found: list[_Path] = []
        known: set[tuple[str, ...]] = set()
        candidates: list[tuple[float, int, tuple[str, ...], _Path]] = []
        ahead: dict[str, float] | None = None
        while path is not None:
            found.append(path)
            yield path
            if ahead is None:
                ahead = await self._distances(target, float("inf"))
            for spur in range(len(path.edges)):
                candidate = await self._detour(path, spur, found, ahead)
                if candidate is not None and candidate.ids not in known:
                    known.add(candidate.ids)
                    heapq.heappush(candidates, (candidate.weight, len(candidate.edges), candidate.ids, candidate))
            path = heapq.heappop(candidates)[3] if candidates else None

    async def _detour(self, path: _Path, spur: int, found: list[_Path], ahead: dict[str, float]) -> _Path | None:
        """Return the shortest path that leaves `path` at its vertex `spur` by an edge no found path took there."""
        root = path.ids[:spur]
        taken = [other.ids[spur] for other in found if len(other.edges) > spur and other.ids[:spur] == root]
        rest = await self._shortest(path.vertices[spur], path.vertices[-1], path.vertices[:spur], taken, ahead)
        if rest is None:
            return None
        edges = path.edges[:spur]
        weight = sum(weight_of(edge, self._options) for edge in edges) + rest.weight
        return _Path([*path.vertices[:spur], *rest.vertices], [*edges, *rest.edges], weight)

    # -- ALL_SHORTEST_PATHS ------------------------------------------------------------------------------------------
    async def _all_shortest(self, start: str, target: str) -> AsyncIterator[_Path]:
        """Yield every path of the smallest weight."""
        shortest = await self._shortest(start, target)
        if shortest is None:
            return
        distance = await self._distances(target, shortest.weight)
        limit = shortest.weight + _TOLERANCE
        stack: list[tuple[_Path, set[str]]] = [(_Path([start], [], 0.0), {start})]
        while stack:
            path, visited = stack.pop()
            if path.vertices[-1] == target:
                yield path
                continue
            await self._view.expand([path.vertices[-1]])
            for edge, neighbour in reversed(self._view.steps(path.vertices[-1])):
                weight = path.weight + weight_of(edge, self._options)
                if neighbour not in visited and weight + distance.get(neighbour, float("inf")) <= limit:
                    longer = _Path([*path.vertices, neighbour], [*path.edges, edge], weight)
                    stack.append((longer, {*visited, neighbour}))
            await self._view.pause()

    async def _distances(self, target: str, limit: float, *, in_edges: bool = False) -> dict[str, float]:
        """Return the distance to the target for the vertices from where it is at most `limit`."""
        distance: dict[str, float] = {}
        queue = [(0.0, target)]
        while queue:
            weight, vertex = heapq.heappop(queue)
            if vertex in distance:
                continue
            distance[vertex] = weight
            same = [item[1] for item in queue if item[0] == weight] if self._view.batch > 1 else []
            await self._view.expand([vertex, *same], reverse=True)
            for edge, neighbour in self._view.steps(vertex, reverse=True):
                total = weight + (1.0 if in_edges else weight_of(edge, self._options))
                if neighbour not in distance and total <= limit + _TOLERANCE:
                    heapq.heappush(queue, (total, neighbour))
            await self._view.pause()
        return distance

    # -- K_PATHS -----------------------------------------------------------------------------------------------------
    async def _all_paths(self, start: str, target: str) -> AsyncIterator[_Path]:
        """Yield every path without loops whose number of edges lies between minimum and maximum."""
        minimum, maximum = self._spec.minimum, self._spec.maximum
        distance = await self._distances(target, float(maximum), in_edges=True)
        stack: list[tuple[_Path, set[str]]] = [(_Path([start], [], 0.0), {start})]
        while stack:
            path, visited = stack.pop()
            depth = len(path.edges)
            if path.vertices[-1] == target:
                if depth >= minimum:
                    yield path
                continue
            if depth >= maximum:
                continue
            await self._view.expand([path.vertices[-1]])
            for edge, neighbour in reversed(self._view.steps(path.vertices[-1])):
                if neighbour not in visited and depth + 1 + distance.get(neighbour, float("inf")) <= maximum:
                    longer = _Path([*path.vertices, neighbour], [*path.edges, edge], 0.0)
                    stack.append((longer, {*visited, neighbour}))
            await self._view.pause()
