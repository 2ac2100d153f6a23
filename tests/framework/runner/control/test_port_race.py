"""A server whose port is taken by somebody else: the one failed start that is tried again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from armadillo.control.port_race import PortRace
from armadillo.control.running_server import State
from armadillo.errors import ServerStartError
from armadillo.model.bazel_environment import read_bazel_environment
from armadillo.process.deadline import Deadline
from armadillo.results.bazel_files import tell_bazel
from armadillo.results.verdict import INFRASTRUCTURE_EXIT_CODE, decide

from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.waiting import until


@contextmanager
def taken(made: World, name: str) -> Iterator[socket.socket]:
    """Somebody who knows nothing of leases listens where a server is going to."""
    plan = made.running.server(name).plan
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((plan.address, plan.port))
        listener.listen()
        yield listener


def deaths(made: World) -> int:
    """How many incarnations have ended."""
    return sum(1 for one in made.hub.record.incarnations if one.exited is not None)


def test_a_server_starts_when_its_port_is_free_again(tmp_path: Path) -> None:
    """The second incarnation comes up, nothing is found, and a note says what happened."""

    async def story() -> None:
        async with world(tmp_path, cluster(start_timeout_s=60)) as made:
            with taken(made, "dbserver-2") as listener:
                starting = asyncio.ensure_future(made.running.start())
                await asyncio.to_thread(until, "it has died once", lambda: deaths(made) == 1)
                listener.close()
            await starting
            server = made.running.server("dbserver-2")
            assert (server.state, server.incarnation_number) == (State.READY, 2)
            assert made.findings() == []
            (note,) = made.hub.record.notes
            assert note.startswith(f"dbserver-2 found {server.plan.http_endpoint} taken and is started again")
            assert note.endswith("(1 of 3)")
            assert decide(made.hub.record).outcome.name == "UNKNOWN"  # no case was run, and nothing worse

    asyncio.run(story())


def test_a_port_that_stays_taken_is_a_cause_outside_the_test(tmp_path: Path) -> None:
    """Three tries, then the address is named as infrastructure, in the verdict and in Bazel's file."""

    async def story() -> None:
        async with world(tmp_path, cluster(start_timeout_s=60)) as made:
            with taken(made, "coordinator-1"), pytest.raises(ServerStartError, match="exit code 21"):
                await made.running.start()
            endpoint = made.running.server("coordinator-1").plan.http_endpoint
            ((kind, message),) = made.findings()
            assert kind == "infrastructure"
            assert message.startswith(f"coordinator-1 died while starting, 3 times: {endpoint}: exit code 21: ")
            assert len(made.hub.record.notes) == 2
            verdict = decide(made.hub.record)
            assert (verdict.headline, verdict.exit_code) == (message, INFRASTRUCTURE_EXIT_CODE)
            told = tmp_path / "infrastructure"
            environ = {"TEST_TMPDIR": str(tmp_path), "TEST_INFRASTRUCTURE_FAILURE_FILE": str(told)}
            tell_bazel(read_bazel_environment(environ), made.hub.record, verdict.headline)
            assert told.read_text() == f"armadillo\n{message}\n"

    asyncio.run(story())


@pytest.mark.parametrize("code", [1, 22])
def test_no_other_failure_is_tried_again(code: int, tmp_path: Path) -> None:
    """A server that gives up for a reason of its own would do so again."""

    async def story() -> None:
        args = ["--tiny.exit-code", str(code)]
        async with world(tmp_path, single(server_args=args)) as made:
            with pytest.raises(ServerStartError, match=f"exit code {code}"):
                await made.running.start()
            assert made.running.server("single-1").incarnation_number == 1
            assert made.hub.record.notes == []
            ((kind, _),) = made.findings()
            assert kind == "server_start_failed"

    asyncio.run(story())


def test_a_taken_port_in_a_restart_by_a_test_is_mended_too(tmp_path: Path) -> None:
    """The verb `start` that waits for readiness has the same tries; one that does not wait has none."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            await made.running.start()
            server = made.running.server("single-1")
            await server.kill(0, "test")
            with taken(made, "single-1") as listener:
                starting = asyncio.ensure_future(made.running.start_server("single-1", (), False, True, 60))
                await asyncio.to_thread(until, "it has died again", lambda: deaths(made) == 2)
                listener.close()
            await starting
            assert made.findings() == []
            await server.kill(0, "test")
            with taken(made, "single-1"):
                await made.running.start_server("single-1", (), False, False, 60)
                await server.wait_examined()
            ((kind, _),) = made.findings()
            assert kind == "server_start_failed"

    asyncio.run(story())


def test_waiting_for_a_port_has_an_end() -> None:
    """A port that stays taken is not waited for beyond the deadline of the start."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        deadline = Deadline(0.2)
        asyncio.run(PortRace().until_free(*listener.getsockname(), deadline))
        assert deadline.passed
