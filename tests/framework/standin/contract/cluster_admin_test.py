"""The administration of a cluster through its coordinators."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_FAMILY = "Cluster administration"


def dbservers(cluster: StandinCluster) -> dict[str, dict[str, Any]]:
    """Return the health records of the dbservers by id."""
    return {server: record for server, record in cluster.health().items() if record["Role"] == "DBServer"}


def get(cluster: StandinCluster, path: str) -> Answer:
    """Ask the first coordinator."""
    return cluster.front.call("GET", path)


@feature(_FAMILY, "GET /_admin/cluster/health")
def test_health(cluster: StandinCluster) -> None:
    """Every server has a record with role, status and what its role has besides."""
    answer = get(cluster, "/_admin/cluster/health")
    assert answer.status == 200
    assert answer.body["ClusterId"]
    records = answer.body["Health"].values()
    assert sorted(record["Role"] for record in records) == ["Agent"] + ["Coordinator"] * 2 + ["DBServer"] * 2
    for record in records:
        assert {"Endpoint", "Status", "Version", "Engine", "Host", "CanBeDeleted", "LastAckedTime"} <= set(record)
        assert record["Status"] == "GOOD"
        wanted = {"Leader", "Leading"} if record["Role"] == "Agent" else {"ShortName", "SyncStatus", "SyncTime"}
        assert wanted <= set(record)


@feature(_FAMILY, "single servers refuse: 501")
@pytest.mark.parametrize("path", ["/_admin/cluster/health", "/_api/cluster/endpoints", "/_admin/cluster/rebalance"])
def test_a_single_server_is_no_cluster(single_server: StandinServer, path: str) -> None:
    """A single server answers the cluster's routes with 501/1471."""
    answer = single_server.call("GET", path)
    assert (answer.status, answer.body["errorNum"]) == (501, 1471)


@feature(_FAMILY, "GET /_api/cluster/endpoints, agency-dump, cluster-info")
def test_what_the_cluster_is_made_of(cluster: StandinCluster) -> None:
    """Endpoints name the coordinators; the dump has the agency's tree; the info what this coordinator knows."""
    endpoints = get(cluster, "/_api/cluster/endpoints").body["endpoints"]
    assert {entry["endpoint"] for entry in endpoints} == {server.endpoint for server in cluster.coordinators}
    assert "Plan" in get(cluster, "/_api/cluster/agency-dump").body["result"][0]["arango"]
    info = get(cluster, "/_api/cluster/cluster-info").body["clusterInfo"]
    assert "_system" in info["plannedDatabases"]
    assert set(info["DBServers"]) == set(dbservers(cluster))


@feature(_FAMILY, "nodeVersion, nodeEngine, nodeStatistics, statistics")
def test_one_server_can_be_asked(cluster: StandinCluster) -> None:
    """What a server says of itself is handed on; unknown and unnamed servers are refused."""
    (server, *_) = dbservers(cluster)
    assert get(cluster, f"/_admin/cluster/nodeVersion?ServerID={server}").body["server"] == "arango"
    assert "supports" in get(cluster, f"/_admin/cluster/nodeEngine?ServerID={server}").body
    assert "system" in get(cluster, f"/_admin/cluster/nodeStatistics?ServerID={server}").body
    assert "enabled" in get(cluster, f"/_admin/cluster/statistics?DBserver={server}").body
    assert get(cluster, "/_admin/cluster/nodeVersion?ServerID=nobody").status == 404
    assert get(cluster, "/_admin/cluster/nodeVersion").status == 400
    assert get(cluster, "/_admin/cluster/nodeNonsense").status == 404


@feature(_FAMILY, "GET, PUT /_admin/cluster/numberOfServers")
def test_the_wanted_number_of_servers(cluster: StandinCluster) -> None:
    """The numbers that were set are told; a body without one is refused."""
    path = "/_admin/cluster/numberOfServers"
    assert cluster.front.call("PUT", path, {"numberOfDBServers": 2, "numberOfCoordinators": 2}).status == 200
    wait_until(lambda: get(cluster, path).body["numberOfDBServers"] == 2, "the number is told")
    assert get(cluster, path).body["cleanedServers"] == []
    assert cluster.front.call("PUT", path, {"other": 1}).status == 400


