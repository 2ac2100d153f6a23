"""What each rule makes of real connections of real processes through link proxies."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time

import pytest
from armadillo.errors import FaultNotProvedError
from armadillo.net.address_lease import STANDARD_PORT
from armadillo.net.links import TESTS_NODE, Link, LinkEffect, LinkRule

from tests.framework.runner.net.echo_nodes import (
    PATIENCE_S,
    SILENT_S,
    NodeClient,
    both_ways,
    echo,
    echo_nodes,
    is_silent,
)

DROP = LinkRule(LinkEffect.DROP)
DROP_CONNECTS = LinkRule(LinkEffect.DROP_CONNECTS)
REFUSE = LinkRule(LinkEffect.REFUSE)


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
            os.kill(nodes.proxies.pid, signal.SIGSTOP)
            quick.sendall(b"nobody's")
        for _ in range(3):
            with socket.create_connection((nodes.addresses["a"].advertised, STANDARD_PORT)) as quick:
                quick.sendall(b"nobody's")
        os.kill(nodes.proxies.pid, signal.SIGCONT)
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
