"""kill -9 in the middle of commits: each transaction is there as a whole or not at all, acknowledged ones are there."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_DOCUMENTS = 4
_COLLECTIONS = ("first", "second")


class _Committers:
    """Threads that commit transactions over two collections; `acknowledged` holds the names of those that are safe."""

    def __init__(self, front: StandinServer, threads: int) -> None:
        self._front = front
        self._stop = threading.Event()
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, thread: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name = f"{thread}-{number}"
            if self._transaction(name).status == 200:
                self.acknowledged.add(name)

    def _transaction(self, name: str) -> Answer:
        call = self._front.call
        begun = call("POST", "/_api/transaction/begin", {"collections": {"write": list(_COLLECTIONS)}})
        if begun.status != 201:
            return Answer(0, {}, None)
        identifier = begun.body["result"]["id"]
        for collection in _COLLECTIONS:
            documents = [{"_key": f"{name}-{part}", "transaction": name} for part in range(_DOCUMENTS)]
            inside = {"x-arango-trx-id": identifier}
            written = call("POST", f"/_api/document/{collection}?silent=true", documents, headers=inside)
            if written.status != 202:
                return Answer(0, {}, None)
        return call("PUT", f"/_api/transaction/{identifier}")

    def close(self) -> None:
        """Stop; returns when the last answer is noted."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def _parts(server: StandinServer, collection: str) -> dict[str, int]:
    return Counter(server.aql(f"FOR d IN {collection} RETURN d.transaction"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandinServer]:
    """A single server with both collections."""
    made = StandinServer(tmp_path)
    try:
        made.start().wait_available()
        for collection in _COLLECTIONS:
            assert made.call("POST", "/_api/collection", {"name": collection}).status == 200
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_single_server_has_whole_transactions(server: StandinServer, seed: int) -> None:
    """After kill -9 and restart every transaction has all its documents in both collections, or none."""
    wanted = random.Random(seed).randint(10, 40)
    committers = _Committers(server, threads=4)
    try:
        wait_until(lambda: len(committers.acknowledged) >= wanted, "commits")
        server.kill()
    finally:
        committers.close()
    server.start().wait_available()
    first, second = (_parts(server, collection) for collection in _COLLECTIONS)

    assert first == second, f"seed {seed}"
    assert set(first.values()) == {_DOCUMENTS}, f"seed {seed}"
    assert committers.acknowledged <= set(first), f"seed {seed}"
    assert server.call("GET", "/_api/transaction").body == {"transactions": []}


def test_a_killed_leader_has_whole_parts(tmp_path: Path) -> None:
    """When a dbserver dies in the middle of commits, no acknowledged one is lost and each shard has whole parts."""
    cluster = StandinCluster(tmp_path, agents=1, dbservers=3)
    try:
        cluster.start()
        for collection in _COLLECTIONS:
            cluster.create(collection, numberOfShards=1, replicationFactor=2)
            cluster.wait_in_sync(collection)
        committers = _Committers(cluster.front, threads=3)
        try:
            wait_until(lambda: len(committers.acknowledged) >= 20, "commits")
            _, leader, _ = cluster.shard(_COLLECTIONS[1])
            cluster.server_of(leader).kill()
            before = len(committers.acknowledged)
            wait_until(lambda: len(committers.acknowledged) >= before + 20, "commits after the failover", 60.0)
        finally:
            committers.close()
        for collection in _COLLECTIONS:
            parts = _parts(cluster.front, collection)
            assert set(parts.values()) == {_DOCUMENTS}
            assert committers.acknowledged <= set(parts)
    finally:
        cluster.close()
