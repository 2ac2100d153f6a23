"""Targets by meaning, resolved from what agents say over HTTP."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.arangodb.server_plan import ServerPlan
from armadillo.errors import FaultRequestError
from armadillo.faults.ground import Ground
from armadillo.faults.targets import Targets, resolve
from armadillo.model.role import Role

from tests.framework.runner.support.plans import plan
from tests.framework.runner.support.scripted_arango import HANG_UP, Request, ScriptedArango


@dataclass
class Place:
    """A server as far as targets look at it."""

    plan: ServerPlan
    is_alive: bool = True


@dataclass
class Agent:
    """What one agent says of itself."""

    name: str
    leader: str
    term: int
    answers: bool = True

    def answer(self, request: Request) -> Any:
        """Its configuration, and the tree for who asks the leader."""
        if not self.answers:
            return HANG_UP
        if request.path == "/_api/agency/config":
            return 200, {"term": self.term, "leaderId": self.leader, "configuration": {"id": self.name}}
        return 200, [{"arango": TREE}]


TREE = {
    "Plan": {
        "Collections": {
            "_system": {"1": {"name": "_users", "shards": {"s1": ["PRMR-1", "PRMR-2"]}}},
            "shop": {
                "7": {"name": "orders", "shards": {"s11": ["PRMR-2", "PRMR-1"], "s10": ["PRMR-3", "PRMR-1", "PRMR-2"]}},
                "8": {"name": "people", "shards": {"s20": ["_PRMR-1", "PRMR-3"]}},
            },
        }
    },
    "Current": {
        "ServersRegistered": {
            "Version": 17,
            "PRMR-1": {"endpoint": "tcp://127.0.0.11:8529"},
            "PRMR-2": {"endpoint": "tcp://127.0.0.12:8529"},
            "PRMR-3": {"endpoint": "tcp://127.0.0.13:8529"},
        }
    },
}


@dataclass
class SmallGround:
    """Three agents that really answer, three dbservers and a coordinator that are only names."""

    agents: list[Agent]
    servers: dict[str, Place] = field(default_factory=dict)
    random: random.Random = field(default_factory=lambda: random.Random(7))
    time_scale: float = 1.0

    async def request(self, server: str, method: str, path: str, json: Any = None, timeout_s: float = 10.0) -> Any:
        """Over HTTP, as the run's own ground does."""
        client = BlockingClient(self.servers[server].plan.http_endpoint, {}, timeout_s)
        try:
            return client.send(method, path, json).body
        finally:
            client.close()


@pytest.fixture
def ground() -> Iterator[SmallGround]:
    """agent-2 leads in term 5; agent-1 has not heard of it and believes that it leads in term 3."""
    agents = [Agent("agent-1", "agent-1", 3), Agent("agent-2", "agent-2", 5), Agent("agent-3", "agent-2", 5)]
    made = SmallGround(agents)
    with ExitStack() as stack:
        for number, agent in enumerate(agents, 1):
            server = stack.enter_context(ScriptedArango(agent.answer))
            made.servers[agent.name] = Place(plan(Role.AGENT, number, port=int(server.endpoint.rpartition(":")[2])))
        for number in (1, 2, 3):
            made.servers[f"dbserver-{number}"] = Place(plan(Role.DBSERVER, number, host=10 + number))
        made.servers["coordinator-1"] = Place(plan(Role.COORDINATOR, 1, host=20))
        yield made


