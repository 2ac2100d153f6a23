"""Faults of processes on a cluster: in force and proved inside of their blocks, gone and proved behind them."""

from __future__ import annotations

import pytest
from armadillo import (
    Cluster,
    Collection,
    FaultConflictError,
    FaultRequestError,
    Faults,
)

pytestmark = pytest.mark.crash_test


async def test_a_killed_leader_is_replaced_and_comes_back(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """What was acknowledged before the leader died can be read from its successor."""
    await collection.insert_many([{"_key": f"k{number}"} for number in range(20)])
    shard = await collection.only_shard()
    async with faults.kill(shard) as fault:
        assert fault.servers == [arango_cluster.leader_of(shard).name]
        assert not arango_cluster.leader_of(shard).is_alive
        await collection.wait_for_new_leader(shard)
        assert await collection.keys() == {f"k{number}" for number in range(20)}
    assert arango_cluster.leader_of(shard).state == "READY"
    assert "GOOD" in fault.proof_of_recovery


async def test_the_agency_elects_a_new_leader_while_the_old_one_is_frozen(
    arango_cluster: Cluster, faults: Faults
) -> None:
    """A frozen process keeps its connections and answers nobody: the others go on without it."""
    async with faults.suspend("agency leader") as fault:
        old = arango_cluster.server(fault.servers[0])
        assert old.state == "SUSPENDED"
        new = await arango_cluster.agency.wait_for_new_leader(old)
        assert new.name != old.name
    assert old.state == "READY"


async def test_a_follower_by_its_meaning(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """ "followers of DATABASE/COLLECTION" are those whom the plan names at this moment."""
    shard = await collection.only_shard()
    name = f"{collection.database.name}/{collection.name}"
    async with faults.terminate(f"followers of {name}") as fault:
        assert fault.servers == [server.name for server in arango_cluster.followers_of(shard)]


async def test_a_minority_of_agents_is_no_loss(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """Collections can be made while one of three agents is dead."""
    async with faults.kill("minority of agents") as fault:
        assert len(fault.servers) == 1
        await collection.database.create_collection("made_meanwhile")
    assert await arango_cluster.agency_leader()


async def test_a_crash_is_announced_and_leaves_no_finding(arango_cluster: Cluster, faults: Faults) -> None:
    """A coordinator crashes by a signal; the run passes all the same."""
    coordinator = arango_cluster.coordinators[0]
    async with faults.crash(coordinator, signal="SIGABRT") as fault:
        assert "SIGABRT" in fault.proof
        assert not coordinator.is_alive
    assert coordinator.state == "READY"


async def test_options_are_taken_back(arango_cluster: Cluster, faults: Faults) -> None:
    """A server runs with another log level inside the block, and without it behind it."""
    server = arango_cluster.dbservers[0]
    first = server.incarnation
    async with faults.restart_with(server, extra_args=["--log.level", "requests=debug"]):
        assert server.incarnation == first + 1
        assert (await _levels(arango_cluster, 0))["requests"].upper() == "DEBUG"
    assert server.incarnation == first + 2
    assert (await _levels(arango_cluster, 0))["requests"].upper() != "DEBUG"


async def test_every_server_is_restarted_in_turn(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Behind a rolling restart each server is a new incarnation, and the data is there."""
    await collection.insert({"_key": "before"}, waitForSync=True)
    before = {server.name: server.incarnation for server in arango_cluster.servers}
    fault = await faults.rolling_restart()
    assert not fault.is_in_force
    assert all(server.incarnation > before[server.name] for server in arango_cluster.servers)
    assert await collection.has("before")


def test_plain_functions_inject_faults_as_well(arango_cluster: Cluster, faults: Faults) -> None:
    """`.blocking` gives plain context managers and verbs."""
    server = arango_cluster.dbservers[1]
    with faults.blocking.suspend(server) as fault:
        assert fault.is_in_force
        assert server.state == "SUSPENDED"
    started = faults.blocking.kill(server).start()
    assert not server.is_alive
    started.heal()
    assert server.state == "READY"


async def test_what_is_wrong_is_told_with_what_there_is(arango_cluster: Cluster, faults: Faults) -> None:
    """An unknown server, an unknown kind, and a second fault of the same process."""
    with pytest.raises(FaultRequestError, match=r"dbserver-9.*dbserver-1"):
        await faults.kill("dbserver-9").start()
    with pytest.raises(FaultRequestError, match=r"did you mean 'process.kill'"):
        await faults.inject("process.kil", "dbserver-1").start()
    async with faults.suspend("dbserver-1"):
        with pytest.raises(FaultConflictError, match="dbserver-1"):
            await faults.kill("dbserver-1").start()


async def _levels(cluster: Cluster, number: int) -> dict[str, str]:
    found: dict[str, str] = (await cluster.dbservers[number].client.get("/_admin/log/level")).body
    return found
