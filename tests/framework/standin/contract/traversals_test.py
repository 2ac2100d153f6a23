"""Graph traversals and path searches in AQL."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.named_graph import NamedGraph
from tests.framework.standin.support.standin_server import Answer, StandinServer

# Two ways from a to d: a-b-d is short and heavy, a-c-e-d long and light. From d an edge leads back to a.
EDGES = (("a", "b", 5), ("b", "d", 5), ("a", "c", 1), ("c", "e", 1), ("e", "d", 1), ("d", "a", 1))


class Walks:
    """Queries on the graph of EDGES; `@graph`, `@@edges` and `@a` to `@e` may be used."""

    def __init__(self, graph: NamedGraph) -> None:
        self.graph = graph
        ids = {key: graph.vertex(key) for key in "abcde"}
        for source, target, weight in EDGES:
            body = {"_from": ids[source], "_to": ids[target], "weight": weight, "_key": source + target}
            answer = graph.call("POST", f"/edge/{graph.knows}", body)
            assert answer.status == 202, answer
        self._values = {"graph": graph.name, "@edges": graph.knows, **ids}

    def answer(self, query: str, **more: Any) -> Answer:
        """Return the answer to a query; `options` are written into it, since they cannot be bound."""
        query = query.replace("@options", json.dumps(more.pop("options", {})))
        values = {**self._values, **more}
        bind = {name: values[name] for name in re.findall(r"@(@?\w+)", query)}
        return self.graph.server.call("POST", "/_api/cursor", {"query": query, "bindVars": bind})

    def __call__(self, query: str, **more: Any) -> Any:
        """Return a query's values."""
        answer = self.answer(query, **more)
        assert answer.status == 201, answer
        return answer.body["result"]


@pytest.fixture
def walks(server: StandinServer, name: str) -> Walks:
    """The graph of EDGES."""
    return Walks(NamedGraph(server, name).create())


@feature("AQL traversals", "OUTBOUND, INBOUND, ANY, with depths")
@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("1..1 OUTBOUND", ["b", "c"]),
        ("OUTBOUND", ["b", "c"]),
        ("2 OUTBOUND", ["d", "e"]),
        ("0..1 INBOUND", ["a", "d"]),
        ("1..1 ANY", ["b", "c", "d"]),
        ("1..2 INBOUND", ["b", "d", "e"]),
    ],
)
def test_directions_and_depths(walks: Walks, direction: str, expected: list[str]) -> None:
    """A traversal finds the vertices between two depths along the direction, named graph or edge collection."""
    assert sorted(walks(f"FOR v IN {direction} @a GRAPH @graph RETURN v._key")) == expected
    assert sorted(walks(f"FOR v IN {direction} @a @@edges RETURN v._key")) == expected


@feature("AQL traversals", "OUTBOUND, INBOUND, ANY, with depths")
def test_each_edge_collection_may_have_its_direction(walks: Walks, name: str) -> None:
    """A direction before an edge collection counts for that one alone."""
    other = f"{name}_other"
    assert walks.graph.server.call("POST", "/_api/collection", {"name": other, "type": 3}).status == 200
    edge = {"_from": f"{walks.graph.people}/e", "_to": f"{walks.graph.people}/a"}
    assert walks.graph.server.call("POST", f"/_api/document/{other}", edge).status == 202
    query = "FOR v IN OUTBOUND @a @@edges, INBOUND @@other RETURN v._key"
    assert sorted(walks(query, **{"@other": other})) == ["b", "c", "e"]


@feature("AQL traversals", "edge and path variables")
def test_edges_and_paths(walks: Walks) -> None:
    """The edge is the last one of the path; depth 0 has none."""
    query = """FOR v, e, p IN 0..2 OUTBOUND @a GRAPH @graph FILTER p.vertices[2]._key == 'd' || e == null
               SORT LENGTH(p.edges) RETURN [e._key, p.edges[*]._key, p.vertices[*]._key]"""
    assert walks(query) == [[None, [], ["a"]], ["bd", ["ab", "bd"], ["a", "b", "d"]]]


