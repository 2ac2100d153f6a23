"""A cluster is whole: every role is there and does its part."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Database, Server, wait_until

SEES_TIMEOUT_S = 60.0


async def knows(coordinator: Server, collection: Collection, expected: bool) -> None:
    """Waits until the coordinator has heard of the collection, or of its end."""

    async def check() -> bool:
        client = coordinator.client.in_database(collection.database.name)
        answer = await client.get(f"/_api/collection/{collection.name}", expect=(200, 404))
        return (answer.status == 200) is expected

    verb = "knows" if expected else "has forgotten"
    await wait_until(f"{coordinator.name} {verb} {collection.name}", check, SEES_TIMEOUT_S)


async def test_every_server_is_there_and_good(arango_cluster: Cluster) -> None:
    """Supervision sees each server that the target asked for, by its role, as GOOD."""
    health = (await arango_cluster.health()).values()

    assert {entry["Status"] for entry in health if entry["Role"].lower() != "agent"} == {"GOOD"}
    roles = sorted(entry["Role"].lower() for entry in health)
    assert roles == ["agent"] * 3 + ["coordinator"] * 2 + ["dbserver"] * 3


async def test_each_server_answers_for_itself(arango_cluster: Cluster) -> None:
    """Every server can be asked alone, and says that it has its role."""
    for server in arango_cluster.servers:
        role = (await server.client.get("/_admin/server/role"))["role"]
        assert role == server.role.reported_role, server.name


async def test_ids_belong_to_roles(arango_cluster: Cluster) -> None:
    """ArangoDB's id of a server tells its role."""
    for server in arango_cluster.dbservers:
        assert (await server.server_id()).startswith("PRMR-")
    for server in arango_cluster.coordinators:
        assert (await server.server_id()).startswith("CRDN-")


async def test_what_one_coordinator_stores_the_other_reads(arango_cluster: Cluster, collection: Collection) -> None:
    """A document written through the first coordinator can be read through the second."""
    first, second = arango_cluster.coordinators
    await knows(second, collection, True)
    path = f"/_db/{collection.database.name}/_api/document/{collection.name}"

    stored = await first.client.post(path, json={"_key": "one", "from": first.name})

    found = await second.client.get(f"{path}/{stored['_key']}")
    assert found["from"] == first.name


async def test_a_collection_has_the_deployments_replication_factor(collection: Collection) -> None:
    """A new collection has as many copies as the target asked for, on different dbservers."""
    assert (await collection.properties())["replicationFactor"] == 2

    shard = await collection.only_shard()
    assert len(set(shard.servers)) == 2


@pytest.mark.collection_options(numberOfShards=5)
async def test_a_query_sees_all_shards(collection: Collection, database: Database) -> None:
    """A query answers the documents of all shards, sorted as one list."""
    await collection.insert_many([{"_key": f"k{number}", "number": number} for number in range(200)])

    found = await database.query("FOR d IN @@c SORT d.number DESC RETURN d.number", {"@c": collection.name})

    assert found == list(range(199, -1, -1))
    assert await collection.count() == 200


async def test_a_dropped_collection_is_gone_everywhere(arango_cluster: Cluster, database: Database) -> None:
    """After a drop every coordinator soon knows the collection no more, as the one that dropped it does at once."""
    short_lived = await database.create_collection("short_lived")
    for coordinator in arango_cluster.coordinators:
        await knows(coordinator, short_lived, True)

    await short_lived.drop()

    assert await database.collections() == []
    for coordinator in arango_cluster.coordinators:
        await knows(coordinator, short_lived, False)


def test_a_plain_test_does_the_same(arango_cluster: Cluster, database: Database) -> None:
    """A plain `def` test uses the same handles by `.blocking`."""
    things = database.blocking.create_collection("things")
    things.insert({"_key": "one"})

    assert things.keys() == {"one"}
    assert arango_cluster.blocking.dbservers[0].server_id().startswith("PRMR-")
