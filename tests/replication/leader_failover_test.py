"""Failover: a follower takes over when a shard's leader is lost, and nothing that was acknowledged is lost with it."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test


async def test_a_killed_leader_loses_no_acknowledged_write(arango_cluster: Cluster, collection: Collection) -> None:
    """What was acknowledged before, while and after the leader died is there when a follower has taken over."""
    shard = await collection.only_shard()

    async with acknowledged_writes(collection) as writes:
        await writes.more(100)
        async with arango_cluster.leader_of(shard).killed():
            new = await collection.wait_for_new_leader(shard)
            await writes.more(100)
            assert new.leader in shard.followers
            acknowledged = writes.so_far()
            assert await collection.keys() >= acknowledged

    await collection.wait_until_in_sync()
    assert await collection.keys() >= writes.keys


async def test_a_frozen_leader_is_replaced(arango_cluster: Cluster, collection: Collection) -> None:
    """A leader that does not answer is replaced as a dead one is, and may come back as a follower."""
    shard = await collection.only_shard()
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(100)}

    async with arango_cluster.leader_of(shard).suspended():
        new = await collection.wait_for_new_leader(shard)
        assert new.leader in shard.followers
        assert await collection.keys() == stored
        stored.add((await collection.insert({"after": True}))["_key"])

    await collection.wait_until_in_sync()
    assert (await collection.only_shard()).leader != shard.leader
    assert await collection.keys() == stored


async def test_a_stopped_leader_is_replaced(arango_cluster: Cluster, collection: Collection) -> None:
    """An orderly stop of the leader is survived as its sudden death is."""
    shard = await collection.only_shard()
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(100)}

    async with arango_cluster.leader_of(shard).stopped():
        await collection.wait_for_new_leader(shard)
        assert await collection.keys() == stored


async def test_leaders_may_die_one_after_the_other(arango_cluster: Cluster, collection: Collection) -> None:
    """Twice in a row the leader dies, comes back and is in sync again; every acknowledged write is there."""
    async with acknowledged_writes(collection) as writes:
        for _ in range(2):
            shard = await collection.only_shard()
            await writes.more(50)
            async with arango_cluster.leader_of(shard).killed():
                await collection.wait_for_new_leader(shard)
                await writes.more(50)
            await collection.wait_until_in_sync()

    assert await collection.keys() >= writes.keys


@pytest.mark.collection_options(numberOfShards=6)
async def test_only_the_dead_servers_shards_change_their_leader(
    arango_cluster: Cluster, collection: Collection
) -> None:
    """Each shard that the dead server led has a new leader; the others keep theirs."""
    before = {shard.name: shard for shard in await collection.shards()}
    victim = arango_cluster.leader_of(before[min(before)])
    orphans = [shard for shard in before.values() if arango_cluster.leader_of(shard) is victim]
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(60)}

    async with victim.killed():
        for shard in orphans:
            await collection.wait_for_new_leader(shard)
        after = {shard.name: shard for shard in await collection.shards()}
        assert await collection.keys() == stored

    kept = {name for name, shard in before.items() if after[name].leader == shard.leader}
    assert kept == set(before) - {shard.name for shard in orphans}
