"""Rules on links of the lab: what they do to real traffic, and what is left of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.framework.runner.support.lab_run import LabRun, may_have_a_lab, unprivileged

pytestmark = pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")

HEAD = """
import asyncio, random
from armadillo.errors import FaultError, FaultNotProvedError
from armadillo.net.links import Link, LinkEffect, LinkRule
from tests.framework.runner.support.lab_traffic import Traffic
names = [f"s{number}" for number in range(1, 5)]
for name in names: network.add_node(name)
links = network.links
traffic = Traffic(network, [*names, "tests"])
async def off(call, *arguments): return await asyncio.to_thread(call, *arguments)
async def there(*pairs): return [await off(traffic.outcome, *pair) for pair in pairs]
async def while_ruled(ways, rule, story):
    await links.impose("rule", ways, rule)
    proof = await links.prove("rule")
    await story()
    await links.lift("rule")
    recovered = await links.prove_lifted(ways)
    assert not links.imposed
    return proof, recovered
E = LinkEffect
WAYS = [Link("s1", "s2"), Link("s1", "tests"), Link("tests", "s1")]
"""
WITHOUT_NFT = 'import armadillo.net.nft; armadillo.net.nft._LIBRARY = "libno-such-tables.so.1"\n'
"""As on a machine without libnftables: the packet switch has to do everything."""

USERS = ["as-we-are", "unprivileged"]


@pytest.fixture(params=USERS)
def before(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Words before the program: none, or those that make it an ordinary user's."""
    return unprivileged() if request.param == "unprivileged" else ()


@pytest.fixture(params=["nft", "switch"])
def mechanism(request: pytest.FixtureRequest) -> str:
    """Code that chooses by what rules are carried out."""
    return WITHOUT_NFT if request.param == "switch" else ""


def told(story: str, *, before: tuple[str, ...] = (), code: str = "") -> list[str]:
    """What a story prints; it runs in the lab, as the body of a coroutine."""
    body = "".join(f"    {line}\n" for line in story.strip().splitlines())
    with LabRun(f"{code}{HEAD}async def story():\n{body}asyncio.run(story())\n", before=before) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, ""), err
    return out.splitlines()


def by_way(story: str, before: tuple[str, ...], code: str = "") -> Iterator[tuple[str, ...]]:
    """What a story prints for each of its three ways, three lines each."""
    lines = told(story, before=before, code=code)
    assert len(lines) == 9
    yield from (tuple(lines[start : start + 3]) for start in (0, 3, 6))


def test_what_is_dropped_stops_and_comes_again(before: tuple[str, ...], mechanism: str) -> None:
    """New connections and old ones are silent in both directions, others go on; behind it all work, old ones too."""
    story = """
for way in WAYS:
    near = await off(traffic.connect, *way)
    async def look():
        print(await there(way, way[::-1], (way.source, "s3"), ("s3", way.target)), await off(traffic.echo, near))
    print("; ".join(await while_ruled([way], LinkRule(E.DROP), look)))
    near.settimeout(30)
    print(await there(way, way[::-1]), await off(near.recv, 1))
"""
    for cut, proof, healed in by_way(story, before, mechanism):
        assert cut == "['silent', 'silent', 'answered', 'answered'] silent"
        assert "3 packets vanished, a connect got no answer in 0.3 s; 1 link let packets pass again" in proof
        assert healed == "['answered', 'answered'] b'x'"


def test_connects_are_dropped_and_old_connections_go_on(before: tuple[str, ...], mechanism: str) -> None:
    """Only the opening in one direction vanishes."""
    story = """
for way in WAYS:
    near = await off(traffic.connect, *way)
    async def look(): print(await there(way, way[::-1]), await off(traffic.echo, near))
    print("; ".join(await while_ruled([way], LinkRule(E.DROP_CONNECTS), look)))
    print(await there(way))
"""
    for cut, proof, healed in by_way(story, before, mechanism):
        assert cut == "['silent', 'answered'] answered"
        assert "an older connection goes on" in proof
        assert healed == "['answered']"


def test_connections_are_refused_and_reset_in_one_direction(before: tuple[str, ...], mechanism: str) -> None:
    """Who connects is told so at once, an old connection ends, and those that the target opened go on."""
    story = """
for way in WAYS:
    near, back = await off(traffic.connect, *way), await off(traffic.connect, *way[::-1])
    async def look(): print(await there(way, way[::-1]), await off(traffic.echo, near), await off(traffic.echo, back))
    print("; ".join(await while_ruled([way], LinkRule(E.REFUSE), look)))
    print(await there(way))
"""
    for cut, proof, healed in by_way(story, before, mechanism):
        assert cut == "['refused', 'answered'] refused answered"
        assert "a connect was refused, an older connection was reset" in proof
        assert healed == "['answered']"


