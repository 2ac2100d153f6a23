"""The verbs on a server, each proved on a real process."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from armadillo.control.running_server import RunningServer, State
from armadillo.errors import ControlError, ServerStopError
from armadillo.model.role import Role
from armadillo.process.limits import raise_soft_limits

from tests.framework.runner.support.events import case_started, collected
from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.waiting import process_exists


async def started(made: World) -> RunningServer:
    """The single server, ready."""
    await made.running.start()
    return made.running.server("single-1")


def test_stop_is_one_sigterm_and_no_finding(tmp_path: Path) -> None:
    """A server that stops by itself is EXITED with 0, as expected."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            await server.stop(60, "test")
            assert (server.state, server.last_status, server.pid) == (State.EXITED, 0, 0)
            assert made.log_of("single-1").count("SIGTERM") == 1
            assert made.findings() == []
            ended = made.hub.record.incarnations[0].exited
            assert ended is not None
            assert (ended.expected, ended.message) == (True, "test")

    asyncio.run(story())


def test_two_stops_at_once_send_one_sigterm(tmp_path: Path) -> None:
    """A test's stop that is under way when the runner stops everything: arangod must not get a second SIGTERM."""

    async def story() -> None:
        async with world(tmp_path, single(server_args=["--tiny.on-sigterm", "ignore"])) as made:
            server = await started(made)
            answers = await asyncio.gather(server.stop(1.0, "test"), server.stop(1.0, "runner"), return_exceptions=True)
            assert all(isinstance(answer, ServerStopError) for answer in answers)
            assert server.state is State.EXITED
            assert made.log_of("single-1").count("SIGTERM") == 1

    asyncio.run(story())


def test_a_server_that_does_not_stop_is_killed_and_told(tmp_path: Path) -> None:
    """The error has the limit and the log's last lines."""

    async def story() -> None:
        async with world(tmp_path, single(server_args=["--tiny.on-sigterm", "ignore"])) as made:
            server = await started(made)
            with pytest.raises(ServerStopError, match=r"did not stop within 0\.3 s after SIGTERM and was killed"):
                await server.stop(0.3, "test")
            assert server.last_status == -signal.SIGKILL

    asyncio.run(story())


def test_a_server_that_stops_with_an_error_is_a_finding(tmp_path: Path) -> None:
    """Asked to stop it ended, but not cleanly: that fails the run."""

    async def story() -> None:
        async with world(tmp_path, single(server_args=["--tiny.on-sigterm", "1"])) as made:
            server = await started(made)
            await server.stop(60, "runner")
            assert made.findings() == [
                (
                    "server_stop_failed",
                    "single-1 did not end cleanly when it was stopped: exit code 1: general failure",
                )
            ]

    asyncio.run(story())


def test_a_sigterm_before_there_is_a_handler_is_no_crash(tmp_path: Path) -> None:
    """A server that is stopped right after its spawn may die by our SIGTERM itself: that hides no other's failure."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = made.running.server("single-1")
            await server.stop(60, "runner")
            assert server.last_status in (-signal.SIGTERM, 0)
            assert made.findings() == []

    asyncio.run(story())


@pytest.mark.parametrize("number", [0, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_kill_returns_when_the_process_is_gone_and_is_no_finding(tmp_path: Path, number: int) -> None:
    """A death that a test asked for is expected, whatever the signal."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            pid = server.pid
            await server.kill(number, "test")
            assert not process_exists(pid)
            assert server.state is State.EXITED
            assert made.findings() == []

    asyncio.run(story())


def test_a_signal_that_does_not_end_it_is_refused_and_leaves_no_excuse(tmp_path: Path) -> None:
    """SIGCHLD ends nobody: the verb says so, and a later crash is still a crash."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            with pytest.raises(ControlError, match=r"did not end within 0\.1 s after signal 17"):
                await server.kill(signal.SIGCHLD, "test", timeout_s=0.1)
            assert server.is_alive
            os.kill(server.pid, signal.SIGABRT)
            await server.wait_examined()
            assert made.findings() == [("server_died", "single-1 died unasked: signal 6 (SIGABRT)")]

    asyncio.run(story())


def test_a_death_before_the_verb_is_not_excused_by_it(tmp_path: Path) -> None:
    """The server crashed by itself an instant before the test's kill: it is told as what it was."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            pid = server.pid
            os.kill(pid, signal.SIGABRT)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - the loop must not notice the death
            with pytest.raises(ControlError):
                await server.kill(0, "test")
            await server.wait_examined()
            assert made.findings() == [("server_died", "single-1 died unasked: signal 6 (SIGABRT)")]

    asyncio.run(story())