@feature(_FAMILY, "PUT /_admin/cluster/uniqId")
def test_unique_ids(cluster: StandinCluster) -> None:
    """Blocks of numbers never overlap, whichever coordinator gives them."""
    found = []
    for number in range(4):
        answer = cluster.coordinators[number % 2].call("PUT", "/_admin/cluster/uniqId?minimum=10").body
        found.append(range(answer["smallest"], answer["largest"] + 1))
    assert all(len(block) == 10 for block in found)
    assert len({number for block in found for number in block}) == 40


@feature(_FAMILY, "vpackSortMigration status, check, migrate")
def test_the_order_of_stored_values(cluster: StandinCluster) -> None:
    """All dbservers have the correct order; there is nothing to migrate."""
    base = "/_admin/cluster/vpackSortMigration"
    assert set(get(cluster, f"{base}/status").body["result"]) == set(dbservers(cluster))
    checks = get(cluster, f"{base}/check").body["result"].values()
    assert all(check["result"]["affected"] == [] for check in checks)
    assert cluster.front.call("PUT", f"{base}/migrate").status == 200


@feature(_FAMILY, "PUT /_admin/cluster/maintenance")
def test_maintenance_of_the_cluster(cluster: StandinCluster) -> None:
    """On and off are confirmed with a warning, anything else is refused."""
    path = "/_admin/cluster/maintenance"
    assert "warning" in cluster.front.call("PUT", path, "on").body
    assert get(cluster, path).body["result"] == "Maintenance"
    assert "warning" in cluster.front.call("PUT", path, "off").body
    assert get(cluster, path).body["result"] == "Normal"
    assert cluster.front.call("PUT", path, "maybe").status == 400


@feature(_FAMILY, "GET, PUT /_admin/cluster/maintenance/{server}")
def test_maintenance_of_a_server(cluster: StandinCluster) -> None:
    """The mode is told until it ends by itself or is ended; unknown servers are refused with 412."""
    (server, *_) = dbservers(cluster)
    path = f"/_admin/cluster/maintenance/{server}"
    assert "result" not in get(cluster, path).body
    assert cluster.front.call("PUT", path, {"mode": "maintenance", "timeout": 5}).status == 200
    assert get(cluster, path).body["result"]["Mode"] == "maintenance"
    wait_until(lambda: "result" not in get(cluster, path).body, "the end of the maintenance", 30)
    cluster.front.call("PUT", path, {"mode": "maintenance", "timeout": 60})
    assert cluster.front.call("PUT", path, {"mode": "normal"}).status == 200
    assert "result" not in get(cluster, path).body
    assert cluster.front.call("PUT", "/_admin/cluster/maintenance/nobody", {"mode": "normal"}).status == 412


@feature(_FAMILY, "shardDistribution, collectionShardDistribution")
def test_shard_distribution(cluster: StandinCluster, name: str) -> None:
    """Plan and Current name leader and followers of each shard, for all collections or one."""
    cluster.create(name, numberOfShards=3, replicationFactor=2)
    found = cluster.distribution(name)
    one = cluster.front.call("PUT", "/_admin/cluster/collectionShardDistribution", {"collection": name})

    assert one.body["results"] == {name: found}
    assert len(found["Plan"]) == 3
    assert found["Plan"] == found["Current"]
    assert {len(entry["followers"]) for entry in found["Plan"].values()} == {1}
    unknown = cluster.front.call("PUT", "/_admin/cluster/collectionShardDistribution", {"collection": "nothing"})
    assert (unknown.status, unknown.body["errorNum"]) == (404, 1203)


@feature(_FAMILY, "moveShard, queryAgencyJob")
def test_a_shard_moves(cluster: StandinCluster, name: str) -> None:
    """A shard moves from one dbserver to the other with its documents; unknown jobs are 404."""
    cluster.create(name, numberOfShards=1, replicationFactor=1)
    cluster.insert(name, "a")
    shard, leader, _ = cluster.shard(name)
    (other,) = {record["ShortName"] for record in dbservers(cluster).values()} - {leader}
    body = {"database": "_system", "collection": name, "shard": shard, "fromServer": leader, "toServer": other}

    assert cluster.job("/_admin/cluster/moveShard", body) == "Finished"
    assert cluster.shard(name)[1] == other
    assert cluster.keys(name) == {"a"}
    assert get(cluster, "/_admin/cluster/queryAgencyJob?id=nothing").status == 404


