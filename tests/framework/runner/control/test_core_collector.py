"""Whose core is it? Pids in namespaces are small, so those of other runs are the same."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from armadillo.arangodb.server_plan import Incarnation, ServerPlan
from armadillo.control.core_collector import collect_core
from armadillo.model.role import Role
from armadillo.observe.core_pattern import CorePattern

PID = 7


def incarnation(tmp_path: Path) -> Incarnation:
    """A server that has been started just now."""
    made = ServerPlan("single-1", Role.SINGLE, "10.99.0.1", (), str(tmp_path / "data"), str(tmp_path)).incarnation(1)
    made.make_directories()
    Path(made.command_path).write_text("arangod\n", encoding="utf-8")
    return made


def test_only_a_core_that_is_younger_than_the_server_is_its_own(tmp_path: Path) -> None:
    """In a folder that all runs share, a core of the same pid from before is left alone; the server's own is taken."""
    server = incarnation(tmp_path)
    (tmp_path / "cores").mkdir()
    core = tmp_path / f"cores/core.{PID}"
    pattern = CorePattern(f"{tmp_path}/cores/core.%p")
    core.write_bytes(b"another run's")
    started_s = os.stat(server.command_path).st_mtime
    os.utime(core, (started_s - 60, started_s - 60))
    assert asyncio.run(collect_core(server, "/bin/sh", PID, pattern)) is None
    assert core.exists()
    core.write_bytes(b"its own")
    os.utime(core, (started_s + 1, started_s + 1))
    summary = asyncio.run(collect_core(server, "/bin/sh", PID, pattern))
    assert summary is not None
    assert not core.exists()