def test_a_crash_is_told_although_the_server_was_started_again_at_once(tmp_path: Path) -> None:
    """Its core is looked at while the next incarnation runs: the finding is the first one's, with that one's words."""

    async def story() -> None:
        raise_soft_limits()
        async with world(tmp_path, single()) as made:
            server = await started(made)
            os.kill(server.pid, signal.SIGSEGV)
            await server.wait_exited()
            await made.running.start_server("single-1", (), False, True, 0.0)
            Path(server.incarnation.log_path).write_text("words of the second incarnation\n", encoding="utf-8")
            await made.running.stop_all(10.0, "runner")
            ((kind, message),) = made.findings()
            assert (kind, message.partition(" in ")[0]) == ("server_died", "single-1 died unasked: signal 11 (SIGSEGV)")
            (finding,) = made.hub.record.findings
            assert "words of the second incarnation" not in finding.details

    asyncio.run(story())


def test_a_kill_does_not_excuse_a_crash_that_is_under_way(tmp_path: Path) -> None:
    """A server that dies of SIGABRT while a test asks it to end by SIGTERM has crashed."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            await server.suspend()
            os.kill(server.pid, signal.SIGABRT)
            await server.kill(signal.SIGTERM, "test")
            assert server.last_status == -signal.SIGABRT
            await server.wait_examined()
            assert made.findings() == [("server_died", "single-1 died unasked: signal 6 (SIGABRT)")]

    asyncio.run(story())


def test_a_death_that_nobody_asked_for_is_a_crash_with_the_running_case(tmp_path: Path) -> None:
    """The finding names server, case and signal, and has the last log lines."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            made.hub.publish(collected("test_a"), case_started("test_a"))
            os.kill(server.pid, signal.SIGSEGV)
            await server.wait_examined()
            (finding,) = made.hub.record.findings
            assert finding.message == "single-1 died unasked during tests/x/test_y.py::test_a: signal 11 (SIGSEGV)"
            assert finding.node_id == "tests/x/test_y.py::test_a"
            assert "is ready for business" in finding.details

    asyncio.run(story())


def test_suspend_and_resume_are_proved_by_the_kernel(tmp_path: Path) -> None:
    """A suspended process is stopped when the verb returns, and runs again after resume."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            await server.suspend()
            assert _state(server.pid) == "T"
            assert server.state.value == "SUSPENDED"
            await server.resume()
            assert _state(server.pid) != "T"
            assert server.state.value == "READY"
            with pytest.raises(ControlError, match="is ready, not suspended: nothing to resume"):
                await server.resume()
            await server.suspend()
            await server.stop(60, "runner")
            assert server.last_status == 0

    asyncio.run(story())


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def test_a_server_suspended_while_it_starts_is_not_ready_after_resume(tmp_path: Path) -> None:
    """Resuming brings back the state that was before, and readiness still has to be proved."""
    hold = tmp_path / "hold"
    hold.touch()

    async def story() -> None:
        async with world(tmp_path, single(server_args=["--tiny.hold-file", str(hold)])) as made:
            starting = asyncio.ensure_future(made.running.start())
            server = made.running.server("single-1")
            await server.suspend()
            await server.resume()
            assert server.state.value == "STARTING"
            hold.unlink()
            await starting
            assert server.state.value == "READY"

    asyncio.run(story())


def test_a_verb_on_a_server_that_is_down_is_refused_in_words(tmp_path: Path) -> None:
    """The text says what state it is in and what to do."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            with pytest.raises(ControlError, match=r"is ready with pid \d+; stop or kill it first"):
                server.spawn()
            await server.kill(0, "test")
            for verb in (server.stop(1, "test"), server.kill(0, "test"), server.suspend()):
                with pytest.raises(ControlError, match=r"cannot (stop|kill|suspend) single-1: it is exited"):
                    await verb
            with pytest.raises(ControlError, match="is exited; start it before waiting for it"):
                await made.running.wait_ready("single-1", 1)

    asyncio.run(story())


