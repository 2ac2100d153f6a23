"""Named graphs: definitions, vertices and edges, and the upkeep between them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.named_graph import NamedGraph
from tests.framework.standin.support.standin_server import StandinServer


@pytest.fixture
def graph(server: StandinServer, name: str) -> NamedGraph:
    """A graph of its own for one test."""
    return NamedGraph(server, name).create()


def names_of_collections(server: StandinServer) -> set[str]:
    """Return the names of all collections."""
    return {item["name"] for item in server.call("GET", "/_api/collection").body["result"]}


# -- definitions ------------------------------------------------------------------------------------------------------
@feature("Graphs", "create, with missing collections")
def test_a_graph_makes_its_collections(graph: NamedGraph) -> None:
    """What the definition names is there afterwards, edges in an edge collection."""
    shown = graph.call("GET").body["graph"]
    assert shown["_id"] == f"_graphs/{graph.name}"
    assert shown["edgeDefinitions"] == [graph.definition]
    assert shown["orphanCollections"] == []
    assert shown["isSmart"] is False
    assert graph.server.call("GET", f"/_api/collection/{graph.knows}").body["type"] == 3
    assert graph.server.call("GET", f"/_api/collection/{graph.people}").body["type"] == 2


@feature("Graphs", "create, with missing collections")
def test_waiting_for_sync_is_201(server: StandinServer, name: str) -> None:
    """With waitForSync the graph is on disk when the answer comes, and the status says so."""
    answer = server.call("POST", "/_api/gharial?waitForSync=true", {"name": name, "orphanCollections": [f"{name}_o"]})
    assert answer.status == 201
    assert answer.body["graph"]["orphanCollections"] == [f"{name}_o"]


@feature("Graphs", "list")
def test_graphs_are_listed(graph: NamedGraph) -> None:
    """A graph is in the list with all its members."""
    listed = graph.server.call("GET", "/_api/gharial").body["graphs"]
    assert graph.call("GET").body["graph"] in listed


@feature("Graphs", "refused definitions")
@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, 1922),
        ({"name": "x", "edgeDefinitions": {}}, 400, 1901),
        ({"name": "x", "edgeDefinitions": [{"collection": "e", "from": [], "to": ["v"]}]}, 400, 1923),
        ({"name": "x", "edgeDefinitions": ["e"]}, 400, 1923),
        ({"name": "x", "orphanCollections": [7]}, 500, 1943),
        ({"name": "x", "edgeDefinitions": [{"collection": "e", "from": ["v"], "to": ["v"]}] * 2}, 400, 1920),
    ],
)
def test_malformed_definitions_are_refused(
    server: StandinServer, body: dict[str, Any], status: int, error: int
) -> None:
    """A definition that is not one is refused with ArangoDB's number, and no collection is made."""
    before = names_of_collections(server)
    answer = server.call("POST", "/_api/gharial", body)
    assert (answer.status, answer.body["errorNum"]) == (status, error)
    assert names_of_collections(server) == before


@feature("Graphs", "refused definitions")
def test_a_second_graph_of_the_name_is_refused(graph: NamedGraph) -> None:
    """A name is given once: 409/1925; an unknown one is 404/1924."""
    answer = graph.server.call("POST", "/_api/gharial", {"name": graph.name})
    assert (answer.status, answer.body["errorNum"]) == (409, 1925)
    missing = graph.server.call("GET", "/_api/gharial/no-such-graph")
    assert (missing.status, missing.body["errorNum"]) == (404, 1924)


@feature("Graphs", "refused definitions")
def test_an_edge_collection_means_the_same_in_all_graphs(graph: NamedGraph) -> None:
    """Another graph may use an edge collection only with the same definition, otherwise 400/1921."""
    other = {**graph.definition, "to": [f"{graph.name}_cities"]}
    answer = graph.server.call("POST", "/_api/gharial", {"name": f"{graph.name}_2", "edgeDefinitions": [other]})
    assert (answer.status, answer.body["errorNum"]) == (400, 1921)
    same = graph.server.call(
        "POST", "/_api/gharial", {"name": f"{graph.name}_2", "edgeDefinitions": [graph.definition]}
    )
    assert same.status == 202


