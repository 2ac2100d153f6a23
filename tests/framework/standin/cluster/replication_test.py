"""Synchronous replication: no acknowledged write is lost, whatever is killed, stopped or wiped."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import wait_until

Make = Callable[..., StandinCluster]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes clusters and ends them."""
    made: list[StandinCluster] = []

    def cluster(**options: object) -> StandinCluster:
        made.append(StandinCluster(tmp_path / str(len(made)), **options))  # type: ignore[arg-type]
        return made[-1].start()

    yield cluster
    for one in made:
        one.close()


@pytest.fixture
def cluster(make: Make) -> StandinCluster:
    """A cluster with a collection `c` of one shard and two copies."""
    made = make(coordinators=1)
    made.create("c", numberOfShards=1, replicationFactor=2)
    return made


def fill(cluster: StandinCluster, first: int, count: int) -> set[str]:
    """Insert documents one by one; return the keys that were acknowledged."""
    keys = {f"k{number}" for number in range(first, first + count)}
    return {key for key in keys if cluster.insert("c", key).status in (201, 202)}


def checksums(cluster: StandinCluster) -> set[str]:
    """Return the different checksums over the copies of the only shard."""
    shard, leader, followers = cluster.shard("c")
    return {
        cluster.server_of(name)
        .call("GET", f"/_api/collection/{shard}/checksum?withRevisions=true&withData=true")
        .body["checksum"]
        for name in (leader, *followers)
    }


def test_a_write_is_on_both_copies_when_it_is_acknowledged(cluster: StandinCluster) -> None:
    """Directly after the answer the follower has the document, with the same revision."""
    revision = cluster.insert("c", "a").body["_rev"]
    shard, leader, followers = cluster.shard("c")

    for name in (leader, *followers):
        assert revision == cluster.server_of(name).call("GET", f"/_api/document/{shard}/a").body["_rev"]


def test_a_follower_refuses_writes(cluster: StandinCluster) -> None:
    """A write sent to a follower's shard is refused and changes nothing."""
    shard, _, followers = cluster.shard("c")
    answer = cluster.server_of(followers[0]).call("POST", f"/_api/document/{shard}", {"_key": "x"})

    assert (answer.status, answer.body["errorNum"]) == (421, 1491)
    assert cluster.keys("c") == set()


def test_failover_after_kill_9_of_the_leader(cluster: StandinCluster) -> None:
    """The follower takes over with every acknowledged write; the old leader comes back as a follower in sync."""
    acknowledged = fill(cluster, 0, 50)
    _, leader, _ = cluster.shard("c")
    server = cluster.server_of(leader)
    server.kill()
    wait_until(lambda: cluster.shard("c")[1] != leader, "another leader")
    acknowledged |= fill(cluster, 50, 20)

    assert acknowledged <= cluster.keys("c")
    server.start()
    cluster.wait_good()
    cluster.wait_in_sync("c")
    assert len(checksums(cluster)) == 1
    assert acknowledged <= cluster.keys("c")


def test_without_failover_there_is_no_new_leader(make: Make) -> None:
    """With --standin.failover false the shard stays with its dead leader, and its return brings everything back."""
    cluster = make(coordinators=1, agent_options=("--standin.failover", "false"))
    cluster.create("c", numberOfShards=1, replicationFactor=2)
    acknowledged = fill(cluster, 0, 10)
    _, leader, _ = cluster.shard("c")
    server = cluster.server_of(leader)
    server.kill()
    wait_until(
        lambda: any(record["Status"] == "FAILED" for record in cluster.health().values()), "the leader is FAILED"
    )

    assert cluster.shard("c")[1] == leader
    server.start().wait_available()
    assert acknowledged == cluster.keys("c")


def test_a_dead_follower_is_dropped_and_writes_go_on(cluster: StandinCluster) -> None:
    """The leader takes a killed follower out of the in-sync set through the agency before it acknowledges."""
    acknowledged = fill(cluster, 0, 10)
    shard, leader, followers = cluster.shard("c")
    cluster.server_of(followers[0]).kill()
    acknowledged |= fill(cluster, 10, 10)

    assert cluster.distribution("c")["Current"][shard] == {"leader": leader, "followers": []} or cluster.in_sync("c")
    assert len(acknowledged) == 20
    assert acknowledged == cluster.keys("c")


