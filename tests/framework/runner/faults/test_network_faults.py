"""Each kind of network fault in a lab: proved, felt by real traffic, and gone behind it."""

from __future__ import annotations

import pytest

from tests.framework.runner.support.lab_run import LabRun, may_have_a_lab, unprivileged

pytestmark = pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")

STORY = """
import asyncio
from tests.framework.runner.support.lab_ground import fault_on, ground
from tests.framework.runner.support.lab_traffic import Traffic
names = list("abcde")
for name in names: network.add_node(name)
traffic = Traffic(network, [*names, "tests"], 0.5)
where = ground(names, network.links)
async def unreachable():
    ways = [(a, b) for a in [*names, "tests"] for b in names if a != b]
    found = await asyncio.gather(*(asyncio.to_thread(traffic.outcome, *way) for way in ways))
    return " ".join(f"{{a}}{{'x' if how == 'refused' else '>'}}{{b}}" for (a, b), how in zip(ways, found)
        if how != "answered")
async def story():
    assert await unreachable() == ""
    fault = await fault_on(where, {kind!r}, *{targets!r}, **{parameters!r})
    await fault.set_up(where)
    await fault.inject(where)
    print(await fault.prove_injected(where))
    print({look})
    await fault.recover(where)
    print(await fault.prove_recovered(where))
    await fault.clean_up(where)
    print(await unreachable())
asyncio.run(story())
"""
UNREACHABLE = "await unreachable()"


def told(
    kind: str, targets: tuple[str, ...], look: str = UNREACHABLE, before: tuple[str, ...] = (), **parameters: object
) -> tuple[str, str, str]:
    """Proof, what was seen under the fault, and proof of its end, behind which all reach all."""
    code = STORY.format(kind=kind, targets=targets, parameters=parameters, look=look)
    with LabRun(code, before=before) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, ""), err
    proof, seen, healed, left = out.split("\n")[:4]
    assert left == ""
    return proof, seen, healed


def both(*pairs: str) -> set[str]:
    """ "ab" as "a>b" and "b>a"."""
    return {f"{one}>{other}" for pair in pairs for one, other in (pair, pair[::-1])}


@pytest.mark.parametrize(
    ("kind", "targets", "cut"),
    [
        ("network.isolate", ("a",), both("ab", "ac", "ad", "ae")),
        ("network.partition", ("a,b", "c,d"), both("ac", "ad", "bc", "bd")),
        ("network.ring", ("all",), both("ac", "ad", "bd", "be", "ce")),
        ("network.bridge", ("a,b", "d,e", "c"), both("ad", "ae", "bd", "be")),
        ("network.one_way", ("a", "b"), both("ab")),
        ("network.one_way_connections", ("a", "b"), {"a>b"}),
        ("network.refuse", ("a", "b"), {"axb", "bxa"}),
        ("network.swizzle", ("a",), both("ab", "ac", "ad", "ae")),
    ],
)
def test_a_cut_stops_its_links_and_no_others(kind: str, targets: tuple[str, ...], cut: set[str]) -> None:
    """Between five servers and the tests; behind it everybody reaches everybody."""
    proof, seen, healed = told(kind, targets)
    assert set(seen.split()) == cut
    assert "vanish" in proof or "got no answer" in proof or "refused" in proof
    assert "let packets pass again" in healed


def test_an_ordinary_user_has_the_same_faults() -> None:
    """Without any privilege on the machine."""
    before = unprivileged()
    _, seen, _ = told("network.isolate", ("a",), before=before, including_tests=True)
    assert set(seen.split()) == both("ab", "ac", "ad", "ae") | {"tests>a"}
    _, seen, _ = told(
        "network.delay",
        ("a", "b"),
        "await asyncio.to_thread(traffic.ping_ms, 'a', 'b') >= 200",
        before=before,
        delay_ms=100,
    )
    assert seen == "True"


@pytest.mark.parametrize(
    ("kind", "parameters", "look", "measured"),
    [
        (
            "network.loss",
            {"loss_percent": 30},
            "await asyncio.to_thread(traffic.lost_of, 'a', 'b', 40) > 5",
            "vanished",
        ),
        (
            "network.delay",
            {"delay_ms": 100, "jitter_ms": 50},
            "await asyncio.to_thread(traffic.ping_ms, 'a', 'b') >= 200",
            "packets took 1",
        ),
        (
            "network.rate",
            {"rate_bytes_per_s": 100_000},
            "await asyncio.to_thread(traffic.seconds_for, 'a', 'b', 50_000) >= 0.5",
            "bytes/s",
        ),
    ],
)
def test_a_bad_link_is_as_bad_as_it_was_asked_for(
    kind: str, parameters: dict[str, object], look: str, measured: str
) -> None:
    """In both directions, measured by the links and by traffic that knows nothing of them."""
    proof, seen, healed = told(kind, ("a", "b"), look, **parameters)
    assert measured in proof
    assert seen == "True"
    assert "2 links let packets pass again" in healed


def test_flapping_links_are_seen_in_both_states_by_traffic() -> None:
    """Within a few periods a connection fails, and one succeeds."""
    look = (
        ("sorted({{await asyncio.to_thread(traffic.outcome, 'a', 'b') for _ in range(40)}} & {{'answered', 'silent'}})")
        .replace("{{", "{")
        .replace("}}", "}")
    )
    proof, seen, healed = told("network.flapping", ("a", "b"), look, period_s=2.0)
    assert proof.startswith("cut: a -> b: 3 packets vanished")
    assert seen == "['answered', 'silent']"
    assert healed.startswith("cut ")
