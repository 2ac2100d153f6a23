"""A cluster of stand-ins behind link proxies: partitions, and what the cluster makes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.errors import ArangoUnavailableError
from armadillo.model.deployment import deployment_from_json
from armadillo.net.links import TESTS_NODE, Link, LinkEffect, LinkRule
from armadillo.net.proxied_network import ProxiedNetwork

from tests.framework.runner.control.standin_program import write_standin
from tests.framework.runner.support.running import World, world

QUICK = [
    "--agency.supervision-grace-period=3",
    "--agency.supervision-frequency=0.25",
    "--agency.supervision-ok-threshold=1.5",
]
THREE_DBSERVERS = deployment_from_json(
    {
        "mode": "CLUSTER",
        "agents": 3,
        "dbservers": 3,
        "coordinators": 1,
        "role_args": [{"role": "AGENT", "args": QUICK}],
        "prepared_faults": ["network"],
    }
)
PATIENCE_S = 60.0
CUT = LinkRule(LinkEffect.DROP)


def ask(made: World, server: str, method: str, path: str, body: object = None) -> Any:
    """A request of the test process, by the server's advertised address."""
    client = BlockingClient(made.running.server(server).plan.advertised_http_endpoint, {}, PATIENCE_S)
    try:
        return client.send(method, path, body).body
    finally:
        client.close()


async def until(what: Callable[[], bool]) -> None:
    """Waits for something that servers do by themselves."""

    async def look() -> None:
        while not await asyncio.to_thread(what):
            pass

    await asyncio.wait_for(look(), PATIENCE_S)


def placement(made: World) -> tuple[str, list[str], bool]:
    """Leader and followers of the collection's one shard as servers' names, and whether Current is as Plan."""
    found = ask(made, "coordinator-1", "GET", "/_admin/cluster/shardDistribution")["results"]["items"]
    ((_, plan),) = found["Plan"].items()
    ((_, current),) = found["Current"].items()
    health = ask(made, "coordinator-1", "GET", "/_admin/cluster/health")["Health"].values()
    plans = {server.plan.advertised_endpoint: server.name for server in made.running.servers.values()}
    name_of = {one["ShortName"]: plans[one["Endpoint"]] for one in health if "ShortName" in one}
    followers = [name_of[follower] for follower in plan["followers"]]
    return name_of[plan["leader"]], followers, plan == current and len(followers) == 2


def links_between(one: list[str], other: list[str]) -> list[Link]:
    """Both directions between two groups."""
    return [link for a in one for b in other for link in (Link(a, b), Link(b, a))]


def test_a_leader_cut_off_from_all_servers_loses_its_shard_and_comes_back_as_a_follower(tmp_path: Path) -> None:
    """The partition is proved, a follower takes over, and after healing all three copies are in sync again."""

    async def story() -> None:
        async with world(tmp_path, THREE_DBSERVERS, executable=write_standin(tmp_path)) as made:
            assert isinstance(made.network, ProxiedNetwork)
            links = made.network.links
            await made.running.start()
            body = {"name": "items", "numberOfShards": 1, "replicationFactor": 3}
            await asyncio.to_thread(ask, made, "coordinator-1", "POST", "/_api/collection", body)
            await until(lambda: placement(made)[2])
            await asyncio.to_thread(ask, made, "coordinator-1", "POST", "/_api/document/items", {"_key": "before"})
            leader = placement(made)[0]
            others = [name for name in made.running.servers if name != leader]

            cut = links_between([leader], others)
            await links.impose("partition", cut, CUT)
            proof = await links.prove("partition")
            assert f"{len(cut)} of {len(cut)} links probed: without an answer" in proof
            assert not proof.endswith(" 0 connections held"), "the cluster's own connections were there"
            await until(lambda: placement(made)[0] != leader)
            await until(lambda: "_key" in ask(made, "coordinator-1", "POST", "/_api/document/items", {"value": 1}))
            version = await asyncio.to_thread(ask, made, leader, "GET", "/_api/version")
            assert version["server"] == "arango", "the tests' own link was not cut"

            await links.lift("partition")
            assert "answered within" in await links.prove_lifted(cut)
            await until(lambda: placement(made)[2] and leader in placement(made)[1])
            assert await asyncio.to_thread(ask, made, "coordinator-1", "GET", "/_api/document/items/before")

    asyncio.run(story())


def test_servers_find_each_other_by_advertised_addresses_only(tmp_path: Path) -> None:
    """No command line names another server's listening address, so nothing goes past the proxies."""

    async def story() -> None:
        async with world(tmp_path, THREE_DBSERVERS, executable=write_standin(tmp_path)) as made:
            await made.running.start()
            assert isinstance(made.network, ProxiedNetwork)
            for server in made.running.servers.values():
                assert server.plan.address != server.plan.advertised_address
                words = Path(server.incarnation.command_path).read_text(encoding="utf-8").split()
                assert [word for word in words if f"//{server.plan.address}:" in word] == [server.plan.arangod_endpoint]
                for other in made.running.servers.values():
                    if other is not server:
                        assert not any(f"//{other.plan.address}:" in word for word in words)
            known = await asyncio.to_thread(ask, made, "coordinator-1", "GET", "/_api/cluster/endpoints")
            plan = made.running.server("coordinator-1").plan
            assert known["endpoints"] == [{"endpoint": plan.advertised_endpoint}]

    asyncio.run(story())


def test_who_asks_matters_and_not_where_from(tmp_path: Path) -> None:
    """With the link of the tests to a server cut, the tests wait in vain and the cluster goes on."""

    async def story() -> None:
        async with world(tmp_path, THREE_DBSERVERS, executable=write_standin(tmp_path)) as made:
            await made.running.start()
            links = made.network.links
            await links.impose("tests", [Link(TESTS_NODE, "dbserver-1")], CUT)
            await links.prove("tests")
            plan = made.running.server("dbserver-1").plan
            client = BlockingClient(plan.advertised_http_endpoint, {}, 0.5)
            try:
                with pytest.raises(ArangoUnavailableError, match="timed out"):
                    await asyncio.to_thread(client.send, "GET", "/_api/version", None)
            finally:
                client.close()
            health = await asyncio.to_thread(ask, made, "coordinator-1", "GET", "/_admin/cluster/health")
            assert {entry["Status"] for entry in health["Health"].values()} == {"GOOD"}
            await links.lift("tests")
            await links.prove_lifted([Link(TESTS_NODE, "dbserver-1")])
            assert (await asyncio.to_thread(ask, made, "dbserver-1", "GET", "/_api/version"))["server"] == "arango"

    asyncio.run(story())
