"""Requests of network faults: which links they hit, what is refused, what goes together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from armadillo.errors import FaultRequestError, FaultUnavailableError
from armadillo.faults.network_fault import NetworkFault
from armadillo.net.links import Link, LinkEffect, LinkRule

from tests.framework.runner.support.lab_ground import WrittenLinks, fault_on, ground
from tests.framework.runner.support.waiting import until

NAMES = ["a", "b", "c", "d", "e"]


def made(kind: str, *targets: str, **parameters: Any) -> NetworkFault:
    """A fault on five servers."""
    fault: NetworkFault = asyncio.run(fault_on(ground(NAMES, WrittenLinks()), kind, *targets, **parameters))
    return fault


def pairs(text: str) -> set[Link]:
    """ "a>b b>a" as links."""
    return {Link(*word.split(">")) for word in text.split()}


ISOLATED = "a>b b>a a>c c>a a>d d>a a>e e>a"


@pytest.mark.parametrize(
    ("fault", "links", "described"),
    [
        (("network.isolate", "a"), ISOLATED, "a cut off from all other servers"),
        (("network.partition", "a"), ISOLATED, "a apart from all other servers"),
        (("network.partition", "a", "b,c"), "a>b b>a a>c c>a", "a | b and c apart"),
        (("network.partition", "a", "everybody else"), ISOLATED, "a | b, c, d and e apart"),
        (("network.partition", "tests", "a"), "tests>a a>tests", "tests | a apart"),
        (("network.ring", "a,b,c,d"), "a>c c>a b>d d>b", "ring of a, b, c and d"),
        (("network.ring", "a", "b", "c", "d"), "a>c c>a b>d d>b", "ring of a, b, c and d"),
        (("network.bridge", "a", "b", "c"), "a>b b>a", "a | b joined by c only"),
        (("network.one_way", "a", "b,c"), "a>b a>c", "packets from a to b and c vanish"),
        (("network.one_way_connections", "a", "tests"), "a>tests", "attempts to connect from a to tests vanish"),
        (("network.refuse", "a", "b"), "a>b b>a", "connections between a and b are reset"),
        (("network.swizzle", "a"), ISOLATED, "links of a stop one by one"),
    ],
)
def test_a_kind_hits_its_links(fault: tuple[str, ...], links: str, described: str) -> None:
    """Of five servers, and no other links; the description says it in one line."""
    found = made(*fault)
    assert found.links == pairs(links)
    assert found.describe() == described


@pytest.mark.parametrize(
    ("parameters", "links", "described"),
    [
        ({}, "a>b b>a", "packets between a and b 20 to 25 ms later"),
        ({"direction": "out"}, "a>b", "packets from a to b 20 to 25 ms later"),
        ({"direction": "in"}, "b>a", "packets to a from b 20 to 25 ms later"),
    ],
)
def test_a_direction_is_seen_from_the_first_target(parameters: dict[str, Any], links: str, described: str) -> None:
    """Out is what it sends, in what it gets."""
    fault = made("network.delay", "a", "b", delay_ms=20, jitter_ms=5, **parameters)
    assert fault.links == pairs(links)
    assert fault.describe() == described
    assert fault.rule == LinkRule(LinkEffect.DELAY, delay_ms=20.0, jitter_ms=5.0)


def test_one_target_means_all_of_its_links_and_the_tests_only_when_asked() -> None:
    """The tests keep their view of a server unless they are included."""
    assert made("network.loss", "a", loss_percent=5).links == pairs(ISOLATED)
    with_tests = made("network.rate", "a", rate_bytes_per_s=5000, direction="out", including_tests=True)
    assert with_tests.links == pairs("a>b a>c a>d a>e a>tests")
    assert made("network.isolate", "a", including_tests=True).links == pairs(ISOLATED + " a>tests tests>a")
    assert len(made("network.delay", "all", delay_ms=1).links) == 20


@pytest.mark.parametrize(
    ("fault", "parameters", "told"),
    [
        (("network.isolate", "x"), {}, "there is no target 'x'"),
        (("network.isolate",), {}, "network.isolate needs a target; there are: a, b, c, d, e"),
        (("network.partition", "a,b", "b,c"), {}, "expected groups without a common member, found b in two of them"),
        (("network.ring", "a", "b", "c"), {}, "needs 4 servers or more"),
        (("network.bridge", "a", "b"), {}, "takes 3 targets, found 2"),
        (("network.bridge", "a", "b", "c,d"), {}, "expected one server as the third target, found c and d"),
        (("network.one_way", "a"), {}, "takes 2 targets, found 1"),
        (("network.one_way", "a", "a"), {}, "hits no link"),
        (("network.delay", "a", "b", "c"), {"delay_ms": 1}, "takes 1 to 2 targets, found 3"),
        (("network.delay", "a"), {}, "needs the parameter delay_ms"),
        (("network.delay", "a"), {"delay_ms": 0}, "expected delay_ms or jitter_ms above 0"),
        (("network.delay", "a"), {"delay_ms": -1}, "expected delay_ms from 0 to 10000, found -1"),
        (("network.delay", "a"), {"delay": 5}, "has no parameter 'delay' (did you mean 'delay_ms'?)"),
        (("network.loss", "a"), {"loss_percent": 0}, "expected loss_percent from 0.01 to 100, found 0"),
        (("network.loss", "a"), {"loss_percent": 101}, "expected loss_percent from 0.01 to 100, found 101"),
        (("network.rate", "a"), {"rate_bytes_per_s": 10}, "expected rate_bytes_per_s from 1000 to 1e+08"),
        (("network.refuse", "a"), {"direction": "up"}, "expected direction to be one of both, out, in"),
        (("network.flapping", "a"), {"duty_percent": 100}, "expected duty_percent from 5 to 95"),
    ],
)
def test_what_makes_no_sense_is_refused(fault: tuple[str, ...], parameters: dict[str, Any], told: str) -> None:
    """The text says what was expected and what was found."""
    with pytest.raises(FaultRequestError) as raised:
        made(*fault, **parameters)
    assert told in str(raised.value)


def test_what_cannot_be_had_is_told_before_anything_is_done() -> None:
    """With the reason of the links, as an error that skips a test."""
    links = WrittenLinks({LinkEffect.LOSS: "no packets here"})
    with pytest.raises(FaultUnavailableError, match=r"network\.loss cannot be had in this run: no packets here"):
        asyncio.run(fault_on(ground(NAMES, links), "network.loss", "a", loss_percent=5))
    assert links.journal == []


CUT, DELAY = ("network.partition", "a", "b"), ("network.delay", "a", "b")


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (made(*CUT), made("network.isolate", "a"), "drop and drop cannot both be on one link, and both are on a -> b"),
        (made(*CUT), made(*DELAY, delay_ms=5), "drop and delay cannot both be on one link, and both are on a -> b"),
        (made(*DELAY, delay_ms=5), made(*DELAY, delay_ms=6), "delay and delay cannot both be on one link"),
        (made(*DELAY, delay_ms=5), made("network.loss", "a", loss_percent=5), ""),
        (made(*DELAY, delay_ms=5), made("network.rate", "a", rate_bytes_per_s=5000), ""),
        (made("network.loss", "a", loss_percent=5), made("network.rate", "a", rate_bytes_per_s=5000), "loss and rate"),
        (made("network.one_way", "a", "b"), made("network.one_way", "b", "a"), ""),
        (made("network.one_way", "a", "b"), made(*DELAY, delay_ms=5, direction="in"), ""),
        (
            made("network.refuse", "a", "b", direction="out"),
            made("network.one_way", "b", "a"),
            "refuse cannot be seen where drop is on the way back: a -> b",
        ),
        (made(*CUT), made("network.partition", "c", "d"), ""),
        (made("network.swizzle", "a"), made("network.flapping", "b"), "drop and drop"),
    ],
)
def test_faults_on_one_link_must_be_measurable_beside_each_other(
    one: NetworkFault, other: NetworkFault, reason: str
) -> None:
    """What would hide the other is refused, from both sides, and nothing else."""
    for found in (one.conflicts_with(other), other.conflicts_with(one)):
        assert bool(found) == bool(reason)
    assert reason in one.conflicts_with(other)


def test_swizzling_stops_and_heals_link_by_link_in_orders_of_the_seed() -> None:
    """Pairs one by one, each once, the healing in another order; the same seed gives the same orders."""

    async def swizzle(seed: int) -> tuple[list[str], str]:
        links = WrittenLinks()
        where = ground(NAMES, links, seed)
        fault = await fault_on(where, "network.swizzle", "a", "b", pause_ms=1)
        await fault.inject(where)
        told = await fault.prove_injected(where)
        await fault.recover(where)
        assert not links.imposed
        return links.journal, f"{told}; {await fault.prove_recovered(where)}"

    journal, told = asyncio.run(swizzle(1))
    cuts, healings = journal[:7], journal[7:]
    assert {line.split()[0] for line in cuts} == {"impose"}
    assert sorted(line.removeprefix("impose ") for line in cuts) == sorted(
        line.removeprefix("lift ") for line in healings
    )
    assert len(set(cuts)) == 7
    assert [line.split(" ", 1)[1] for line in cuts] != [line.split(" ", 1)[1] for line in healings]
    assert "cut in this order: " in told
    assert "healed in this order: " in told
    assert asyncio.run(swizzle(1)) == (journal, told)
    assert asyncio.run(swizzle(2))[0] != journal


def test_flapping_sees_both_states_and_goes_on_until_it_is_healed() -> None:
    """Cut, seen, open, seen; then in turns, and open at the end."""

    async def flap() -> list[str]:
        links = WrittenLinks()
        where = ground(NAMES, links)
        fault = await fault_on(where, "network.flapping", "a", "b", direction="out", period_s=0.1)
        await fault.inject(where)
        assert await fault.prove_injected(where) == "cut: believed; open: believed"
        await asyncio.to_thread(until, "several beats", lambda: len(links.journal) >= 8)
        await fault.recover(where)
        told = await fault.prove_recovered(where)
        assert int(told.split()[1]) >= 3
        assert not links.imposed
        return links.journal

    journal = asyncio.run(flap())
    assert journal[::2] == ["impose a -> b"] * (len(journal) // 2)
    assert journal[1::2] == ["lift a -> b"] * (len(journal) // 2)


def test_a_beat_that_fails_is_told_at_the_end() -> None:
    """The links are open, but whether they ever flapped again nobody knows."""

    class Broken(WrittenLinks):
        async def impose(self, rule_id: str, links: Any, rule: LinkRule) -> None:
            if len(self.journal) > 2:
                raise OSError("no more rules")
            await super().impose(rule_id, links, rule)

    async def flap() -> None:
        where = ground(NAMES, Broken())
        fault = await fault_on(where, "network.flapping", "a", "b", period_s=0.1)
        await fault.inject(where)
        await fault.prove_injected(where)
        await asyncio.to_thread(until, "the beat's failure", fault._beat.done)
        await fault.recover(where)
        with pytest.raises(Exception, match="links were cut 1 times, then the beat failed: no more rules"):
            await fault.prove_recovered(where)

    asyncio.run(flap())
