"""Views: kept and given back, not searched."""

from __future__ import annotations

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until


@feature("Views", "arangosearch", "definition only")
def test_an_arangosearch_view_is_kept_with_defaults(server: StandinServer, collection: str, name: str) -> None:
    """A new view shows links and all defaults; the short form has no properties."""
    view = f"{name}v"
    body = {"name": view, "type": "arangosearch", "links": {collection: {"includeAllFields": True}}}
    made = server.call("POST", "/_api/view", body)
    assert made.status == 201
    link = made.body["links"][collection]
    assert (link["includeAllFields"], link["analyzers"], made.body["cleanupIntervalStep"]) == (True, ["identity"], 2)
    assert made.body["consolidationPolicy"]["type"] == "tier"
    short = server.call("GET", f"/_api/view/{view}").body
    assert set(short) == {"id", "name", "type", "globallyUniqueId", "error", "code"}
    assert [item["name"] for item in server.call("GET", "/_api/view").body["result"] if item["name"] == view] == [view]
    assert server.call("GET", f"/_api/view/{view}/properties").body["links"] == made.body["links"]
    assert server.call("DELETE", f"/_api/view/{view}").body["result"] is True
    assert server.call("GET", f"/_api/view/{view}").body["errorNum"] == 1203


@feature("Views", "change and replace properties")
def test_patch_keeps_and_put_resets(server: StandinServer, name: str) -> None:
    """PATCH changes what it names; PUT puts the rest back to defaults, but for what is said at creation only."""
    server.call("POST", "/_api/view", {"name": name, "type": "arangosearch", "writebufferIdle": 7})
    path = f"/_api/view/{name}/properties"
    server.call("PATCH", path, {"consolidationIntervalMsec": 45000})
    patched = server.call("PATCH", path, {"commitIntervalMsec": 30000, "writebufferIdle": 9}).body
    assert (patched["consolidationIntervalMsec"], patched["commitIntervalMsec"]) == (45000, 30000)
    assert patched["writebufferIdle"] == 7
    put = server.call("PUT", path, {"commitIntervalMsec": 20000}).body
    assert (put["consolidationIntervalMsec"], put["commitIntervalMsec"], put["writebufferIdle"]) == (1000, 20000, 7)


@feature("Views", "definitions are checked")
def test_bad_views_are_refused(server: StandinServer, name: str) -> None:
    """Unknown types, collections, analyzers and bad names are refused."""
    cases = [
        ({"name": name}, 400, 10),
        ({"name": name, "type": "table"}, 400, 10),
        ({"name": "_x", "type": "arangosearch"}, 400, 1208),
        ({"name": name, "type": "arangosearch", "links": {"nobody": {}}}, 404, 1203),
        ({"name": name, "type": "arangosearch", "links": {"_graphs": {"analyzers": ["nobody"]}}}, 400, 10),
        ({"name": name, "type": "arangosearch", "commitIntervalMsec": "x"}, 400, 10),
        ({"name": name, "type": "search-alias", "indexes": [{"collection": "_graphs", "index": "x"}]}, 404, 1212),
    ]
    for body, status, number in cases:
        answer = server.call("POST", "/_api/view", body)
        assert (answer.status, answer.body["errorNum"]) == (status, number), body


@feature("Views", "search-alias", "definition only")
def test_a_search_alias_names_inverted_indexes(server: StandinServer, collection: str, name: str) -> None:
    """Indexes are added and taken out; only inverted ones are taken."""
    server.call("POST", f"/_api/index?collection={collection}", {"type": "inverted", "fields": ["a"], "name": "inv"})
    server.call("POST", f"/_api/index?collection={collection}", {"type": "persistent", "fields": ["a"], "name": "per"})
    view = f"{name}v"
    one = {"collection": collection, "index": "inv"}
    made = server.call("POST", "/_api/view", {"name": view, "type": "search-alias", "indexes": [one]})
    assert made.body["indexes"] == [one]
    wrong = server.call("PATCH", f"/_api/view/{view}/properties", {"indexes": [{**one, "index": "per"}]})
    assert (wrong.status, wrong.body["errorNum"]) == (400, 10)
    gone = server.call("PATCH", f"/_api/view/{view}/properties", {"indexes": [{**one, "operation": "del"}]})
    assert gone.body["indexes"] == []


@feature("Views", "links follow their collection")
def test_a_link_goes_with_its_collection(server: StandinServer, collection: str, name: str) -> None:
    """A dropped collection is no longer linked."""
    view = f"{name}v"
    server.call("POST", "/_api/view", {"name": view, "type": "arangosearch", "links": {collection: {}}})
    server.call("DELETE", f"/_api/collection/{collection}")
    assert server.call("GET", f"/_api/view/{view}/properties").body["links"] == {}


@feature("Views", "rename (single server)")
@pytest.mark.parametrize("target", ["single", "cluster"])
def test_views_are_renamed_on_single_servers(request: pytest.FixtureRequest, name: str, target: str) -> None:
    """A single server renames a view; a cluster answers 501/1470."""
    server = request.getfixturevalue("single_server" if target == "single" else "cluster")
    server = server if isinstance(server, StandinServer) else server.front
    server.call("POST", "/_api/view", {"name": name, "type": "arangosearch"})
    answer = server.call("PUT", f"/_api/view/{name}/rename", {"name": f"{name}x"})
    if target == "cluster":
        assert (answer.status, answer.body["errorNum"]) == (501, 1470)
    else:
        assert answer.body["name"] == f"{name}x"
        assert server.call("GET", f"/_api/view/{name}").status == 404


@feature("Views", "known to all coordinators")
def test_both_coordinators_know_a_view(cluster: StandinCluster, name: str) -> None:
    """A view made through one coordinator is soon there on the other."""
    first, second = cluster.coordinators
    made = first.call("POST", "/_api/view", {"name": name, "type": "arangosearch"})
    wait_until(lambda: second.call("GET", f"/_api/view/{name}").status == 200, "the view on the other coordinator")
    assert second.call("GET", f"/_api/view/{name}").body["id"] == made.body["id"]
