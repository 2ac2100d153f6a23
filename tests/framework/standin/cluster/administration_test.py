"""Jobs and maintenance through a coordinator."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until

KEYS = {f"k{number}" for number in range(100)}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[StandinCluster]:
    """A cluster with a collection `c` of one shard, two copies and a hundred documents."""
    made = StandinCluster(tmp_path, coordinators=1).start()
    made.create("c", numberOfShards=1, replicationFactor=2)
    assert made.front.call("POST", "/_api/document/c", [{"_key": key} for key in KEYS]).status == 202
    yield made
    made.close()


def spare(cluster: StandinCluster) -> str:
    """Return the dbserver without a copy of the shard."""
    _, leader, followers = cluster.shard("c")
    (name,) = {"DBServer0001", "DBServer0002", "DBServer0003"} - {leader, *followers}
    return name


def test_shards_move(cluster: StandinCluster) -> None:
    """A leader moves to a new server, then to its follower; a follower moves to a new server. Nothing is lost."""
    shard, leader, followers = cluster.shard("c")
    body = {"database": "_system", "collection": "c", "shard": shard}
    third = spare(cluster)

    assert cluster.job("/_admin/cluster/moveShard", {**body, "fromServer": leader, "toServer": third}) == "Finished"
    assert cluster.shard("c") == (shard, third, followers)
    assert (
        cluster.job("/_admin/cluster/moveShard", {**body, "fromServer": followers[0], "toServer": leader}) == "Finished"
    )
    assert cluster.shard("c") == (shard, third, [leader])
    cluster.wait_in_sync("c")
    assert cluster.keys("c") == KEYS


def test_a_move_to_a_holder_fails(cluster: StandinCluster) -> None:
    """Moving a follower to where the leader is cannot be done: the job is Failed and says why."""
    shard, leader, followers = cluster.shard("c")
    body = {"database": "_system", "collection": "c", "shard": shard, "fromServer": followers[0], "toServer": leader}

    assert cluster.job("/_admin/cluster/moveShard", body) == "Failed"
    assert cluster.shard("c") == (shard, leader, followers)


def test_leadership_is_resigned(cluster: StandinCluster) -> None:
    """After resignLeadership the server leads nothing, and follows where it led."""
    _, leader, followers = cluster.shard("c")

    assert cluster.job("/_admin/cluster/resignLeadership", {"server": leader}) == "Finished"
    wait_until(lambda: cluster.shard("c")[1:] == (followers[0], [leader]), "leadership changed hands")
    cluster.wait_in_sync("c")
    assert cluster.keys("c") == KEYS


def test_a_server_is_cleaned_out_and_removed(cluster: StandinCluster) -> None:
    """cleanOutServer empties a server; alive it cannot be removed, FAILED it can, and then it is unknown."""
    _, leader, _ = cluster.shard("c")
    server = cluster.server_of(leader)
    assert cluster.job("/_admin/cluster/cleanOutServer", {"server": leader}) == "Finished"
    assert leader not in [cluster.shard("c")[1], *cluster.shard("c")[2]]
    assert cluster.keys("c") == KEYS
    assert cluster.front.call("POST", "/_admin/cluster/removeServer", {"server": leader}).status == 412
    server.stop()
    remove = {"server": leader}
    wait_until(lambda: cluster.front.call("POST", "/_admin/cluster/removeServer", remove).status == 200, "removed")
    assert cluster.front.call("POST", "/_admin/cluster/removeServer", remove).status == 404


def test_too_few_servers_to_clean_one_out(cluster: StandinCluster) -> None:
    """With as many copies as servers cleanOutServer fails and leaves the shards where they are."""
    cluster.create("full", numberOfShards=1, replicationFactor=3)
    before = cluster.shard("full")

    assert cluster.job("/_admin/cluster/cleanOutServer", {"server": before[1]}) == "Failed"
    assert cluster.shard("full") == before


def test_no_failover_in_maintenance_mode(cluster: StandinCluster) -> None:
    """While the cluster's maintenance is on a dead leader stays; turned off, failover follows."""
    assert cluster.front.call("PUT", "/_admin/cluster/maintenance", "on").status == 200
    before = cluster.shard("c")
    server = cluster.server_of(before[1])
    server.kill()
    wait_until(lambda: any(record["Status"] == "FAILED" for record in cluster.health().values()), "FAILED")
    time.sleep(0.6)  # two rounds of the supervision, in which nothing must happen
    assert cluster.shard("c") == before
    assert cluster.front.call("PUT", "/_admin/cluster/maintenance", "off").status == 200
    wait_until(lambda: cluster.shard("c")[1] == before[2][0], "failover")
    assert cluster.keys("c") == KEYS


