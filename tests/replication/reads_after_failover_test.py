"""Reads after a failover: nobody is told what only the former leader holds true."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from armadillo import ArangoError, Cluster, Collection

pytestmark = pytest.mark.crash_test

READS = 20


async def seen_by_all(cluster: Cluster, collection: Collection) -> set[tuple[int, frozenset[str], int]]:
    """What every coordinator tells: the value of document "one", all keys, and how many documents there are."""
    database = collection.database.name
    seen = set()
    for coordinator in cluster.coordinators:
        client = coordinator.client.in_database(database)
        document = await client.get(f"/_api/document/{collection.name}/one")
        query = {"query": f"FOR d IN {collection.name} RETURN d._key"}
        keys = (await client.post("/_api/cursor", json=query))["result"]
        count = (await client.get(f"/_api/collection/{collection.name}/count"))["count"]
        seen.add((int(document["value"]), frozenset(keys), int(count)))
    return seen


async def test_changes_at_the_new_leader_are_seen(arango_cluster: Cluster, collection: Collection) -> None:
    """What was read while the old leader lived is read anew after the failover, and when it is back."""
    await collection.insert({"_key": "one", "value": 1})
    shard = await collection.only_shard()
    assert await seen_by_all(arango_cluster, collection) == {(1, frozenset({"one"}), 1)}

    async with arango_cluster.leader_of(shard).killed():
        await collection.wait_for_new_leader(shard)
        await collection.update("one", {"value": 2})
        await collection.insert({"_key": "two"})
        assert await seen_by_all(arango_cluster, collection) == {(2, frozenset({"one", "two"}), 2)}

    await collection.wait_until_in_sync()
    assert await seen_by_all(arango_cluster, collection) == {(2, frozenset({"one", "two"}), 2)}


async def test_a_leader_that_wakes_up_tells_nothing_old(arango_cluster: Cluster, collection: Collection) -> None:
    """A leader that was frozen through its own failover does not answer with what it last knew."""
    await collection.insert({"_key": "one", "value": 1})
    shard = await collection.only_shard()
    assert await seen_by_all(arango_cluster, collection) == {(1, frozenset({"one"}), 1)}

    async with arango_cluster.leader_of(shard).suspended():
        await collection.wait_for_new_leader(shard)
        await collection.update("one", {"value": 2})

    for _ in range(READS):
        assert await seen_by_all(arango_cluster, collection) == {(2, frozenset({"one"}), 1)}


async def test_a_reader_never_goes_back(arango_cluster: Cluster, collection: Collection) -> None:
    """While a counter is counted up through a failover, no read is older than what was acknowledged before it began."""
    await collection.insert({"_key": "one", "value": 0})
    shard = await collection.only_shard()
    acknowledged = 0

    async def count_up() -> None:
        nonlocal acknowledged
        value = 0
        while True:
            value += 1
            with suppress(ArangoError):
                await collection.update("one", {"value": value})
                acknowledged = value

    async def read_on() -> None:
        while True:
            least = acknowledged
            with suppress(ArangoError):
                found = int((await collection.get("one"))["value"])
                assert found >= least, f"read {found} although {least} was acknowledged before"

    tasks = [asyncio.get_running_loop().create_task(work) for work in (count_up(), read_on(), read_on())]
    try:
        async with arango_cluster.leader_of(shard).killed():
            await collection.wait_for_new_leader(shard)
        await collection.wait_until_in_sync()
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [error for error in outcomes if isinstance(error, Exception)] == []
    assert acknowledged > 0
