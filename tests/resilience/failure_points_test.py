"""ArangoDB's failure points as faults: set and listed inside of their blocks, taken back behind them."""

from __future__ import annotations

import pytest
from armadillo import ArangoError, Cluster, Collection, FaultConflictError, Faults

HEARTBEATS = "HeartbeatThread::sendServerState"
COMMITS = "TransactionWriteCommitMarker"


async def test_a_dbserver_without_heartbeats_is_not_good(arango_cluster: Cluster, faults: Faults) -> None:
    """Supervision loses the server while the point is set, and has it back afterwards."""
    server = arango_cluster.dbservers[0]
    async with faults.failure_point(HEARTBEATS, server) as fault:
        assert HEARTBEATS in fault.proof
        await arango_cluster.wait_until_status(server, "FAILED")
    await arango_cluster.wait_until_status(server, "GOOD")


async def test_writes_fail_where_commits_do(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """The leader of the shard refuses a write; behind the block it takes it."""
    name = f"{collection.database.name}/{collection.name}"
    async with faults.failure_point(COMMITS, f"leader of {name}"):
        with pytest.raises(ArangoError):
            await collection.insert({"_key": "a"})
    await collection.insert({"_key": "a"})


async def test_a_point_is_gone_with_its_process(arango_cluster: Cluster, faults: Faults) -> None:
    """A server that was killed meanwhile has none; healing says so and fails nothing."""
    server = arango_cluster.coordinators[0]
    async with faults.failure_point("nothing_has_this_name", server) as fault:
        with pytest.raises(FaultConflictError, match="set on coordinator-1 already"):
            await faults.failure_point("nothing_has_this_name").start()
        await server.kill()
        await server.start()
    assert "another process" in fault.proof_of_recovery
    assert (await server.client.get("/_admin/debug/failat/all")).body == []
