"""Traversals and path searches compared with a naive model on random small graphs."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arangod_standin.aql import traversal
from arangod_standin.aql.graph_view import GraphViews
from arangod_standin.aql.traversal_spec import EdgeSource, TraversalSpec
from arangod_standin.errors import ArangoError
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.local_backend import LocalBackend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

VERTICES = 5
_numbers = itertools.count(1)

# An edge of a drawn graph: from, to, weight.
Edges = list[tuple[int, int, int]]
# A path of the model: vertices and numbers of edges.
Path_ = tuple[tuple[int, ...], tuple[int, ...]]

vertices = st.integers(0, VERTICES - 1)
edge_lists = st.lists(st.tuples(vertices, vertices, st.integers(0, 3)), max_size=8)
depths = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: (pair[0], pair[0] + pair[1]))
orders = st.sampled_from(["dfs", "bfs", "weighted"])
uniqueness = st.sampled_from(["edges", "vertices", "none"])
directions = st.sampled_from(["OUTBOUND", "INBOUND", "ANY"])
# With print_blob a failure shows how to repeat it.
quick = settings(
    max_examples=120,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Graphs:
    """Stores drawn graphs and walks on them."""

    def __init__(self, backend: LocalBackend) -> None:
        self._backend = backend
        self.warnings: list[int] = []

    async def _store(self, edges: Edges) -> str:
        name = f"edges{next(_numbers)}"
        info = await self._backend.create_collection("_system", {"name": name, "type": 3}, {})
        inserts = [
            {"op": "insert", "doc": {"_key": str(number), "_from": f"v/{a}", "_to": f"v/{b}", "weight": weight}}
            for number, (a, b, weight) in enumerate(edges)
        ]
        await self._backend.execute(info, inserts, {})
        return name

    def walk(
        self, edges: Edges, spec: TraversalSpec, start: Any, target: Any = None, prune: Any = None
    ) -> list[tuple[Any, Any, Any]]:
        """Return all rows of a traversal or search over the edges."""

        async def rows() -> list[tuple[Any, Any, Any]]:
            name = await self._store(edges)
            spec.edges = [EdgeSource(name, spec.direction)]
            views = GraphViews(self._backend, "_system", lambda number, _: self.warnings.append(number))
            found = traversal.run(views, spec, start, target, prune)
            result = [row async for row in found]
            await self._backend.drop_collection(self._backend.collection("_system", name))
            return result

        return asyncio.run(rows())


@pytest.fixture
def graphs(tmp_path: Path) -> Iterator[Graphs]:
    """A database with the vertices v/0 to v/4."""
    engine = Engine(str(tmp_path / "data.sqlite3"))
    backend = LocalBackend(Catalog(engine))
    backend.bootstrap()
    engine.commit()

    async def fill() -> None:
        info = await backend.create_collection("_system", {"name": "v"}, {})
        inserts = [{"op": "insert", "doc": {"_key": str(number), "number": number}} for number in range(VERTICES)]
        await backend.execute(info, inserts, {})

    asyncio.run(fill())
    yield Graphs(backend)
    engine.close()


# -- the model --------------------------------------------------------------------------------------------------------
def steps(edges: Edges, vertex: int, direction: str) -> list[tuple[int, int]]:
    """Return (number of the edge, neighbour) for every edge that may be followed."""
    found = []
    for number, (a, b, _) in enumerate(edges):
        if a == vertex and direction != "INBOUND":
            found.append((number, b))
        if b == vertex and (direction == "INBOUND" or (direction == "ANY" and a != b)):
            found.append((number, a))
    return found


def all_walks(edges: Edges, start: int, direction: str, maximum: int, *, unique: str) -> list[Path_]:
    """Return every walk of at most `maximum` edges without repeated edges or vertices (or with both)."""
    walks: list[Path_] = [((start,), ())]
    for vertices, used in walks:
        if len(used) < maximum:
            for number, neighbour in steps(edges, vertices[-1], direction):
                if (unique == "edges" and number in used) or (unique == "vertices" and neighbour in vertices):
                    continue
                walks.append(((*vertices, neighbour), (*used, number)))
    return walks


def simple_paths(edges: Edges, start: int, target: int, direction: str) -> list[Path_]:
    """Return all paths without repeated vertices from start to target."""
    walks = all_walks(edges, start, direction, VERTICES, unique="vertices")
    return [walk for walk in walks if walk[0][-1] == target]


def weight(edges: Edges, path: Path_, *, weighted: bool) -> int:
    """Return the weight of a path, or its number of edges."""
    return sum(edges[number][2] for number in path[1]) if weighted else len(path[1])


def shown(path: dict[str, Any]) -> Path_:
    """Return a path of the server in the model's form."""
    vertices = tuple(int(vertex["_key"]) for vertex in path["vertices"])
    return vertices, tuple(int(edge["_key"]) for edge in path["edges"])


