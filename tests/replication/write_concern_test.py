"""Write concern: with fewer copies in sync than it asks for, a shard takes no writes."""

from __future__ import annotations

import pytest
from armadillo import ArangoError, Cluster, Collection, wait_until

pytestmark = pytest.mark.crash_test

REFUSED_WITH = (1004, 1429)
"""Read-only, in ArangoDB's older versions; write concern not fulfilled."""
DEADLINE_S = 120.0


async def is_refused(collection: Collection) -> bool:
    """Whether a write is refused for want of copies; any other error is raised."""
    try:
        await collection.insert({})
    except ArangoError as error:
        if error.error_num in REFUSED_WITH:
            return True
        raise
    return False


async def is_accepted(collection: Collection) -> bool:
    """Whether a write is accepted."""
    return not await is_refused(collection)


async def test_a_lost_follower_makes_the_shard_read_only(arango_cluster: Cluster, collection: Collection) -> None:
    """Without its follower the shard refuses writes, answers reads, and takes writes again after recovery."""
    assert (await collection.properties())["writeConcern"] == 2
    stored = await collection.insert({"value": 1})
    shard = await collection.only_shard()
    (follower,) = arango_cluster.followers_of(shard)

    async with follower.killed():
        # The leader may still accept the write by which it finds out that its follower is gone.
        await wait_until("writes are refused", lambda: is_refused(collection), DEADLINE_S)
        assert (await collection.get(stored["_key"]))["value"] == 1
        for _ in range(5):
            assert await is_refused(collection)

    await wait_until("writes are accepted", lambda: is_accepted(collection), DEADLINE_S)


async def test_a_refused_write_leaves_nothing(arango_cluster: Cluster, collection: Collection) -> None:
    """What was refused is not stored, neither while the follower is away nor when it is back."""
    shard = await collection.only_shard()
    (follower,) = arango_cluster.followers_of(shard)

    async with follower.stopped():
        await wait_until("writes are refused", lambda: is_refused(collection), DEADLINE_S)
        for number in range(5):
            with pytest.raises(ArangoError):
                await collection.insert({"_key": f"refused{number}"})

    await collection.wait_until_in_sync()
    assert not {key for key in await collection.keys() if key.startswith("refused")}


@pytest.mark.collection_options(writeConcern=1)
async def test_a_collection_with_less_concern_takes_writes(arango_cluster: Cluster, collection: Collection) -> None:
    """The same loss does not stop a collection whose own write concern is one."""
    shard = await collection.only_shard()
    (follower,) = arango_cluster.followers_of(shard)

    async with follower.killed():
        stored = {(await collection.insert({"number": number}))["_key"] for number in range(10)}

    assert await collection.keys() == stored


async def test_a_new_leader_alone_refuses_writes(arango_cluster: Cluster, collection: Collection) -> None:
    """After failover the only copy left may be read, but takes no write before the other is back."""
    stored = await collection.insert({"value": 1})
    shard = await collection.only_shard()

    async with arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        assert (await collection.get(stored["_key"]))["value"] == 1
        await wait_until("writes are refused", lambda: is_refused(collection), DEADLINE_S)

    await wait_until("writes are accepted", lambda: is_accepted(collection), DEADLINE_S)
