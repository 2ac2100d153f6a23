"""The plan of an upgrade, on a scripted runner and scripted servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from armadillo.errors import ClientToolMissingError, ControlError, ServerStartError
from armadillo.handles.cluster import Cluster
from armadillo.handles.dump_stage import DumpStage
from armadillo.handles.upgrade import Upgrade
from armadillo.model.distribution import ServerFacts
from armadillo.model.role import Role
from armadillo_api.v1 import control_pb2

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_arango import Request, ScriptedArango
from tests.framework.runner.support.scripted_runner import server_message

NAMES = ("agent-1", "agent-2", "agent-3", "dbserver-1", "dbserver-2", "coordinator-1", "coordinator-2")


class Play:
    """A cluster that is healthy at all times; `story` is what it was asked for, in order."""

    def __init__(self, directory: Path) -> None:
        self.story: list[str] = []
        self.said: list[str] = []
        self.old_version = "3.12.10"
        self.new_tool = "arangorestore"
        self.version = "4.0.0"
        self.job = "Finished"
        self.servers = {name: ScriptedArango(partial(self.answer, name)) for name in NAMES}
        messages = [server_message(name, endpoint=server.endpoint) for name, server in self.servers.items()]
        self.runner = scripted_runner(directory, messages)

    def answer(self, name: str, request: Request) -> tuple[int, Any]:
        """What the server of this name says."""
        health = {
            one: {"Endpoint": server.endpoint.replace("http", "tcp"), "Status": "GOOD"}
            for one, server in self.servers.items()
        }
        answers: dict[str, Any] = {
            "/_admin/cluster/health": {"Health": health},
            "/_admin/server/id": {"id": name},
            "/_admin/cluster/queryAgencyJob": {"status": self.job},
            "/_api/agency/config": {"leaderId": "agent-1", "configuration": {"id": name}},
            "/_api/database": {"result": ["_system"]},
            "/_api/version": {"version": self.version},
        }
        path = request.path.partition("?")[0]
        if path == "/_admin/cluster/maintenance":
            self.story.append(f"maintenance {request.body}")
            return 200, {}
        if path == "/_admin/cluster/resignLeadership":
            self.story.append(f"resign {request.body['server']}")
            return 202, {"id": "7"}
        if path.endswith("/_admin/cluster/shardDistribution"):
            self._note_upgrades()
            return 200, {"results": {}}
        return (200, answers[path]) if path in answers else (404, {"errorNum": 404})

    def _note_upgrades(self) -> None:
        told = [text for text in self.runner.asked() if text.startswith("Upgrade")]
        self.story += told[len([text for text in self.story if text.startswith("Upgrade")]) :]

    def close(self) -> None:
        """Stops all servers."""
        for server in self.servers.values():
            server.__exit__(None, None, None)


class Tools:
    """The tools of one version, of which it has one; calls go into the runner's story, as `Upgrade`s do."""

    def __init__(self, play: Play, version: str, tool: str) -> None:
        self._play = play
        self._version = version
        self._tool = tool

    def path_of(self, tool: str) -> str:
        """Knows one."""
        if tool != self._tool:
            raise ClientToolMissingError(tool, f"there is no {tool}")
        return f"/{tool}"

    async def dump(self, directory: str, *, include_system_collections: bool = False, timeout_s: float = 0.0) -> object:
        """Tells what was asked."""
        return self._tell("dump", directory, include_system_collections, timeout_s)

    async def restore(
        self, directory: str, *, include_system_collections: bool = False, timeout_s: float = 0.0
    ) -> object:
        """Tells what was asked."""
        return self._tell("restore", directory, include_system_collections, timeout_s)

    def _tell(self, verb: str, *how: object) -> None:
        request = control_pb2.StartRequest(server=" ".join(map(str, how)))
        self._play.runner.verbs.append((f"{verb} by {self._version}", request))


@pytest.fixture
def play(tmp_path: Path) -> Any:
    """A scripted cluster."""
    made = Play(tmp_path)
    for server in made.servers.values():
        server.__enter__()
    yield made
    made.close()


@pytest_asyncio.fixture
async def cluster(play: Play) -> AsyncIterator[Cluster]:
    """Its handle."""
    async with running(play.runner) as run:
        yield Cluster(run)


def upgrade_of(cluster: Cluster, play: Play, seed: int = 42) -> Upgrade:
    """From 3.12.10, unless the play has another one, to 4.0.0."""
    return Upgrade(
        cluster,
        old=ServerFacts(version=play.old_version),
        new=ServerFacts(version="4.0.0"),
        seed=seed,
        say=play.said.append,
        old_tools=Tools(play, "old", "arangodump"),
        new_tools=Tools(play, "new", play.new_tool),
        dump_directory="/the/dump",
    )


async def test_roles_have_an_order_and_servers_of_a_role_have_not(cluster: Cluster, play: Play) -> None:
    """Agents, dbservers, coordinators; within a role the seed decides, always in the same way."""
    plans = {seed: [server.name for server in upgrade_of(cluster, play, seed).plan] for seed in range(20)}

    for seed, plan in plans.items():
        assert sorted(plan) == sorted(NAMES)
        assert [name.split("-")[0] for name in plan] == ["agent"] * 3 + ["dbserver"] * 2 + ["coordinator"] * 2
        assert plan == [server.name for server in upgrade_of(cluster, play, seed).plan]
    assert len({tuple(plan) for plan in plans.values()}) > 5


