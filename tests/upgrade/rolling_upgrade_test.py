"""A rolling upgrade: data and service outlive every step of it."""

from __future__ import annotations

from armadillo import Cluster, Collection, Role, Upgrade


async def test_nothing_is_lost_and_writes_go_on_in_every_mixed_state(
    arango_cluster: Cluster, collection: Collection, upgrade: Upgrade
) -> None:
    """After each step all that was stored is there, and more can be stored; at the end all servers are new."""
    stored = {(await collection.insert({"step": 0}))["_key"] for _ in range(20)}
    assert await arango_cluster.version() == upgrade.from_version

    async for step in upgrade.rolling():
        assert await collection.keys() == stored, f"after {step}"
        stored.add((await collection.insert({"step": step.number}))["_key"])

    assert await collection.keys() == stored
    for server in arango_cluster.servers:
        assert (await server.client.get("/_api/version"))["version"] == upgrade.to_version
    roles = [server.role for server in upgrade.plan]
    assert roles == sorted(roles, key=[Role.AGENT, Role.DBSERVER, Role.COORDINATOR].index)


async def test_what_comes_later_is_new(arango_cluster: Cluster, collection: Collection) -> None:
    """A dbserver that is added to an upgraded cluster runs on the new version, too."""
    added = await arango_cluster.add_dbserver()

    assert (await added.client.get("/_api/version"))["version"] == await arango_cluster.version() == "4.0.0"
