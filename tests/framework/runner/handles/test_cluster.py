"""Cluster and agency on a scripted runner and scripted servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from armadillo.errors import ArmadilloError, ConditionTimeoutError
from armadillo.handles.cluster import Cluster
from armadillo.handles.shard import Shard
from armadillo.handles.shard_distribution import shards_out_of_sync

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_arango import Request, ScriptedArango
from tests.framework.runner.support.scripted_runner import ScriptedRunner, server_message

IDS = {"agent-1": "AGNT-1", "agent-2": "AGNT-2", "dbserver-1": "PRMR-1", "dbserver-2": "PRMR-2", "coordinator-1": "C-1"}


class Play:
    """All servers of a cluster at one HTTP endpoint each; `leader` leads the agency."""

    def __init__(self) -> None:
        self.leader = "AGNT-1"
        self.status = dict.fromkeys(IDS.values(), "GOOD")
        self.distribution: dict[str, Any] = {}
        self.maintenance: list[Any] = []
        self.servers = {name: ScriptedArango(partial(self.answer, name)) for name in IDS}

    def answer(self, name: str, request: Request) -> tuple[int, Any]:
        """What the server of this name says."""
        path = request.path
        if path == "/_admin/cluster/health":
            endpoints = {server: self.servers[server].endpoint.replace("http", "tcp") for server in IDS}
            return 200, {"Health": {IDS[s]: {"Endpoint": endpoints[s], "Status": self.status[IDS[s]]} for s in IDS}}
        if path == "/_api/agency/config":
            return 200, {"leaderId": self.leader, "configuration": {"id": IDS[name]}}
        if path == "/_api/agency/read" and IDS[name] == self.leader:
            return 200, [{"arango": {"Plan": {"Version": 7}}}]
        if path == "/_api/agency/read":
            return 307, None
        if path == "/_admin/cluster/maintenance":
            self.maintenance.append(request.body)
            return 200, {}
        if path.endswith("/_admin/cluster/shardDistribution"):
            return 200, {"results": self.distribution}
        return 404, {"errorNum": 404}

    def runner(self, directory: Path) -> ScriptedRunner:
        """A runner that describes these servers."""
        return scripted_runner(directory, [server_message(n, endpoint=s.endpoint) for n, s in self.servers.items()])

    def close(self) -> None:
        """Stops all servers."""
        for server in self.servers.values():
            server.__exit__(None, None, None)


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    """A cluster of two agents, two dbservers and a coordinator."""
    made = Play()
    yield made
    made.close()


async def test_servers_are_found_by_arangodbs_ids(play: Play, tmp_path: Path) -> None:
    """Leader and followers of a shard are the servers whose endpoints health tells; endpoints are coordinators'."""
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)
        await cluster.learn_ids()
        shard = Shard("s1", "PRMR-2", ("PRMR-1",))

        assert cluster.leader_of(shard).name == "dbserver-2"
        assert [server.name for server in cluster.followers_of(shard)] == ["dbserver-1"]
        assert cluster.endpoints == [play.servers["coordinator-1"].endpoint]
        with pytest.raises(ArmadilloError, match="PRMR-9"):
            cluster.leader_of(Shard("s1", "PRMR-9"))


async def test_health_is_waited_for_and_told(play: Play, tmp_path: Path) -> None:
    """A server that is not GOOD is named in the error."""
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)
        await cluster.wait_until_healthy(timeout_s=5)
        play.status["PRMR-2"] = "BAD"

        with pytest.raises(ConditionTimeoutError, match="dbserver-2 is BAD"):
            await cluster.wait_until_healthy(timeout_s=0.1)


async def test_an_emptied_server_is_good_under_its_new_id(play: Play, tmp_path: Path) -> None:
    """When two ids have one address, the old one's FAILED does not hide that the server is back."""
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)
        same = play.servers["dbserver-1"].endpoint
        entries = {"PRMR-1": {"Endpoint": same, "Status": "FAILED"}, "PRMR-7": {"Endpoint": same, "Status": "GOOD"}}
        answers = iter([entries, dict(reversed(entries.items()))])
        play.servers["coordinator-1"].answer = lambda _: (200, {"Health": next(answers)})

        for _ in range(2):
            assert await cluster.status_of(cluster.server("dbserver-1")) == "GOOD"


