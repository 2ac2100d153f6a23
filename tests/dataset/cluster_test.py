"""A cluster that starts from a dataset."""

from __future__ import annotations

from armadillo import Cluster


async def test_every_copy_is_there(arango_cluster: Cluster) -> None:
    """The cluster knows its servers by their stored ids, all shards are in sync, and the documents are read."""
    shop = arango_cluster.database("shop")

    await arango_cluster.wait_until_in_sync(shop)

    assert await shop.query("FOR person IN people SORT person._key RETURN person.name") == ["Ada", "Grace", "Konrad"]
    assert await shop.query("FOR v IN 1..2 OUTBOUND 'people/1' knows RETURN v.name") == ["Grace", "Konrad"]
    health = await arango_cluster.health()
    assert sorted(entry["Role"] for entry in health.values()).count("DBServer") == 2


async def test_a_follower_takes_over(arango_cluster: Cluster) -> None:
    """Replication goes on where it was: a write of now and one of the dataset both survive a failover."""
    people = arango_cluster.database("shop").collection("people")
    shard = await people.only_shard()
    await people.insert({"_key": "4", "name": "Barbara"})

    async with arango_cluster.leader_of(shard).killed():
        await people.wait_for_new_leader(shard)
        assert await people.keys() == {"1", "2", "3", "4"}

    await arango_cluster.wait_until_healthy()
    await people.wait_until_in_sync()
    await people.remove("4")
