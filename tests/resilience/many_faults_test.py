"""Many faults of all cheap kinds, several at a time, begun and healed in whatever order: nothing is left.

For more of them: `--test_env=FAULT_PAIRS=500`.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from armadillo import Cluster, Collection, FaultConflictError, Faults, FaultUnavailableError

pytestmark = pytest.mark.crash_test

PAIRS = int(os.environ.get("FAULT_PAIRS", "100"))
AT_ONCE = 3
HELD_EVERY = 25
"""After so many, all are healed and the cluster has to be whole."""


def planned(draw: Random, names: list[str]) -> tuple[str, list[str], dict[str, object]]:
    """A kind, its targets and parameters."""
    one, two = draw.sample(names, 2)
    choices: list[tuple[str, list[str], dict[str, object]]] = [
        ("process.suspend", [one], {}),
        ("network.isolate", [one], {}),
        ("network.partition", [one, two], {}),
        ("network.one_way", [one, two], {}),
        ("network.one_way_connections", [one, two], {}),
        ("network.refuse", [one, two], {}),
        ("network.delay", [one, two], {"delay_ms": 5.0}),
        ("network.loss", [one, two], {"loss_percent": 30.0}),
        ("arangodb.failure_point", [one], {"name": "nothing_has_this_name"}),
    ]
    return draw.choice(choices)


async def test_many_faults_leave_nothing(arango_cluster: Cluster, collection: Collection, faults: Faults) -> None:
    """Each is proved in force and proved gone; conflicts are refused; the cluster is whole and writes in between."""
    draw = arango_cluster.random
    names = [server.name for server in arango_cluster.servers]
    pids = {server.name: server.pid for server in arango_cluster.servers}
    begun = 0
    while begun < PAIRS:
        kind, targets, parameters = planned(draw, names)
        try:
            await faults.start(kind, targets, parameters)
            begun += 1
        except (FaultConflictError, FaultUnavailableError):
            continue
        active = await faults.in_force()
        if len(active) >= AT_ONCE or draw.random() < 0.3:
            await draw.choice(active).heal()
        if begun % HELD_EVERY == 0:
            await faults.heal_all()
            await arango_cluster.wait_until_healthy()
            await collection.insert({"_key": f"k{begun}"})
    await faults.heal_all()

    assert await faults.in_force() == []
    await arango_cluster.refresh()
    assert {server.name: server.pid for server in arango_cluster.servers} == pids
    assert await collection.keys() == {f"k{number}" for number in range(HELD_EVERY, PAIRS + 1, HELD_EVERY)}
