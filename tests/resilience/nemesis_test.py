"""Clients and a nemesis side by side: whatever it does, what ArangoDB promised its clients holds."""

from __future__ import annotations

import pytest
from armadillo import Consistency, Nemeses

pytestmark = pytest.mark.crash_test

DURATION_S = 20.0


@pytest.mark.parametrize("workload", ["list_append", "life_cycle"])
async def test_promises_hold_under_faults(workload: str, consistency: Consistency, nemesis: Nemeses) -> None:
    """Servers die, freeze and lose their network by a drawn plan; the history has no anomaly, the copies are equal."""
    async with consistency.running(workload, clients=6, keys=4, rate_per_s=200) as load:
        async with nemesis.running(DURATION_S) as running:
            await running.finished()
        await load.more(50)

    assert running.injected > 0
    await load.check()