async def test_maintenance_ends_with_its_block(play: Play, tmp_path: Path) -> None:
    """On and off are sent as JSON strings, off also when the block failed."""
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)
        with pytest.raises(ZeroDivisionError):
            async with cluster.maintenance():
                raise ZeroDivisionError

    assert play.maintenance == ["on", "off"]


async def test_the_agency_is_read_at_its_leader(play: Play, tmp_path: Path) -> None:
    """Values come by their path from the agent that leads; nothing there is None."""
    play.leader = "AGNT-2"
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)

        assert (await cluster.agency_leader()).name == "agent-2"
        assert await cluster.agency.read("/arango/Plan/Version") == 7
        assert await cluster.agency.read("/arango/Plan/Nothing") is None


async def test_the_old_leader_is_not_the_new_one(play: Play, tmp_path: Path) -> None:
    """A change of the agency's leader is waited for."""
    async with running(play.runner(tmp_path)) as run:
        cluster = Cluster(run)
        old = await cluster.agency_leader()
        with pytest.raises(ConditionTimeoutError, match="other than agent-1"):
            await cluster.agency.wait_for_new_leader(old, timeout_s=0.1)

        play.leader = "AGNT-2"
        assert (await cluster.agency.wait_for_new_leader(old, timeout_s=5)).name == "agent-2"


async def test_an_added_server_belongs_to_the_cluster(play: Play, tmp_path: Path) -> None:
    """A new dbserver is waited for until supervision sees it as GOOD."""
    runner = play.runner(tmp_path)
    play.servers["dbserver-9"] = ScriptedArango(partial(play.answer, "dbserver-9"))
    runner.endpoint_of_added = play.servers["dbserver-9"].endpoint
    async with running(runner) as run:
        cluster = Cluster(run)
        IDS["dbserver-9"], play.status["PRMR-9"] = "PRMR-9", "GOOD"
        try:
            added = await cluster.add_dbserver(extra_args=["--x=y"])
        finally:
            del IDS["dbserver-9"]

        assert added in cluster.dbservers
        assert list(runner.verbs[0][1].extra_args) == ["--x=y"]


async def test_all_restart_and_all_are_known_anew(play: Play, tmp_path: Path) -> None:
    """After restart_all the handles show the new incarnations."""
    runner = play.runner(tmp_path)
    async with running(runner) as run:
        cluster = Cluster(run)
        await cluster.restart_all(kill=True)

        assert {server.incarnation for server in cluster.servers} == {1}
        assert runner.verbs[0][1].kill is True


async def test_only_what_is_down_is_recovered(play: Play, tmp_path: Path) -> None:
    """recover() starts the dead and wakes the frozen, and answers their names."""
    runner = play.runner(tmp_path)
    runner.set_state("dbserver-1", "EXITED")
    runner.set_state("agent-2", "SUSPENDED")
    async with running(runner) as run:
        assert await Cluster(run).recover() == ["agent-2", "dbserver-1"]

    assert runner.asked() == ["Resume agent-2", "Start dbserver-1", "WaitFor dbserver-1"]


@pytest.mark.parametrize(
    ("plan", "current", "problem"),
    [
        ({"leader": "A", "followers": ["B", "C"]}, {"leader": "A", "followers": ["C", "B"]}, ""),
        ({"leader": "A", "followers": ["B"]}, {"leader": "A", "followers": []}, "in fact A followed by nobody"),
        ({"leader": "A", "followers": ["B"]}, {"leader": "B", "followers": ["A"]}, "in fact B followed by A"),
        ({"leader": "A", "followers": []}, None, "in fact nobody"),
    ],
)
def test_in_sync_means_same_leader_same_followers(plan: Any, current: Any, problem: str) -> None:
    """The order of followers does not matter, everything else does."""
    found = shards_out_of_sync({"c": {"Plan": {"s1": plan}, "Current": {"s1": current}}})

    assert bool(found) == bool(problem)
    assert problem in "".join(found)


def test_nothing_planned_is_not_in_sync() -> None:
    """A collection that is not in the plan yet has not been looked at."""
    assert shards_out_of_sync({"c": {}}) == ["c is not in the plan yet"]
