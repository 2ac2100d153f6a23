"""Vertices and edges of named graphs."""

from __future__ import annotations

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.named_graph import NamedGraph
from tests.framework.standin.support.standin_server import StandinServer


@pytest.fixture
def graph(server: StandinServer, name: str) -> NamedGraph:
    """A graph of its own for one test."""
    return NamedGraph(server, name).create()


# -- vertices ---------------------------------------------------------------------------------------------------------
@feature("Graphs", "vertices")
def test_a_vertex_lives(graph: NamedGraph) -> None:
    """A vertex is stored, read, patched, replaced and removed; returnNew and returnOld show it."""
    path = f"/vertex/{graph.people}"
    made = graph.call("POST", f"{path}?returnNew=true&waitForSync=true", {"_key": "a", "x": 1, "y": 1})
    assert (made.status, made.body["new"]["x"]) == (201, 1)
    assert set(made.body["vertex"]) == {"_id", "_key", "_rev"}
    read = graph.call("GET", f"{path}/a")
    assert (read.status, read.body["vertex"]["y"]) == (200, 1)
    assert read.headers["etag"].strip('"') == made.body["vertex"]["_rev"]
    patched = graph.call("PATCH", f"{path}/a?returnNew=true&returnOld=true&keepNull=false", {"x": 2, "y": None})
    assert (patched.status, patched.body["old"]["x"], patched.body["new"]["x"]) == (202, 1, 2)
    assert patched.body["vertex"]["_oldRev"] == made.body["vertex"]["_rev"]
    assert "y" not in patched.body["new"]
    assert graph.call("PUT", f"{path}/a?waitForSync=true", {"z": 1}).status == 200
    removed = graph.call("DELETE", f"{path}/a?returnOld=true")
    assert (removed.status, removed.body["removed"], removed.body["old"]["z"]) == (202, True, 1)
    missing = graph.call("GET", f"{path}/a")
    assert (missing.status, missing.body["errorNum"]) == (404, 1202)


@feature("Graphs", "If-Match and If-None-Match")
def test_preconditions_of_a_vertex(graph: NamedGraph) -> None:
    """A revision that is not there any more is 412/1200 and names the newest; If-None-Match spares the body."""
    graph.vertex("a")
    path = f"/vertex/{graph.people}/a"
    revision = graph.call("GET", path).body["vertex"]["_rev"]
    assert graph.call("GET", path, if_none_match=f'"{revision}"').status == 304
    for method, body in (("GET", None), ("PATCH", {"x": 1}), ("PUT", {"x": 1}), ("DELETE", None)):
        refused = graph.call(method, path, body, if_match='"_old"')
        assert (refused.status, refused.body["errorNum"], refused.body["_rev"]) == (412, 1200, revision)
    assert graph.call("DELETE", path, if_match=f'"{revision}"').status == 202


@feature("Graphs", "vertices")
def test_a_foreign_collection_is_no_part_of_the_graph(graph: NamedGraph, collection: str) -> None:
    """A vertex goes into collections of the graph only (404/1947); a collection that is nowhere is 404/1203."""
    foreign = graph.call("POST", f"/vertex/{collection}", {})
    assert (foreign.status, foreign.body["errorNum"]) == (404, 1947)
    nowhere = graph.call("POST", "/vertex/no-such-collection", {})
    assert (nowhere.status, nowhere.body["errorNum"]) == (404, 1203)


# -- edges ------------------------------------------------------------------------------------------------------------
@feature("Graphs", "edges")
def test_an_edge_lives(graph: NamedGraph) -> None:
    """An edge is stored between two vertices, read, patched, replaced and removed."""
    ends = {"_from": graph.vertex("a"), "_to": graph.vertex("b")}
    path = f"/edge/{graph.knows}/{graph.edge(ends['_from'], ends['_to'])}"
    assert graph.call("GET", path).body["edge"]["_to"] == ends["_to"]
    assert graph.call("PATCH", f"{path}?returnNew=true", {"x": 1}).body["new"]["_from"] == ends["_from"]
    assert graph.call("PUT", f"{path}?returnOld=true", {**ends, "y": 1}).body["old"]["x"] == 1
    removed = graph.call("DELETE", f"{path}?waitForSync=true")
    assert (removed.status, removed.body["removed"]) == (200, True)
    missing = graph.call("GET", path)
    assert (missing.status, missing.body["errorNum"]) == (404, 1202)


@feature("Graphs", "edges between vertices that exist")
def test_an_edge_must_not_dangle(graph: NamedGraph, collection: str) -> None:
    """Both ends must exist (404/1202) in collections of the graph (404/1947) and be there at all (400/1233)."""
    path, here = f"/edge/{graph.knows}", graph.vertex("a")
    for body, status, error in (
        ({"_from": here, "_to": f"{graph.people}/nobody"}, 404, 1202),
        ({"_from": f"{graph.people}/nobody", "_to": here}, 404, 1202),
        ({"_from": here, "_to": f"{collection}/x"}, 404, 1947),
        ({"_from": here}, 400, 1233),
        ({"_from": here, "_to": "nonsense"}, 400, 1233),
    ):
        refused = graph.call("POST", path, body)
        assert (refused.status, refused.body["errorNum"]) == (status, error), body
    replaced = graph.call("PUT", f"{path}/{graph.edge(here, here)}", {"_from": here, "_to": f"{graph.people}/nobody"})
    assert (replaced.status, replaced.body["errorNum"]) == (404, 1202)