async def resolved(ground: Any, *words: str, **options: Any) -> Targets:
    """Targets on this ground."""
    typed: Ground = ground
    return await resolve(words, typed, **options)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("dbserver-2", ["dbserver-2"]),
        ("dbservers", ["dbserver-1", "dbserver-2", "dbserver-3"]),
        ("coordinators, dbserver-1", ["coordinator-1", "dbserver-1"]),
        ("agency leader", ["agent-2"]),
        ("the agency followers", ["agent-1", "agent-3"]),
        ("leader of shop/orders", ["dbserver-3"]),
        ("followers of shop/orders", ["dbserver-1", "dbserver-2"]),
        ("leader of shop/orders/s11", ["dbserver-2"]),
        ("servers of shop/people", ["dbserver-1", "dbserver-3"]),
        ("leader of s20", ["dbserver-1"]),
        ("all", [*[f"agent-{n}" for n in (1, 2, 3)], *[f"dbserver-{n}" for n in (1, 2, 3)], "coordinator-1"]),
    ],
)
async def test_a_meaning_is_these_servers(ground: SmallGround, word: str, names: list[str]) -> None:
    """Of two agents that claim to lead, the one of the greater term does; a leader asked to resign still leads."""
    found = await resolved(ground, word)
    assert (list(found.servers), found.asked_for) == (names, word)


async def test_each_target_is_a_group(ground: SmallGround) -> None:
    """ "everybody else" is who is left, wherever it stands."""
    found = await resolved(ground, "everybody else", "dbserver-1, agency leader", "agent-1")
    assert found.groups == (
        ("agent-3", "dbserver-2", "dbserver-3", "coordinator-1"),
        ("dbserver-1", "agent-2"),
        ("agent-1",),
    )


@pytest.mark.parametrize(
    ("word", "role", "count"),
    [
        ("minority of agents", "agent", 1),
        ("a majority of the agents", "agent", 2),
        ("2 random dbservers", "dbserver", 2),
        ("a random coordinator", "coordinator", 1),
    ],
)
async def test_random_ones_are_so_many_and_in_order(ground: SmallGround, word: str, role: str, count: int) -> None:
    """Each time others may be drawn, always of that role and never one twice."""
    drawn = {(await resolved(ground, word)).servers for _ in range(30)}
    assert all(len(set(names)) == count and list(names) == sorted(names) for names in drawn)
    assert all(name.startswith(role) for names in drawn for name in names)
    assert role == "coordinator" or len(drawn) == 3


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (
            "leader of shop/ordres",
            r"no shard or collection 'shop/ordres' \(did you mean 'shop/orders'.*shop/people",
        ),
        ("leader of s99", r"no shard or collection 's99'.*there are the collections shop/orders, shop/people$"),
        ("dbserver", r"no target 'dbserver' \(did you mean 'dbservers'\?\)"),
        ("single", r"'single' is nobody here"),
        ("4 random dbservers", r"expected 1 to 3, for there are: dbserver-1, dbserver-2, dbserver-3"),
        ("a random leader", r"no role 'leader'.*there are: server, agent"),
        ("", r"no target ''"),
    ],
)
async def test_who_is_nobody_is_told_with_who_there_is(ground: SmallGround, word: str, text: str) -> None:
    """The error lists servers, meanings, or collections."""
    with pytest.raises(FaultRequestError, match=text):
        await resolved(ground, word)


async def test_everybody_else_may_be_nobody(ground: SmallGround) -> None:
    """When all are named already."""
    with pytest.raises(FaultRequestError, match="'everybody else' is nobody here"):
        await resolved(ground, "all", "everybody else")


async def test_an_agency_without_a_leader_says_what_its_agents_say(ground: SmallGround) -> None:
    """One is down, one hangs up, one follows nobody."""
    ground.servers["agent-1"].is_alive = False
    ground.agents[1].answers = False
    ground.agents[2].leader = ""
    with pytest.raises(
        FaultRequestError, match=r"no leader at this moment: agent-1: is down; agent-2: .*no answer.*follows nobody"
    ):
        await resolved(ground, "agency leader")


async def test_the_tests_node_is_a_target_where_the_kind_takes_it(ground: SmallGround) -> None:
    """Network faults take it."""
    assert (await resolved(ground, "tests", with_tests_node=True)).servers == ("tests",)
    with pytest.raises(FaultRequestError, match="network faults only"):
        await resolved(ground, "tests")
