"""Durability: what is still there when every server dies at once by kill -9. For both kinds."""

from __future__ import annotations

import asyncio

import pytest
from armadillo import Cluster, Collection, SingleServer

pytestmark = pytest.mark.crash_test

# ArangoDB brings its write-ahead log to the disk every 100 ms (--rocksdb.sync-interval) and tells nobody.
SYNC_INTERVALS_S = 2.0


async def test_synced_writes_survive_at_once(arango: Cluster | SingleServer, collection: Collection) -> None:
    """Every change that was acknowledged with waitForSync is there, although nothing was given time to settle."""
    await collection.insert_many([{"_key": f"k{number}", "value": 0} for number in range(20)], waitForSync=True)
    for number in range(0, 20, 2):
        await collection.update(f"k{number}", {"value": 1}, waitForSync=True)
    await collection.remove("k19", waitForSync=True)

    await arango.restart_all(kill=True)

    found = await collection.database.query("FOR d IN @@c RETURN [d._key, d.value]", {"@c": collection.name})
    assert dict(found) == {f"k{number}": 1 - number % 2 for number in range(19)}


async def test_other_writes_survive_after_the_sync_interval(
    arango: Cluster | SingleServer, collection: Collection
) -> None:
    """What was acknowledged without waitForSync is there when the sync interval had passed before the kill."""
    await collection.insert({"_key": "first"}, waitForSync=True)
    await collection.insert_many([{"_key": f"k{number}"} for number in range(20)])
    await asyncio.sleep(SYNC_INTERVALS_S)

    await arango.restart_all(kill=True)

    assert await collection.keys() == {"first", *[f"k{number}" for number in range(20)]}


async def test_a_document_is_whole_or_not_there(arango: Cluster | SingleServer, collection: Collection) -> None:
    """Killed in the middle of many large writes: each document that is there is complete."""
    text = "x" * 5000

    async def write_on() -> None:
        number = 0
        while True:
            number += 1
            documents = [{"_key": f"k{number}-{part}", "number": number, "text": text} for part in range(5)]
            await collection.insert_many(documents)

    await collection.insert({"_key": "first", "number": 0, "text": text}, waitForSync=True)
    writing = asyncio.get_running_loop().create_task(write_on())
    try:
        await asyncio.wait([writing], timeout=0.5)
        await arango.restart_all(kill=True)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)

    query = "FOR d IN @@c FILTER LENGTH(d.text) != 5000 OR d.number == null RETURN d._key"
    assert await collection.database.query(query, {"@c": collection.name}) == []
    assert await collection.has("first")
