"""Synchronous replication: a write is acknowledged when all copies that are in sync have it."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Database


@pytest.mark.collection_options(numberOfShards=4)
async def test_every_shard_has_its_copies_in_sync(collection: Collection) -> None:
    """Each shard has a leader and one follower, planned as well as in fact."""
    shards = await collection.shards()

    assert [len(set(shard.servers)) for shard in shards] == [2] * 4
    distribution = (await collection.database.shard_distribution())[collection.name]
    for shard in shards:
        assert distribution["Current"][shard.name]["leader"] == distribution["Plan"][shard.name]["leader"]
        assert distribution["Current"][shard.name]["followers"] == distribution["Plan"][shard.name]["followers"]


@pytest.mark.crash_test
async def test_the_follower_has_every_kind_of_change(arango_cluster: Cluster, collection: Collection) -> None:
    """Inserts, replacements, updates, removals and AQL writes are all there when only the follower is left."""
    await collection.insert_many([{"_key": f"k{number}", "number": number} for number in range(10)])
    await collection.replace("k1", {"replaced": True})
    await collection.update("k2", {"updated": True})
    await collection.remove("k3")
    await collection.database.query(
        "FOR d IN @@c FILTER d.number == 4 UPDATE d WITH {aql: true} IN @@c", {"@c": collection.name}
    )
    shard = await collection.only_shard()

    async with arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        replaced, updated, by_aql = [await collection.get(key) for key in ("k1", "k2", "k4")]
        keys = await collection.keys()

    assert keys == {f"k{number}" for number in range(10)} - {"k3"}
    assert replaced["replaced"] is True and "number" not in replaced
    assert updated["updated"] is True and updated["number"] == 2
    assert by_aql["aql"] is True


@pytest.mark.crash_test
async def test_revisions_are_the_same_on_all_copies(arango_cluster: Cluster, collection: Collection) -> None:
    """A revision that the old leader gave is good for a precondition at the new one."""
    stored = await collection.insert({"_key": "one", "value": 1})
    shard = await collection.only_shard()

    async with arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        changed = await collection.update("one", {"value": 2}, rev=stored["_rev"])

    assert changed["_oldRev"] == stored["_rev"]
    assert (await collection.get("one"))["value"] == 2


@pytest.mark.crash_test
async def test_writes_go_on_without_a_follower(arango_cluster: Cluster, collection: Collection) -> None:
    """With a write concern of one the leader goes on alone when its follower dies."""
    shard = await collection.only_shard()
    (follower,) = arango_cluster.followers_of(shard)

    async with follower.killed():
        stored = {(await collection.insert({"number": number}))["_key"] for number in range(20)}
        assert await collection.keys() == stored

    assert (await collection.only_shard()).leader == shard.leader
    assert await collection.keys() == stored


async def test_a_collection_may_have_more_copies(database: Database, arango_cluster: Cluster) -> None:
    """replicationFactor of a single collection overrides the deployment's."""
    everywhere = await database.create_collection("everywhere", replicationFactor=3)
    await everywhere.wait_until_in_sync()

    shard = await everywhere.only_shard()
    servers = {server.name for server in (arango_cluster.leader_of(shard), *arango_cluster.followers_of(shard))}
    assert servers == {server.name for server in arango_cluster.dbservers}
