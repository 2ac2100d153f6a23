"""A follower that was away gets what it missed before it counts as a copy again."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, wait_until

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test

REPLACED_TIMEOUT_S = 180.0


@pytest.mark.collection_options(replicationFactor=3)
async def test_a_follower_that_was_away_can_lead_later(arango_cluster: Cluster, collection: Collection) -> None:
    """Whichever follower takes over after the leader's death: it has what was written while one was away."""
    shard = await collection.only_shard()
    away = arango_cluster.followers_of(shard)[0]

    async with acknowledged_writes(collection) as writes:
        await writes.more(50)
        async with away.killed():
            await writes.more(100)
        await collection.wait_until_in_sync()
        await writes.more(50)
    shard = await collection.only_shard()
    async with arango_cluster.leader_of(shard).killed():
        new = await collection.wait_for_new_leader(shard)
        assert new.leader in shard.followers
        assert await collection.keys() >= writes.keys


@pytest.mark.collection_options(replicationFactor=3)
async def test_removals_are_caught_up_too(arango_cluster: Cluster, collection: Collection) -> None:
    """What was removed while a follower was away does not come back with it."""
    keys = {f"k{number}" for number in range(40)}
    removed = {f"k{number}" for number in range(0, 40, 2)}
    await collection.insert_many([{"_key": key} for key in sorted(keys)])
    shard = await collection.only_shard()
    first, second = arango_cluster.followers_of(shard)

    async with first.killed():
        for key in sorted(removed):
            await collection.remove(key)
    await collection.wait_until_in_sync()

    # Only the copy that was away is left to tell.
    async with second.killed(), arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        assert await collection.keys() == keys - removed
    await collection.wait_until_in_sync()


@pytest.mark.collection_options(replicationFactor=3)
async def test_a_former_leader_comes_back_as_a_follower(arango_cluster: Cluster, collection: Collection) -> None:
    """A leader that died follows its successor when it is back, and has its successor's writes."""
    shard = await collection.only_shard()
    old = arango_cluster.leader_of(shard)
    async with acknowledged_writes(collection) as writes:
        await writes.more(50)
        async with old.killed():
            await collection.wait_for_new_leader(shard)
            await writes.more(50)
        await collection.wait_until_in_sync()

    now = await collection.only_shard()
    assert old in arango_cluster.followers_of(now)
    assert await collection.keys() >= writes.keys


@pytest.mark.collection_options(numberOfShards=3)
async def test_a_dbserver_that_lost_its_disk_is_replaced(arango_cluster: Cluster, collection: Collection) -> None:
    """A dbserver that starts on an empty directory is a new one; the copies that were lost are made again."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(90)}
    shard = (await collection.shards())[0]
    victim = arango_cluster.followers_of(shard)[0]
    old_id = await victim.server_id()

    await victim.kill()
    await victim.start(wipe_data=True)
    await arango_cluster.wait_until_healthy()
    await arango_cluster.learn_ids()

    async def nothing_is_planned_on_it() -> bool:
        return not [copy.name for copy in await collection.shards() if old_id in copy.servers]

    assert await victim.server_id() != old_id
    await wait_until(f"no shard on {old_id}", nothing_is_planned_on_it, REPLACED_TIMEOUT_S)
    await collection.wait_until_in_sync()
    assert [len(set(copy.servers)) for copy in await collection.shards()] == [2, 2, 2]
    assert await collection.keys() == stored
