"""Server: verbs, and blocks that undo on exit."""

from __future__ import annotations

import signal
from pathlib import Path

import grpc
import pytest
from armadillo.errors import CrashMissingError, ServerStartError
from armadillo.handles.server import Server
from armadillo.model.role import Role

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_arango import ScriptedArango
from tests.framework.runner.support.scripted_runner import ScriptedRunner, server_message


@pytest.fixture
def runner(tmp_path: Path) -> ScriptedRunner:
    """A runner with one dbserver."""
    return scripted_runner(tmp_path, [server_message("dbserver-1", endpoint="http://127.0.0.1:1", pid=77)])


async def test_facts_are_those_of_the_last_verb(runner: ScriptedRunner) -> None:
    """State and incarnation follow what was done; role and name are ArangoDB's."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        assert (server.name, server.role, server.state, server.pid) == ("dbserver-1", Role.DBSERVER, "READY", 77)

        await server.stop()
        assert server.state == "EXITED" and not server.is_alive
        await server.start(extra_args=["--a=b"], wipe_data=True, timeout_s=5)

        assert server.state == "READY" and server.incarnation == 1
        request = runner.verbs[-1][1]
        assert (list(request.extra_args), request.wipe_data, request.timeout_s) == (["--a=b"], True, 5.0)


@pytest.mark.parametrize(
    ("block", "verbs"),
    [
        ("killed", ["Kill", "Start", "WaitFor"]),
        ("stopped", ["Stop", "Start", "WaitFor"]),
        ("suspended", ["Suspend", "Resume"]),
    ],
)
async def test_a_block_undoes_what_it_did(block: str, verbs: list[str], runner: ScriptedRunner) -> None:
    """Behind the block the server is ready again, also when the block failed."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        with pytest.raises(ZeroDivisionError):
            async with getattr(server, block)():
                assert server.state != "READY"
                raise ZeroDivisionError

        assert server.state == "READY"
    assert [verb for verb, _ in runner.verbs] == verbs


async def test_a_block_does_not_start_what_the_body_started(runner: ScriptedRunner) -> None:
    """If the body brought the server back itself, nothing is left to undo."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        async with server.killed():
            await server.start()

    assert runner.asked() == ["Kill dbserver-1", "Start dbserver-1"]


async def test_a_start_that_fails_says_why(runner: ScriptedRunner) -> None:
    """The runner's reason and the log's last lines are in the error."""
    runner.refusals["Start"] = (grpc.StatusCode.FAILED_PRECONDITION, "exit code 22\nlock is held", "ServerStartError")
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        with pytest.raises(ServerStartError) as raised:
            await server.start()

    assert raised.value.server == "dbserver-1"
    assert raised.value.details == "lock is held"


async def test_its_id_is_asked_once_and_forgotten_with_its_data(runner: ScriptedRunner) -> None:
    """The id comes from the server itself; on an emptied directory it will have a new one."""
    ids = iter(["PRMR-1", "PRMR-2"])
    with ScriptedArango(lambda _: (200, {"id": next(ids)})) as arango:
        runner.server("dbserver-1").endpoint = arango.endpoint
        async with running(runner) as run:
            server = Server(run, run.first_description.servers[0])
            assert [await server.server_id(), await server.server_id()] == ["PRMR-1", "PRMR-1"]

            await server.restart(wipe_data=True)
            assert await server.server_id() == "PRMR-2"


async def test_an_expected_crash_is_announced_and_verified(runner: ScriptedRunner) -> None:
    """The announcement comes before the block, the look at the server's end behind it."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        async with server.expect_crash(signal.SIGSEGV):
            runner.set_state("dbserver-1", "EXITED")
            runner.server("dbserver-1").signal = signal.SIGSEGV
        assert runner.asked() == ["ExpectCrash dbserver-1", "WaitFor dbserver-1"]


async def test_a_crash_of_another_kind_is_an_error(runner: ScriptedRunner) -> None:
    """A server that ended by another signal did not do what was announced."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        with pytest.raises(CrashMissingError, match="a crash by SIGSEGV was announced, but it ended with signal 6"):
            async with server.expect_crash(signal.SIGSEGV):
                runner.set_state("dbserver-1", "EXITED")
                runner.server("dbserver-1").signal = signal.SIGABRT


async def test_a_crash_that_does_not_come_is_withdrawn_and_an_error(runner: ScriptedRunner) -> None:
    """Nobody waits for ever, and a later crash is unasked again."""
    runner.refusals["WaitFor"] = (grpc.StatusCode.DEADLINE_EXCEEDED, "not yet", "ConditionTimeoutError")
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        with pytest.raises(CrashMissingError, match=r"a crash was announced and did not come within 0\.1 s"):
            async with server.expect_crash(timeout_s=0.1):
                pass
    assert [request.withdraw for verb, request in runner.verbs if verb == "ExpectCrash"] == [False, True]
