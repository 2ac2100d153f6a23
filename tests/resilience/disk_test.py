"""Disks that are full, fail or lose what was not synced: errors are told, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest
from armadillo import ArangoError, Cluster, Collection, ConditionTimeoutError, Faults, Server, wait_until

pytestmark = pytest.mark.crash_test

WRITES = 30
AGAIN_TIMEOUT_S = 30.0


async def write_durably(collection: Collection, prefix: str) -> tuple[set[str], list[ArangoError]]:
    """Inserts documents one by one with waitForSync; answers the acknowledged keys, and how others were refused."""
    keys, errors = set(), []
    for number in range(WRITES):
        try:
            await collection.insert({"_key": f"{prefix}{number}"}, waitForSync=True)
        except ArangoError as error:
            errors.append(error)
        else:
            keys.add(f"{prefix}{number}")
    return keys, errors


async def wait_until_writable(collection: Collection, server: Server) -> None:
    """Returns when a durable write is taken. RocksDB may keep an error of the disk until the server is restarted."""

    async def check() -> bool:
        _, errors = await write_durably(collection, "again")
        return all(error.http_status == 409 for error in errors)  # 409: it was taken at the last look

    try:
        await wait_until("durable writes are taken again", check, AGAIN_TIMEOUT_S)
    except ConditionTimeoutError:
        await server.restart()
        await wait_until("durable writes are taken after a restart", check, AGAIN_TIMEOUT_S)


@pytest.mark.parametrize("kind", ["full", "read-only", "failing"])
async def test_a_broken_disk_of_a_leader_loses_nothing(
    arango_cluster: Cluster, collection: Collection, faults: Faults, kind: str
) -> None:
    """While the disk of a shard's only dbserver refuses, writes are refused with an error; afterwards they go on."""
    shard = await collection.only_shard()
    leader = arango_cluster.leader_of(shard)
    acknowledged, errors = await write_durably(collection, "before")
    assert not errors
    broken = {
        "full": faults.disk_full(leader),
        "read-only": faults.disk_read_only(leader),
        "failing": faults.failing_disk(leader, every_nth=1),
    }[kind]

    async with broken:
        during, errors = await write_durably(collection, "during")
        assert errors
        assert acknowledged | during <= await collection.keys()

    await wait_until_writable(collection, leader)
    after, errors = await write_durably(collection, "after")
    assert not errors
    assert acknowledged | during | after <= await collection.keys()


async def test_a_slow_disk_is_only_slow(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """Every durable write is acknowledged, late."""
    shard = await collection.only_shard()
    async with faults.slow_disk(arango_cluster.leader_of(shard), write_delay_s=0.005, fsync_delay_s=0.02):
        keys, errors = await write_durably(collection, "late")
    assert not errors
    assert keys <= await collection.keys()


async def test_a_power_cut_takes_nothing_that_was_synced(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Killed as by a power failure, a dbserver comes back with everything that it had acknowledged with waitForSync."""
    shard = await collection.only_shard()
    leader = arango_cluster.leader_of(shard)
    async with faults.lose_unsynced_writes(leader):
        keys, errors = await write_durably(collection, "synced")
        assert not errors
        await leader.kill()
        await leader.start()
        await wait_until_writable(collection, leader)
        assert keys <= await collection.keys()
