"""Supervision sees which servers live."""

from __future__ import annotations

import pytest
from armadillo import Cluster


@pytest.mark.crash_test
async def test_a_dead_dbserver_is_seen_and_seen_again(arango_cluster: Cluster) -> None:
    """A killed dbserver becomes FAILED after the grace period, and GOOD when it is back."""
    victim = arango_cluster.dbservers[0]
    assert await arango_cluster.status_of(victim) == "GOOD"

    async with victim.killed():
        await arango_cluster.wait_until_status(victim, "FAILED")

    await arango_cluster.wait_until_status(victim, "GOOD")


async def test_a_frozen_dbserver_is_seen_as_well(arango_cluster: Cluster) -> None:
    """A dbserver that is there but silent is no better than a dead one."""
    victim = arango_cluster.dbservers[1]

    async with victim.suspended():
        await arango_cluster.wait_until_status(victim, "FAILED")

    await arango_cluster.wait_until_status(victim, "GOOD")


async def test_health_knows_names_and_versions(arango_cluster: Cluster) -> None:
    """Each dbserver and coordinator has a short name of its own and the deployment's version."""
    entries = [entry for entry in (await arango_cluster.health()).values() if entry["Role"].lower() != "agent"]

    assert len({entry["ShortName"] for entry in entries}) == len(entries) == 4
    assert {entry["Version"] for entry in entries} == {await arango_cluster.version()}
