"""A cluster comes up by itself and says when it is ready."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import wait_until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinCluster]:
    """Three agents, three dbservers, two coordinators."""
    made = StandinCluster(Path(tmp_path_factory.mktemp("cluster")))
    yield made.start()
    made.close()


def test_all_agents_name_the_same_leader(cluster: StandinCluster) -> None:
    """Every agent's config has the same leaderId, the leader has acknowledgements of all, the pool is known."""

    def agreed() -> bool:
        configs = [agent.call("GET", "/_api/agency/config").body for agent in cluster.agents]
        leaders = {config["leaderId"] for config in configs}
        acked = [len(config["lastAcked"]) for config in configs]
        pools = [len(config["configuration"]["pool"]) for config in configs]
        return len(leaders) == 1 and "" not in leaders and sorted(acked) == [0, 0, 3] and pools == [3, 3, 3]

    wait_until(agreed, "one agency leader known to all")


def test_a_follower_of_the_agency_redirects(cluster: StandinCluster) -> None:
    """Reads and writes at an agent that does not lead are answered 307 with the leader's address."""
    answers = [agent.call("POST", "/_api/agency/read", [["/arango/Cluster"]]) for agent in cluster.agents]

    # urllib follows no redirect of a POST, so the 307 is seen
    assert sorted(answer.status for answer in answers) == [200, 307, 307]
    leader = next(agent for agent, answer in zip(cluster.agents, answers, strict=True) if answer.status == 200)
    assert all(a.headers["x-arango-endpoint"] == leader.endpoint for a in answers if a.status == 307)


def test_a_frozen_agency_leader_makes_no_server_silent(cluster: StandinCluster) -> None:
    """Nobody waits long for a frozen agent: all servers report to the next leader before it finds them BAD."""
    old = next(agent for agent in cluster.agents if agent.leads_agency())
    others = [agent for agent in cluster.agents if agent is not old]
    old.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: any(agent.leads_agency() for agent in others), "another leader")
        new = next(agent for agent in others if agent.leads_agency())

        def reported() -> bool:
            transient = new.call("GET", "/_api/agency/stores").body["transient"]
            states = transient.get("arango", {}).get("Sync", {}).get("ServerStates", {})
            return len(states) == len(cluster.dbservers) + len(cluster.coordinators)

        wait_until(reported, "a heartbeat of every server")
    finally:
        old.signal(signal.SIGCONT)

    assert " is BAD " not in new.log()


def test_the_agency_writes_under_preconditions(cluster: StandinCluster) -> None:
    """A failed precondition is index 0 and status 412."""
    leader = next(agent for agent in cluster.agents if agent.leads_agency())
    good = leader.call("POST", "/_api/agency/write", [[{"/t/a": 1}, {"/t/a": {"oldEmpty": True}}]])
    bad = leader.call("POST", "/_api/agency/write", [[{"/t/a": 2}, {"/t/a": {"oldEmpty": True}}]])

    assert good.status == 200
    assert (bad.status, bad.body["results"]) == (412, [0])
    assert leader.call("POST", "/_api/agency/read", [["/t"]]).body == [{"t": {"a": 1}}]


def test_roles_ids_and_short_names(cluster: StandinCluster) -> None:
    """Every server knows its role; ids carry the role's prefix and short names count from one."""
    roles = [server.call("GET", "/_admin/server/role").body["role"] for server in cluster.members]
    ids = [server.call("GET", "/_admin/server/id") for server in cluster.members]
    names = {record["ShortName"] for record in cluster.health().values() if record.get("ShortName")}

    assert roles == ["AGENT"] * 3 + ["PRIMARY"] * 3 + ["COORDINATOR"] * 2
    assert [answer.status for answer in ids[:3]] == [500] * 3
    assert [answer.body["id"][:5] for answer in ids[3:]] == ["PRMR-"] * 3 + ["CRDN-"] * 2
    assert {"DBServer0001", "DBServer0002", "DBServer0003", "Coordinator0001", "Coordinator0002"} == names


