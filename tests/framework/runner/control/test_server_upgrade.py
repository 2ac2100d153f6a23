"""The upgrade of one server: real processes of the stand-in in two versions, and binaries that do not do their step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from armadillo.control.running_server import RunningServer, State
from armadillo.control.server_upgrade import ServerUpgrade
from armadillo.errors import ControlError, ServerStartError

from tests.framework.runner.control.standin_program import write_standin
from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world


def write_program(directory: Path, name: str, script: str) -> str:
    """An executable shell script."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@asynccontextmanager
async def upgradable(directory: Path, script: str = "") -> AsyncIterator[tuple[World, RunningServer, ServerUpgrade]]:
    """A single stand-in of 3.12 that runs, and what upgrades it to 4.0; `script` is the newer binary instead."""
    old = write_standin(directory)
    new = write_program(directory, "arangod-4", script or f'exec {old} --standin.version-family 4.0 "$@"')
    async with world(directory, single(authentication=False), executable=old) as made:
        server = made.running.server("single-1")
        facts = replace(made.launcher.installation.facts, version="4.0.0")
        installation = replace(made.launcher.installation, executable=new, facts=facts)
        before = replace(made.launcher.installation, facts=replace(facts, version="3.12.10"))
        after = replace(made.launcher, installation=installation)
        server.launcher = replace(made.launcher, installation=before, next_launcher=after)
        await made.running.start()
        yield made, server, ServerUpgrade(made.running, made.hub)


def test_it_is_checked_upgraded_and_started(tmp_path: Path) -> None:
    """Both runs leave their evidence beside that of the starts, the data carries the new version, nothing is found."""

    async def story() -> None:
        async with upgradable(tmp_path) as (made, server, upgrade):
            await upgrade.upgrade("single-1", wait=True, timeout_s=60.0)

            assert (server.state, server.incarnation_number) == (State.READY, 2)
            version = json.loads((tmp_path / "data/single-1/data/VERSION").read_text(encoding="utf-8"))
            assert version["version"] == 40000
            folders = sorted(path.name for path in (tmp_path / "servers/single-1").iterdir())
            assert folders == ["1", "1-auto-upgrade", "1-check-version", "2"]
            told = [text.partition("with ")[2] for _, text in made.hub.record.routine]
            assert told == [
                "--database.check-version true ended with exit code 11",
                "--database.auto-upgrade true ended with exit code 0",
            ]
            assert made.findings() == []
            with pytest.raises(ControlError, match="nothing to upgrade single-1 to"):
                await upgrade.upgrade("single-1", wait=True, timeout_s=60.0)

    asyncio.run(story())


def test_it_may_start_with_nothing(tmp_path: Path) -> None:
    """On wiped data there is nothing to check or to upgrade: the next start is the newer binary's own."""

    async def story() -> None:
        async with upgradable(tmp_path) as (made, server, upgrade):
            old = tmp_path / "data/single-1/data/of the old version"
            old.touch()
            await upgrade.upgrade("single-1", wait=True, timeout_s=60.0, wipe_data=True)

            assert (server.state, server.incarnation_number) == (State.READY, 2)
            assert not old.exists()
            version = json.loads((tmp_path / "data/single-1/data/VERSION").read_text(encoding="utf-8"))
            assert version["version"] == 40000
            assert sorted(path.name for path in (tmp_path / "servers/single-1").iterdir()) == ["1", "2"]
            assert (made.hub.record.routine, made.findings()) == ([], [])

    asyncio.run(story())


def test_a_refusal_is_told_with_the_meaning_of_its_code(tmp_path: Path) -> None:
    """The server stays down, and comes back with the binary that it had."""

    async def story() -> None:
        async with upgradable(tmp_path, "exit 10") as (made, server, upgrade):
            with pytest.raises(ServerStartError) as raised:
                await upgrade.upgrade("single-1", wait=True, timeout_s=60.0)

            assert "should end with exit code 11 (an upgrade of the data directory is required)" in str(raised.value)
            assert "it ended with exit code 10: upgrade failed" in str(raised.value)
            assert server.state is State.EXITED
            await made.running.start_server("single-1", (), False, True, 60.0)
            assert server.state is State.READY
            assert made.findings() == []

    asyncio.run(story())


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """A run that should end by itself has the limit of a start."""

    async def story() -> None:
        async with upgradable(tmp_path, "exec sleep 600") as (_, _, upgrade):
            with pytest.raises(ServerStartError, match=r"did not end by itself within 0\.5 s and was killed"):
                await upgrade.upgrade("single-1", wait=True, timeout_s=0.5)

    asyncio.run(story())


def test_a_crash_fails_the_run_whatever_the_test_makes_of_it(tmp_path: Path) -> None:
    """The verb raises, and the end is a finding."""

    async def story() -> None:
        async with upgradable(tmp_path, "kill -KILL $$") as (made, _, upgrade):
            with pytest.raises(ServerStartError, match=r"it ended with signal 9 \(SIGKILL\)"):
                await upgrade.upgrade("single-1", wait=True, timeout_s=60.0)
            ((kind, message),) = made.findings()
            assert kind == "server_start_failed"
            assert message.startswith("single-1 died while starting: signal 9 (SIGKILL)")

    asyncio.run(story())
