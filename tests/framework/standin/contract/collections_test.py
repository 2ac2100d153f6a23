"""Collections: properties, key generators, names, counts, and what a cluster says of shards."""

from __future__ import annotations

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer


@feature("Collections", "create, list, show, drop")
def test_a_collection_is_made_listed_shown_and_dropped(server: StandinServer, name: str) -> None:
    """A new collection answers with all its properties, is in the list, and is gone after it was dropped."""
    made = server.call("POST", "/_api/collection", {"name": name, "type": 3})
    assert made.status == 200
    assert (made.body["type"], made.body["isSystem"], made.body["waitForSync"]) == (3, False, False)
    listed = server.call("GET", "/_api/collection?excludeSystem=true").body["result"]
    assert name in [item["name"] for item in listed]
    assert all(not item["isSystem"] for item in listed)
    shown = server.call("GET", f"/_api/collection/{name}").body
    assert shown["globallyUniqueId"] == made.body["globallyUniqueId"]
    assert "waitForSync" not in shown
    assert server.call("DELETE", f"/_api/collection/{name}").body["id"] == made.body["id"]
    assert server.call("GET", f"/_api/collection/{name}").body["errorNum"] == 1203


@feature("Collections", "names are checked")
@pytest.mark.parametrize(
    ("wanted", "number"), [("", 1208), ("_x", 1208), ("1x", 1208), ("a/b", 1208), (" a", 1208), (7, 1208)]
)
def test_bad_names_are_refused(server: StandinServer, wanted: object, number: int) -> None:
    """Names that ArangoDB does not allow are 400/1208."""
    answer = server.call("POST", "/_api/collection", {"name": wanted})
    assert (answer.status, answer.body["errorNum"]) == (400, number)


@feature("Collections", "extended names")
def test_extended_names_must_be_normalised(server: StandinServer) -> None:
    """Letters of any script are allowed in NFC; the decomposed form of a name is refused."""
    assert server.call("POST", "/_api/collection", {"name": "m\u00f6t\u00f6r"}).status == 200
    assert server.call("GET", "/_api/collection/m%C3%B6t%C3%B6r/count").body["count"] == 0
    assert server.call("POST", "/_api/collection", {"name": "mo\u0308t"}).body["errorNum"] == 1208
    assert server.call("DELETE", "/_api/collection/m%C3%B6t%C3%B6r").status == 200


@feature("Collections", "one name space with views")
def test_a_name_is_given_once(server: StandinServer, collection: str, name: str) -> None:
    """A second collection, and a collection with the name of a view, are 409/1207."""
    assert server.call("POST", "/_api/collection", {"name": collection}).body["errorNum"] == 1207
    assert server.call("POST", "/_api/view", {"name": f"{name}v", "type": "arangosearch"}).status == 201
    assert server.call("POST", "/_api/collection", {"name": f"{name}v"}).body["errorNum"] == 1207
    assert server.call("POST", "/_api/view", {"name": collection, "type": "arangosearch"}).body["errorNum"] == 1207


@feature("Collections", "key generator autoincrement")
def test_autoincrement_goes_on_after_the_last_number(server: StandinServer, name: str) -> None:
    """Keys begin at the offset, grow by the increment, and a removed number is not given again."""
    options = {"type": "autoincrement", "offset": 100, "increment": 9}
    server.call("POST", "/_api/collection", {"name": name, "keyOptions": options})
    keys = [server.call("POST", f"/_api/document/{name}", {}).body["_key"] for _ in range(3)]
    assert keys == ["100", "109", "118"]
    server.call("DELETE", f"/_api/document/{name}/118")
    assert server.call("POST", f"/_api/document/{name}", {}).body["_key"] == "127"
    shown = server.call("GET", f"/_api/collection/{name}/properties").body["keyOptions"]
    assert shown == {"type": "autoincrement", "allowUserKeys": True, "offset": 100, "increment": 9, "lastValue": 127}


