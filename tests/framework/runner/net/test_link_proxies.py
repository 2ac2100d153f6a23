"""Link proxies: what each rule makes of real connections of real processes, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import struct
import subprocess
import sys
import time

import pytest
from armadillo.errors import FaultError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from armadillo.net.address_lease import STANDARD_PORT, lease_subnet
from armadillo.net.leased_network import LeasedNetwork
from armadillo.net.links import TESTS_NODE, Link, LinkEffect, LinkRule

from tests.framework.runner.net.echo_nodes import PATIENCE_S, EchoNodes, NodeClient, both_ways, echo_nodes

DROP = LinkRule(LinkEffect.DROP)
DROP_CONNECTS = LinkRule(LinkEffect.DROP_CONNECTS)
REFUSE = LinkRule(LinkEffect.REFUSE)
SILENT_S = 0.3

FORGOTTEN_RUNNER = """
import sys
from armadillo.net.address_lease import lease_subnet
from armadillo.net.proxied_network import ProxiedNetwork
network = ProxiedNetwork(lease_subnet(), "leases")
network.add_node("dbserver-1")
print(network.proxies.pid, flush=True)
sys.stdin.read()
"""


async def is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether nothing comes for a while."""
    try:
        await asyncio.wait_for(reader.read(1), SILENT_S)
    except TimeoutError:
        return True
    return False


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> float:
    """Sends bytes and waits until they are back; answers the seconds it took."""
    started_s = time.monotonic()
    writer.write(data)
    assert await asyncio.wait_for(reader.readexactly(len(data)), PATIENCE_S) == data
    return time.monotonic() - started_s


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


async def test_a_cut_link_holds_bytes_until_it_is_healed() -> None:
    """What is sent over a cut link arrives after it, in order; existing and new connections stall, others do not."""
    async with echo_nodes("a", "b") as nodes:
        reader, writer = await nodes.connect("a")
        await echo(reader, writer, b"before")
        other = await nodes.connect("b")
        await nodes.links.impose("cut", both_ways(TESTS_NODE, "a"), DROP)
        assert "1 connections held" in await nodes.links.prove("cut")
        writer.write(b"during")
        new_reader, new_writer = await nodes.connect("a")  # the kernel accepts it
        new_writer.write(b"new")
        assert await is_silent(reader)
        assert await is_silent(new_reader)
        assert nodes.received["a"] == len(b"before")
        await echo(*other, b"others go on")

        await nodes.links.lift("cut")
        assert await asyncio.wait_for(reader.readexactly(6), PATIENCE_S) == b"during"
        assert await asyncio.wait_for(new_reader.readexactly(3), PATIENCE_S) == b"new"
        assert "answered" in await nodes.links.prove_lifted(both_ways(TESTS_NODE, "a"))


async def test_a_connection_that_was_given_up_while_the_link_was_cut_never_reaches_the_server() -> None:
    """A client that stopped waiting for its new connection did not open it: nothing of it comes after the heal."""
    async with echo_nodes("a") as nodes:
        await nodes.links.impose("cut", both_ways(TESTS_NODE, "a"), DROP)
        _, writer = await nodes.connect("a")
        writer.write(b"stale")
        await nodes.until_stalled(both_ways(TESTS_NODE, "a"))
        writer.close()
        await writer.wait_closed()
        await nodes.links.lift("cut")
        await nodes.links.prove_lifted(both_ways(TESTS_NODE, "a"))
        await echo(*await nodes.connect("a"), b"fresh")
        assert nodes.received["a"] == len(b"fresh")


async def test_a_connection_over_a_cut_link_ends_in_the_end() -> None:
    """Who waits for an answer is reset after seconds, as by a kernel that gives up; who waits for nothing stays."""
    async with echo_nodes("a") as nodes:
        asking_reader, asking_writer = await nodes.connect("a")
        await echo(asking_reader, asking_writer, b"before")
        idle = await nodes.connect("a")
        await echo(*idle, b"before")
        await nodes.links.impose("cut", both_ways(TESTS_NODE, "a"), DROP)
        new_reader, _ = await nodes.connect("a")
        asking_writer.write(b"never comes")
        for reader in (asking_reader, new_reader):
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(1), PATIENCE_S)
        assert not nodes.reset.is_set(), "the server heard of it over a cut link"
        await nodes.links.lift("cut")
        await asyncio.wait_for(nodes.reset.wait(), PATIENCE_S)
        await echo(*idle, b"after")
        assert nodes.received["a"] == len(b"beforebeforeafter")


