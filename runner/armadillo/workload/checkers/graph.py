"""Dependencies between transactions: a graph with kinds of edges, its strongly connected components, its cycles."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

WW, WR, RW, PROCESS, REALTIME = 1, 2, 4, 8, 16
"""Kinds of edges: overwrites; is read by; is overwritten after the read; same session; had ended before."""


class Edge(NamedTuple):
    """`target` comes after the source because of `kind`, seen at `key` ("" for an order of time)."""

    target: int
    kind: int
    key: str


class Step(NamedTuple):
    """One edge of a cycle with its source."""

    source: int
    edge: Edge


class Graph:
    """Nodes are numbers from 0; parallel edges of different kinds stay apart."""

    def __init__(self, size: int) -> None:
        self._edges: list[list[Edge]] = [[] for _ in range(size)]

    def __len__(self) -> int:
        return len(self._edges)

    def add(self, source: int, target: int, kind: int, key: str = "") -> None:
        """Adds an edge; one from a node to itself says nothing and is left out."""
        if source != target:
            self._edges[source].append(Edge(target, kind, key))

    def after(self, node: int, kinds: int) -> Iterator[Edge]:
        """The edges of these kinds that leave a node."""
        return (edge for edge in self._edges[node] if edge.kind & kinds)

    def components(self, kinds: int, nodes: Iterable[int] | None = None) -> list[list[int]]:
        """Sets of at least two nodes that all reach each other by edges of these kinds (Tarjan, without recursion).

        With `nodes` only these and the edges between them are looked at.
        """
        within = None if nodes is None else set(nodes)
        walk = _Walk()
        for root in range(len(self._edges)) if within is None else within:
            if root in walk.order:
                continue
            walk.enter(root)
            work = [(root, self.after(root, kinds))]
            while work:
                node, edges = work[-1]
                child = next((e.target for e in edges if within is None or e.target in within), None)
                if child is None:
                    work.pop()
                    walk.leave(node, work[-1][0] if work else None)
                elif child not in walk.order:
                    walk.enter(child)
                    work.append((child, self.after(child, kinds)))
                elif child in walk.is_waiting:
                    walk.low[node] = min(walk.low[node], walk.order[child])
        return walk.found

    def short_cycle(
        self, component: Sequence[int], free: int, once: int = 0, *, end_s: float = float("inf"), adjacent: bool = True
    ) -> list[Step] | None:
        """A short cycle inside a component, None when there is none or the time is over.

        With `once` = 0 it is made of edges of the kinds `free`. Otherwise it begins with an edge of a kind in `once`,
        and goes back by edges in `free`; where `adjacent` is false, further edges of `once` are taken as well, but
        never two in a row.
        """
        within = set(component)
        best: list[Step] | None = None
        for first in self._first_edges(component, within, once or free):
            way = self._way_back(first, within, free, 0 if adjacent else once, 0 if best is None else len(best))
            if way is not None and (best is None or len(way) + 1 < len(best)):
                best = [first, *way]
            if time.monotonic() > end_s or (best is not None and len(best) == _SHORTEST):
                break
        return best

    def _first_edges(self, component: Sequence[int], within: set[int], kinds: int) -> Iterator[Step]:
        for node in component:
            for edge in self.after(node, kinds):
                if edge.target in within:
                    yield Step(node, edge)

    def _way_back(self, first: Step, within: set[int], free: int, alternating: int, limit: int) -> list[Step] | None:
        """The shortest way from the first edge's target to its source; a `limit` of 0 is none.

        A place is a node and whether an edge of `alternating` may leave it; the last edge must leave room for `first`.
        """
        start = (first.edge.target, not alternating)
        came: dict[tuple[int, bool], tuple[tuple[int, bool], Step] | None] = {start: None}
        queue = deque([(start, 1)])
        while queue:
            place, length = queue.popleft()
            if limit and length + 1 >= limit:
                return None
            node, may_alternate = place
            kinds = free | alternating if may_alternate else free
            for edge in self.after(node, kinds):
                if edge.target not in within:
                    continue
                is_alternating = bool(edge.kind & alternating) and not edge.kind & free
                following = (edge.target, True if not alternating else not is_alternating)
                if following in came:
                    continue
                came[following] = (place, Step(node, edge))
                if edge.target == first.source and (not alternating or not is_alternating):
                    return _steps(came, following)
                queue.append((following, length + 1))
        return None


_SHORTEST = 2


class _Walk:
    """Where Tarjan's depth-first walk has been."""

    def __init__(self) -> None:
        self.order: dict[int, int] = {}
        self.low: dict[int, int] = {}
        self.waiting: list[int] = []
        self.is_waiting: set[int] = set()
        self.found: list[list[int]] = []

    def enter(self, node: int) -> None:
        self.order[node] = self.low[node] = len(self.order)
        self.waiting.append(node)
        self.is_waiting.add(node)

    def leave(self, node: int, parent: int | None) -> None:
        if parent is not None:
            self.low[parent] = min(self.low[parent], self.low[node])
        if self.low[node] != self.order[node]:
            return
        component: list[int] = []
        while not component or component[-1] != node:
            component.append(self.waiting.pop())
            self.is_waiting.remove(component[-1])
        if len(component) > 1:
            self.found.append(component)


def _steps(came: dict[tuple[int, bool], tuple[tuple[int, bool], Step] | None], place: tuple[int, bool]) -> list[Step]:
    steps = []
    while (before := came[place]) is not None:
        place, step = before
        steps.append(step)
    return steps[::-1]
