"""Faults of processes on real processes: proved by the kernel, healed on their data."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from armadillo.control.running_server import State
from armadillo.errors import FaultConflictError, FaultError, FaultRequestError, ServerStopError
from armadillo.faults.process import process_state
from armadillo.model.deployment import Deployment

from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.waiting import process_exists


def in_world(tmp_path: Path, deployment: Deployment, story: Callable[[World], Any]) -> None:
    """Runs a story on a started deployment."""

    async def run() -> None:
        async with world(tmp_path, deployment) as made:
            await made.running.start()
            await story(made)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "parameters", "status"),
    [
        ("process.kill", {}, -signal.SIGKILL),
        ("process.terminate", {}, 0),
        ("process.crash", {"signal": "SIGSEGV"}, -signal.SIGSEGV),
    ],
)
def test_a_server_is_down_and_comes_back(tmp_path: Path, kind: str, parameters: dict[str, Any], status: int) -> None:
    """Its process is gone while the fault is in force, another one is ready behind it, and nothing is found."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        pid = server.pid
        kept = await made.faults.inject(kind, ["single-1"], parameters)
        assert (server.state, server.last_status, process_exists(pid)) == (State.EXITED, status, False)
        assert f"was pid {pid}" in kept.proof
        await made.faults.heal(kept.fault_id)
        assert (server.state, server.incarnation_number) == (State.READY, 2)
        assert kept.proof_of_recovery == f"single-1 (pid {server.pid}) is ready"
        assert made.findings() == []

    in_world(tmp_path, single(), story)


def test_a_frozen_server_has_state_t(tmp_path: Path) -> None:
    """It is the same process before, during and after."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        pid = server.pid
        kept = await made.faults.inject("process.suspend", ["single-1"], {})
        assert (kept.proof, process_state(pid)) == ("single-1 has state T", "T")
        await made.faults.heal(kept.fault_id)
        assert (server.state, server.pid, process_state(pid) != "T") == (State.READY, pid, True)

    in_world(tmp_path, single(), story)


def test_a_frozen_server_that_dies_is_started(tmp_path: Path) -> None:
    """Healing gives back a ready server, whatever happened meanwhile."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        kept = await made.faults.inject("process.suspend", ["single-1"], {})
        await server.kill(0, "test")
        await made.faults.heal(kept.fault_id)
        assert (server.state, server.incarnation_number) == (State.READY, 2)

    in_world(tmp_path, single(), story)


def test_a_restart_ends_itself(tmp_path: Path) -> None:
    """When it was injected, it is over: the events have all six steps, and nothing is in force."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        data = Path(server.incarnation.database_directory)
        data.mkdir(exist_ok=True)
        (data / "old").touch()
        kept = await made.faults.inject("process.restart", ["single-1"], {"wipe_data": True})
        assert (kept.is_in_force, kept.is_over, made.faults.in_force) == (False, True, [])
        assert (server.incarnation_number, (data / "old").exists()) == (2, False)
        assert "on emptied data" in kept.fault.describe()

    in_world(tmp_path, single(), story)


def test_options_are_there_and_gone(tmp_path: Path) -> None:
    """A restart with options stays in force; healing starts the server without them."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        kept = await made.faults.inject(
            "process.restart", ["single-1"], {"extra_args": ["--tiny.note", "hello"], "kill": True}
        )
        assert "hello" in Path(server.incarnation.command_path).read_text(encoding="utf-8").splitlines()
        await made.faults.heal(kept.fault_id)
        assert "hello" not in Path(server.incarnation.command_path).read_text(encoding="utf-8").splitlines()
        assert (server.incarnation_number, server.extra_args) == (3, ())

    in_world(tmp_path, single(), story)


def test_a_rolling_restart_goes_by_roles(tmp_path: Path) -> None:
    """Agents first, coordinators last, one at a time."""

    async def story(made: World) -> None:
        order: list[str] = []
        made.hub.listen(
            lambda event: order.append(event.server.server) if event.server.state == event.server.STARTED else None
        )
        kept = await made.faults.inject("process.rolling_restart", ["coordinators", "agents", "dbservers"], {})
        assert order == ["agent-1", "agent-2", "agent-3", "dbserver-1", "dbserver-2", "coordinator-1"]
        assert kept.proof.count("is incarnation 2") == 6
        assert made.faults.in_force == []

    in_world(tmp_path, cluster(), story)


def test_a_server_that_does_not_stop_breaks_the_fault(tmp_path: Path) -> None:
    """The stop was not an orderly one, so the fault is not what was asked for; the server is brought back."""

    async def story(made: World) -> None:
        server = made.running.server("single-1")
        with pytest.raises(ServerStopError, match="did not stop within"):
            await made.faults.inject("process.terminate", ["single-1"], {"timeout_s": 0.3})
        assert (server.state, made.faults.in_force) == (State.READY, [])

    in_world(tmp_path, single(server_args=["--tiny.on-sigterm", "ignore"]), story)


