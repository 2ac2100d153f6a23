"""Link proxies: what a free link is, who may do what, and that nothing is left of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import select
import socket
import struct
import subprocess
import sys

import pytest
from armadillo.errors import FaultError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from armadillo.net.address_lease import lease_subnet
from armadillo.net.leased_network import LeasedNetwork
from armadillo.net.links import TESTS_NODE, Link, LinkEffect, LinkRule

from tests.framework.runner.net.echo_nodes import PATIENCE_S, echo, echo_nodes
from tests.framework.runner.support.waiting import until

DROP = LinkRule(LinkEffect.DROP)
DROP_CONNECTS = LinkRule(LinkEffect.DROP_CONNECTS)
REFUSE = LinkRule(LinkEffect.REFUSE)

FORGOTTEN_RUNNER = """
import sys
from armadillo.net.address_lease import lease_subnet
from armadillo.net.proxied_network import ProxiedNetwork
network = ProxiedNetwork(lease_subnet(), "leases")
network.add_node("dbserver-1")
print(network.proxies.pid, flush=True)
sys.stdin.read()
"""


async def test_a_free_link_passes_everything_in_order() -> None:
    """Eight connections at once send a megabyte each, and get exactly theirs back."""
    chance = random.Random(7)
    async with echo_nodes("a") as nodes:
        pieces = [chance.randbytes(1 << 20) for _ in range(8)]
        made = [await nodes.connect("a") for _ in pieces]
        await asyncio.gather(*(echo(*one, piece) for one, piece in zip(made, pieces, strict=True)))
        for _, writer in made:
            writer.close()
        assert nodes.received["a"] == 8 << 20


async def test_half_a_connection_can_be_closed() -> None:
    """The end of one direction is passed on, and the other one goes on until its own end."""
    async with echo_nodes("a") as nodes:
        reader, writer = await nodes.connect("a")
        writer.write(b"last words")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b"last words"
        writer.close()


async def test_who_does_not_read_stops_who_writes() -> None:
    """The proxies hold a bounded number of bytes of a connection whose reader is asleep."""
    async with echo_nodes("a") as nodes:
        _, writer = await nodes.connect("a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                while True:
                    writer.write(b"x" * (1 << 20))
                    await writer.drain()
        rss_bytes = resident_bytes(nodes.proxies.pid)
        assert nodes.received["a"] < 64 << 20
        assert rss_bytes < 64 << 20, f"the proxies hold {rss_bytes >> 20} MiB"
        writer.transport.abort()


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_server_that_is_down_refuses_connections_as_without_a_proxy() -> None:
    """ECONNREFUSED before the server listens and after it has ended; and it is found again when it is back."""
    async with echo_nodes("a") as nodes:
        nodes.addresses["late"] = nodes.network.add_node("late")
        with pytest.raises(ConnectionRefusedError):
            await nodes.connect("late")
        reader, writer = await nodes.connect("a")
        await echo(reader, writer, b"there")
        await nodes.stop("a")
        with pytest.raises(ConnectionRefusedError):
            await nodes.connect("a")
        await nodes.start("a")
        await echo(*await nodes.connect("a"), b"there again")


async def test_a_reset_is_passed_on() -> None:
    """Who resets its connection has the other side see a reset, too."""
    async with echo_nodes("a") as nodes:
        reader, writer = await nodes.connect("a")
        await echo(reader, writer, b"x")
        endpoint: socket.socket = writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        await asyncio.wait_for(nodes.reset.wait(), PATIENCE_S)


async def test_what_cannot_be_had_is_refused_in_words() -> None:
    """Loss needs packets; unknown nodes and values out of range are mistakes; nothing of them is in force."""
    async with echo_nodes("a") as nodes:
        link = [Link(TESTS_NODE, "a")]
        with pytest.raises(FaultUnavailableError, match="loss of packets needs the lab"):
            await nodes.links.impose("loss", link, LinkRule(LinkEffect.LOSS, loss_percent=10))
        with pytest.raises(FaultRequestError, match="there is no node z; there are: tests, a"):
            await nodes.links.impose("z", [Link("a", "z")], DROP)
        with pytest.raises(FaultRequestError, match="rate above 0"):
            await nodes.links.impose("rate", link, LinkRule(LinkEffect.RATE))
        with pytest.raises(FaultRequestError, match="delay"):
            await nodes.links.impose("delay", link, LinkRule(LinkEffect.DELAY, delay_ms=-1))
        with pytest.raises(FaultNotProvedError, match="no rule 'loss' is in force"):
            await nodes.links.prove("loss")
        assert nodes.links.imposed == {}
        await echo(*await nodes.connect("a"), b"free")


def test_without_the_attribute_a_network_fault_is_a_mistake_that_names_it() -> None:
    """No proxies stand there, and the text says which word in the target brings them."""
    network = LeasedNetwork(lease_subnet(), "leases")
    try:
        address = network.add_node("a")
        assert address.listening == address.advertised
        with pytest.raises(FaultRequestError, match=r'add faults = \["network"\] to the target'):
            asyncio.run(network.links.impose("cut", [Link("a", TESTS_NODE)], DROP))
        with pytest.raises(FaultRequestError, match="add faults"):
            network.links.why_not(LinkEffect.DROP)
    finally:
        network.close()


async def test_a_rule_that_is_not_in_effect_is_not_proved() -> None:
    """The proof measures: with the proxies' rule taken away behind its back it fails."""
    async with echo_nodes("a") as nodes:
        link = [Link(TESTS_NODE, "a")]
        for name, rule in {"cut": DROP, "refuse": REFUSE, "slow": LinkRule(LinkEffect.DELAY, delay_ms=200)}.items():
            await nodes.links.impose(name, link, rule)
            await nodes.proxies.order({"do": "lift", "rule_id": name})
            with pytest.raises(FaultNotProvedError, match="tests -> a: an answer after"):
                await nodes.links.prove(name)
            await nodes.links.lift(name)
        await nodes.proxies.order({"do": "impose", "rule_id": "x", "links": link, "rule": {"effect": "refuse"}})
        with pytest.raises(FaultNotProvedError, match="expected an answer"):
            await nodes.links.prove_lifted(link)