async def test_one_direction_can_be_cut() -> None:
    """Requests arrive, answers do not: what has reached the server comes back when the link is healed."""
    async with echo_nodes("a") as nodes:
        reader, writer = await nodes.connect("a")
        await echo(reader, writer, b"before")
        answers = [Link("a", TESTS_NODE)]
        await nodes.links.impose("answers", answers, DROP)
        await nodes.links.prove("answers")
        writer.write(b"asked")
        assert await is_silent(reader)
        assert nodes.received["a"] == len(b"beforeasked")
        await nodes.links.lift("answers")
        assert await asyncio.wait_for(reader.readexactly(5), PATIENCE_S) == b"asked"


async def test_only_new_connections_can_be_cut() -> None:
    """Those that are there go on, new ones stall and come about after the heal."""
    async with echo_nodes("a") as nodes:
        old = await nodes.connect("a")
        await echo(*old, b"old")
        await nodes.links.impose("connects", [Link(TESTS_NODE, "a")], DROP_CONNECTS)
        assert "without an answer" in await nodes.links.prove("connects")
        await echo(*old, b"still there")
        reader, writer = await nodes.connect("a")
        writer.write(b"new")
        assert await is_silent(reader)
        await nodes.links.lift("connects")
        assert await asyncio.wait_for(reader.readexactly(3), PATIENCE_S) == b"new"


async def test_refused_connections_are_reset() -> None:
    """Both those that are there and those that are made meanwhile."""
    async with echo_nodes("a") as nodes:
        old_reader, old_writer = await nodes.connect("a")
        await echo(old_reader, old_writer, b"old")
        await nodes.links.impose("refuse", [Link(TESTS_NODE, "a")], REFUSE)
        assert "reset" in await nodes.links.prove("refuse")
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(old_reader.read(1), PATIENCE_S)
        with pytest.raises(ConnectionResetError):
            reader, _ = await nodes.connect("a")
            await asyncio.wait_for(reader.read(1), PATIENCE_S)
        await nodes.links.lift("refuse")
        await nodes.links.prove_lifted([Link(TESTS_NODE, "a")])
        await echo(*await nodes.connect("a"), b"new")


async def test_a_delayed_link_keeps_the_order() -> None:
    """With much jitter each byte comes at least as late as asked for, and none overtakes another."""
    rule = LinkRule(LinkEffect.DELAY, delay_ms=40, jitter_ms=60)
    async with echo_nodes("a") as nodes:
        reader, writer = await nodes.connect("a")
        await echo(reader, writer, b"before")
        await nodes.links.impose("slow", [Link(TESTS_NODE, "a")], rule)
        assert "a delay of 40 ms" in await nodes.links.prove("slow")
        assert await echo(reader, writer, b"x") >= 0.04
        for number in range(100):
            writer.write(number.to_bytes(2, "big"))
            await asyncio.sleep(0.001)
        await asyncio.wait_for(reader.readexactly(100), PATIENCE_S)
        writer.write(b"waits")
        await nodes.links.lift("slow")
        rest = await asyncio.wait_for(reader.readexactly(105), PATIENCE_S)
        assert rest == b"".join(number.to_bytes(2, "big") for number in range(50, 100)) + b"waits"


async def test_a_limited_link_is_shared_by_its_connections() -> None:
    """Two connections together get the link's bandwidth, not each; the way back is free."""
    rate = 400_000
    async with echo_nodes("a") as nodes:
        made = [await nodes.connect("a") for _ in range(2)]
        await nodes.links.impose("thin", [Link(TESTS_NODE, "a")], LinkRule(LinkEffect.RATE, rate_bytes_per_s=rate))
        assert "400000 bytes/s" in await nodes.links.prove("thin")
        started_s = time.monotonic()
        await asyncio.gather(*(echo(*one, b"x" * 100_000) for one in made))
        assert time.monotonic() - started_s >= 200_000 / rate * 0.9
        await nodes.links.lift("thin")
        await nodes.links.prove_lifted([Link(TESTS_NODE, "a")])


async def test_bytes_that_wait_for_a_limited_link_come_at_once_when_it_is_lifted() -> None:
    """They would have taken a quarter of an hour."""
    async with echo_nodes("a") as nodes:
        made = await nodes.connect("a")
        await nodes.links.impose("thin", [Link(TESTS_NODE, "a")], LinkRule(LinkEffect.RATE, rate_bytes_per_s=100))
        answered = asyncio.create_task(echo(*made, b"x" * 100_000))
        done, _ = await asyncio.wait([answered], timeout=SILENT_S)
        assert not done
        await nodes.links.lift("thin")
        await answered


