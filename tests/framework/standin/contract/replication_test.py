"""Inventories and dumps, as dump tools use them, and what can be asked about the write-ahead log."""

from __future__ import annotations

import json
from typing import Any

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_PATH = "/_api/replication"


def dumped(server: StandinServer, query: str) -> list[dict[str, Any]]:
    """Return all documents of a dump, asking as long as there are more."""
    found = []
    while True:
        answer = server.call("GET", f"{_PATH}/dump?{query}&useEnvelope=false&chunkSize=0")
        assert answer.status in (200, 204), answer
        found += [json.loads(line) for line in (answer.body or "").splitlines()]
        if answer.headers["x-arango-replication-checkmore"] == "false":
            return found


def fill(server: StandinServer, collection: str, count: int) -> None:
    """Store documents with the numbers 0 to count - 1."""
    documents = [{"_key": f"k{number}", "number": number, "text": "x" * 100} for number in range(count)]
    assert server.call("POST", f"/_api/document/{collection}?silent=true", documents).status == 202


@feature("Replication", "dump batches show one state")
def test_a_dump_shows_the_state_of_its_batch(single_server: StandinServer, name: str) -> None:
    """What is written after the batch began is not dumped, and what was removed still is."""
    server = single_server
    server.call("POST", "/_api/collection", {"name": name})
    fill(server, name, 1500)
    batch = server.call("POST", f"{_PATH}/batch", {"ttl": 60})
    assert batch.status == 200
    server.call("POST", f"/_api/document/{name}", {"_key": "late"})
    server.call("DELETE", f"/_api/document/{name}/k7")
    found = dumped(server, f"collection={name}&batchId={batch.body['id']}")
    assert sorted(document["number"] for document in found) == list(range(1500))
    assert found[0]["_id"] == f"{name}/{found[0]['_key']}"
    assert server.call("PUT", f"{_PATH}/batch/{batch.body['id']}", {"ttl": 60}).status == 204
    assert server.call("DELETE", f"{_PATH}/batch/{batch.body['id']}").status == 204
    gone = server.call("GET", f"{_PATH}/dump?collection={name}&batchId={batch.body['id']}")
    assert (gone.status, gone.body["errorNum"]) == (404, 1600)


@feature("Replication", "inventory")
def test_the_inventory_of_a_single_server(single_server: StandinServer, name: str) -> None:
    """The inventory names collections with properties and indexes; it needs a batch."""
    server = single_server
    server.call("POST", "/_api/collection", {"name": name})
    server.call("POST", f"/_api/index?collection={name}", {"type": "persistent", "fields": ["number"]})
    refused = server.call("GET", f"{_PATH}/inventory")
    assert (refused.status, refused.body["errorNum"]) == (400, 10)
    batch = server.call("POST", f"{_PATH}/batch", {"ttl": 60}).body["id"]
    inventory = server.call("GET", f"{_PATH}/inventory?batchId={batch}&includeSystem=false").body
    entry = next(item for item in inventory["collections"] if item["parameters"]["name"] == name)
    assert [index["fields"] for index in entry["indexes"]] == [["number"]]
    assert not any(item["parameters"]["isSystem"] for item in inventory["collections"])
    everywhere = server.call("GET", f"{_PATH}/inventory?batchId={batch}&global=true").body
    assert "_system" in everywhere["databases"]
    assert server.call("DELETE", f"{_PATH}/batch/{batch}").status == 204


@feature("Replication", "cluster inventory; dumps of shards by dbserver")
def test_a_cluster_is_dumped_shard_by_shard(cluster: StandinCluster, name: str) -> None:
    """The cluster's inventory names the shards with their servers, each of which can be dumped by a coordinator."""
    server = cluster.front
    server.call("POST", "/_api/collection", {"name": name, "numberOfShards": 3})
    fill(server, name, 200)
    inventory = server.call("GET", f"{_PATH}/clusterInventory").body
    entry = next(item for item in inventory["collections"] if item["parameters"]["name"] == name)
    assert (entry["isReady"], entry["allInSync"]) == (True, True)
    shards = entry["parameters"]["shards"]
    assert len(shards) == 3
    numbers = []
    for shard, servers in shards.items():
        batch = server.call("POST", f"{_PATH}/batch?DBserver={servers[0]}", {"ttl": 60})
        assert batch.status == 200, batch
        query = f"collection={shard}&batchId={batch.body['id']}&DBserver={servers[0]}"
        numbers += [document["number"] for document in dumped(server, query)]
        ended = server.call("DELETE", f"{_PATH}/batch/{batch.body['id']}?DBserver={servers[0]}")
        assert ended.status == 204
    assert sorted(numbers) == list(range(200))
    assert server.call("POST", f"{_PATH}/batch", {}).body["errorNum"] == 10


@feature("Replication", "logger state")
def test_the_loggers_state(single_server: StandinServer) -> None:
    """The state names the newest tick and the server."""
    state = single_server.call("GET", f"{_PATH}/logger-state").body
    assert int(state["state"]["lastLogTick"]) > 0
    assert state["server"]["engine"] == "rocksdb"


@feature("Write-ahead log", "flush")
def test_flush(server: StandinServer) -> None:
    """After a flush everything is on disk, on all dbservers of a cluster."""
    assert server.call("PUT", "/_admin/wal/flush", {}).status == 200


@feature("Write-ahead log", "ticks")
def test_ticks(single_server: StandinServer) -> None:
    """The newest tick grows and is the end of the range."""
    first = int(single_server.call("GET", "/_api/wal/lastTick").body["tick"])
    assert int(single_server.call("GET", "/_api/wal/range").body["tickMax"]) > first


@feature("Write-ahead log", "tail says that older operations are missing")
def test_tail(single_server: StandinServer) -> None:
    """The stand-in keeps no operations; a tail from the beginning says that they are not present."""
    answer = single_server.call("GET", "/_api/wal/tail?from=0")
    assert answer.status == 204
    assert answer.headers["x-arango-replication-frompresent"] == "false"
