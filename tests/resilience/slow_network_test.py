"""Slow and unsteady links between dbservers: synchronous replication is slower, never wrong."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Faults

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test

IN_SYNC_TIMEOUT_S = 300.0


async def test_a_slow_follower_gets_everything(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """Each acknowledged write is at the follower although every packet between the two is late."""
    shard = await collection.only_shard()
    leader, followers = arango_cluster.leader_of(shard), arango_cluster.followers_of(shard)

    async with faults.delay([leader], followers, delay_ms=40, jitter_ms=20), acknowledged_writes(collection) as writes:
        await writes.more(30)

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() >= writes.keys


async def test_a_flapping_network_loses_nothing(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """The follower's links come and go while clients write; when they stay, all copies are in sync."""
    shard = await collection.only_shard()
    follower = arango_cluster.followers_of(shard)[0]

    async with acknowledged_writes(collection) as writes:
        await writes.more(20)
        async with faults.flapping(follower, period_s=1.0):
            await writes.more(50)
        await writes.more(20)

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() >= writes.keys
