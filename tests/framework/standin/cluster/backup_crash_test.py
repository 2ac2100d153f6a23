"""kill -9 in the middle of a backup or a restore: the cluster is as before or as restored, and nothing in between."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import wait_until

OLD = {f"old{number}" for number in range(20)}
NEW = {f"new{number}" for number in range(20)}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[StandinCluster]:
    """A cluster with a collection `c` of three shards with two copies each."""
    made = StandinCluster(tmp_path).start()
    try:
        made.create("c", numberOfShards=3, replicationFactor=2)
        yield made
    finally:
        made.close()


def put(cluster: StandinCluster, keys: set[str]) -> None:
    """Replace all documents."""
    assert cluster.front.call("PUT", "/_api/collection/c/truncate").status == 200
    assert cluster.front.call("POST", "/_api/document/c", [{"_key": key} for key in sorted(keys)]).status in (201, 202)


def whole(cluster: StandinCluster) -> None:
    """Wait until the cluster is healthy, in sync, and takes writes."""
    cluster.front.wait_available()
    cluster.wait_good(timeout_s=90)
    cluster.wait_in_sync("c", timeout_s=90)
    wait_until(lambda: cluster.insert("c", "probe").status in (202, 409), "writes are taken", 90)
    cluster.front.call("DELETE", "/_api/document/c/probe")


@pytest.mark.parametrize("seed", range(6))
def test_a_restore_is_whole_or_not_at_all(cluster: StandinCluster, seed: int) -> None:
    """A dbserver, an agent or the conducting coordinator dies somewhere in a restore."""
    rng = random.Random(seed)
    put(cluster, OLD)
    made = cluster.front.call("POST", "/_admin/backup/create", {"label": "x"}).body["result"]["id"]
    put(cluster, NEW)
    call = threading.Thread(
        target=cluster.front.call, args=("POST", "/_admin/backup/restore", {"id": made}), daemon=True
    )
    call.start()
    time.sleep(rng.uniform(0, 0.5))  # somewhere in the restore
    victim = rng.choice([*cluster.dbservers, cluster.agents[0], cluster.front, cluster.front])
    victim.kill()
    victim.start()
    call.join(80)
    whole(cluster)

    found = cluster.keys("c")
    assert found in (OLD, NEW), f"seed {seed}: {victim.folder.name} died"
    for shard, plan in cluster.distribution("c")["Plan"].items():
        path = f"/_api/collection/{shard}/checksum?withRevisions=true&withData=true"
        names = (plan["leader"], *plan["followers"])
        assert len({cluster.server_of(name).call("GET", path).body["checksum"] for name in names}) == 1


def test_writes_go_on_after_a_restore_that_one_server_could_not_prepare(cluster: StandinCluster) -> None:
    """The conductor takes the restore back and unlocks: the servers that were prepared lead their shards as before."""
    put(cluster, OLD)
    made = cluster.front.call("POST", "/_admin/backup/create", {}).body["result"]["id"]
    owner = {"id": "a decision that never comes", "conductor": next(iter(cluster.health())), "timeout_s": 30}
    order = {"id": made, "previous": {"id": "before"}, "now": {}, "decision": owner["id"]}
    prepared = cluster.dbservers[1:]
    for action, body in (("lock", owner), ("prepare", order), ("abandon", {}), ("unlock", owner)):
        for server in prepared:
            assert server.call("POST", f"/_internal/backup/{action}", body).status == 200
    other = cluster.dbservers[0]
    other.kill()  # who leads must tell the agency that it lost a copy
    other.start()
    whole(cluster)
    put(cluster, NEW)
    assert cluster.keys("c") == NEW


def test_writes_go_on_when_the_conductor_dies(cluster: StandinCluster) -> None:
    """The coordinator that makes a backup is killed: the others take writes, and another backup can be made."""
    put(cluster, OLD)
    rng = random.Random(1)
    for _ in range(3):
        call = threading.Thread(target=cluster.front.call, args=("POST", "/_admin/backup/create", {}), daemon=True)
        call.start()
        time.sleep(rng.uniform(0, 0.1))  # somewhere in the backup
        cluster.front.kill()
        cluster.front.start()
        call.join(80)
        whole(cluster)
    other = cluster.coordinators[1]
    wait_until(lambda: other.call("POST", "/_admin/backup/create", {"timeout": 10}).status == 201, "a backup", 200)
    assert cluster.keys("c") == OLD
