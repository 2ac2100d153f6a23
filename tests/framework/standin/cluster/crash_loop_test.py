"""kill -9 of servers of every role under load, with a ledger of what was acknowledged."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.kill_rounds import KillRounds
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until
from tests.framework.standin.support.write_ledger import WriteLedger

MIXED_ROUNDS = 8
ROUNDS_PER_ROLE = 3
LOSES_UNSYNCED = ("--standin.lose-unsynced-writes", "true")

Make = Callable[..., StandinCluster]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a cluster of three agents, three dbservers, two coordinators, and ends it."""
    made: list[StandinCluster] = []

    def cluster(**options: tuple[str, ...]) -> StandinCluster:
        made.append(StandinCluster(tmp_path / str(len(made)), **options))  # type: ignore[arg-type]
        return made[-1].start()

    yield cluster
    for one in made:
        one.close()


def run(rounds: KillRounds, roles: list[str | None]) -> list[str]:
    """Do a round per role, None for any; return what is wrong at the end."""
    try:
        for role in roles:
            rounds.round(role)
        return rounds.judge()
    finally:
        rounds.close()


@pytest.mark.parametrize("seed", [20, 21])
def test_random_kills_lose_nothing(make: Make, seed: int) -> None:
    """Any server, sometimes two, sometimes again while it starts: nothing acknowledged is lost, copies are equal."""
    rounds = KillRounds(make(), seed=seed)

    assert run(rounds, [None] * MIXED_ROUNDS) == [], f"seed {seed}"
    assert rounds.ledger.total > 0


@pytest.mark.parametrize("role", ["leader", "follower", "agent", "coordinator"])
def test_kills_of_one_role_lose_nothing(make: Make, role: str) -> None:
    """The shard's leader, its follower, an agent, a coordinator, again and again: the same holds."""
    rounds = KillRounds(make(), seed=len(role), shards=1)

    assert run(rounds, [role] * ROUNDS_PER_ROLE) == []


def test_synced_writes_survive_where_the_rest_is_lost(make: Make) -> None:
    """Dbservers that lose at a kill what they had not synced: acknowledged waitForSync writes survive."""
    rounds = KillRounds(make(dbserver_options=LOSES_UNSYNCED), seed=22)

    assert run(rounds, [None] * MIXED_ROUNDS) == []


@pytest.mark.parametrize("options", [(), LOSES_UNSYNCED], ids=["ordinary", "loses_unsynced"])
def test_a_single_server_loses_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A single server is killed at random instants: every acknowledged waitForSync write is there."""
    rng = random.Random(23)
    server = StandinServer(tmp_path, *options)
    ledger = None
    try:
        server.start().wait_available()
        assert server.call("POST", "/_api/collection", {"name": "ledger", "waitForSync": True}).status == 200
        assert server.call("POST", "/_api/document/ledger", {"_key": "w", "v": 0}).status == 201
        ledger = WriteLedger(lambda: [server], collection="ledger", seed=23, writers=4)
        ledger.possible["w"] = {0}
        for _ in range(5):
            goal = ledger.total + rng.randint(1, 80)
            wait_until(lambda goal=goal: ledger.total >= goal, "acknowledged writes")  # type: ignore[misc]
            time.sleep(rng.uniform(0, 0.03))  # any instant, not only that of an acknowledgement
            server.kill()
            server.start().wait_available()
        ledger.close()
        assert ledger.judge(server.aql("FOR d IN ledger RETURN d")) == []
    finally:
        if ledger is not None:
            ledger.close()
        server.close()