async def test_a_rolling_upgrade_is_done_as_documented(cluster: Cluster, play: Play) -> None:
    """Maintenance around each step, leadership resigned without it before a dbserver's, maintenance off at the end."""
    upgrade = upgrade_of(cluster, play)
    plan = upgrade.plan
    steps = [step async for step in upgrade.rolling()]

    assert [step.server for step in steps] == plan
    assert [step.is_last for step in steps] == [False] * 6 + [True]
    expected: list[str] = []
    for server in plan:
        if server.role is Role.DBSERVER:
            expected += ["maintenance off", f"resign {server.name}"]
        expected += ["maintenance on", f"Upgrade {server.name}"]
    assert play.story == [*expected, "maintenance off"]
    assert any("by seed 42: " + ", ".join(server.name for server in plan) in text for text in play.said)


async def test_a_loop_that_is_left_early_leaves_no_maintenance(cluster: Cluster, play: Play) -> None:
    """What the fixture does at the end of the case; a second plan is refused."""
    upgrade = upgrade_of(cluster, play)
    async for _ in upgrade.rolling():
        break
    await upgrade.close()

    assert play.story[-1] == "maintenance off"
    assert len([text for text in play.runner.asked() if text.startswith("Upgrade")]) == 1
    with pytest.raises(ControlError, match="has seen a rolling upgrade already and cannot go back"):
        await upgrade_of(cluster, play).full_stop()


async def test_a_resignation_that_fails_is_told_and_the_upgrade_goes_on(cluster: Cluster, play: Play) -> None:
    """Shards without a follower have nobody to go to."""
    play.job = "Failed"
    assert len([step async for step in upgrade_of(cluster, play).rolling()]) == len(NAMES)
    assert len([text for text in play.said if "could not resign all leadership" in text]) == 2


async def test_a_full_stop_stops_all_before_it_upgrades_any(cluster: Cluster, play: Play) -> None:
    """Coordinators, dbservers, agents stop; agents, dbservers, coordinators start."""
    await upgrade_of(cluster, play).full_stop()

    asked = [text.split() for text in play.runner.asked() if text.split()[0] in ("Stop", "Upgrade")]
    verbs = [verb for verb, _ in asked]
    roles = [name.split("-")[0] for _, name in asked]
    assert verbs == ["Stop"] * 7 + ["Upgrade"] * 7
    assert roles == [*["coordinator"] * 2, *["dbserver"] * 2, *["agent"] * 6, *["dbserver"] * 2, *["coordinator"] * 2]
    told = [text for text in play.story if text.startswith("maintenance")]
    assert told == ["maintenance on", "maintenance off"]


async def test_a_server_that_tells_the_old_version_is_no_step(cluster: Cluster, play: Play) -> None:
    """That the binary was exchanged is proved by the server itself."""
    play.version = "3.12.10"
    with pytest.raises(ServerStartError, match=r"was started with .*4\.0\.0.* and tells the version 3\.12\.10"):
        await anext(upgrade_of(cluster, play).rolling())


async def test_a_dump_is_restored_into_servers_that_start_empty(cluster: Cluster, play: Play) -> None:
    """The old tool dumps, all stop, all start as new ones on wiped data, agents first, the new tool restores."""
    play.old_version = "3.11.14"  # a step that no data directory may take
    seen = []
    async for stage in upgrade_of(cluster, play).by_dump(timeout_s=7.0):
        seen.append((stage, len(play.runner.verbs)))

    told = [text for text in play.runner.asked() if text.split()[0] in ("Stop", "Upgrade", "dump", "restore")]
    assert told[0] == "dump by old /the/dump True 7.0"
    assert told[-1] == "restore by new /the/dump True 7.0"
    assert [text.split()[0] for text in told[1:-1]] == ["Stop"] * 7 + ["Upgrade"] * 7
    started = [request for verb, request in play.runner.verbs if verb == "Upgrade"]
    assert all(request.wipe_data and request.no_wait for request in started)
    assert [request.server.split("-")[0] for request in started[:3]] == ["agent"] * 3
    restored = play.runner.asked().index(told[-1])
    assert [stage for stage, _ in seen] == [DumpStage.DUMPED, DumpStage.EMPTY, DumpStage.RESTORED]
    assert (seen[0][1], seen[1][1]) == (1, restored)
    assert "maintenance on" not in play.story


async def test_what_a_dump_cannot_do_without_is_looked_at_first(cluster: Cluster, play: Play) -> None:
    """A tool that is missing is told before anything is done, and the run may still be upgraded in another way."""
    play.new_tool = "arangosh"
    with pytest.raises(ClientToolMissingError, match="there is no arangorestore"):
        upgrade_of(cluster, play).by_dump()

    assert play.runner.asked() == []
    assert cluster.upgrade_begun == ""


async def test_in_place_goes_what_is_allowed_in_place(cluster: Cluster, play: Play) -> None:
    """A target with by_dump may have any versions; its other plans are refused where ArangoDB forbids them."""
    play.old_version = "3.11.14"
    with pytest.raises(ControlError, match=r"a rolling upgrade was asked for .*4\.0 takes over from 3\.12\.10"):
        upgrade_of(cluster, play).rolling()
    with pytest.raises(ControlError, match="bring the data over by arangodump and arangorestore"):
        await upgrade_of(cluster, play).full_stop()
    assert play.runner.asked() == []
