"""The agency: three agents that agree, as long as two of them live."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Database


async def test_all_agents_name_the_same_leader(arango_cluster: Cluster) -> None:
    """Every agent knows who leads."""
    leader = await arango_cluster.agency_leader()

    for agent in arango_cluster.agents:
        told = await arango_cluster.agency.configuration(agent)
        assert told["leaderId"] == await leader.server_id()


async def test_the_plan_is_in_the_agency(arango_cluster: Cluster, database: Database) -> None:
    """A database and its collection are in the agency's plan."""
    await database.create_collection("planned", numberOfShards=2)

    assert database.name in await arango_cluster.agency.read("/arango/Plan/Databases")
    planned = await arango_cluster.agency.read(f"/arango/Plan/Collections/{database.name}")
    (collection,) = [entry for entry in planned.values() if entry["name"] == "planned"]
    assert len(collection["shards"]) == 2


@pytest.mark.crash_test
async def test_another_agent_leads_when_the_leader_dies(arango_cluster: Cluster, database: Database) -> None:
    """After the agency leader's death another agent leads, nothing is forgotten, and plans can be made."""
    version = await arango_cluster.agency.read("/arango/Plan/Version")
    old = await arango_cluster.agency_leader()

    async with old.killed():
        new = await arango_cluster.agency.wait_for_new_leader(old)
        assert new is not old
        assert await arango_cluster.agency.read("/arango/Plan/Version") >= version
        made = await database.create_collection("after_the_election")
        await made.insert({"_key": "one"})

    assert await made.keys() == {"one"}


async def test_a_frozen_leader_is_voted_out(arango_cluster: Cluster, database: Database) -> None:
    """A leader that is silent loses its office, and does not get it back by waking up."""
    old = await arango_cluster.agency_leader()
    term = (await arango_cluster.agency.configuration(old))["term"]

    async with old.suspended():
        new = await arango_cluster.agency.wait_for_new_leader(old)
        await database.create_collection("meanwhile")

    assert (await arango_cluster.agency.configuration(new))["term"] > term
    assert await database.collections() == ["meanwhile"]