@feature(_FAMILY, "cancelAgencyJob")
def test_a_job_is_cancelled(cluster: StandinCluster, name: str) -> None:
    """A job that waits, because the supervision rests, is called off and ends as Failed."""
    cluster.create(name, numberOfShards=1, replicationFactor=1)
    shard, leader, _ = cluster.shard(name)
    (other,) = {record["ShortName"] for record in dbservers(cluster).values()} - {leader}
    body = {"database": "_system", "collection": name, "shard": shard, "fromServer": leader, "toServer": other}
    cluster.front.call("PUT", "/_admin/cluster/maintenance", "on")
    job = cluster.front.call("POST", "/_admin/cluster/moveShard", body).body["id"]
    assert cluster.front.call("POST", "/_admin/cluster/cancelAgencyJob", {"id": job}).status == 200
    cluster.front.call("PUT", "/_admin/cluster/maintenance", "off")

    path = f"/_admin/cluster/queryAgencyJob?id={job}"
    wait_until(lambda: get(cluster, path).body["status"] == "Failed", "the job ends")
    assert cluster.shard(name)[1] == leader
    assert cluster.front.call("POST", "/_admin/cluster/cancelAgencyJob", {"id": job}).status == 404


@feature(_FAMILY, "resignLeadership")
def test_leadership_is_resigned(cluster: StandinCluster, name: str) -> None:
    """After resignLeadership the other server leads, and both are in sync."""
    cluster.create(name, numberOfShards=1, replicationFactor=2)
    _, leader, (follower,) = cluster.shard(name)
    assert cluster.job("/_admin/cluster/resignLeadership", {"server": leader}) == "Finished"
    wait_until(lambda: cluster.shard(name)[1:] == (follower, [leader]), "leadership changed hands")
    cluster.wait_in_sync(name)


@feature(_FAMILY, "rebalance: analyse, compute, execute; rebalanceShards")
def test_shards_are_rebalanced(cluster: StandinCluster, name: str) -> None:
    """The imbalance is measured, moves that lower it are computed, and carried out on demand."""
    path = "/_admin/cluster/rebalance"
    cluster.create(name, numberOfShards=6, replicationFactor=1)
    shards = cluster.distribution(name)["Plan"]
    servers = {record["ShortName"]: server for server, record in dbservers(cluster).items()}
    first, second = sorted(servers)
    moves = [
        {"from": servers[first], "to": servers[second], "shard": shard, "collection": name, "isLeader": True}
        for shard, entry in shards.items()
        if entry["leader"] == first
    ]
    assert cluster.front.call("POST", f"{path}/execute", {"version": 1, "moves": moves}).status == 202

    def leaders() -> list[str]:
        return [entry["leader"] for entry in cluster.distribution(name)["Current"].values()]

    wait_until(lambda: set(leaders()) == {second}, "all shards on one server")

    def pending() -> int:
        result = get(cluster, path).body["result"]
        return int(result["pendingMoveShards"] + result["todoMoveShards"])

    wait_until(lambda: pending() == 0, "no move under way")
    found = get(cluster, path).body["result"]
    assert {"leader", "shards"} <= set(found)
    options = {"version": 1, "moveLeaders": True, "moveFollowers": True, "leaderChanges": True,
               "databasesExcluded": ["other"]}  # fmt: skip
    computed = cluster.front.call("POST", path, options).body["result"]
    before, after = (computed[part]["shards"]["imbalance"] for part in ("imbalanceBefore", "imbalanceAfter"))
    assert computed["moves"]
    assert after < before
    assert len(cluster.front.call("POST", path, {**options, "maximumNumberOfMoves": 1}).body["result"]["moves"]) == 1
    done = cluster.front.call("PUT", path, options)
    assert done.status == 202
    wait_until(lambda: set(leaders()) == {first, second} and pending() == 0, "shards on both servers again")
    assert cluster.front.call("POST", f"{path}/execute", {"version": 1, "moves": []}).status == 200
    assert cluster.front.call("POST", path, {"version": 7}).status == 400
    assert cluster.front.call("POST", "/_admin/cluster/rebalanceShards", {}).status == 202