@feature("Collections", "key generators uuid, padded, traditional; allowUserKeys")
@pytest.mark.parametrize(("kind", "length"), [("uuid", 36), ("padded", 16)])
def test_key_generators_make_their_kind_of_key(server: StandinServer, name: str, kind: str, length: int) -> None:
    """Keys have the generator's form; without allowUserKeys a given key is 400/1222."""
    options = {"type": kind, "allowUserKeys": False}
    server.call("POST", "/_api/collection", {"name": name, "keyOptions": options})
    assert len(server.call("POST", f"/_api/document/{name}", {}).body["_key"]) == length
    assert server.call("POST", f"/_api/document/{name}", {"_key": "mine"}).body["errorNum"] == 1222


@feature("Collections", "key generators are checked and listed")
def test_key_options_are_checked(server: StandinServer, name: str) -> None:
    """Unknown generators and senseless numbers are 400/1232; the list of generators is shown."""
    for options in ({"type": "random"}, {"type": "autoincrement", "increment": 0}, "uuid"):
        answer = server.call("POST", "/_api/collection", {"name": name, "keyOptions": options})
        assert (answer.status, answer.body["errorNum"]) == (400, 1232)
    generators = server.call("GET", "/_api/key-generators").body["keyGenerators"]
    assert generators == ["autoincrement", "padded", "traditional", "uuid"]


@feature("Collections", "change properties")
def test_properties_can_be_changed(server: StandinServer, collection: str) -> None:
    """PUT /properties changes what can change and refuses what makes no sense."""
    changed = server.call("PUT", f"/_api/collection/{collection}/properties", {"waitForSync": True})
    assert changed.body["waitForSync"] is True
    assert server.call("GET", f"/_api/collection/{collection}/properties").body["waitForSync"] is True
    bad = server.call("PUT", f"/_api/collection/{collection}/properties", {"waitForSync": "yes"})
    assert (bad.status, bad.body["errorNum"]) == (400, 10)


@feature("Collections", "count, figures, revision, checksum, recalculateCount, truncate")
def test_figures_follow_the_documents(server: StandinServer, collection: str) -> None:
    """Count, sizes, revision and checksum change with the documents and are those of an empty collection after."""
    path = f"/_api/collection/{collection}"
    empty = server.call("GET", f"{path}/checksum?withData=true").body["checksum"]
    first = server.call("GET", f"{path}/revision").body["revision"]
    server.call("POST", f"/_api/document/{collection}", [{"a": number} for number in range(10)])
    assert server.call("GET", f"{path}/count").body["count"] == 10
    assert server.call("PUT", f"{path}/recalculateCount").body["count"] == 10
    figures = server.call("GET", f"{path}/figures").body["figures"]
    assert figures["documentsSize"] > 0
    assert figures["indexes"]["count"] == 1
    assert server.call("GET", f"{path}/revision").body["revision"] != first
    assert server.call("GET", f"{path}/checksum?withData=true").body["checksum"] != empty == "0"
    assert server.call("PUT", f"{path}/truncate?waitForSync=true").status == 200
    assert server.call("GET", f"{path}/count").body["count"] == 0
    assert server.call("GET", f"{path}/checksum").body["checksum"] == "0"


@feature("Collections", "load, unload, compact, loadIndexesIntoMemory")
def test_what_has_nothing_to_do_says_so(server: StandinServer, collection: str) -> None:
    """These answer as ArangoDB does; there is nothing to load or to compact."""
    path = f"/_api/collection/{collection}"
    for action in ("load", "unload", "compact"):
        assert server.call("PUT", f"{path}/{action}").body["name"] == collection
    assert server.call("PUT", f"{path}/loadIndexesIntoMemory").body["result"] is True


@feature("Collections", "system collections are protected")
def test_system_collections_are_dropped_only_on_purpose(server: StandinServer, name: str) -> None:
    """DELETE of a system collection needs isSystem=true."""
    system = f"_{name}"
    assert server.call("POST", "/_api/collection", {"name": system, "isSystem": True}).body["isSystem"] is True
    assert server.call("DELETE", f"/_api/collection/{system}").status == 403
    assert server.call("DELETE", f"/_api/collection/{system}?isSystem=true").status == 200


