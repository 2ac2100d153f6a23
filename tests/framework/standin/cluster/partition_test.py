"""A server that is cut off from the others stops acknowledging what it cannot replicate."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

CUT_OFF = "/_admin/debug/failat/ClusterComm::cutOff"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[StandinCluster]:
    """A cluster with a collection `c` of one shard and two copies."""
    made = StandinCluster(tmp_path).start()
    try:
        made.create("c", numberOfShards=1, replicationFactor=2)
        assert made.insert("c", "before").status == 202
        yield made
    finally:
        made.close()


@contextmanager
def cut_off(server: StandinServer) -> Iterator[None]:
    """Take a server out of the cluster's network for as long as the block lasts; clients still reach it."""
    assert server.call("PUT", CUT_OFF).status == 200
    try:
        yield
    finally:
        assert server.call("DELETE", CUT_OFF).status == 200


class Attempt:
    """A request in the background, which may take long."""

    def __init__(self, server: StandinServer, method: str, path: str, body: Any) -> None:
        self.answer: Answer | None = None
        self._thread = threading.Thread(target=self._run, args=(server, method, path, body))
        self._thread.start()

    def _run(self, server: StandinServer, method: str, path: str, body: Any) -> None:
        self.answer = server.call(method, path, body)

    @property
    def acknowledged(self) -> bool:
        """True when the answer is there and a success."""
        return self.answer is not None and self.answer.status in (200, 201, 202)

    def end(self) -> Answer:
        """Return the answer when it is there."""
        self._thread.join()
        assert self.answer is not None
        return self.answer


def equal_copies(cluster: StandinCluster) -> bool:
    """Say whether leader and follower have the same documents."""
    shard, leader, followers = cluster.shard("c")
    path = f"/_api/collection/{shard}/checksum?withRevisions=true&withData=true"
    found = {cluster.server_of(name).call("GET", path).body["checksum"] for name in (leader, *followers)}
    return len(found) == 1


def test_a_leader_that_is_cut_off_acknowledges_nothing(cluster: StandinCluster) -> None:
    """It cannot replicate and cannot drop its follower; the follower takes over, and the lone write never happened."""
    shard, leader, (follower,) = cluster.shard("c")
    server = cluster.server_of(leader)
    with cut_off(server):
        alone = Attempt(server, "POST", f"/_api/document/{shard}", {"_key": "alone"})
        wait_until(lambda: cluster.shard("c")[1] == follower, "failover")
        assert cluster.insert("c", "together").status == 202
        assert not alone.acknowledged
    assert alone.end().status not in (200, 201, 202)
    cluster.wait_good()
    cluster.wait_in_sync("c")
    assert cluster.keys("c") == {"before", "together"}
    assert equal_copies(cluster)


def test_a_follower_that_is_cut_off_is_dropped_first(cluster: StandinCluster) -> None:
    """Writes go on once the agency no longer lists it; when it is back it gets what it missed."""
    shard, leader, (follower,) = cluster.shard("c")
    server = cluster.server_of(follower)
    with cut_off(server):
        assert cluster.insert("c", "meanwhile").status == 202
        assert follower not in cluster.distribution("c")["Current"][shard]["followers"]
    cluster.wait_good()
    cluster.wait_in_sync("c")
    assert cluster.shard("c")[1] == leader
    assert cluster.keys("c") == {"before", "meanwhile"}
    assert equal_copies(cluster)


def test_a_coordinator_that_is_cut_off_acknowledges_nothing(cluster: StandinCluster) -> None:
    """Its clients wait or are refused; clients of the other coordinator notice nothing."""
    lonely, other = cluster.coordinators
    with cut_off(lonely):
        alone = Attempt(lonely, "POST", "/_api/document/c", {"_key": "alone"})
        for number in range(20):
            assert other.call("POST", "/_api/document/c", {"_key": f"k{number}"}).status == 202
        assert not alone.acknowledged
        found = other.aql("FOR d IN c RETURN d._key")
        assert set(found) == {"before", *[f"k{number}" for number in range(20)]}
    # when the network is back the write may go through, or not: the client is told which
    acknowledged = alone.end().status in (201, 202)
    assert ("alone" in other.aql("FOR d IN c RETURN d._key")) == acknowledged


def test_an_agency_leader_that_is_cut_off_acknowledges_nothing(cluster: StandinCluster) -> None:
    """It answers neither writes nor reads; the others elect a leader, and the cluster takes new collections."""
    leader = next(agent for agent in cluster.agents if agent.leads_agency())
    others = [agent for agent in cluster.agents if agent is not leader]
    with cut_off(leader):
        alone = Attempt(leader, "POST", "/_api/agency/write", [[{"/alone": {"op": "set", "new": 1}}]])
        assert not leader.leads_agency()
        wait_until(lambda: any(agent.leads_agency() for agent in others), "another leader")
        cluster.create("meanwhile", replicationFactor=2)
        assert not alone.acknowledged
        assert not leader.leads_agency()
    assert alone.end().status not in (200, 201, 202)
    wait_until(lambda: sum(agent.leads_agency() for agent in cluster.agents) == 1, "one leader")
    new = next(agent for agent in cluster.agents if agent.leads_agency())
    assert new.call("POST", "/_api/agency/read", [["/alone"]]).body == [{}]
    cluster.wait_good()


def test_a_dbserver_without_the_agency_keeps_its_promises(cluster: StandinCluster) -> None:
    """Without a majority of agents a leader may go on while its follower answers, and stops when it does not."""
    shard, leader, (follower,) = cluster.shard("c")
    direct, copy = cluster.server_of(leader), cluster.server_of(follower)
    with cut_off(cluster.agents[0]), cut_off(cluster.agents[1]):
        assert cluster.insert("c", "both").status == 202
        with cut_off(copy):
            alone = Attempt(direct, "POST", f"/_api/document/{shard}", {"_key": "alone"})
            time.sleep(4.0)  # twice the time after which a leader gives a follower up
            assert not alone.acknowledged
    acknowledged = alone.end().status in (201, 202)
    cluster.wait_good()
    cluster.wait_in_sync("c")
    assert {"before", "both"} <= cluster.keys("c")
    assert not acknowledged or "alone" in cluster.keys("c")
    assert equal_copies(cluster)
