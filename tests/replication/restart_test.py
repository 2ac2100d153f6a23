"""Restarts: of one server after the other, and of the whole cluster, in order and by kill -9."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Server, wait_until

from tests.replication.acknowledged_writes import acknowledged_writes

SEES_TIMEOUT_S = 60.0


def servers_of(cluster: Cluster, role: str) -> list[Server]:
    """The servers of a role by the name of the cluster's attribute."""
    found: list[Server] = getattr(cluster, role)
    return found


@pytest.mark.parametrize("role", ["agents", "dbservers", "coordinators"])
async def test_a_rolling_restart_loses_nothing(role: str, arango_cluster: Cluster, collection: Collection) -> None:
    """While the servers of a role are restarted one by one, writes go on, and none that was acknowledged is lost."""
    async with acknowledged_writes(collection) as writes:
        await writes.more(20)
        for server in servers_of(arango_cluster, role):
            incarnation = server.incarnation
            await server.restart()
            assert server.incarnation == incarnation + 1
            await arango_cluster.wait_until_healthy()
            await collection.wait_until_in_sync()
            await writes.more(20)

    assert await collection.keys() >= writes.keys


@pytest.mark.parametrize("kill", [pytest.param(False, id="in_order"), pytest.param(True, id="kill_9")])
async def test_the_whole_cluster_comes_back(kill: bool, arango_cluster: Cluster, collection: Collection) -> None:
    """After a restart of everything the data is there, in sync, and can be changed."""
    async with acknowledged_writes(collection) as writes:
        await writes.more(100)
    before = {server.name: server.pid for server in arango_cluster.servers}

    await arango_cluster.restart_all(kill=kill)

    after = {server.name: server.pid for server in arango_cluster.servers}
    assert not [name for name, pid in before.items() if after[name] == pid]
    await arango_cluster.wait_until_healthy()
    await collection.wait_until_in_sync()
    assert await collection.keys() >= writes.keys
    await collection.insert({"_key": "after"})
    assert await collection.has("after")


@pytest.mark.crash_test
async def test_ids_and_roles_survive_a_kill(arango_cluster: Cluster) -> None:
    """A killed dbserver and a killed coordinator come back as the servers they were."""
    for server in (arango_cluster.dbservers[0], arango_cluster.coordinators[-1]):
        before = (await server.client.get("/_admin/server/id"))["id"]

        async with server.killed():
            assert not server.is_alive

        async def same_as(server: Server = server, before: str = before) -> bool:
            return bool((await server.client.get("/_admin/server/id"))["id"] == before)

        await wait_until(f"{server.name} is {before} again", same_as, SEES_TIMEOUT_S)
    await arango_cluster.wait_until_healthy()