def test_one_process_is_hit_once(tmp_path: Path) -> None:
    """A second fault of the same process is refused with both names; so is one of a server that is down already."""

    async def story(made: World) -> None:
        await made.faults.inject("process.suspend", ["dbserver-1"], {})
        with pytest.raises(
            FaultConflictError, match=r"process\.kill .*fault-1 \(process\.suspend: .*both hit .*dbserver-1"
        ):
            await made.faults.inject("process.kill", ["dbservers"], {})
        await made.faults.inject("process.kill", ["dbserver-2"], {})
        await made.faults.heal_all()
        await made.running.server("dbserver-2").kill(0, "test")
        with pytest.raises(FaultConflictError, match="dbserver-2 has no process already; start it first"):
            await made.faults.inject("process.suspend", ["dbserver-2"], {})

    in_world(tmp_path, cluster(), story)


def test_the_rest_is_healed_although_one_server_cannot_come_back(tmp_path: Path) -> None:
    """A server that dies at its start is a finding of its own; the other fault is healed all the same."""

    async def story(made: World) -> None:
        first = await made.faults.inject("process.suspend", ["dbserver-1"], {})
        second = await made.faults.inject("process.kill", ["dbserver-2"], {})
        made.running.server("dbserver-2").extra_args = ("--tiny.exit-code", "7")
        healed = await made.faults.heal_all()
        assert [kept.fault_id for kept in healed] == [second.fault_id, first.fault_id]
        assert made.running.server("dbserver-1").state is State.READY
        assert isinstance(second.problems[0], FaultError)
        assert "fault_unproved" in [kind for kind, _ in made.findings()]

    in_world(tmp_path, cluster(), story)


def test_a_hurried_end_starts_nothing(tmp_path: Path) -> None:
    """All is going to be stopped: a frozen server is let go, a dead one stays dead."""

    async def story(made: World) -> None:
        await made.faults.inject("process.suspend", ["dbserver-1"], {})
        await made.faults.inject("process.kill", ["dbserver-2"], {})
        await made.faults.close()
        assert made.faults.in_force == []
        assert made.running.server("dbserver-2").state is State.EXITED
        assert process_state(made.running.server("dbserver-1").pid) != "T"
        assert made.findings() == []

    in_world(tmp_path, cluster(), story)


@pytest.mark.parametrize(
    ("kind", "targets", "parameters", "text"),
    [
        (
            "process.kil",
            ["single-1"],
            {},
            r"no fault 'process.kil' \(did you mean 'process.kill'\?\); there are: ara",
        ),
        ("process.kill", ["single-2"], {}, r"no target 'single-2' \(did you mean 'single-1'\?\).*servers single-1"),
        ("process.kill", ["dbservers"], {}, r"'dbservers' is nobody here; there are the servers single-1"),
        ("process.kill", [], {}, r"needs a target; there are: single-1"),
        ("process.kill", ["agency leader"], {}, r"no agency here; there are the servers single-1"),
        ("process.kill", ["2 random servers"], {}, r"expected 1 to 1, for there are: single-1"),
        ("process.kill", ["tests"], {}, r"'tests' is a target of network faults only"),
        ("process.kill", ["single"], {"sgnal": 3}, r"no parameter 'sgnal'; it has: none"),
        ("process.crash", ["single"], {"signal": "SIGHUP"}, r"one of SIGABRT, SIGBUS.* found 'SIGHUP'"),
        ("process.terminate", ["single"], {"timeout_s": -1}, r"expected timeout_s from 0.1 to 3600, found -1"),
        ("process.terminate", ["single"], {"timeout_s": "x"}, r"timeout_s to be of type float, found 'x'"),
        ("process.restart", ["single"], {"extra_args": "--x"}, r"extra_args to be a list of strings, found '--x'"),
        ("arangodb.failure_point", ["single"], {}, r"needs the parameter name"),
    ],
)
def test_what_is_asked_wrongly_is_told_with_what_there_is(
    tmp_path: Path, kind: str, targets: list[str], parameters: dict[str, Any], text: str
) -> None:
    """Nothing happens to any server."""

    async def story(made: World) -> None:
        pid = made.running.server("single-1").pid
        with pytest.raises(FaultRequestError, match=text):
            await made.faults.inject(kind, targets, parameters)
        assert made.running.server("single-1").pid == pid
        os.kill(pid, 0)

    in_world(tmp_path, single(), story)


def test_random_targets_follow_from_the_seed(tmp_path: Path) -> None:
    """Two runs with the same seed hit the same servers, in the order of their names."""
    chosen = []
    for number in range(2):

        async def story(made: World) -> None:
            kept = await made.faults.inject("process.suspend", ["a random agent", "1 random dbserver"], {})
            chosen.append(kept.fault.servers)
            assert made.hub.record.faults["fault-1"].first.asked_for == "a random agent; 1 random dbserver"
            await made.faults.heal_all()

        directory = tmp_path / str(number)
        directory.mkdir()
        in_world(directory, cluster(), story)
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 2