# -- traversals -------------------------------------------------------------------------------------------------------
@quick
@given(edges=edge_lists, direction=directions, depths=depths, order=orders, unique=uniqueness)
def test_a_traversal_finds_the_walks_of_the_model(
    graphs: Graphs, edges: Edges, direction: str, *, depths: tuple[int, int], order: str, unique: str
) -> None:
    """Every walk between both depths comes exactly once, in all orders and with all kinds of uniqueness."""
    options = {"order": order, "uniqueVertices": "path" if unique == "vertices" else "none",
               "uniqueEdges": "none" if unique == "none" else "path"}  # fmt: skip
    minimum, maximum = depths
    spec = TraversalSpec("traversal", direction, minimum=minimum, maximum=maximum, options=options)
    rows = graphs.walk(edges, spec, "v/0")
    walks = all_walks(edges, 0, direction, maximum, unique=unique)
    expected = sorted(walk for walk in walks if len(walk[1]) >= minimum)
    assert sorted(shown(path) for _, _, path in rows) == expected
    for vertex, edge, path in rows:
        assert vertex == path["vertices"][-1]
        assert edge == (path["edges"][-1] if path["edges"] else None)


@quick
@given(edges=edge_lists, direction=directions, longer=st.integers(0, 4))
def test_breadth_first_with_global_uniqueness_finds_each_vertex_at_its_distance(
    graphs: Graphs, edges: Edges, direction: str, longer: int
) -> None:
    """Every reachable vertex comes once, nearest first, on a path as long as its distance."""
    options = {"order": "bfs", "uniqueVertices": "global"}
    spec = TraversalSpec("traversal", direction, minimum=0, maximum=longer, options=options)
    rows = graphs.walk(edges, spec, "v/0")
    distance: dict[int, int] = {}
    for passed, used in all_walks(edges, 0, direction, longer, unique="vertices"):
        distance[passed[-1]] = min(len(used), distance.get(passed[-1], VERTICES))
    found = [(vertex["number"], len(path["edges"])) for vertex, _, path in rows]
    assert sorted(found) == sorted(distance.items())
    assert [depth for _, depth in found] == sorted(depth for _, depth in found)


@quick
@given(edges=edge_lists, direction=directions)
def test_a_weighted_traversal_goes_by_weight(graphs: Graphs, edges: Edges, direction: str) -> None:
    """Paths come in the order of their weight, and `weights` says what has been added up at each vertex."""
    options = {"order": "weighted", "weightAttribute": "weight", "uniqueVertices": "path"}
    spec = TraversalSpec("traversal", direction, minimum=0, maximum=VERTICES, options=options)
    paths = [path for _, _, path in graphs.walk(edges, spec, "v/0")]
    totals = [weight(edges, shown(path), weighted=True) for path in paths]
    assert totals == sorted(totals)
    assert [path["weights"][-1] for path in paths] == totals


@quick
@given(edges=edge_lists, direction=directions, forbidden=st.integers(0, VERTICES - 1),
       order=st.sampled_from(["dfs", "bfs"]))  # fmt: skip
def test_pruning_shows_the_vertex_and_nothing_behind_it(
    graphs: Graphs, edges: Edges, direction: str, forbidden: int, order: str
) -> None:
    """Below a vertex for which PRUNE is true no path goes on; the vertex itself is still a result."""
    spec = TraversalSpec("traversal", direction, minimum=0, maximum=3, options={"order": order})
    rows = graphs.walk(edges, spec, "v/0", prune=lambda vertex, edge, path: vertex["number"] == forbidden)
    walks = all_walks(edges, 0, direction, 3, unique="edges")
    assert sorted(shown(path) for _, _, path in rows) == sorted(w for w in walks if forbidden not in w[0][:-1])


# -- paths ------------------------------------------------------------------------------------------------------------
@quick
@given(edges=edge_lists, direction=directions, target=vertices, weighted=st.booleans())
def test_the_shortest_path_is_one_of_the_shortest(
    graphs: Graphs, edges: Edges, direction: str, target: int, weighted: bool
) -> None:
    """A path is found if there is one; its edges join its vertices and no path is shorter."""
    spec = TraversalSpec("shortest", direction, options={"weightAttribute": "weight"} if weighted else {})
    rows = graphs.walk(edges, spec, "v/0", f"v/{target}")
    paths = simple_paths(edges, 0, target, direction)
    if not paths:
        assert rows == []
        return
    found = shown({"vertices": [row[0] for row in rows], "edges": [row[1] for row in rows[1:]]})
    assert rows[0][1] is None
    assert found in paths
    assert weight(edges, found, weighted=weighted) == min(weight(edges, path, weighted=weighted) for path in paths)