def test_packets_are_lost_by_chance(before: tuple[str, ...], mechanism: str) -> None:
    """Some come and some do not; all of another link's come, and behind it all of this one's."""
    story = """
for way in WAYS:
    async def look():
        lost = await off(traffic.lost_of, *way, 50)
        print(5 < lost < 45, await off(traffic.lost_of, "s3", "s4", 50))
    print("; ".join(await while_ruled([way], LinkRule(E.LOSS, loss_percent=50), look)))
    print(await off(traffic.lost_of, *way, 50))
"""
    for lossy, proof, healed in by_way(story, before, mechanism):
        assert lossy == "True 0"
        assert "of 448 packets vanished" in proof
        assert healed == "0"


def test_packets_are_late_in_one_direction(before: tuple[str, ...]) -> None:
    """A datagram there and back takes the delay once, over another link it does not, and behind the rule neither."""
    story = """
for way in WAYS:
    async def look():
        times = [await off(traffic.ping_ms, *way) for _ in range(3)]
        free = min([await off(traffic.ping_ms, "s3", "s4") for _ in range(5)])
        print(min(times) >= 300, min(times) < 600, free < 300, await off(traffic.ping_ms, *way[::-1]) >= 300)
    rule = LinkRule(E.DELAY, delay_ms=300, jitter_ms=20)
    print("; ".join(await while_ruled([way], rule, look)))
    print(min([await off(traffic.ping_ms, *way) for _ in range(5)]) < 300)
"""
    for late, proof, healed in by_way(story, before):
        assert (late, healed) == ("True True True True", "True")
        assert "packets took 3" in proof


def test_bytes_take_their_time(before: tuple[str, ...]) -> None:
    """100 kB over a link of 200 kB/s take half a second at least, whatever segments the sender leaves to its card."""
    story = """
for way in WAYS:
    async def look(): print(await off(traffic.seconds_for, *way, 100_000) >= 0.5)
    print("; ".join(await while_ruled([way], LinkRule(E.RATE, rate_bytes_per_s=200_000), look)))
    print(min([await off(traffic.seconds_for, *way, 100_000) for _ in range(5)]) < 0.5)
"""
    for slow, proof, healed in by_way(story, before):
        assert (slow, healed) == ("True", "True")
        assert "bytes/s" in proof


def test_rules_on_many_links_are_each_for_themselves() -> None:
    """Delay and loss on the same link, a cut on another of the same node, and one more that is lifted in between."""
    story = """
slow = [Link("s1", "s2"), Link("s2", "s1")]
await links.impose("slow", slow, LinkRule(E.DELAY, delay_ms=200))
await links.impose("lossy", [Link("s1", "s2")], LinkRule(E.LOSS, loss_percent=20))
await links.impose("cut", [Link("s1", "s3")], LinkRule(E.DROP))
await links.impose("short", [Link("s4", "s1"), Link("tests", "s2")], LinkRule(E.DELAY, delay_ms=50))
for one in links.imposed: await links.prove(one)
await links.lift("short")
print(await links.prove_lifted([Link("s4", "s1"), Link("tests", "s2")]))
print(await links.prove_lifted([Link("s1", "s3")]))
print(await links.prove("slow"))
for one in list(links.imposed): await links.lift(one)
print(await links.prove_lifted([*slow, Link("s1", "s3")]))
print(await there(("s1", "s2"), ("s2", "s1"), ("s1", "s3"), ("s4", "s1")))
"""
    lines = told(story)
    assert lines[0].startswith("2 links let packets pass again")
    assert lines[1] == "no link is free to be measured, 1 under another rule"
    assert "s1 -> s2: packets took 20" in lines[2]
    assert lines[3].startswith("3 links let packets pass again")
    assert lines[4] == "['answered', 'answered', 'answered', 'answered']"


def test_what_is_not_so_is_not_proved() -> None:
    """A rule that somebody else took away, and one that is still there when it should be gone, are both told."""
    story = """
way = [Link("s1", "s2")]
for rule in (LinkRule(E.DROP), LinkRule(E.DROP_CONNECTS), LinkRule(E.REFUSE), LinkRule(E.LOSS, loss_percent=30)):
    await links.impose("rule", way, rule)
    links._nft.lift("rule")
    try: print(await links.prove("rule"))
    except FaultNotProvedError as error: print(error)
    await links.lift("rule")
for rule in (LinkRule(E.DELAY, delay_ms=500), LinkRule(E.RATE, rate_bytes_per_s=10_000)):
    await links.impose("rule", way, rule)
    await links._switch.lift("rule")
    try: print(await links.prove("rule"))
    except FaultNotProvedError as error: print(error)
    await links.lift("rule")
links._nft.impose("forgotten", way, LinkRule(E.DROP))
try: print(await links.prove_lifted(way))
except FaultNotProvedError as error: print(error)
"""
    lines = told(story)
    wanted = [
        "expected no packet and no answer, found 3 of 3 packets, a connect was connected",
        "expected a connect without an answer, it was connected",
        "expected a connect to be refused, it was connected",
        "expected 30 % of 448 packets to vanish",
        "expected packets after 500 ms at the earliest, found one after",
        "expected at most 10000 bytes/s, measured",
        "still no packet came within 5.0 s",
    ]
    assert len(lines) == len(wanted)
    assert [part in line for part, line in zip(wanted, lines, strict=True)] == [True] * len(wanted), lines


