"""kill -9 of random servers under load, with a ledger of what was acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import wait_until

ROUNDS = 6


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[StandinCluster]:
    """Three agents, three dbservers, two coordinators, a collection `c` of three shards with two copies each."""
    made = StandinCluster(tmp_path).start()
    made.create("c", numberOfShards=3, replicationFactor=2)
    yield made
    made.close()


class Ledger:
    """Writers that note which documents were acknowledged."""

    def __init__(self, cluster: StandinCluster, writers: int) -> None:
        self._cluster = cluster
        self._stop = threading.Event()
        self.acknowledged: dict[str, int] = {}
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(writers)]
        for thread in self._threads:
            thread.start()

    def _write(self, writer: int) -> None:
        number = 0
        while not self._stop.is_set():
            key = f"w{writer}-{number}"
            coordinator = self._cluster.coordinators[number % 2]
            answer = coordinator.call("POST", "/_api/document/c", {"_key": key, "n": number})
            if answer.status in (201, 202):
                self.acknowledged[key] = number
            elif answer.status == 0:
                time.sleep(0.01)  # this coordinator is down; the next number asks the other
            number += 1

    def close(self) -> None:
        """Stop the writers."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("seed", [20, 21])
def test_random_kills_lose_nothing(cluster: StandinCluster, seed: int) -> None:
    """Six rounds of kill -9 and restart: all acknowledged writes are there, and all copies are equal."""
    rng = random.Random(seed)
    ledger = Ledger(cluster, 4)
    try:
        for _ in range(ROUNDS):
            victim = rng.choice([*cluster.agents, *cluster.dbservers, *cluster.dbservers, cluster.coordinators[1]])
            goal = len(ledger.acknowledged) + 20
            wait_until(lambda goal=goal: len(ledger.acknowledged) >= goal, "writes")  # type: ignore[misc]
            victim.kill()
            time.sleep(rng.choice([0, 0.1, 2.5]))  # restarted at once, or after the failover
            victim.start()
            cluster.wait_good()
            cluster.wait_in_sync("c")
    finally:
        ledger.close()
    cluster.wait_in_sync("c")
    rows = cluster.front.aql("FOR d IN c RETURN [d._key, d.n]")

    assert ledger.acknowledged.items() <= dict(rows).items(), f"seed {seed}"
    for shard, plan in cluster.distribution("c")["Plan"].items():
        path = f"/_api/collection/{shard}/checksum?withRevisions=true&withData=true"
        found = {
            cluster.server_of(name).call("GET", path).body["checksum"] for name in (plan["leader"], *plan["followers"])
        }
        assert len(found) == 1, f"seed {seed}, shard {shard}"
