"""Every kind of fault on a real cluster: in effect, proved, healed, proved again, and the cluster works on.

The same file runs in the lab and on leased addresses; what the latter cannot have is a typed refusal.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from armadillo import (
    Cluster,
    Collection,
    FaultConflictError,
    FaultRequestError,
    Faults,
    FaultUnavailableError,
)

pytestmark = pytest.mark.crash_test

TIER = os.environ["EXPECTED_TIER"]
PAIRS = int(os.environ.get("FAULT_PAIRS", "25"))

KINDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "arangodb.failure_point": (["dbserver-1"], {"name": "HeartbeatThread::sleep"}),
    "clock.jump": (["dbserver-1"], {"offset_s": 3600}),
    "clock.skew": (["dbserver-1"], {"offset_s": -3600}),
    "disk.corrupt": (["dbserver-1"], {"how": "flip", "count": 1}),
    "disk.failing": (["dbserver-1"], {"operations": "both", "percent": 50}),
    "disk.full": (["dbserver-1"], {}),
    "disk.lose_unsynced_writes": (["dbserver-1"], {}),
    "disk.read_only": (["dbserver-1"], {}),
    "disk.slow": (["dbserver-1"], {"write_delay_s": 0.01, "fsync_delay_s": 0.05}),
    "network.bridge": (["dbserver-1", "dbserver-2", "dbserver-3"], {}),
    "network.delay": (["dbserver-1", "dbserver-2"], {"delay_ms": 30, "jitter_ms": 10}),
    "network.flapping": (["dbserver-1"], {"period_s": 1.0}),
    "network.isolate": (["dbserver-1"], {}),
    "network.loss": (["dbserver-1", "dbserver-2"], {"loss_percent": 30}),
    "network.one_way": (["dbserver-1", "dbserver-2"], {}),
    "network.one_way_connections": (["dbserver-1", "dbserver-2"], {}),
    "network.partition": (["dbserver-1", "dbserver-2, dbserver-3"], {}),
    "network.rate": (["dbserver-1", "dbserver-2"], {"rate_bytes_per_s": 200_000}),
    "network.refuse": (["dbserver-1", "dbserver-2"], {}),
    "network.ring": (["agent-1", "agent-2", "agent-3", "dbserver-1"], {}),
    "network.swizzle": (["dbserver-1", "dbserver-2"], {"pause_ms": 20}),
    "process.crash": (["dbserver-1"], {"signal": "SIGABRT"}),
    "process.kill": (["dbserver-1"], {}),
    "process.restart": (["dbserver-1"], {}),
    "process.rolling_restart": (["coordinators"], {}),
    "process.suspend": (["dbserver-1"], {}),
    "process.terminate": (["dbserver-1"], {}),
    "resource.cpu_limit": (["dbserver-1"], {"share_percent": 20}),
    "resource.memory_limit": (["dbserver-1"], {"headroom_bytes": 64 << 20}),
    "resource.open_files_limit": (["dbserver-1"], {"headroom": 5}),
}
NOT_BY_PROXIES = {"network.loss"}
"""A proxy carries streams: there are no packets to lose."""

QUICK = ("process.suspend", "network.isolate", "network.partition", "network.one_way", "network.refuse",
         "network.delay", "network.rate", "resource.open_files_limit")  # fmt: skip


async def test_there_is_a_case_for_every_kind(faults: Faults) -> None:
    """The refusal of an unknown kind lists all kinds: just those that are tried here."""
    with pytest.raises(FaultRequestError, match=r"there is no fault 'x'.*there are: ") as refused:
        await faults.start("x", ["dbserver-1"])
    listed = str(refused.value).rpartition("there are: ")[2].split(", ")
    assert sorted(listed) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_it_comes_is_seen_and_goes(
    kind: str, arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Both proofs say something measured; afterwards all servers are GOOD and writes are acknowledged."""
    targets, parameters = KINDS[kind]
    if TIER != "lab" and kind in NOT_BY_PROXIES:
        with pytest.raises(FaultUnavailableError, match="lab"):
            await faults.start(kind, targets, parameters)
        return
    fault = await faults.start(kind, targets, parameters)
    assert fault.proof
    assert set(fault.servers) <= {server.name for server in arango_cluster.servers}
    await fault.heal()
    assert fault.proof_of_recovery
    assert not await faults.in_force()

    await arango_cluster.wait_until_ready()
    await collection.insert({"_key": "afterwards"})
    assert await collection.has("afterwards")


async def test_pairs_of_inject_and_heal_leave_nothing(
    arango_cluster: Cluster, collection: Collection, faults: Faults
) -> None:
    """Drawn from the run's seed, one after the other; at the end nothing is in force and the cluster is whole."""
    draw = arango_cluster.random
    for number in range(PAIRS):
        kind = draw.choice(QUICK)
        targets, parameters = KINDS[kind]
        async with faults.inject(kind, *targets, **parameters) as fault:
            assert fault.proof, f"pair {number}: {kind}"
    assert not await faults.in_force()
    await arango_cluster.wait_until_ready()
    await collection.insert({"_key": "afterwards"})


@pytest.mark.parametrize(
    ("kind", "targets", "parameters", "says"),
    [
        ("process.kill", ["dbserver-9"], {}, r"dbserver-9.*dbserver-1, dbserver-2"),
        ("process.kill", ["dbservrs"], {}, r"dbservrs.*dbservers"),
        ("process.kill", ["single"], {}, r"nobody"),
        ("process.kill", ["leader of nowhere/nothing"], {}, r"nowhere"),
        ("process.kill", ["9 random dbservers"], {}, r"expected 1 to 3"),
        ("process.kill", [], {}, r"needs a target"),
        ("process.kill", ["dbserver-1"], {"delay": 3}, r"delay"),
        ("network.loss", ["dbserver-1"], {"loss_percent": 101}, r"loss_percent.*100"),
        ("network.loss", ["dbserver-1"], {"loss_percent": 0}, r"loss_percent"),
        ("network.isolat", ["dbserver-1"], {}, r"network\.isolate"),
    ],
)
async def test_what_is_wrong_is_refused_with_what_there_is(
    kind: str, targets: list[str], parameters: dict[str, Any], says: str, faults: Faults
) -> None:
    """A typed error that lists what exists or the range; nothing is in force then."""
    with pytest.raises(FaultRequestError, match=says):
        await faults.start(kind, targets, parameters)
    assert not await faults.in_force()


async def test_two_faults_on_one_link_are_refused(faults: Faults) -> None:
    """The refusal names the one that is in force; that one stays."""
    async with faults.partition(["dbserver-1"], ["dbserver-2"]) as first:
        with pytest.raises(FaultConflictError, match="dbserver-1"):
            await faults.start("network.isolate", ["dbserver-1"])
        assert [fault.fault_id for fault in await faults.in_force()] == [first.fault_id]
