"""Faults of disks on a living stand-in: writes really fail, wait or are lost, and go on behind the fault."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.errors import FaultConflictError, FaultError, FaultRequestError
from armadillo.faults.disk_corrupt import Damage

from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.standin_program import standin_executable
from tests.framework.runner.support.waiting import until

SERVER = "single-1"
COLLECTION = "/_api/document/people"


def in_world(tmp_path: Path, story: Callable[[World], Any], faults: tuple[str, ...] = ("disk",)) -> None:
    """Runs a story on a started stand-in with a collection `people`."""

    async def run() -> None:
        deployment = single(prepared_faults=list(faults), authentication=False)
        async with world(tmp_path, deployment, executable=standin_executable(tmp_path)) as made:
            await made.running.start()
            assert call(made, "POST", "/_api/collection", {"name": "people"}) == 200
            await story(made)

    asyncio.run(run())


def call(made: World, method: str, path: str, body: Any = None) -> int:
    """The status of one request."""
    client = BlockingClient(made.running.server(SERVER).plan.http_endpoint, {}, 60.0)
    try:
        return client.send(method, path, body).status
    finally:
        client.close()


def insert(made: World, key: str) -> int:
    """The status of a durable insert; 201 is success."""
    return call(made, "POST", f"{COLLECTION}?waitForSync=true", {"_key": key})


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("disk.full", {}),
        ("disk.read_only", {}),
        ("disk.failing", {"operations": "both", "every_nth": 1}),
        ("disk.failing", {"operations": "fsync", "percent": 100.0}),
    ],
)
def test_writes_fail_and_nothing_acknowledged_is_lost(tmp_path: Path, kind: str, parameters: dict[str, Any]) -> None:
    """The living server refuses writes while the fault is in force, takes them behind it, and keeps all it took."""

    async def story(made: World) -> None:
        pid = made.running.server(SERVER).pid
        assert insert(made, "before") == 201
        kept = await made.faults.inject(kind, [SERVER], parameters)
        assert f"pid {pid} is watched" in kept.proof
        assert insert(made, "during") >= 400
        await made.faults.heal(kept.fault_id)
        assert "without an error" in kept.proof_of_recovery
        assert insert(made, "after") == 201
        await made.running.restart_all(True, 30.0)
        assert [call(made, "GET", f"{COLLECTION}/{key}") for key in ("before", "after")] == [200, 200]
        assert made.findings() == []

    in_world(tmp_path, story)


def test_a_slow_disk_delays_writes(tmp_path: Path) -> None:
    """A durable write takes at least the delay of one sync, and succeeds."""

    async def story(made: World) -> None:
        kept = await made.faults.inject("disk.slow", [SERVER], {"write_delay_s": 0.05, "fsync_delay_s": 0.2})
        began_s = time.monotonic()
        assert insert(made, "late") == 201
        assert time.monotonic() - began_s >= 0.2
        assert "its fsync" in kept.proof
        await made.faults.heal(kept.fault_id)
        assert insert(made, "soon") == 201

    in_world(tmp_path, story)


def test_a_kill_loses_what_was_not_synced(tmp_path: Path) -> None:
    """What was acknowledged with waitForSync survives the power cut, what was written just before it does not."""

    async def story(made: World) -> None:
        server = made.running.server(SERVER)
        kept = await made.faults.inject("disk.lose_unsynced_writes", [SERVER], {})
        slow = await made.faults.inject("disk.slow", [SERVER], {"write_delay_s": 0.0, "fsync_delay_s": 0.5})
        assert insert(made, "synced") == 201
        assert call(made, "POST", COLLECTION, {"_key": "unsynced"}) == 202
        await server.kill(0, "test")
        await made.running.start_server(SERVER, (), False, True, 30.0)
        found = [call(made, "GET", f"{COLLECTION}/{key}") for key in ("synced", "unsynced")]
        assert found == [200, 404]
        disk = made.preparation.disk
        assert disk is not None
        assert (await disk.status_of(SERVER))["lost_writes"] > 0
        await made.faults.heal(slow.fault_id)
        await made.faults.heal(kept.fault_id)
        assert insert(made, "kept") == 201

    in_world(tmp_path, story)


@pytest.mark.parametrize("how", ["flip", "truncate"])
def test_corrupt_data_is_a_copy(tmp_path: Path, how: str) -> None:
    """The server finds damaged files at the recorded places; behind the fault it is ready on the original bytes."""

    async def story(made: World) -> None:
        server = made.running.server(SERVER)
        assert insert(made, "before") == 201
        kept = await made.faults.inject("disk.corrupt", [SERVER], {"how": how, "files": "*.sqlite3", "count": 2})
        assert not server.is_alive
        directory = Path(server.incarnation.database_directory)
        original = directory.with_name(directory.name + ".original")
        damages: list[Damage] = kept.fault.damages  # type: ignore[attr-defined]
        for damage in damages:
            assert damage.told() in kept.proof
            ours, theirs = (directory / damage.path).read_bytes(), (original / damage.path).read_bytes()
            assert ours != theirs
            assert len(ours) == len(theirs) or how == "truncate"
        await made.faults.heal(kept.fault_id)
        assert server.is_alive
        assert not original.exists()
        assert call(made, "GET", f"{COLLECTION}/before") == 200

    in_world(tmp_path, story, faults=())


def test_servers_must_have_been_prepared(tmp_path: Path) -> None:
    """Without the attribute the error names it, and the server is as before."""

    async def story(made: World) -> None:
        with pytest.raises(FaultRequestError, match=r'faults = \["disk"\]'):
            await made.faults.inject("disk.full", [SERVER], {})
        assert insert(made, "before") == 201

    in_world(tmp_path, story, faults=())


def test_two_faults_that_answer_the_same_calls_conflict(tmp_path: Path) -> None:
    """A disk is full or read-only; a slow one may be full as well."""

    async def story(made: World) -> None:
        await made.faults.inject("disk.full", [SERVER], {})
        with pytest.raises(FaultConflictError, match="both decide what the disk"):
            await made.faults.inject("disk.read_only", [SERVER], {})
        await made.faults.inject("disk.slow", [SERVER], {"write_delay_s": 0.01})
        await made.faults.heal_all()
        assert insert(made, "after") == 201
        assert made.findings() == []

    in_world(tmp_path, story)


@pytest.mark.parametrize(
    ("kind", "parameters", "told"),
    [
        ("disk.failing", {}, "every_nth or percent"),
        ("disk.failing", {"percent": 101.0}, "percent"),
        ("disk.full", {"free_bytes": -1}, "free_bytes"),
        ("disk.corrupt", {"files": "*.sst"}, "no file of single-1 matches"),
    ],
)
def test_values_out_of_range_are_refused(tmp_path: Path, kind: str, parameters: dict[str, Any], told: str) -> None:
    """The error says what was wrong, and nothing is in force behind it."""

    async def story(made: World) -> None:
        with pytest.raises(FaultError, match=told):
            await made.faults.inject(kind, [SERVER], parameters)
        assert made.faults.in_force == []
        assert insert(made, "after") == 201

    in_world(tmp_path, story)


def test_a_killed_supervisor_is_an_error_not_a_hang(tmp_path: Path) -> None:
    """A fault that is asked of it says what happened to the servers' writes."""

    async def story(made: World) -> None:
        disk = made.preparation.disk
        assert disk is not None
        os.kill(disk.pid, 9)
        with pytest.raises(FaultError, match=f"pid {disk.pid}"):
            await made.faults.inject("disk.full", [SERVER], {})
        await asyncio.to_thread(until, "the end of the supervisor is seen", lambda: disk.status == -9)
        [finding] = await made.preparation.look_at_the_end()
        assert f"the disk supervisor (pid {disk.pid}) ended with -9" in finding.message

    in_world(tmp_path, story)