def test_requests_that_make_no_sense_are_refused() -> None:
    """Unknown nodes, no links, a node's link to itself, an id that is in force; an unknown id is lifted by nothing."""
    story = """
await links.impose("one", [Link("s1", "s2")], LinkRule(E.DROP))
for rule_id, ways in (("one", [Link("s3", "s4")]), ("x", [Link("s1", "s9")]), ("x", []), ("x", [Link("s1", "s1")])):
    try: await links.impose(rule_id, ways, LinkRule(E.DROP))
    except FaultError as error: print(error)
await links.lift("unknown")
print(list(links.imposed))
"""
    assert told(story) == [
        "the rule 'one' is in force already; lift it first",
        "expected links between two of tests, s1, s2, s3, s4, found s1 -> s9",
        "expected links between two of tests, s1, s2, s3, s4, found none",
        "expected links between two of tests, s1, s2, s3, s4, found s1 -> s1",
        "['one']",
    ]


LEFTOVERS = """
def leftovers():
    links.close()
    found = []
    for name in ("tests", *names):
        with network.inside(name):
            interfaces = [line.split(":")[0].strip() for line in open("/proc/self/net/dev") if ":" in line]
            sockets = [open(f"/proc/self/net/{kind}").read().count("\\n") for kind in ("tcp", "udp", "packet")]
        found.append((name, tables(name), interfaces, sockets))
    return found, sorted(entry for entry in os.listdir("/proc") if entry.isdigit()), len(os.listdir("/proc/self/fd"))
def tables(name):
    if links._nft.why_not(E.DROP): return ""
    try: return links._nft._at(name).run("list tables")
    finally: links.close()
everybody = [*names, "tests"]
rules = [LinkRule(E.DROP), LinkRule(E.DROP_CONNECTS), LinkRule(E.REFUSE), LinkRule(E.LOSS, loss_percent=10),
    LinkRule(E.DELAY, delay_ms=5), LinkRule(E.RATE, rate_bytes_per_s=10**6)]
async def pairs(choice, numbers):
    for number in numbers:
        ways = {Link(*choice.sample(everybody, 2)) for _ in range(choice.randint(1, 6))}
        # the switch takes tens of milliseconds: every tenth pair is enough for it
        rule = choice.choice(rules if number % 10 == 0 else rules[:4])
        await links.impose(f"rule-{number}", ways, rule)
        while len(links.imposed) > choice.randint(0, 3): await links.lift(choice.choice(sorted(links.imposed)))
    for one in list(links.imposed): await links.lift(one)
"""
"""Tables, interfaces and sockets of every namespace, the processes of the lab, and our open files."""


@pytest.mark.parametrize(("code", "count"), [("", 500), (WITHOUT_NFT, 50)], ids=["nft", "switch"])
def test_pairs_of_injecting_and_healing_leave_nothing(code: str, count: int, before: tuple[str, ...]) -> None:
    """Up to four rules at once, lifted in any order: tables, interfaces, processes, sockets and files are as before."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    story = f"""
choice = random.Random({seed})
await pairs(choice, [-10, -1])  # what is loaded once is loaded now
before = leftovers()
await pairs(choice, range({count}))
after = leftovers()
print(before == after or (before, after))
print(await there(*[(a, b) for a in everybody for b in everybody if a != b]) == ["answered"] * 20)
"""
    assert told(LEFTOVERS + story, before=before, code=code) == ["True", "True"], f"seed {seed}"


def test_the_switch_ends_with_the_runner() -> None:
    """A runner that is killed while packets are delayed leaves no process."""
    story = """
await links.impose("slow", [Link("s1", "s2")], LinkRule(E.DELAY, delay_ms=50))
print(links._switch.pid, flush=True)
await asyncio.get_running_loop().create_future()
"""
    body = "".join(f"    {line}\n" for line in story.strip().splitlines())
    with LabRun(f"{HEAD}async def story():\n{body}asyncio.run(story())\n") as run:
        assert int(run.line()) > 1
        assert len(run.pids()) == 5  # outer process, maker, init, runner, switch
        run.popen.kill()
        run.popen.wait(20)
        # the kernel ends the namespace: its pipe closes with the last process
        assert run.popen.stdout is not None
        assert run.popen.stdout.read() == ""
        assert run.pids() == []


def test_a_dead_switch_is_told_and_its_nodes_come_back() -> None:
    """Its end is no proof and no secret; lifting the rule puts the nodes back to the bridge."""
    story = """
await links.impose("slow", [Link("s1", "s2")], LinkRule(E.DELAY, delay_ms=50))
os.kill(links._switch.pid, signal.SIGKILL)
try: await links.prove("slow")
except FaultNotProvedError as error: print(error)
await links.lift("slow")
print(await there(("s1", "s2"), ("s3", "s1")))
"""
    assert told(story) == [
        "s1 -> s2: expected packets after 50 ms, found none",
        "['answered', 'answered']",
    ]
