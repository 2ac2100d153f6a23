"""What is kept of a cluster's own view when a run goes wrong: from real stand-ins, living and dead."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.control.cluster_snapshot import ClusterSnapshot
from armadillo.control.running_server import State

from tests.framework.runner.control.standin_program import write_standin
from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world

QUICK = [
    "--agency.supervision-grace-period=3",
    "--agency.supervision-frequency=0.25",
    "--agency.supervision-ok-threshold=1.5",
]
TWO_COPIES = cluster(agents=1, replication_factor=2, role_args=[{"role": "AGENT", "args": QUICK}])
"""On two dbservers: without one of them a shard is not as planned."""
PATIENCE_S = 60.0


def files(tmp_path: Path) -> set[str]:
    """Everything below the snapshot's directory."""
    root = tmp_path / "snapshot"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def content(tmp_path: Path, name: str) -> Any:
    """One JSON file of the snapshot."""
    return json.loads((tmp_path / "snapshot" / name).read_text(encoding="utf-8"))


def ask(made: World, server: str, method: str, path: str, body: object = None) -> Any:
    """A request to one server."""
    client = BlockingClient(made.running.server(server).plan.http_endpoint, {}, PATIENCE_S)
    try:
        return client.send(method, path, body).body
    finally:
        client.close()


async def until(what: Callable[[], bool]) -> None:
    """Waits for something that servers do by themselves."""

    async def look() -> None:
        while not await asyncio.to_thread(what):
            pass

    await asyncio.wait_for(look(), PATIENCE_S)


def failed_servers(made: World) -> int:
    """How many servers supervision sees as FAILED."""
    health = ask(made, "coordinator-1", "GET", "/_admin/cluster/health")["Health"]
    return sum(entry["Status"] == "FAILED" for entry in health.values())


def in_sync(made: World, collection: str) -> bool:
    """Whether Current is as Plan wants it."""
    found = ask(made, "coordinator-1", "GET", "/_admin/cluster/shardDistribution")["results"][collection]
    planned = [(one["leader"], one["followers"]) for one in found["Plan"].values()]
    return planned == [(one["leader"], one["followers"]) for one in found["Current"].values()]


def test_a_cluster_with_a_dead_dbserver(tmp_path: Path) -> None:
    """The dead server, and the shard that misses its copy, are in the note; every part of the view has its file."""

    async def story() -> None:
        async with world(tmp_path, TWO_COPIES, executable=write_standin(tmp_path)) as made:
            await made.running.start()
            snapshot = ClusterSnapshot(made.running, made.hub, str(tmp_path))
            await snapshot.remember_metrics()
            made_collection = await asyncio.to_thread(
                ask, made, "coordinator-1", "POST", "/_api/collection", {"name": "items", "replicationFactor": 2}
            )
            assert made_collection["name"] == "items"
            await until(lambda: in_sync(made, "items"))
            await made.running.server("dbserver-2").kill(0, "test")
            await until(lambda: failed_servers(made) == 1)
            # What is left of the two copies finds at the latest now that it is alone.
            await asyncio.to_thread(ask, made, "coordinator-1", "POST", "/_api/document/items", {"_key": "one"})

            assert await snapshot.look() == []

            (note,) = made.hub.record.notes
            assert re.search(
                r"Plan and Current differ for shard s\d+ \(_system/items\): "
                r"followers planned DBServer000\d, in sync none",
                note,
            ), note
            assert re.search(r"; supervision says that DBServer000\d is FAILED", note), note
            assert "no status of dbserver-2" in note

    asyncio.run(story())
    living = ["agent-1", "dbserver-1", "coordinator-1"]
    expected = {
        "agency.json",
        "agents.json",
        "differences.txt",
        "health.json",
        "shard_distribution.json",
        "status.json",
    }
    metrics = {f"metrics/{name}.{when}.txt" for name in living for when in ("before", "after")}
    assert files(tmp_path) == expected | metrics
    assert "items" in content(tmp_path, "shard_distribution.json")["_system"]["results"]
    assert content(tmp_path, "agency.json")["arango"]["Plan"]["Collections"]["_system"]
    assert set(content(tmp_path, "status.json")) == {*living, "dbserver-2"}
    assert content(tmp_path, "status.json")["dbserver-2"] == "not asked: it is exited"
    assert "is FAILED" in (tmp_path / "snapshot" / "differences.txt").read_text(encoding="utf-8")


def test_a_single_server(tmp_path: Path) -> None:
    """A single server has its status and metrics, before and after; there is nothing to note."""

    async def story() -> None:
        async with world(tmp_path, single(), executable=write_standin(tmp_path)) as made:
            await made.running.start()
            snapshot = ClusterSnapshot(made.running, made.hub, str(tmp_path))
            await snapshot.remember_metrics()
            await snapshot.look()
            assert made.hub.record.notes == []

    asyncio.run(story())
    assert files(tmp_path) == {"status.json", "metrics/single-1.before.txt", "metrics/single-1.after.txt"}
    assert content(tmp_path, "status.json")["single-1"]["server"] == "arango"


def test_a_server_that_does_not_answer_costs_a_limited_time(tmp_path: Path) -> None:
    """A frozen server that nobody suspended by a verb is named as silent; the look ends all the same."""

    async def story() -> None:
        async with world(tmp_path, single(), executable=write_standin(tmp_path)) as made:
            await made.running.start()
            server = made.running.server("single-1")
            await server.suspend()
            server.state = State.READY  # as if it had come to stand still by itself
            await ClusterSnapshot(made.running, made.hub, str(tmp_path)).look(20.0)
            server.state = State.SUSPENDED
            assert made.hub.record.notes == ["snapshot: no status of single-1"]

    asyncio.run(story())
    assert "no answer: timed out" in content(tmp_path, "status.json")["single-1"]


def test_files_have_a_cap(tmp_path: Path) -> None:
    """What is larger than its cap is cut, and says so."""

    async def story() -> None:
        async with world(tmp_path, single(), executable=write_standin(tmp_path)) as made:
            snapshot = ClusterSnapshot(made.running, made.hub, str(tmp_path))
            snapshot._write("large.txt", b"x" * 1000, 100)

    asyncio.run(story())
    text = (tmp_path / "snapshot" / "large.txt").read_bytes()
    assert text == b"x" * 100 + b"\n--- truncated: 100 bytes are the most that is kept\n"
