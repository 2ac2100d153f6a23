"""An upgrade for which the whole cluster stops."""

from __future__ import annotations

from armadillo import Cluster, Collection, Upgrade


async def test_the_data_is_there_after_the_stop(
    arango_cluster: Cluster, collection: Collection, upgrade: Upgrade
) -> None:
    """The cluster comes back with the new version, healthy, with all that was stored before."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(20)}

    await upgrade.full_stop()

    assert await arango_cluster.version() == upgrade.to_version
    assert await collection.keys() == stored