def test_both_coordinators_show_one_cluster(cluster: StandinCluster) -> None:
    """What one coordinator made the other has; both are listed as endpoints."""
    cluster.create("seen", numberOfShards=4)
    other = cluster.coordinators[1]

    wait_until(
        lambda: other.call("GET", "/_api/collection/seen").status == 200, "the collection at the other coordinator"
    )
    assert other.call("POST", "/_api/document/seen", [{"n": number} for number in range(20)]).status == 202
    assert list(range(20)) == cluster.front.aql("FOR d IN seen SORT d.n RETURN d.n")
    assert len(cluster.front.call("GET", "/_api/cluster/endpoints").body["endpoints"]) == 2


def test_shards_are_spread_and_keys_find_them(cluster: StandinCluster) -> None:
    """Documents lie in several shards, each is found by its key, and dbservers show their shards as collections."""
    cluster.create("spread", numberOfShards=3, replicationFactor=3)
    keys = {f"k{number}" for number in range(60)}
    cluster.front.call("POST", "/_api/document/spread", [{"_key": key} for key in keys])
    shards = cluster.distribution("spread")["Plan"]
    counts = [
        cluster.server_of(plan["leader"]).call("GET", f"/_api/collection/{shard}/count").body["count"]
        for shard, plan in shards.items()
    ]

    assert len({plan["leader"] for plan in shards.values()}) == 3
    assert sum(counts) == 60
    assert min(counts) > 0
    assert keys == cluster.keys("spread")
    assert all(cluster.front.call("GET", f"/_api/document/spread/{key}").status == 200 for key in keys)


@pytest.mark.parametrize(
    ("properties", "status", "number"),
    [
        ({"replicationFactor": 4}, 500, 1487),
        ({"replicationFactor": 11}, 400, 10),
        ({"replicationFactor": 2, "writeConcern": 3}, 400, 10),
        ({"numberOfShards": 1001}, 400, 1450),
        ({"numberOfShards": 0}, 400, 10),
        ({"distributeShardsLike": "nothing"}, 500, 1486),
    ],
)
def test_impossible_collections_are_refused(
    cluster: StandinCluster, properties: dict[str, object], status: int, number: int
) -> None:
    """What the cluster cannot hold is refused with ArangoDB's numbers, and nothing is left of it."""
    answer = cluster.front.call("POST", "/_api/collection", {"name": "impossible", **properties})

    assert (status, number) == (answer.status, answer.body["errorNum"])
    assert cluster.front.call("GET", "/_api/collection/impossible").status == 404


def test_a_unique_index_in_a_cluster(cluster: StandinCluster) -> None:
    """With one shard any unique index works, with more it must hold the shard keys; duplicates refuse it."""
    cluster.create("one", numberOfShards=1)
    index = {"type": "persistent", "fields": ["u"], "unique": True}
    cluster.front.call("POST", "/_api/document/one", [{"u": 1}, {"u": 1}])

    assert cluster.front.call("POST", "/_api/index?collection=one", index).body["errorNum"] == 1210
    cluster.front.call("PUT", "/_api/collection/one/truncate")
    assert cluster.front.call("POST", "/_api/index?collection=one", index).status == 201
    assert cluster.front.call("POST", "/_api/document/one", {"u": 1}).status == 202
    assert cluster.front.call("POST", "/_api/document/one", {"u": 1}).body["errorNum"] == 1210
    assert cluster.front.call("POST", "/_api/index?collection=seen", index).body["errorNum"] == 1470


def test_a_further_dbserver_and_coordinator_join(cluster: StandinCluster) -> None:
    """Servers may join at run time; they become GOOD and get the next short names."""
    dbserver = cluster.make_member("PRIMARY", "late-dbserver")
    coordinator = cluster.make_member("COORDINATOR", "late-coordinator")
    cluster.dbservers.append(dbserver.start())
    cluster.coordinators.append(coordinator.start())
    coordinator.wait_available()
    cluster.wait_good()

    names = {record.get("ShortName") for record in cluster.health().values()}
    assert {"DBServer0004", "Coordinator0003"} <= names
    cluster.create("wide", replicationFactor=4)
    assert coordinator.call("POST", "/_api/document/wide", {"_key": "a"}).status == 202