@feature("Graphs", "refused definitions")
def test_an_edge_collection_must_hold_edges(graph: NamedGraph) -> None:
    """A document collection cannot be an edge collection of a graph: 1944."""
    body = {"collection": graph.people, "from": [graph.people], "to": [graph.people]}
    assert graph.call("POST", "/edge", body).body["errorNum"] == 1944


@feature("Graphs", "drop, with collections that no other graph uses")
def test_dropping_spares_what_other_graphs_use(graph: NamedGraph) -> None:
    """With dropCollections only collections go that no other graph has."""
    cities = f"{graph.name}_cities"
    lives: dict[str, Any] = {"collection": f"{graph.name}_lives", "from": [graph.people], "to": [cities]}
    graph.server.call("POST", "/_api/gharial", {"name": f"{graph.name}_2", "edgeDefinitions": [lives]})
    answer = graph.server.call("DELETE", f"/_api/gharial/{graph.name}_2?dropCollections=true")
    assert (answer.status, answer.body["removed"]) == (202, True)
    left = names_of_collections(graph.server)
    assert graph.people in left
    assert cities not in left
    assert lives["collection"] not in left


@feature("Graphs", "a collection of a graph cannot be dropped")
def test_a_collection_of_a_graph_cannot_be_dropped(graph: NamedGraph) -> None:
    """Dropping a collection that a graph names is error 1942; without the graph it works."""
    assert graph.server.call("DELETE", f"/_api/collection/{graph.people}").body["errorNum"] == 1942
    assert graph.call("DELETE").status == 202
    assert graph.server.call("DELETE", f"/_api/collection/{graph.people}").status == 200


@feature("Graphs", "enterprise graphs (isSmart without an attribute)", "definition only")
def test_is_smart_is_kept(server: StandinServer, name: str) -> None:
    """isSmart is stored and shown; shards are laid out as for any other graph."""
    options = {"numberOfShards": 3}
    answer = server.call("POST", "/_api/gharial", {"name": name, "isSmart": True, "options": options})
    assert answer.body["graph"]["isSmart"] is True
    assert answer.body["graph"]["numberOfShards"] == 3


@feature("Graphs", "satellite graphs, and satellites of smart graphs")
def test_satellites(server: StandinServer, name: str) -> None:
    """A satellite graph is one; in a cluster its collections have a copy on every dbserver."""
    definition = {"collection": f"{name}_e", "from": [f"{name}_v"], "to": [f"{name}_v"]}
    body: dict[str, Any] = {"name": name, "edgeDefinitions": [definition]}
    body["options"] = {"replicationFactor": "satellite"}
    shown = server.call("POST", "/_api/gharial", body).body["graph"]
    assert (shown["isSatellite"], shown["replicationFactor"]) == (True, "satellite")
    options = {"numberOfShards": 3, "satellites": [f"{name}_w"]}
    body = {"name": f"{name}_2", "isSmart": True, "orphanCollections": [f"{name}_w"], "options": options}
    assert server.call("POST", "/_api/gharial", body).status == 202
    if server.call("GET", "/_admin/server/role").body["role"] == "COORDINATOR":
        for collection in (f"{name}_e", f"{name}_v", f"{name}_w"):
            properties = server.call("GET", f"/_api/collection/{collection}/properties").body
            assert (properties["replicationFactor"], properties["numberOfShards"]) == ("satellite", 1)
    body = {"name": f"{name}_3", "isSmart": True, "options": {"replicationFactor": "satellite"}}
    assert server.call("POST", "/_api/gharial", body).body["errorNum"] == 10