def test_a_restart_is_a_new_incarnation_with_its_own_evidence(tmp_path: Path) -> None:
    """New pid, new log, same data directory; options given to a start stay for the later ones."""

    async def story() -> None:
        async with world(tmp_path, single()) as made:
            server = await started(made)
            first = Path(server.incarnation.database_directory)
            first.mkdir(parents=True)
            await server.kill(0, "test")
            await made.running.start_server("single-1", ["--a", "1"], False, True, 60)
            await server.kill(0, "test")
            await made.running.start_server("single-1", [], True, True, 60)
            assert (server.incarnation_number, server.state) == (3, State.READY)
            assert server.incarnation.database_directory == str(first)
            assert not first.exists(), "wipe_data leaves nothing of the old data"
            words = (tmp_path / "servers/single-1/3/command_line.txt").read_text(encoding="utf-8").splitlines()
            assert words[-2:] == ["--a", "1"]
            assert "SIGTERM" not in made.log_of("single-1", 1)

    asyncio.run(story())


def test_all_servers_stop_in_role_order(tmp_path: Path) -> None:
    """Coordinators, then dbservers, then agents, so that everybody can sign off."""

    async def story() -> None:
        async with world(tmp_path, cluster()) as made:
            await made.running.start()
            assert await made.running.stop_all(60, "runner") == []
            ended = sorted(made.hub.record.incarnations, key=lambda incarnation: incarnation.exited_ns)
            roles = [incarnation.started.server.split("-")[0] for incarnation in ended]
            assert roles == ["coordinator", "dbserver", "dbserver", "agent", "agent", "agent"]
            assert made.findings() == []

    asyncio.run(story())


def test_stopping_all_tells_who_needed_force_and_who_was_dead_already(tmp_path: Path) -> None:
    """One ignores SIGTERM, one has just crashed: the others stop all the same, and both are told."""
    deployment = cluster(named_server_args=[{"server": "dbserver-1", "args": ["--tiny.on-sigterm", "ignore"]}])

    async def story() -> None:
        async with world(tmp_path, deployment) as made:
            await made.running.start()
            crashed = made.running.server("dbserver-2").pid
            os.kill(crashed, signal.SIGABRT)
            os.waitid(os.P_PID, crashed, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - the loop must not notice
            failures = await made.running.stop_all(1.0, "runner")
            assert [failure.server for failure in failures] == ["dbserver-1"]
            assert made.findings() == [("server_died", "dbserver-2 died unasked: signal 6 (SIGABRT)")]
            assert not any(server.is_alive for server in made.running.servers.values())

    asyncio.run(story())


@pytest.mark.parametrize("kill", [False, True])
def test_the_whole_cluster_restarts(tmp_path: Path, kill: bool) -> None:
    """Every server is in its second incarnation and ready; a deliberate kill of all is no finding."""

    async def story() -> None:
        async with world(tmp_path, cluster()) as made:
            await made.running.start()
            await made.running.restart_all(kill, 60)
            servers = made.running.servers.values()
            assert {(server.state, server.incarnation_number) for server in servers} == {(State.READY, 2)}
            assert made.findings() == []

    asyncio.run(story())


def test_a_dbserver_can_be_added_and_an_agent_cannot(tmp_path: Path) -> None:
    """The new server has the next number and an address of its own; the agency's size is fixed."""

    async def story() -> None:
        async with world(tmp_path, cluster()) as made:
            await made.running.start()
            added = await made.running.add_server(Role.DBSERVER, [], 60)
            assert (added.name, added.state) == ("dbserver-3", State.READY)
            assert len({server.plan.address for server in made.running.servers.values()}) == 7
            with pytest.raises(ControlError, match="only dbservers and coordinators"):
                await made.running.add_server(Role.AGENT, [], 60)

    asyncio.run(story())