@feature(_FAMILY, "add and remove dbservers and coordinators; cleanOutServer, removeServer")
def test_servers_come_and_go(cluster: StandinCluster, name: str) -> None:
    """A dbserver and a coordinator join, serve, are emptied, stopped and removed."""
    before = set(cluster.health())
    new = cluster.make_member("PRIMARY", f"dbserver-{name}")
    front = cluster.make_member("COORDINATOR", f"coordinator-{name}")
    try:
        for server in (new, front):
            server.start()
        front.wait_available()
        wait_until(lambda: len(cluster.health()) == len(before) + 2, "two more servers")
        ids = {record["Endpoint"]: server for server, record in cluster.health().items()}
        cluster.create(name, numberOfShards=1, replicationFactor=3)
        assert front.call("POST", f"/_api/document/{name}", {"_key": "a"}).status in (201, 202)
        refused = cluster.front.call("POST", "/_admin/cluster/removeServer", {"server": ids[new.endpoint]})
        assert refused.status == 412
        cluster.front.call("PUT", f"/_api/collection/{name}/properties", {"replicationFactor": 2})
        wait_until(lambda: len(cluster.shard(name)[2]) == 1, "two copies")
        assert cluster.job("/_admin/cluster/cleanOutServer", {"server": ids[new.endpoint]}) == "Finished"
        cleaned = get(cluster, "/_admin/cluster/numberOfServers").body["cleanedServers"]
        assert cleaned == [ids[new.endpoint]]
        for server in (new, front):
            assert server.stop() == 0
            body = {"server": ids[server.endpoint]}
            path = "/_admin/cluster/removeServer"
            wait_until(lambda body=body, path=path: cluster.front.call("POST", path, body).status == 200, "removed")  # type: ignore[misc]
            assert cluster.front.call("POST", path, body).status == 404
        assert set(cluster.health()) == before
        assert cluster.keys(name) == {"a"}
    finally:
        for server in (new, front):
            server.close()


@feature(_FAMILY, "supervision: GOOD, BAD, FAILED after the grace periods")
def test_a_silent_server_is_judged(cluster: StandinCluster) -> None:
    """A dbserver that is killed is BAD first, then FAILED, and GOOD when it is back."""
    victim = cluster.dbservers[1]
    seen: list[str] = []

    def status() -> str:
        found = next(record["Status"] for record in cluster.health().values() if record["Endpoint"] == victim.endpoint)
        if not seen or seen[-1] != found:
            seen.append(found)
        return str(found)

    assert status() == "GOOD"
    victim.kill()
    began_s = time.monotonic()
    wait_until(lambda: status() == "FAILED", "FAILED")
    assert seen == ["GOOD", "BAD", "FAILED"]
    assert time.monotonic() - began_s > 2, "the grace period is 3 s"
    victim.start()
    wait_until(lambda: status() == "GOOD", "GOOD")
    cluster.wait_good()


@feature(_FAMILY, "unique indexes must contain the shard keys")
def test_uniqueness_needs_the_shard_keys(cluster: StandinCluster, name: str) -> None:
    """Over several shards only an index with all shard keys can be unique."""
    cluster.create(name, numberOfShards=3, shardKeys=["a"])
    path = f"/_api/index?collection={name}"
    without = cluster.front.call("POST", path, {"type": "persistent", "fields": ["b"], "unique": True})
    assert (without.status, without.body["errorNum"]) == (501, 1470)
    assert cluster.front.call("POST", path, {"type": "persistent", "fields": ["a", "b"], "unique": True}).status == 201
    documents = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1}]
    answers = cluster.front.call("POST", f"/_api/document/{name}", documents).body
    assert [answer.get("errorNum") for answer in answers] == [None, None, 1210]


@feature(_FAMILY, "only administrators change the cluster: 403")
def test_others_may_only_look(cluster: StandinCluster, name: str) -> None:
    """A user without rw on _system sees health and distribution, and changes nothing."""
    person = Person(cluster.front, f"user_{name}").register().grant("ro", "_system")
    assert person.call("GET", "/_admin/cluster/health").status == 200
    assert person.call("GET", "/_admin/cluster/shardDistribution").status == 200
    for method, path, body in (
        ("PUT", "/_admin/cluster/maintenance", "on"),
        ("POST", "/_admin/cluster/cleanOutServer", {"server": "DBServer0001"}),
        ("POST", "/_admin/cluster/removeServer", {"server": "DBServer0001"}),
        ("POST", "/_admin/cluster/moveShard", {}),
        ("PUT", "/_admin/cluster/rebalance", {"version": 1}),
        ("PUT", "/_admin/cluster/numberOfServers", {"numberOfDBServers": 1}),
        ("GET", "/_api/cluster/agency-dump", None),
        ("POST", "/_admin/backup/create", {}),
    ):
        assert (path, person.call(method, path, body).status) == (path, 403)
