"""Crashes that a test announces."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from armadillo.control.running_server import RunningServer
from armadillo.errors import ControlError

from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world


async def started(made: World) -> RunningServer:
    """The single server, ready."""
    await made.running.start()
    return made.running.server("single-1")


def test_an_announced_crash_is_no_finding(tmp_path: Path) -> None:
    """A server that dies by the announced signal ended as expected; the announcement is used up."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            server.announce_crash(signal.SIGSEGV)
            os.kill(server.pid, signal.SIGSEGV)
            await server.wait_examined()
            assert made.findings() == []
            ended = made.hub.record.incarnations[0].exited
            assert ended is not None
            assert (ended.expected, ended.message) == (True, "announced by the test")
            assert server.announced_crash is None

    asyncio.run(story())


def test_another_crash_than_the_announced_one_is_a_finding(tmp_path: Path) -> None:
    """An announced SIGABRT does not excuse a SIGSEGV."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            server.announce_crash(signal.SIGABRT)
            os.kill(server.pid, signal.SIGSEGV)
            await server.wait_examined()
            assert made.findings() == [("server_died", "single-1 died unasked: signal 11 (SIGSEGV)")]

    asyncio.run(story())


def test_an_announced_crash_that_does_not_come_is_found(tmp_path: Path) -> None:
    """At the end of the run an open announcement is a finding; one that was withdrawn is none."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            server.announce_crash(0)
            (finding,) = await made.running.missing_crashes()
            assert finding.message == "single-1: a crash was announced by a test, and did not come"
            server.withdraw_crash()
            assert await made.running.missing_crashes() == []

    asyncio.run(story())


def test_a_dead_server_cannot_be_announced_to_crash(tmp_path: Path) -> None:
    """An announcement needs a process."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            await server.kill(0, "test")
            with pytest.raises(ControlError, match="cannot expect a crash of single-1: it is exited"):
                server.announce_crash(0)

    asyncio.run(story())
