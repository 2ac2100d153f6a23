"""A rolling restart: one server after the other is restarted while clients write."""

from __future__ import annotations

from armadillo import Cluster, Collection, Faults

from tests.replication.acknowledged_writes import acknowledged_writes

IN_SYNC_TIMEOUT_S = 300.0


async def test_clients_go_on_through_a_rolling_restart(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Agents, dbservers, coordinators are restarted in that order; what was acknowledged in between is there."""
    before = {server.name: server.incarnation for server in arango_cluster.servers}

    async with acknowledged_writes(collection) as writes:
        await writes.more(50)
        await faults.rolling_restart()
        await writes.more(50)

    await arango_cluster.refresh()
    assert {server.name: server.incarnation for server in arango_cluster.servers} == {
        name: number + 1 for name, number in before.items()
    }
    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() >= writes.keys
