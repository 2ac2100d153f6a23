"""The agency: all goes on without a minority of its agents; without the majority nothing changes, nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
from armadillo import ArangoError, Cluster, Collection, Database, Faults, wait_until

pytestmark = pytest.mark.crash_test

GOES_ON_TIMEOUT_S = 120.0
REFUSED_AFTER_S = 5.0


async def test_a_minority_is_not_needed(
    arango_cluster: Cluster, database: Database, collection: Collection, faults: Faults
) -> None:
    """While the agency's leader is dead, another one leads: documents and new collections can be written."""
    leader = await arango_cluster.agency_leader()
    async with faults.kill(leader):
        await arango_cluster.agency.wait_for_new_leader(leader)
        await collection.insert({"_key": "meanwhile"})

        async def makes_one() -> bool:
            await database.create_collection("made_meanwhile")
            return True

        await wait_until("a collection is made by two agents", makes_one, GOES_ON_TIMEOUT_S)

    assert await collection.has("meanwhile")
    assert "made_meanwhile" in {one["name"] for one in (await database.client.get("/_api/collection"))["result"]}


@pytest.mark.parametrize("how", ["kill", "suspend"])
async def test_without_a_majority_nothing_is_decided(
    how: str, arango_cluster: Cluster, database: Database, collection: Collection, faults: Faults
) -> None:
    """No collection comes into being while two of three agents are away; afterwards all is as before, and works."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(50)}
    fault = faults.kill("majority of agents") if how == "kill" else faults.suspend("majority of agents")
    async with fault:
        with pytest.raises((ArangoError, TimeoutError)):
            await asyncio.wait_for(database.create_collection("too_early"), REFUSED_AFTER_S)

    async def makes_one() -> bool:
        await database.create_collection("late_enough")
        return True

    await wait_until("a collection is made when the agents are back", makes_one, GOES_ON_TIMEOUT_S)
    assert await collection.keys() == stored
