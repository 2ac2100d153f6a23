"""A leader that is paused for so long that others have gone on without it, and that knows nothing of this."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Faults

pytestmark = pytest.mark.crash_test

READS = 20
IN_SYNC_TIMEOUT_S = 300.0


async def test_nothing_old_is_told_after_a_long_pause(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """A paused leader wakes up with a stale view: clients read what its successor wrote, through every coordinator."""
    await collection.insert({"_key": "one", "value": 0})
    shard = await collection.only_shard()

    async with faults.suspend(arango_cluster.leader_of(shard)):
        await collection.wait_for_new_leader(shard)
        for value in range(1, 20):
            await collection.update("one", {"value": value})

    for _ in range(READS):
        for coordinator in arango_cluster.coordinators:
            client = coordinator.client.in_database(collection.database.name)
            assert (await client.get(f"/_api/document/{collection.name}/one"))["value"] == 19

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert (await collection.only_shard()).leader != shard.leader


async def test_what_it_had_not_acknowledged_stays_unsaid(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Removed at its successor, a document does not come back with the leader that was paused."""
    await collection.insert({"_key": "gone"})
    await collection.insert({"_key": "stays"})
    shard = await collection.only_shard()

    async with faults.suspend(arango_cluster.leader_of(shard)):
        await collection.wait_for_new_leader(shard)
        await collection.remove("gone")

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() == {"stays"}
