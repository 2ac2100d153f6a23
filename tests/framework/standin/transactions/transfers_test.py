"""Concurrent transfers between accounts: snapshots are consistent, no update is lost, also through kill -9."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer
from tests.framework.standin.support.transfers import ACCOUNTS, AMOUNT, Transfers


@pytest.mark.parametrize("seed", [1, 2])
def test_the_total_stays_on_a_single_server(tmp_path: Path, seed: int) -> None:
    """Every transaction sees the same total, and it is still there after kill -9 in the middle."""
    server = StandinServer(tmp_path)
    try:
        server.start().wait_available()
        server.call("POST", "/_api/collection", {"name": "accounts"})
        transfers = Transfers(lambda: [server], collection="accounts", seed=seed, threads=4)
        try:
            transfers.wait_more(random.Random(seed).randint(30, 60))
            server.kill()
        finally:
            transfers.close()
        server.start().wait_available()
        assert transfers.violations == [], f"seed {seed}"
        assert transfers.total() == ACCOUNTS * AMOUNT, f"seed {seed}"
        assert transfers.conflicts > 0
    finally:
        server.close()


def test_the_total_stays_in_a_cluster(tmp_path: Path) -> None:
    """While dbservers are killed one after the other, no transfer is done by half and none is lost."""
    seed = 3
    rng = random.Random(seed)
    cluster = StandinCluster(tmp_path, agents=1, dbservers=3)
    try:
        cluster.start()
        cluster.create("accounts", numberOfShards=1, replicationFactor=3)
        cluster.wait_in_sync("accounts")
        transfers = Transfers(lambda: cluster.coordinators, collection="accounts", seed=seed, threads=3)
        try:
            for _ in range(3):
                transfers.wait_more(20)
                victim = rng.choice(cluster.dbservers)
                victim.kill()
                victim.start().wait_available()
        finally:
            transfers.close()
        cluster.wait_good()
        assert transfers.violations == [], f"seed {seed}"
        assert transfers.total() == ACCOUNTS * AMOUNT, f"seed {seed}"
    finally:
        cluster.close()
