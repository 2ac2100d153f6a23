"""Loading the catalogue into a cluster that keeps two copies."""

from __future__ import annotations

from armadillo import Cluster, Collection
from catalogue.batches import batches


async def test_the_catalogue_survives_the_loss_of_a_dbserver(arango_cluster: Cluster, collection: Collection) -> None:
    """With two copies, what was loaded is still there when the leader's dbserver is killed."""
    for batch in batches(range(60)):
        await collection.insert_many(batch)
    await collection.wait_until_in_sync()
    shard = await collection.only_shard()

    async with arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        assert await collection.count() == 60