def test_the_write_concern_is_kept(cluster: StandinCluster) -> None:
    """With fewer in-sync copies than the write concern a write is refused (1004) and has not happened."""
    cluster.create("strict", numberOfShards=1, replicationFactor=3, writeConcern=3)
    assert cluster.insert("strict", "a").status == 202
    _, _, followers = cluster.shard("strict")
    follower = cluster.server_of(followers[0])
    follower.kill()
    refused = cluster.insert("strict", "b")

    assert (refused.status, refused.body["errorNum"]) == (403, 1004)
    assert cluster.keys("strict") == {"a"}
    follower.start()
    wait_until(lambda: cluster.insert("strict", "c").status == 202, "the write concern fulfilled again")
    assert cluster.keys("strict") == {"a", "c"}


def test_a_suspended_leader_neither_blocks_nor_forks_the_shard(cluster: StandinCluster) -> None:
    """SIGSTOP of the leader leads to failover; after SIGCONT it gives way and takes over what it missed."""
    acknowledged = fill(cluster, 0, 10)
    _, leader, _ = cluster.shard("c")
    server = cluster.server_of(leader)
    server.signal(signal.SIGSTOP)
    wait_until(lambda: cluster.shard("c")[1] != leader, "another leader")
    acknowledged |= fill(cluster, 10, 10)
    server.signal(signal.SIGCONT)
    cluster.wait_good()
    cluster.wait_in_sync("c")
    acknowledged |= fill(cluster, 20, 10)

    assert acknowledged <= cluster.keys("c")
    assert len(checksums(cluster)) == 1


def test_a_server_that_lost_its_data_comes_back_empty_and_is_filled(make: Make) -> None:
    """All copies are wanted on three servers: the wiped one joins under a new id and gets its copy from the leader."""
    cluster = make(coordinators=1)
    cluster.create("c", numberOfShards=1, replicationFactor=3)
    acknowledged = fill(cluster, 0, 30)
    _, leader, followers = cluster.shard("c")
    server = cluster.server_of(followers[0])
    server.kill()
    shutil.rmtree(server.folder / "data")
    server.start()
    wait_until(lambda: followers[0] not in cluster.shard("c")[2] and cluster.in_sync("c"), "a new third copy")

    assert cluster.shard("c")[1] == leader
    assert acknowledged == cluster.keys("c")


def test_a_wiped_leader_does_not_lead(cluster: StandinCluster) -> None:
    """The leader's data directory is emptied while it is down: its shard fails over instead of becoming empty."""
    acknowledged = fill(cluster, 0, 30)
    _, leader, _ = cluster.shard("c")
    server = cluster.server_of(leader)
    server.kill()
    shutil.rmtree(server.folder / "data" / "engine-sqlite")
    server.start()
    wait_until(lambda: cluster.shard("c")[1] != leader and cluster.in_sync("c"), "failover")

    assert acknowledged == cluster.keys("c")


def test_the_whole_cluster_restarts(cluster: StandinCluster) -> None:
    """All servers are killed at once and started again: everything acknowledged is there."""
    acknowledged = fill(cluster, 0, 30)
    for server in cluster.members:
        server.kill()
    for server in cluster.members:
        server.start()
    cluster.front.wait_available()
    cluster.wait_good()

    assert acknowledged == cluster.keys("c")
    assert cluster.insert("c", "after").status == 202


def test_a_cluster_without_agency_majority_still_serves_and_does_not_fork(cluster: StandinCluster) -> None:
    """Two of three agents are gone: writes to healthy shards go on; a follower's death then stops acknowledgement."""
    assert len(fill(cluster, 0, 5)) == 5
    for agent in cluster.agents[:2]:
        agent.signal(signal.SIGSTOP)
    assert len(fill(cluster, 5, 5)) == 5
    for agent in cluster.agents[:2]:
        agent.signal(signal.SIGCONT)
    cluster.wait_good()

    assert len(cluster.keys("c")) == 10


def test_a_silent_server_may_follow_in_a_new_collection_but_not_lead(make: Make) -> None:
    """A dbserver is BAD and not yet FAILED: as many copies as there are servers can be planned, and nothing waits."""
    cluster = make(coordinators=1, agent_options=("--agency.supervision-grace-period", "600"))
    silent = cluster.dbservers[0]
    silent.kill()
    wait_until(
        lambda: "BAD" in [h["Status"] for h in cluster.health().values() if h["Endpoint"] == silent.endpoint], "BAD"
    )
    wide = {"name": "wide", "numberOfShards": 6, "replicationFactor": 3}
    made = cluster.front.call("POST", "/_api/collection?waitForSyncReplication=false", wide)

    assert made.status == 200, made
    leaders = {cluster.server_of(plan["leader"]) for plan in cluster.distribution("wide")["Plan"].values()}
    assert leaders == {*cluster.dbservers[1:]}
    silent.start()
    cluster.wait_in_sync("wide")
