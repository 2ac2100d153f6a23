"""Clients at work while a shard's leader dies: everything that was acknowledged holds."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Consistency

pytestmark = pytest.mark.crash_test


async def test_lists_keep_what_was_appended(arango_cluster: Cluster, consistency: Consistency) -> None:
    """Appends and reads of few lists through all coordinators, while the leader of their shard is killed."""
    async with consistency.running("list_append", clients=6, keys=3) as load:
        await load.more(200)
        shard = await load.collection.only_shard()
        async with arango_cluster.leader_of(shard).killed():
            await load.collection.wait_for_new_leader(shard)
            await load.more(200)
    await load.check()


@pytest.mark.parametrize("workload", ["register", "set", "counter", "life_cycle", "list_transactions"])
async def test_the_promise_of_each_workload_is_kept(
    workload: str, arango_cluster: Cluster, consistency: Consistency
) -> None:
    """The same with the other kinds of load, while the leader is frozen until it has been replaced."""
    async with consistency.running(workload, clients=4) as load:
        await load.more(100)
        shard = await load.collection.only_shard()
        async with arango_cluster.leader_of(shard).suspended():
            await load.collection.wait_for_new_leader(shard)
            await load.more(100)
        await load.more(100)
    await load.check()