@feature("Graphs", "edges")
def test_an_edge_needs_an_edge_collection_of_the_graph(graph: NamedGraph, collection: str) -> None:
    """A collection that is no edge collection of the graph takes no edges: 404/1930."""
    refused = graph.call("POST", f"/edge/{collection}", {"_from": "x/a", "_to": "x/b"})
    assert (refused.status, refused.body["errorNum"]) == (404, 1930)


# -- upkeep -----------------------------------------------------------------------------------------------------------
@feature("Graphs", "a removed vertex takes its edges along, in all graphs")
def test_a_removed_vertex_takes_its_edges_along(graph: NamedGraph) -> None:
    """No edge at the vertex is left, in either direction, nor in another graph's edge collection."""
    server, likes = graph.server, f"{graph.name}_likes"
    other = {"collection": likes, "from": [graph.people], "to": [graph.people]}
    server.call("POST", "/_api/gharial", {"name": f"{graph.name}_2", "edgeDefinitions": [other]})
    a, b, c = (graph.vertex(key) for key in "abc")
    for source, target in ((a, b), (b, c), (c, a), (b, b)):
        graph.edge(source, target)
    server.call("POST", f"/_api/document/{likes}", [{"_from": a, "_to": b}, {"_from": a, "_to": c}])
    assert graph.call("DELETE", f"/vertex/{graph.people}/b").status == 202
    assert server.aql("FOR e IN @@c RETURN [e._from, e._to]", **{"@c": graph.knows}) == [[c, a]]
    assert server.aql("FOR e IN @@c RETURN [e._from, e._to]", **{"@c": likes}) == [[a, c]]


@feature("Graphs", "a removed vertex takes its edges along, in all graphs")
def test_a_refused_removal_changes_nothing(graph: NamedGraph) -> None:
    """When the precondition of a removal fails, the vertex keeps its edges."""
    key = graph.edge(graph.vertex("a"), graph.vertex("b"))
    assert graph.call("DELETE", f"/vertex/{graph.people}/a", if_match='"_old"').status == 412
    assert graph.call("GET", f"/edge/{graph.knows}/{key}").status == 200


# -- edges without a graph --------------------------------------------------------------------------------------------
@feature("Edges", "GET /_api/edges: edges at a vertex")
def test_edges_at_a_vertex(graph: NamedGraph) -> None:
    """Edges come by direction, each once, with statistics; an edge from a vertex to itself too."""
    a, b = graph.vertex("a"), graph.vertex("b")
    for source, target in ((a, b), (b, a), (a, a), (b, b)):
        graph.edge(source, target)
    for direction, count in (("in", 2), ("out", 2), ("any", 3)):
        answer = graph.server.call("GET", f"/_api/edges/{graph.knows}?vertex={a}&direction={direction}")
        assert (answer.status, len(answer.body["edges"])) == (200, count)
        assert answer.body["stats"]["filtered"] == 0
    everything = graph.server.call("POST", f"/_api/edges/{graph.knows}?direction=any", [a, b])
    assert len(everything.body["edges"]) == 4


@feature("Edges", "GET /_api/edges: edges at a vertex")
def test_edges_refuse_what_is_no_vertex(graph: NamedGraph) -> None:
    """No vertex or a malformed one is 400/1205, another direction 400/400, a document collection 400/1218."""
    path = f"/_api/edges/{graph.knows}"
    for query, error in (("", 1205), ("?vertex=x", 1205), ("?vertex=x/y&direction=up", 400)):
        answer = graph.server.call("GET", path + query)
        assert (answer.status, answer.body["errorNum"]) == (400, error)
    wrong = graph.server.call("GET", f"/_api/edges/{graph.people}?vertex=x/y")
    assert (wrong.status, wrong.body["errorNum"]) == (400, 1218)
    missing = graph.server.call("GET", "/_api/edges/no-such-collection?vertex=x/y")
    assert (missing.status, missing.body["errorNum"]) == (404, 1203)


@feature("Graphs", "vertices and edges within a stream transaction")
def test_an_aborted_transaction_leaves_the_graph_alone(graph: NamedGraph) -> None:
    """What a transaction did to vertices and edges is seen inside, and is gone when it is aborted."""
    server = graph.server
    a, b = graph.vertex("a"), graph.vertex("b")
    key = graph.edge(a, b)
    begun = server.call(
        "POST", "/_api/transaction/begin", {"collections": {"write": [graph.people, graph.knows]}}
    )  # fmt: skip
    assert begun.status == 201
    transaction = begun.body["result"]["id"]
    inside = {"x_arango_trx_id": transaction}
    assert graph.call("POST", f"/vertex/{graph.people}", {"_key": "c"}, **inside).status == 202
    edge = {"_from": a, "_to": f"{graph.people}/c"}
    assert graph.call("POST", f"/edge/{graph.knows}", edge, **inside).status == 202
    assert graph.call("GET", f"/vertex/{graph.people}/c").status == 404
    assert graph.call("DELETE", f"/vertex/{graph.people}/b", **inside).status == 202
    assert graph.call("GET", f"/edge/{graph.knows}/{key}", **inside).status == 404
    assert graph.call("GET", f"/edge/{graph.knows}/{key}").status == 200
    assert server.call("DELETE", f"/_api/transaction/{transaction}").status == 200
    assert graph.call("GET", f"/edge/{graph.knows}/{key}").status == 200
    assert graph.call("GET", f"/vertex/{graph.people}/b").status == 200