@feature("AQL traversals", "PRUNE")
def test_prune(walks: Walks) -> None:
    """Behind a vertex for which PRUNE holds nothing is looked for; the vertex itself is a result."""
    query = "FOR v, e, p IN 1..3 OUTBOUND @a GRAPH @graph PRUNE v._key == 'c' RETURN v._key"
    assert sorted(walks(query)) == ["a", "b", "c", "d"]
    named = "FOR v IN 1..3 OUTBOUND @a GRAPH @graph PRUNE stop = v._key == 'c' FILTER stop RETURN v._key"
    assert walks(named) == ["c"]


@feature("AQL traversals", "order and uniqueness")
def test_orders_and_uniqueness(walks: Walks) -> None:
    """Breadth first comes by depth, weighted by weight; global uniqueness shows each vertex once."""
    query = "FOR v, e, p IN 0..9 OUTBOUND @a GRAPH @graph OPTIONS @options RETURN [v._key, LENGTH(p.edges)]"
    wide = walks(query, options={"order": "bfs", "uniqueVertices": "global"})
    assert [depth for _, depth in wide] == [0, 1, 1, 2, 2]
    assert sorted(key for key, _ in wide) == ["a", "b", "c", "d", "e"]
    light = walks(query, options={"order": "weighted", "weightAttribute": "weight", "uniqueVertices": "global"})
    assert [key for key, _ in light] == ["a", "c", "e", "d", "b"]
    refused = walks.answer(query, options={"uniqueVertices": "global"})
    assert (refused.status, refused.body["errorNum"]) == (400, 10)


@feature("AQL traversals", "order and uniqueness")
def test_collections_can_be_restricted(walks: Walks) -> None:
    """With edgeCollections or vertexCollections only these are walked; unknown ones are an error."""
    query = "FOR v IN 1..2 OUTBOUND @a GRAPH @graph OPTIONS @options RETURN v._key"
    assert len(walks(query, options={"edgeCollections": [walks.graph.knows]})) == 4
    assert walks.answer(query, options={"edgeCollections": ["nothing"]}).body["errorNum"] == 1939
    assert walks.answer(query, options={"vertexCollections": ["nothing"]}).body["errorNum"] == 1926


@feature("AQL traversals", "start by id, document or another FOR")
def test_starts(walks: Walks) -> None:
    """A start is an id or a document; another value gives nothing but warning 10."""
    assert walks("FOR v IN OUTBOUND DOCUMENT(@b) GRAPH @graph RETURN v._key") == ["d"]
    query = "FOR s IN [@b, @c] FOR v IN OUTBOUND s @@edges SORT v._key RETURN v._key"
    assert walks(query) == ["d", "e"]
    odd = walks.answer("FOR v IN OUTBOUND @start GRAPH @graph RETURN v", start=17)
    assert (odd.status, odd.body["result"]) == (201, [])
    assert [warning["code"] for warning in odd.body["extra"]["warnings"]] == [10]


@feature("AQL traversals", "start by id, document or another FOR")
def test_unknown_graphs_and_collections(walks: Walks) -> None:
    """An unknown graph is 404/1924, an unknown edge collection 404/1203, one without edges 400/1218."""
    unknown = walks.answer("FOR v IN OUTBOUND @a GRAPH 'nothing' RETURN v")
    assert (unknown.status, unknown.body["errorNum"]) == (404, 1924)
    missing = walks.answer("FOR v IN OUTBOUND @a @@missing RETURN v", **{"@missing": "nothing"})
    assert (missing.status, missing.body["errorNum"]) == (404, 1203)
    wrong = walks.answer("FOR v IN OUTBOUND @a @@people RETURN v", **{"@people": walks.graph.people})
    assert (wrong.status, wrong.body["errorNum"]) == (400, 1218)


