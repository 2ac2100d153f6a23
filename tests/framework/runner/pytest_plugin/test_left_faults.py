"""Faults that cases and fixtures leave in force: healed at the right moment, and told with the right name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from armadillo_api.v1 import result_pb2

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun
from tests.framework.runner.support.scripted_arango import Request, ScriptedArango
from tests.framework.runner.support.scripted_runner import server_message


def answer(request: Request) -> tuple[int, object]:
    """Enough of ArangoDB for fixtures and the look for leaks."""
    lists = {"/_api/database": ["_system"], "/_api/user": []}
    if request.path in lists:
        return 200, {"result": lists[request.path]}
    return (200, {"result": []}) if request.method == "GET" else (200, {"result": True})


@pytest.fixture
def play(tmp_path: Path) -> Iterator[PluginRun]:
    """A target that deploys a single server."""
    with ScriptedArango(answer) as arango:
        run = PluginRun(tmp_path)
        run.runner.description.servers.append(server_message("single-1", endpoint=arango.endpoint))
        yield run


def leaks(play: PluginRun) -> list[str]:
    """What was told of faults, in order."""
    found = [event.finding for event in play.runner.events if event.HasField("finding")]
    return [finding.message for finding in found if finding.kind == "leak" and " in force " in finding.message]


def test_what_a_case_starts_and_leaves_is_healed_the_last_first(play: PluginRun) -> None:
    """The next case finds none in force; the finding names the case and the fault."""
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(faults):
            await faults.kill("single-1").start()
            await faults.inject("network.isolate", "single-1").start()

        async def test_b(faults):
            assert await faults.in_force() == []
        """,
    )
    assert play.run() == 0, play.output
    assert play.runner.healed == ["fault-2", "fault-1"]
    assert leaks(play) == [
        "pkg/x_test.py::test_a left fault-2 in force (network.isolate: on single-1)",
        "pkg/x_test.py::test_a left fault-1 in force (process.kill: on single-1)",
    ]


def test_blocks_and_healed_faults_are_no_leaks(play: PluginRun) -> None:
    """A block heals also when the case fails inside of it; plain functions as well."""
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(faults):
            async with faults.kill("single-1"):
                raise ValueError("inside")

        def test_b(faults):
            with faults.blocking.suspend("single-1") as fault:
                assert fault.is_in_force
            started = faults.blocking.kill("single-1").start()
            started.heal()
            assert started.kind == "process.kill"
        """,
    )
    assert play.run() == 1, play.output
    assert play.outcomes == {"test_a": "FAILED", "test_b": "PASSED"}
    assert play.runner.healed == ["fault-1", "fault-2", "fault-3"]
    assert leaks(play) == []


def test_a_fixture_keeps_its_fault_as_long_as_it_lives(play: PluginRun) -> None:
    """One of the case until its own end, one of the module over several cases; neither is a leak."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.fixture(scope="module")
        async def wide(arango):
            async with arango.faults.kill("single-1") as fault:
                yield fault

        @pytest.fixture
        async def narrow(faults):
            async with faults.suspend("single-1") as fault:
                yield fault

        async def test_a(faults, wide, narrow):
            assert len(await faults.in_force()) == 2

        async def test_b(faults, wide):
            assert [fault.fault_id for fault in await faults.in_force()] == [wide.fault_id]
        """,
    )
    assert play.run() == 0, play.output
    assert play.runner.healed == ["fault-2", "fault-1"]
    assert leaks(play) == []


def test_a_fixture_that_leaves_its_fault_is_named(play: PluginRun) -> None:
    """That of a module when it has ended; that of a case counts as the case's."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.fixture(scope="module")
        async def wide(arango):
            await arango.faults.kill("single-1").start()

        @pytest.fixture
        async def narrow(faults):
            await faults.suspend("single-1").start()

        async def test_a(wide, narrow):
            pass
        """,
    )
    assert play.run() == 0, play.output
    assert leaks(play) == [
        "pkg/x_test.py::test_a left fault-2 in force (process.suspend: on single-1)",
        "the fixture wide (scope module) left fault-1 in force (process.kill: on single-1)",
    ]


def test_a_nemesis_goes_on_until_its_fixture_ends(play: PluginRun) -> None:
    """Its faults begin while the case runs, and are not the case's."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.fixture
        async def nemesis(faults):
            started = []
            yield started
            for fault in started:
                assert [one.fault_id for one in await faults.in_force()] == [fault.fault_id]
                await fault.heal()

        async def test_a(faults, nemesis):
            nemesis.append(await faults.start("process.kill", ["single-1"], {}, "nemesis"))
        """,
    )
    assert play.run() == 0, play.output
    assert (play.runner.healed, leaks(play)) == (["fault-1"], [])


def test_a_policy_that_ignores_leaks_heals_all_the_same(play: PluginRun) -> None:
    """Nobody is told, and no later case finds the fault."""
    play.policy = {"leaks": "ignore"}
    play.file("pkg/x_test.py", 'async def test_a(faults):\n    await faults.kill("single-1").start()\n')
    assert play.run() == 0, play.output
    assert (play.runner.healed, leaks(play)) == (["fault-1"], [])


@pytest.mark.parametrize(
    "body",
    [
        "async with faults.disk_full('single-1'): pass",
        "async with asyncio.TaskGroup() as group: group.create_task(faults.disk_full('single-1').start())",
    ],
    ids=["plain", "in a group"],
)
def test_a_fault_that_cannot_be_had_skips_the_case(play: PluginRun, body: str) -> None:
    """The reason is the runner's; the place in the report is the case's."""
    play.runner.refusals["Inject"] = (grpc.StatusCode.UNIMPLEMENTED, "no such disk", "FaultUnavailableError")
    play.file("pkg/x_test.py", f"import asyncio\n\nasync def test_a(faults):\n    {body}\n")
    assert play.run() == 0, play.output
    finished = play.finished["test_a"]
    assert finished.outcome == result_pb2.SKIPPED
    assert finished.message == "this fault cannot be had here: no such disk"


def test_a_test_may_catch_that_it_cannot_be_had(play: PluginRun) -> None:
    """Then it goes on, and nothing is skipped; other errors of faults are errors."""
    play.runner.refusals["Inject"] = (grpc.StatusCode.UNIMPLEMENTED, "no such disk", "FaultUnavailableError")
    play.file(
        "pkg/x_test.py",
        """\
        import armadillo
        import pytest

        async def test_a(faults):
            with pytest.raises(armadillo.FaultUnavailableError, match="no such disk"):
                await faults.disk_full("single-1").start()
        """,
    )
    assert play.run() == 0, play.output
    assert play.outcomes == {"test_a": "PASSED"}
