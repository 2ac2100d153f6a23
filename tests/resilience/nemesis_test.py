"""Clients and a nemesis side by side: whatever it does, what ArangoDB promised its clients holds."""

from __future__ import annotations

import pytest
from armadillo import Consistency, FaultChoice, Nemeses, Role

pytestmark = pytest.mark.crash_test

DURATION_S = 20.0
FAILOVERS_DURATION_S = 45.0
LONG_ENOUGH_S = (6.0, 8.0)
"""Supervision here gives a silent dbserver up after less, and another one leads its shards."""
FAILOVERS = [
    FaultChoice(kind, roles=(Role.DBSERVER,), hold_s=LONG_ENOUGH_S)
    for kind in ("process.kill", "process.suspend", "network.isolate")
]


async def test_promises_hold_under_faults(consistency: Consistency, nemesis: Nemeses) -> None:
    """Servers die, freeze and lose their network by a drawn plan; the history has no anomaly, the copies are equal."""
    async with consistency.running("life_cycle", clients=6, keys=4, rate_per_s=200) as load:
        async with nemesis.running(DURATION_S) as running:
            await running.finished()
        await load.more(50)

    assert running.injected > 0
    await load.check()


async def test_promises_hold_over_failovers(consistency: Consistency, nemesis: Nemeses) -> None:
    """One dbserver after the other is away for so long that others take its shards over, and comes back."""
    async with consistency.running("list_append", clients=6, keys=4, rate_per_s=200) as load:
        async with nemesis.running(FAILOVERS_DURATION_S, choices=FAILOVERS) as running:
            await running.finished()
        await load.more(50)

    assert running.injected > 0
    await load.check()
