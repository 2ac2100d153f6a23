"""Coordinators hold no data: clients go on with another one, and one that comes back knows all."""

from __future__ import annotations

import pytest
from armadillo import ArangoError, Cluster, Collection, Database, wait_until

from tests.replication.acknowledged_writes import acknowledged_writes

pytestmark = pytest.mark.crash_test

SEES_TIMEOUT_S = 60.0


@pytest.mark.parametrize("number", [0, 1])
async def test_clients_go_on_with_the_other_one(number: int, arango_cluster: Cluster, collection: Collection) -> None:
    """Whichever coordinator dies, the cluster's client writes and reads on."""
    async with acknowledged_writes(collection) as writes:
        await writes.more(30)
        async with arango_cluster.coordinators[number].killed():
            await writes.more(30)
            acknowledged = writes.so_far()
            assert await collection.keys() >= acknowledged

    assert await collection.keys() >= writes.keys


async def test_one_that_was_away_sees_what_is_new(arango_cluster: Cluster, database: Database) -> None:
    """A collection that was made while a coordinator was away is known to it when it is back."""
    away, other = arango_cluster.coordinators
    async with away.stopped():
        made = await other.client.in_database(database.name).post("/_api/collection", json={"name": "meanwhile"})
        await other.client.in_database(database.name).post("/_api/document/meanwhile", json={"_key": "one"})

    async def sees_it() -> bool:
        found = await away.client.in_database(database.name).get("/_api/collection/meanwhile")
        return bool(found["id"] == made["id"])

    await wait_until(f"{away.name} knows the new collection", sees_it, SEES_TIMEOUT_S)
    assert (await away.client.in_database(database.name).get("/_api/document/meanwhile/one"))["_key"] == "one"


async def test_a_dead_one_answers_nobody(arango_cluster: Cluster) -> None:
    """A client that insists on the dead coordinator gets no answer, and gets one when it is back."""
    dead = arango_cluster.coordinators[0]
    async with dead.killed():
        with pytest.raises(ArangoError) as refused:
            await dead.client.get("/_api/version")
        assert refused.value.http_status == 0

    assert (await dead.client.get("/_api/version"))["server"] == "arango"