@feature("AQL traversals", "dangling edges")
def test_a_dangling_edge_gives_null(walks: Walks) -> None:
    """A vertex that is not there is null, with warning 1202."""
    edge = {"_from": f"{walks.graph.people}/b", "_to": f"{walks.graph.people}/nobody"}
    assert walks.graph.server.call("POST", f"/_api/document/{walks.graph.knows}", edge).status == 202
    answer = walks.answer("FOR v IN OUTBOUND @b GRAPH @graph SORT v RETURN v._key")
    assert answer.body["result"] == [None, "d"]
    assert [warning["code"] for warning in answer.body["extra"]["warnings"]] == [1202]


@feature("AQL traversals", "statistics")
def test_statistics_count_the_edge_index(walks: Walks) -> None:
    """What a traversal reads through the edge index is counted as such, not as a full scan."""
    statistics = walks.answer("FOR v IN 1..2 OUTBOUND @a @@edges RETURN v").body["extra"]["stats"]
    assert statistics["scannedIndex"] >= 4
    assert statistics["scannedFull"] == 0


@feature("AQL paths", "SHORTEST_PATH")
def test_the_shortest_path(walks: Walks) -> None:
    """The path with the fewest edges, or with weights the lightest; rows are vertices with the edge that led there."""
    query = "FOR v, e IN OUTBOUND SHORTEST_PATH @a TO @d GRAPH @graph OPTIONS @options RETURN [v._key, e._key]"
    assert walks(query, options={}) == [["a", None], ["b", "ab"], ["d", "bd"]]
    light = walks(query, options={"weightAttribute": "weight"})
    assert light == [["a", None], ["c", "ac"], ["e", "ce"], ["d", "ed"]]
    assert walks("FOR v IN INBOUND SHORTEST_PATH @a TO @c @@edges RETURN v._key") == ["a", "d", "e", "c"]
    assert walks("FOR v IN OUTBOUND SHORTEST_PATH @a TO @a @@edges RETURN v._key") == ["a"]
    assert walks("FOR v IN OUTBOUND SHORTEST_PATH @a TO @far @@edges RETURN v._key", far="x/y") == []


@feature("AQL paths", "K_SHORTEST_PATHS")
def test_k_shortest_paths(walks: Walks) -> None:
    """All paths come, shortest first, with their weight."""
    query = """FOR p IN OUTBOUND K_SHORTEST_PATHS @a TO @d GRAPH @graph OPTIONS @options LIMIT 5
               RETURN [p.weight, p.vertices[*]._key]"""
    short, long = ["a", "b", "d"], ["a", "c", "e", "d"]
    assert walks(query, options={}) == [[2, short], [3, long]]
    assert walks(query, options={"weightAttribute": "weight"}) == [[3, long], [10, short]]


@feature("AQL paths", "K_PATHS")
def test_k_paths(walks: Walks) -> None:
    """All paths with a number of edges between two depths come."""
    query = "FOR p IN {} OUTBOUND K_PATHS @a TO @d GRAPH @graph SORT LENGTH(p.edges) RETURN LENGTH(p.edges)"
    assert walks(query.format("1..3")) == [2, 3]
    assert walks(query.format("3..5")) == [3]


@feature("AQL paths", "ALL_SHORTEST_PATHS")
def test_all_shortest_paths(walks: Walks) -> None:
    """All paths with the fewest edges come."""
    query = "FOR p IN ANY ALL_SHORTEST_PATHS @b TO @c GRAPH @graph RETURN p.vertices[*]._key"
    assert walks(query) == [["b", "a", "c"]]
    around = "FOR p IN ANY ALL_SHORTEST_PATHS @b TO @e GRAPH @graph SORT p.vertices[1]._key RETURN p.vertices[1]._key"
    assert walks(around) == ["d"]