@feature("Graphs", "smart graphs by attribute, disjoint graphs", "not there")
@pytest.mark.parametrize(
    "body", [{"isSmart": True, "options": {"smartGraphAttribute": "region"}}, {"isSmart": True, "isDisjoint": True}]
)
def test_other_layouts_are_not_implemented(server: StandinServer, name: str, body: dict[str, Any]) -> None:
    """A layout of shards that the stand-in does not have is refused with 501/9."""
    answer = server.call("POST", "/_api/gharial", {"name": name, **body})
    assert (answer.status, answer.body["errorNum"]) == (501, 9)


# -- collections of a graph -------------------------------------------------------------------------------------------
@feature("Graphs", "vertex collections")
def test_vertex_collections_come_and_go(graph: NamedGraph) -> None:
    """A vertex collection is made as an orphan, listed, refused a second time, and removed with its data."""
    orphan = f"{graph.name}_orphan"
    added = graph.call("POST", "/vertex", {"collection": orphan})
    assert (added.status, added.body["graph"]["orphanCollections"]) == (202, [orphan])
    assert graph.call("GET", "/vertex").body["collections"] == sorted([orphan, graph.people])
    again = graph.call("POST", "/vertex", {"collection": orphan})
    assert (again.status, again.body["errorNum"]) == (400, 1938)
    assert graph.call("POST", "/vertex", {"collection": graph.people}).body["errorNum"] == 1929
    removed = graph.call("DELETE", f"/vertex/{orphan}?dropCollection=true")
    assert (removed.status, removed.body["graph"]["orphanCollections"]) == (202, [])
    assert orphan not in names_of_collections(graph.server)


@feature("Graphs", "vertex collections")
def test_only_orphans_can_be_removed(graph: NamedGraph) -> None:
    """A vertex collection that edges need stays (400/1928), a foreign one is not found (404/1926)."""
    used = graph.call("DELETE", f"/vertex/{graph.people}")
    assert (used.status, used.body["errorNum"]) == (400, 1928)
    foreign = graph.call("DELETE", "/vertex/no-such-collection")
    assert (foreign.status, foreign.body["errorNum"]) == (404, 1926)
    edges = graph.call("POST", "/vertex", {"collection": graph.knows})
    assert (edges.status, edges.body["errorNum"]) == (400, 1927)


@feature("Graphs", "edge definitions")
def test_edge_definitions_come_and_go(graph: NamedGraph) -> None:
    """Vertex collections move out of the orphans with a definition and back to them without it."""
    cities = f"{graph.name}_cities"
    lives: dict[str, Any] = {"collection": f"{graph.name}_lives", "from": [graph.people], "to": [cities]}
    graph.call("POST", "/vertex", {"collection": cities})
    added = graph.call("POST", "/edge", lives)
    assert added.status == 202
    assert added.body["graph"]["orphanCollections"] == []
    assert graph.call("GET", "/edge").body["collections"] == sorted([graph.knows, lives["collection"]])
    again = graph.call("POST", "/edge", lives)
    assert (again.status, again.body["errorNum"]) == (400, 1920)
    removed = graph.call("DELETE", f"/edge/{lives['collection']}")
    assert removed.body["graph"]["orphanCollections"] == [cities]
    missing = graph.call("DELETE", f"/edge/{lives['collection']}")
    assert (missing.status, missing.body["errorNum"]) == (404, 1930)


@feature("Graphs", "edge definitions")
def test_a_definition_is_replaced_in_all_graphs(graph: NamedGraph) -> None:
    """Replacing a definition changes every graph that has the edge collection."""
    other = f"{graph.name}_2"
    graph.server.call("POST", "/_api/gharial", {"name": other, "edgeDefinitions": [graph.definition]})
    changed = {**graph.definition, "to": [f"{graph.name}_cities"]}
    answer = graph.call("PUT", f"/edge/{graph.knows}", changed)
    assert answer.status == 202
    for path in (graph.path, f"/_api/gharial/{other}"):
        assert graph.server.call("GET", path).body["graph"]["edgeDefinitions"] == [changed]
    missing = graph.call("PUT", "/edge/nothing", {**changed, "collection": "nothing"})
    assert (missing.status, missing.body["errorNum"]) == (404, 1930)
