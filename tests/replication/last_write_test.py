"""The last acknowledged change: its leader dies the moment the answer is there, and the follower must have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from armadillo import Cluster, Collection

pytestmark = pytest.mark.crash_test

Change = Callable[[Collection], Awaitable[object]]


async def insert(collection: Collection) -> None:
    """Inserts a second document."""
    await collection.insert({"_key": "two", "value": 1})


async def replace(collection: Collection) -> None:
    """Replaces the document that is there."""
    await collection.replace("one", {"value": 2})


async def remove(collection: Collection) -> None:
    """Removes the document that is there."""
    await collection.remove("one")


@pytest.mark.parametrize(
    ("change", "expected"),
    [(insert, {"one": 1, "two": 1}), (replace, {"one": 2}), (remove, {})],
    ids=["insert", "replace", "remove"],
)
async def test_it_outlives_its_leader(
    arango_cluster: Cluster, collection: Collection, change: Change, expected: dict[str, int]
) -> None:
    """Directly after the acknowledgement the leader is killed; its successor has the change."""
    await collection.insert({"_key": "one", "value": 1})
    await collection.wait_until_in_sync()
    shard = await collection.only_shard()
    leader = arango_cluster.leader_of(shard)

    await change(collection)
    async with leader.killed():
        await collection.wait_for_new_leader(shard)
        found = await collection.database.query("FOR d IN @@c RETURN [d._key, d.value]", {"@c": collection.name})

    assert dict(found) == expected
