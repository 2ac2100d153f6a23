"""Transactions in a cluster: several coordinators, several shards, leaders that go away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinCluster]:
    """One agent, three dbservers, two coordinators."""
    folder: Path = tmp_path_factory.mktemp("cluster")
    made = StandinCluster(folder, agents=1, dbservers=3)
    try:
        yield made.start()
    finally:
        made.close()


def begin(front: StandinServer, *collections: str) -> dict[str, str]:
    """Begin a transaction and return the header that requests inside it carry."""
    answer = front.call("POST", "/_api/transaction/begin", {"collections": {"write": list(collections)}})
    assert answer.status == 201, answer
    return {"x-arango-trx-id": answer.body["result"]["id"]}


def path_of(inside: dict[str, str]) -> str:
    """Return the path of a transaction."""
    return f"/_api/transaction/{inside['x-arango-trx-id']}"


def test_every_coordinator_knows_a_transaction(cluster: StandinCluster) -> None:
    """A transaction that began on one coordinator can be used, seen and committed through the other one."""
    first, second = cluster.coordinators
    cluster.create("shared", numberOfShards=2)
    inside = begin(first, "shared")
    assert second.call("POST", "/_api/document/shared", {"_key": "a"}, headers=inside).status == 202
    assert second.call("HEAD", "/_api/document/shared/a", headers=inside).status == 200
    assert first.call("GET", "/_api/document/shared/a", headers=inside).status == 200
    assert second.call("GET", "/_api/document/shared/a").status == 404

    assert second.call("PUT", path_of(inside)).body["result"]["status"] == "committed"
    assert first.call("GET", path_of(inside)).body["result"]["status"] == "committed"
    assert second.call("GET", "/_api/document/shared/a").status == 200


def test_jobs_and_cursors_are_found_from_every_coordinator(cluster: StandinCluster) -> None:
    """A job's result and a cursor's next batch can be fetched through the coordinator that does not have them."""
    first, second = cluster.coordinators
    answer = first.call("POST", "/_api/cursor", {"query": "FOR i IN 1..3 RETURN i", "batchSize": 2})
    rest = second.call("POST", f"/_api/cursor/{answer.body['id']}")
    assert (rest.status, rest.body["result"], rest.body["hasMore"]) == (200, [3], False)

    job = first.call("GET", "/_api/version", headers={"x-arango-async": "store"}).headers["x-arango-async-id"]
    fetched = second.call("PUT", f"/_api/job/{job}")
    while fetched.status == 204:
        fetched = second.call("PUT", f"/_api/job/{job}")
    assert (fetched.status, fetched.headers["x-arango-async-id"]) == (200, job)


def test_a_transaction_over_many_shards(cluster: StandinCluster) -> None:
    """Documents of all shards become visible with the commit, and none of them after an abort."""
    cluster.create("wide", numberOfShards=5, replicationFactor=2)
    documents = [{"_key": f"k{number}"} for number in range(30)]
    for end, count in (("DELETE", 0), ("PUT", 30)):
        inside = begin(cluster.front, "wide")
        written = cluster.front.call("POST", "/_api/document/wide", documents, headers=inside)
        assert not any("error" in item for item in written.body)
        counted = cluster.front.call("GET", "/_api/collection/wide/count", headers=inside)
        assert counted.body["count"] == 30
        assert cluster.keys("wide") == set()
        assert cluster.front.call(end, path_of(inside)).status == 200
        assert len(cluster.keys("wide")) == count
    cluster.wait_in_sync("wide")


def test_a_transaction_whose_leader_died_fails(cluster: StandinCluster) -> None:
    """When the leader of a shard with uncommitted changes dies, the transaction is lost, and the answers say so."""
    cluster.create("lost", numberOfShards=1, replicationFactor=2)
    cluster.create("kept", numberOfShards=1, replicationFactor=3)
    cluster.wait_in_sync("lost")
    inside = begin(cluster.front, "lost", "kept")
    for collection in ("lost", "kept"):
        answer = cluster.front.call("POST", f"/_api/document/{collection}", {"_key": "a"}, headers=inside)
        assert answer.status == 202
    _, leader, _ = cluster.shard("lost")
    server = cluster.server_of(leader)
    server.kill()

    answer = cluster.front.call("POST", "/_api/document/lost", {"_key": "b"}, headers=inside)
    assert (answer.status, answer.body["errorNum"]) == (410, 1654)
    assert cluster.front.call("PUT", path_of(inside)).body["errorNum"] == 1654
    assert cluster.front.call("GET", path_of(inside)).body["result"]["status"] == "aborted"
    for collection in ("lost", "kept"):
        assert cluster.insert(collection, "a").status == 202
    server.start().wait_available()
    cluster.wait_good()


def test_a_dead_coordinator_leaves_no_locks(cluster: StandinCluster) -> None:
    """What a coordinator held when it died can be written by others once it is known to be dead or back."""
    first, second = cluster.coordinators
    cluster.create("held", numberOfShards=1, replicationFactor=2)
    inside = begin(second, "held")
    assert second.call("POST", "/_api/document/held", {"_key": "a"}, headers=inside).status == 202
    assert cluster.insert("held", "a").status == 409
    second.kill()
    second.start().wait_available()

    wait_until(lambda: cluster.insert("held", "a").status == 202, "the key is free")
    assert second.call("GET", path_of(inside)).body["errorNum"] == 1655
    assert first.call("GET", path_of(inside)).body["errorNum"] == 1655
