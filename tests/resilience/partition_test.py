"""Partitions: whoever is cut off, what was acknowledged stays, and the copies are equal again after it."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Database, Faults, wait_until

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test

IN_SYNC_TIMEOUT_S = 300.0
SEES_TIMEOUT_S = 60.0


async def test_a_leader_without_its_followers_loses_nothing(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """The leader still sees agents and coordinators but no follower: writes go on or wait, none of them is lost."""
    shard = await collection.only_shard()
    leader, followers = arango_cluster.leader_of(shard), arango_cluster.followers_of(shard)

    async with acknowledged_writes(collection) as writes:
        await writes.more(50)
        async with faults.partition([leader], followers):
            await writes.more(20)
            acknowledged = writes.so_far()
            assert await collection.keys() >= acknowledged
        await writes.more(20)

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() >= writes.keys


async def test_an_isolated_leader_is_replaced(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """Cut off from everybody it is replaced by a follower, and comes back as a follower with all that is new."""
    shard = await collection.only_shard()

    async with acknowledged_writes(collection) as writes:
        await writes.more(50)
        async with faults.isolate(arango_cluster.leader_of(shard)):
            new = await collection.wait_for_new_leader(shard)
            assert new.leader in shard.followers
            await writes.more(20)

    await collection.wait_until_in_sync(timeout_s=IN_SYNC_TIMEOUT_S)
    assert await collection.keys() >= writes.keys


async def test_a_coordinator_without_agents_comes_back(
    arango_cluster: Cluster, database: Database, faults: Faults
) -> None:
    """What the other coordinator did meanwhile is known to it when it sees the agents again."""
    away, other = arango_cluster.coordinators
    async with faults.partition([away], arango_cluster.agents):
        made = await other.client.in_database(database.name).post("/_api/collection", json={"name": "meanwhile"})
        await other.client.in_database(database.name).post("/_api/document/meanwhile", json={"_key": "one"})

    async def sees_it() -> bool:
        found = await away.client.in_database(database.name).get("/_api/collection/meanwhile")
        return bool(found["id"] == made["id"])

    await wait_until(f"{away.name} knows the new collection", sees_it, SEES_TIMEOUT_S)
    assert (await away.client.in_database(database.name).get("/_api/document/meanwhile/one"))["_key"] == "one"
