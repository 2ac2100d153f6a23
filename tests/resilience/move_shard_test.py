"""Moving a shard while a server dies: the shard has a leader and all its copies afterwards, wherever they are."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Faults, Server

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test

IN_SYNC_TIMEOUT_S = 300.0


async def move_leader(cluster: Cluster, collection: Collection, to: Server) -> None:
    """Asks supervision to move the leader's copy of the only shard; it is done later, or not at all."""
    shard = await collection.only_shard()
    job = {
        "database": collection.database.name,
        "collection": collection.name,
        "shard": shard.name,
        "fromServer": shard.leader,
        "toServer": await to.server_id(),
    }
    await cluster.client.post("/_admin/cluster/moveShard", json=job, expect=(202,))


@pytest.mark.parametrize("victim", ["source", "destination"])
async def test_a_server_dies_during_the_move(
    victim: str, arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Whichever end of the move dies: no acknowledged write is lost, and all copies are in sync in the end."""
    shard = await collection.only_shard()
    source = arango_cluster.leader_of(shard)
    holders = [source, *arango_cluster.followers_of(shard)]
    destination = next(server for server in arango_cluster.dbservers if server not in holders)
    await collection.insert_many([{"_key": f"d{number}", "text": "x" * 200} for number in range(2000)])

    async with acknowledged_writes(collection) as writes:
        await writes.more(20)
        await move_leader(arango_cluster, collection, destination)
        async with faults.kill(source if victim == "source" else destination):
            await writes.more(20)
        await writes.more(20)

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    stored = await collection.keys()
    assert stored >= writes.keys
    assert {f"d{number}" for number in range(2000)} <= stored
