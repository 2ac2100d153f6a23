"""Maintenance mode: supervision leaves shards where they are."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, ConditionTimeoutError

pytestmark = pytest.mark.crash_test

THREE_GRACE_PERIODS_S = 9.0
"""Long enough for a failover, were there no maintenance: the deployment's grace period is 3 s."""


async def test_nobody_is_failed_over_meanwhile(arango_cluster: Cluster, collection: Collection) -> None:
    """A dead leader keeps its shards while maintenance lasts, and has all its data when it is back."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(30)}
    shard = await collection.only_shard()

    async with arango_cluster.maintenance():
        async with arango_cluster.leader_of(shard).killed():
            with pytest.raises(ConditionTimeoutError):
                await collection.wait_for_new_leader(shard, timeout_s=THREE_GRACE_PERIODS_S)
        await arango_cluster.wait_until_healthy()

    assert (await collection.only_shard()).leader == shard.leader
    assert await collection.keys() == stored


async def test_failover_follows_when_maintenance_ends(arango_cluster: Cluster, collection: Collection) -> None:
    """A leader that died during maintenance is replaced as soon as maintenance is over."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(30)}
    shard = await collection.only_shard()
    leader = arango_cluster.leader_of(shard)

    async with arango_cluster.maintenance():
        await leader.kill()
    new = await collection.wait_for_new_leader(shard)

    assert new.leader in shard.followers
    assert await collection.keys() == stored
    await leader.start()
    await collection.wait_until_in_sync()