async def test_the_source_is_found_by_its_process() -> None:
    """Two processes on one address: the one that belongs to node b is cut off from a, the one of c is not."""
    async with echo_nodes("a", "b", "c") as nodes:
        clients = {name: NodeClient(nodes, name, "a") for name in ("b", "c")}
        try:
            for client in clients.values():
                await client.connected()
            await nodes.links.impose("cut", both_ways("a", "b"), DROP)
            assert "1 connections held" in await nodes.links.prove("cut")
            clients["b"].send("from b")
            assert await clients["c"].ask("from c") == "from c"
            assert nodes.received["a"] == len(b"from c\n")
            late = NodeClient(nodes, "b", "a")
            await late.connected()
            late.send("late")
            await echo(*await nodes.connect("a"), b"the tests are nobody's")
            assert nodes.received["a"] == len(b"from c\nthe tests are nobody's")
            await nodes.links.lift("cut")
            assert await clients["b"].answer() == "from b"
            assert await late.answer() == "late"
            late.kill()
        finally:
            for client in clients.values():
                client.kill()


async def test_a_client_that_is_gone_before_it_was_identified_is_held_like_its_target() -> None:
    """With a rule on any link to the target, nobody's bytes are not passed on."""
    async with echo_nodes("a", "b") as nodes:
        await nodes.links.impose("cut", both_ways("a", "b"), DROP)
        with socket.create_connection((nodes.addresses["a"].advertised, STANDARD_PORT)) as quick:
            os.kill(nodes.proxies.pid, 19)
            quick.sendall(b"nobody's")
        for _ in range(3):
            with socket.create_connection((nodes.addresses["a"].advertised, STANDARD_PORT)) as quick:
                quick.sendall(b"nobody's")
        os.kill(nodes.proxies.pid, 18)
        await echo(*await nodes.connect("a"), b"mine")
        assert nodes.received["a"] <= len(b"nobody'smine"), "three were gone when the proxies looked"
        await nodes.links.lift("cut")


async def test_rules_on_one_link_add_up() -> None:
    """Two delays are both waited for; when a cut is lifted, the delay on the same link is still there."""
    async with echo_nodes("a") as nodes:
        link = [Link(TESTS_NODE, "a")]
        reader, writer = await nodes.connect("a")
        await nodes.links.impose("1", link, LinkRule(LinkEffect.DELAY, delay_ms=30))
        await nodes.links.impose("2", link, LinkRule(LinkEffect.DELAY, delay_ms=40))
        assert await echo(reader, writer, b"x") >= 0.07
        await nodes.links.impose("3", link, DROP)
        assert "not measured" in await nodes.links.prove_lifted(link)
        await nodes.links.lift("1")
        writer.write(b"y")
        assert await is_silent(reader)
        await nodes.links.lift("3")
        assert await asyncio.wait_for(reader.readexactly(1), PATIENCE_S) == b"y"
        assert await echo(reader, writer, b"z") >= 0.04
        assert set(nodes.links.imposed) == {"2"}


async def test_a_link_to_a_server_that_is_down_says_so() -> None:
    """A proof says which links could not be measured, and why."""
    async with echo_nodes("a", "b") as nodes:
        await nodes.stop("b")
        cut = [Link("a", "b"), Link("b", "a")]
        await nodes.links.impose("cut", cut, DROP)
        assert "1 of 2 links probed" in (proof := await nodes.links.prove("cut"))
        assert "b does not listen" in proof
        await nodes.links.lift("cut")


async def test_what_another_rule_hides_is_not_measured() -> None:
    """A delay is measured by answers: where these are cut it is not proved; the other links are still looked at."""
    slow = LinkRule(LinkEffect.DELAY, delay_ms=30)
    async with echo_nodes("a", "b") as nodes:
        await nodes.links.impose("cut", [Link("a", TESTS_NODE)], DROP)
        await nodes.links.impose("slow", [Link(TESTS_NODE, "a")], slow)
        with pytest.raises(FaultNotProvedError, match="other rules cut all of its links"):
            await nodes.links.prove("slow")
        await nodes.links.impose("slower", [Link(TESTS_NODE, "a"), Link(TESTS_NODE, "b")], slow)
        assert "1 of 1 links probed" in await nodes.links.prove("slower")
        await nodes.links.impose("connects", [Link("b", TESTS_NODE)], DROP_CONNECTS)
        assert "nobody connects to tests" in await nodes.links.prove("connects")


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
        files = await settled_files(nodes)
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
        assert await settled_files(nodes, files) == files


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


async def settled_files(nodes: EchoNodes, wanted: int = 0) -> int:
    """How many files the proxies have open, when that has stopped to change or is as wanted."""
    end_s = time.monotonic() + PATIENCE_S
    last = -1
    while time.monotonic() < end_s:
        found = len(os.listdir(f"/proc/{nodes.proxies.pid}/fd"))
        if found == (wanted or last):
            return found
        last = found
        await asyncio.sleep(0.1)
    return last


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
    import select

    try:
        assert select.select([watched], [], [], PATIENCE_S)[0], "the proxies are still there"
    finally:
        os.close(watched)