@quick
@given(edges=edge_lists, direction=directions, target=vertices, weighted=st.booleans())
def test_k_shortest_paths_are_all_paths_by_length(
    graphs: Graphs, edges: Edges, direction: str, target: int, weighted: bool
) -> None:
    """Every path without loops comes once, shorter ones first, with its weight."""
    spec = TraversalSpec("k_shortest", direction, options={"weightAttribute": "weight"} if weighted else {})
    paths = [row[0] for row in graphs.walk(edges, spec, "v/0", f"v/{target}")]
    assert sorted(shown(path) for path in paths) == sorted(simple_paths(edges, 0, target, direction))
    weights = [weight(edges, shown(path), weighted=weighted) for path in paths]
    assert weights == sorted(weights)
    assert [path["weight"] for path in paths] == weights


@quick
@given(edges=edge_lists, direction=directions, target=vertices, weighted=st.booleans())
def test_all_shortest_paths_are_complete(
    graphs: Graphs, edges: Edges, direction: str, target: int, weighted: bool
) -> None:
    """Exactly the paths of the smallest weight come, each once."""
    spec = TraversalSpec("all_shortest", direction, options={"weightAttribute": "weight"} if weighted else {})
    paths = [shown(row[0]) for row in graphs.walk(edges, spec, "v/0", f"v/{target}")]
    possible = simple_paths(edges, 0, target, direction)
    best = min((weight(edges, path, weighted=weighted) for path in possible), default=0)
    assert sorted(paths) == sorted(path for path in possible if weight(edges, path, weighted=weighted) == best)


@quick
@given(edges=edge_lists, direction=directions, target=vertices, depths=depths)
def test_k_paths_are_the_paths_between_two_lengths(
    graphs: Graphs, edges: Edges, direction: str, target: int, depths: tuple[int, int]
) -> None:
    """Exactly the paths without loops whose length lies between both come."""
    minimum, maximum = depths
    spec = TraversalSpec("k_paths", direction, minimum=minimum, maximum=maximum)
    paths = [shown(row[0]) for row in graphs.walk(edges, spec, "v/0", f"v/{target}")]
    expected = [p for p in simple_paths(edges, 0, target, direction) if minimum <= len(p[1]) <= maximum]
    assert sorted(paths) == sorted(expected)


# -- borders ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("start", [None, 7, "nowhere", "v/", {"name": "x"}, [1]])
def test_an_unusable_start_gives_a_warning(graphs: Graphs, start: Any) -> None:
    """What is neither an id nor a document with one gives no rows and warning 10."""
    assert graphs.walk([(0, 1, 0)], TraversalSpec("traversal", "ANY"), start) == []
    assert graphs.warnings == [10]


def test_a_missing_vertex_is_null(graphs: Graphs) -> None:
    """An edge that leads nowhere gives null with warning 1202, and the traversal goes on."""
    rows = graphs.walk([(0, 99, 0), (99, 1, 0)], TraversalSpec("traversal", "OUTBOUND", maximum=2), {"_id": "v/0"})
    assert [vertex and vertex["number"] for vertex, _, _ in rows] == [None, 1]
    assert graphs.warnings == [1202]


@pytest.mark.parametrize(
    "options",
    [{"uniqueVertices": "global"}, {"uniqueVertices": "global", "order": "dfs"}, {"uniqueEdges": "global"}],
)
def test_options_that_exclude_each_other_are_refused(graphs: Graphs, options: dict[str, Any]) -> None:
    """Global uniqueness without a breadth-first order is error 10, as in ArangoDB."""
    with pytest.raises(ArangoError) as caught:
        graphs.walk([], TraversalSpec("traversal", "ANY", options=options), "v/0")
    assert caught.value.error_num == 10


def test_a_negative_weight_is_an_error(graphs: Graphs) -> None:
    """A shortest path over an edge of negative weight is error 1948."""
    spec = TraversalSpec("shortest", "OUTBOUND", options={"weightAttribute": "weight"})
    with pytest.raises(ArangoError) as caught:
        graphs.walk([(0, 1, -1)], spec, "v/0", "v/1")
    assert caught.value.error_num == 1948