def test_one_dbserver_in_maintenance(cluster: StandinCluster) -> None:
    """A dbserver's own maintenance mode is shown, keeps its shards where they are, and ends when told."""
    before = cluster.shard("c")
    path = f"/_admin/cluster/maintenance/{before[1]}"
    assert cluster.front.call("PUT", path, {"mode": "maintenance", "timeout": 60}).status == 200
    assert cluster.front.call("GET", path).body["result"]["Mode"] == "maintenance"
    cluster.server_of(before[1]).kill()
    wait_until(lambda: any(record["Status"] == "FAILED" for record in cluster.health().values()), "FAILED")
    time.sleep(0.6)  # two rounds of the supervision, in which nothing must happen
    assert cluster.shard("c") == before
    assert cluster.front.call("PUT", path, {"mode": "normal"}).status == 200
    wait_until(lambda: cluster.shard("c")[1] == before[2][0], "failover")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/_admin/cluster/maintenance", "maybe", 400),
        ("PUT", "/_admin/cluster/maintenance/nobody", {"mode": "normal"}, 412),
        ("POST", "/_admin/cluster/moveShard", {"database": "_system"}, 400),
        ("POST", "/_admin/cluster/cleanOutServer", {"server": "nobody"}, 404),
        ("GET", "/_admin/cluster/queryAgencyJob?id=nothing", None, 404),
        ("POST", "/_admin/cluster/removeServer", "nobody", 404),
    ],
)
def test_wrong_requests_are_refused(cluster: StandinCluster, method: str, path: str, body: object, status: int) -> None:
    """Unknown servers, jobs and modes are refused with a status of their own."""
    assert status == cluster.front.call(method, path, body).status


def test_the_agency_survives_its_leader(cluster: StandinCluster) -> None:
    """The agency's leader is killed: another is elected, and the cluster takes new collections."""
    leader = next(agent for agent in cluster.agents if agent.call("GET", "/_api/agency/config").body["lastAcked"])
    leader.kill()

    cluster.create("later", numberOfShards=2, replicationFactor=2)
    assert cluster.insert("later", "a").status == 202
    leader.start()
    cluster.wait_good()


def test_an_agent_that_lost_its_data_gets_a_snapshot(tmp_path: Path) -> None:
    """The agents compact their logs; one comes back without its data and takes part again, also alone with another."""
    cluster = StandinCluster(
        tmp_path, dbservers=1, coordinators=1, agent_options=("--agency.compaction-step-size", "20")
    ).start()
    try:
        for number in range(10):
            cluster.create(f"c{number}", replicationFactor=1)
        wiped = cluster.agents[1]
        wiped.kill()
        shutil.rmtree(wiped.folder / "data")
        cluster.create("meanwhile", replicationFactor=1)
        wiped.start()

        def follows() -> bool:
            config = wiped.call("GET", "/_api/agency/config")
            return config.status == 200 and bool(config.body["leaderId"]) and config.body["lastCompactionAt"] > 0

        wait_until(follows, "the wiped agent has a snapshot")
        cluster.agents[0].kill()
        cluster.create("later", replicationFactor=1)
        for name in ("c0", "meanwhile", "later"):
            assert cluster.insert(name, "a").status == 202
    finally:
        cluster.close()


def test_an_agent_that_lost_its_log_has_no_vote_until_it_is_back(tmp_path: Path) -> None:
    """Only two agents are left of three, one without its log: no leader before the other one's log is with it."""
    cluster = StandinCluster(tmp_path, dbservers=0, coordinators=0)

    def leader() -> StandinServer | None:
        return next((agent for agent in cluster.agents if agent.leads_agency()), None)

    try:
        for agent in cluster.agents:
            agent.start()
        wait_until(lambda: leader() is not None, "a leader")
        first = leader()
        assert first is not None
        holder, behind = (agent for agent in cluster.agents if agent is not first)

        def has_met_all() -> bool:
            answer = behind.call("GET", "/_api/agency/config")
            return answer.status == 200 and len(answer.body["configuration"]["pool"]) == 3

        wait_until(has_met_all, "somebody left who can tell that the agent was another one")
        behind.kill()
        write = [[{"/kept": {"op": "set", "new": 1}}]]
        wait_until(lambda: first.call("POST", "/_api/agency/write", write).status == 200, "the write of the two")
        for agent in (first, holder):
            agent.kill()
        shutil.rmtree(holder.folder / "data" / "engine-sqlite")
        holder.start()
        behind.start()
        time.sleep(5)  # more than two election timeouts, in which nobody must win
        assert leader() is None
        first.start()
        wait_until(lambda: leader() is not None, "a leader again")

        def kept() -> bool:
            now = leader()
            return now is not None and now.call("POST", "/_api/agency/read", [["/kept"]]).body == [{"kept": 1}]

        wait_until(kept, "what was acknowledged")
        # with its log the wiped agent is a full member again
        wait_until(lambda: holder.call("GET", "/_api/agency/config").body["leaderId"] != "", "it follows")
        wait_until(lambda: '"kept"' in json.dumps(holder.call("GET", "/_api/agency/stores").body), "it has the log")
        first.kill()
        wait_until(lambda: leader() is not None, "a leader of the other two")
    finally:
        cluster.close()