@feature("Collections", "rename (single server)")
def test_a_collection_is_renamed_with_its_views(single_server: StandinServer, name: str) -> None:
    """A renamed collection keeps documents and links of views; its old name is free."""
    server = single_server
    server.call("POST", "/_api/collection", {"name": name})
    server.call("POST", f"/_api/document/{name}", {"_key": "k"})
    server.call("POST", "/_api/view", {"name": f"{name}v", "type": "arangosearch", "links": {name: {}}})
    assert server.call("PUT", f"/_api/collection/{name}/rename", {"name": f"{name}x"}).body["name"] == f"{name}x"
    assert server.call("GET", f"/_api/document/{name}x/k").body["_id"] == f"{name}x/k"
    assert list(server.call("GET", f"/_api/view/{name}v/properties").body["links"]) == [f"{name}x"]
    assert server.call("POST", "/_api/collection", {"name": name}).status == 200


@feature("Collections", "shards, responsibleShard, no rename (cluster)")
def test_a_cluster_tells_its_shards(cluster: StandinCluster, name: str) -> None:
    """A coordinator names the shards and the one of a document, and cannot rename."""
    server = cluster.front
    server.call("POST", "/_api/collection", {"name": name, "numberOfShards": 3, "replicationFactor": 2})
    path = f"/_api/collection/{name}"
    shards = server.call("GET", f"{path}/shards").body["shards"]
    assert len(shards) == 3
    details = server.call("GET", f"{path}/shards?details=true").body["shards"]
    assert all(len(servers) == 2 for servers in details.values())
    assert server.call("PUT", f"{path}/responsibleShard", {"_key": "a"}).body["shardId"] in shards
    assert server.call("PUT", f"{path}/rename", {"name": f"{name}x"}).body["errorNum"] == 1470


@feature("Collections", "distributeShardsLike (placement at creation)")
def test_shards_are_distributed_like_those_of_another(cluster: StandinCluster, name: str) -> None:
    """The copy takes number and servers of the shards; its prototype cannot be dropped before it."""
    server = cluster.front
    server.call("POST", "/_api/collection", {"name": name, "numberOfShards": 3, "replicationFactor": 2})
    made = server.call("POST", "/_api/collection", {"name": f"{name}b", "distributeShardsLike": name})
    assert (made.body["numberOfShards"], made.body["distributeShardsLike"]) == (3, name)
    first, second = (
        list(server.call("GET", f"/_api/collection/{one}/shards?details=true").body["shards"].values())
        for one in (name, f"{name}b")
    )
    assert first == second
    assert server.call("DELETE", f"/_api/collection/{name}").body["errorNum"] == 1485
    unknown = server.call("POST", "/_api/collection", {"name": f"{name}c", "distributeShardsLike": "nobody"})
    assert unknown.body["errorNum"] == 1486


@feature("Collections", "satellite collections (copies on the dbservers there are)")
def test_a_satellite_is_on_every_dbserver(cluster: StandinCluster, name: str) -> None:
    """replicationFactor "satellite" means one shard with a copy on each dbserver."""
    server = cluster.front
    made = server.call("POST", "/_api/collection", {"name": name, "replicationFactor": "satellite"})
    assert made.body["replicationFactor"] == "satellite"
    shards = server.call("GET", f"/_api/collection/{name}/shards?details=true").body["shards"]
    assert [len(servers) for servers in shards.values()] == [2]


@feature("Collections", "smart collections", "not there")
def test_smart_collections_are_refused(cluster: StandinCluster, name: str) -> None:
    """A smart collection would need sharding that the stand-in does not have."""
    answer = cluster.front.call("POST", "/_api/collection", {"name": name, "isSmart": True})
    assert (answer.status, answer.body["errorNum"]) == (501, 9)


@feature("Collections", "replicationFactor, writeConcern, enforceReplicationFactor")
def test_more_copies_than_servers_need_a_word(cluster: StandinCluster, name: str) -> None:
    """Three copies on two dbservers are 500/1487, unless it is said that fewer will do for now."""
    server = cluster.front
    body = {"name": name, "replicationFactor": 3, "writeConcern": 1}
    answer = server.call("POST", "/_api/collection", body)
    assert (answer.status, answer.body["errorNum"]) == (500, 1487)
    assert server.call("POST", "/_api/collection", {**body, "writeConcern": 4}).body["errorNum"] == 10
    made = server.call("POST", "/_api/collection?enforceReplicationFactor=false", body)
    assert (made.status, made.body["replicationFactor"]) == (200, 3)
    shards = server.call("GET", f"/_api/collection/{name}/shards?details=true").body["shards"]
    assert [len(servers) for servers in shards.values()] == [2]
