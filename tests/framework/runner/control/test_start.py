"""Bringing a deployment up: order, readiness, and starts that fail."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from armadillo.control.empty_shard import has_cases
from armadillo.control.running_server import State
from armadillo.errors import ServerStartError
from armadillo.results.hub import Hub
from armadillo.results.run_record import RunRecord

from tests.framework.runner.support.events import collected, run_started
from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import world
from tests.framework.runner.support.waiting import file_has, until


def started_in_order(record: RunRecord) -> list[str]:
    """Names of the servers in the order of their starts."""
    return [incarnation.started.server for incarnation in record.incarnations]


def test_a_cluster_comes_up_in_role_order(tmp_path: Path) -> None:
    """Agents are ready before anybody else is spawned; all are ready when `start` returns."""

    async def story() -> None:
        async with world(tmp_path, cluster()) as made:
            await made.running.start()
            assert all(server.state is State.READY for server in made.running.servers.values())
            assert made.running.ready.result() is None
            record = made.hub.record
            assert started_in_order(record) == [name for name, _ in made.deployment.server_names()]
            agents, others = record.incarnations[:3], record.incarnations[3:]
            assert max(agent.ready_ns for agent in agents) < min(other.started_ns for other in others)
            assert made.findings() == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("args", "how"),
    [
        (["--tiny.exit-code", "22"], "exit code 22: the data directory is locked by another process"),
        (["--tiny.exit-code", "3"], "exit code 3: unknown option on the command line"),
        (["--tiny.signal", "11"], "signal 11 (SIGSEGV)"),
    ],
)
def test_a_server_that_dies_while_starting_fails_the_start_at_once(tmp_path: Path, args: list[str], how: str) -> None:
    """Nobody waits for the limit of an hour; the error has the exit code's meaning and the last words."""

    async def story() -> None:
        async with world(tmp_path, single(server_args=args, start_timeout_s=3600)) as made:
            with pytest.raises(ServerStartError) as caught:
                await asyncio.wait_for(made.running.start(), 60)
            assert caught.value.server == "single-1"
            assert how in caught.value.message
            assert "FATAL something is wrong with this server" in caught.value.details
            assert "and this is what it says on stdout" in caught.value.details
            assert made.running.ready.exception() is caught.value
            assert made.findings() == [("server_start_failed", f"single-1 died while starting: {how}")]

    asyncio.run(story())


def test_a_dbserver_that_dies_while_starting_is_the_one_that_is_named(tmp_path: Path) -> None:
    """In a cluster the error names the server that died, not one that waits for it."""
    deployment = cluster(
        named_server_args=[{"server": "dbserver-2", "args": ["--tiny.exit-code", "1"]}], start_timeout_s=3600
    )

    async def story() -> None:
        async with world(tmp_path, deployment) as made:
            with pytest.raises(ServerStartError, match="dbserver-2 died while starting: exit code 1: general failure"):
                await asyncio.wait_for(made.running.start(), 60)

    asyncio.run(story())


def test_a_server_that_does_not_become_ready_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    """The text has the limit, the last answer and the log of the server that is late, not of another one."""
    (tmp_path / "hold").touch()
    deployment = cluster(
        named_server_args=[{"server": "dbserver-2", "args": ["--tiny.hold-file", str(tmp_path / "hold")]}],
        start_timeout_s=6,
    )

    async def story() -> None:
        async with world(tmp_path, deployment) as made:
            with pytest.raises(ServerStartError) as caught:
                await made.running.start()
            assert caught.value.server == "dbserver-2"
            assert "not ready after 6 s: dbserver-2: GET /_admin/server/availability: HTTP 503" in str(caught.value)
            assert "held by a test" in str(caught.value)
            assert "is ready for business" in caught.value.details

    asyncio.run(story())


def test_a_cluster_whose_health_is_bad_is_not_ready(tmp_path: Path) -> None:
    """Each server for itself may answer; the coordinator's view of the health decides, and names the bad ones."""
    deployment = cluster(role_args=[{"role": "COORDINATOR", "args": ["--tiny.bad-health", "yes"]}], start_timeout_s=6)

    async def story() -> None:
        async with world(tmp_path, deployment) as made:
            with pytest.raises(ServerStartError, match=r"cluster health: .*dbserver-1 is BAD"):
                await made.running.start()

    asyncio.run(story())


def test_an_executable_that_cannot_be_run_is_an_error_of_the_system(tmp_path: Path) -> None:
    """The rest of the cluster cannot be spawned: `ready` tells it to whoever waits."""

    async def story() -> None:
        async with world(tmp_path, cluster()) as made:
            for number in (1, 2, 3):
                log = tmp_path / "servers" / f"agent-{number}" / "1" / "arangod.log"
                await asyncio.to_thread(until, "it listens", partial(file_has, log, "listens"))
            (tmp_path / "arangod").rename(tmp_path / "broken")
            with pytest.raises(OSError, match="No such file"):
                await made.running.start()
            assert isinstance(made.running.ready.exception(), OSError)
            assert made.running.server("agent-1").is_alive

    asyncio.run(story())


def test_readiness_is_waited_for_and_not_assumed(tmp_path: Path) -> None:
    """As long as a server says 503 it is not ready; as soon as it stops saying so, it is."""
    hold = tmp_path / "hold"
    hold.touch()

    async def story() -> None:
        async with world(tmp_path, single(server_args=["--tiny.hold-file", str(hold)])) as made:
            starting = asyncio.ensure_future(made.running.start())
            log = tmp_path / "servers" / "single-1" / "1" / "arangod.log"
            await asyncio.to_thread(until, "it listens", partial(file_has, log, "business"))
            assert not made.running.ready.done()
            hold.unlink()
            await starting
            assert made.running.server("single-1").state is State.READY

    asyncio.run(story())


def test_servers_that_waited_for_the_cases_are_started_with_the_rest(tmp_path: Path) -> None:
    """In a sharded run nothing is spawned before it is known that the shard has cases."""

    async def story() -> None:
        async with world(tmp_path, cluster(), spawn_first=False) as made:
            assert not any(server.is_alive for server in made.running.servers.values())
            await made.running.start()
            assert started_in_order(made.hub.record) == [name for name, _ in made.deployment.server_names()]

    asyncio.run(story())


@pytest.mark.parametrize(("cases", "wanted"), [(["test_a"], True), ([], False)])
def test_it_is_known_when_the_cases_are_told(tmp_path: Path, cases: list[str], wanted: bool) -> None:
    """Whoever asks before waits; whoever asks later has the answer at once."""

    async def story() -> None:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
        asked = asyncio.create_task(has_cases(hub))
        hub.publish(run_started())
        await asyncio.sleep(0)
        assert not asked.done()
        hub.publish(collected(*cases))
        assert await asked is wanted
        assert await has_cases(hub) is wanted
        hub.finish()

    asyncio.run(story())