async def test_five_hundred_random_rules_leave_nothing_behind() -> None:
    """After all of them every link works, no rule is in force, and the proxies hold what they held before."""
    seed = int(os.environ.get("TEST_RANDOM_SEED", "0")) or random.SystemRandom().getrandbits(31)
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with echo_nodes("a", "b", "c") as nodes:
        names = [TESTS_NODE, "a", "b", "c"]
        links = [Link(one, other) for one in names for other in names if one != other]
        await nodes.links.prove_lifted(links)
        files = open_files(nodes.proxies.pid)
        made = {name: await nodes.connect(name) for name in ("a", "b", "c")}
        in_force: list[str] = []
        for number in range(500):
            if in_force and chance.random() < 0.4:
                await nodes.links.lift(in_force.pop(chance.randrange(len(in_force))))
            rule = random_rule(chance)
            await nodes.links.impose(str(number), chance.sample(links, chance.randint(1, len(links))), rule)
            in_force.append(str(number))
            if number % 50 == 0:
                with contextlib.suppress(ConnectionResetError):  # by a rule
                    _, writer = await nodes.connect(chance.choice("abc"))
                    writer.write(b"in vain or not")
                    writer.close()
        for rule_id in in_force:
            await nodes.links.lift(rule_id)
        assert "12 of 12 links probed" in await nodes.links.prove_lifted(links)
        assert nodes.links.imposed == {}
        for _, writer in made.values():
            writer.transport.abort()
        pid = nodes.proxies.pid
        await asyncio.to_thread(until, "as many open files as before", lambda: open_files(pid) <= files)


def random_rule(chance: random.Random) -> LinkRule:
    """One of those that proxies can do."""
    return chance.choice(
        [
            DROP,
            DROP_CONNECTS,
            REFUSE,
            LinkRule(LinkEffect.DELAY, delay_ms=chance.uniform(0, 20), jitter_ms=chance.uniform(0, 20)),
            LinkRule(LinkEffect.RATE, rate_bytes_per_s=chance.randint(1_000, 1_000_000)),
        ]
    )


def open_files(pid: int) -> int:
    """How many files a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


async def test_the_end_of_the_proxies_is_told() -> None:
    """When their process has died, orders fail with a text, and nothing hangs."""
    async with echo_nodes("a") as nodes:
        await nodes.links.prove_lifted([Link(TESTS_NODE, "a")])
        os.kill(nodes.proxies.pid, 9)
        with pytest.raises(FaultError, match="ended"):
            for _ in range(2):
                await nodes.links.impose("cut", [Link(TESTS_NODE, "a")], DROP)


@pytest.mark.parametrize("is_killed", [True, False])
def test_proxies_end_with_their_runner(is_killed: bool) -> None:
    """Killed with -9 or ended in order: no process is left."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", FORGOTTEN_RUNNER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as runner:
        assert runner.stdout is not None
        pid = int(runner.stdout.readline())
        watched = os.pidfd_open(pid)
        assert os.path.exists(f"/proc/{pid}")
        if is_killed:
            runner.kill()
    try:
        assert select.select([watched], [], [], PATIENCE_S)[0], "the proxies are still there"
    finally:
        os.close(watched)
