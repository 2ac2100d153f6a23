"""A cluster grows at run time."""

from __future__ import annotations

from armadillo import Cluster, Collection, Database, wait_until

SEES_TIMEOUT_S = 60.0


async def test_a_new_dbserver_takes_copies(arango_cluster: Cluster, database: Database) -> None:
    """With one more dbserver a collection may have one more copy, and the new server holds it."""
    new = await arango_cluster.add_dbserver()

    assert await arango_cluster.status_of(new) == "GOOD"
    assert new in arango_cluster.dbservers
    copies = len(arango_cluster.dbservers)
    everywhere = await database.create_collection("everywhere", replicationFactor=copies)
    await everywhere.wait_until_in_sync()
    assert await new.server_id() in (await everywhere.only_shard()).servers


async def test_a_new_coordinator_knows_everything(arango_cluster: Cluster, collection: Collection) -> None:
    """A coordinator that joins later serves what was there before, and clients may use it."""
    await collection.insert({"_key": "one", "value": 1})

    new = await arango_cluster.add_coordinator()

    assert new.endpoint in arango_cluster.endpoints
    path = f"/_db/{collection.database.name}/_api/document/{collection.name}/one"

    async def serves_it() -> bool:
        return bool((await new.client.get(path))["value"] == 1)

    await wait_until(f"{new.name} serves the document", serves_it, SEES_TIMEOUT_S)
