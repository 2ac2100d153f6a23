"""Clocks that disagree: a dbserver whose wall clock is a day ahead takes part as before."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, Faults

pytestmark = pytest.mark.crash_test

A_DAY_S = 86400.0


@pytest.mark.parametrize("offset_s", [A_DAY_S, -A_DAY_S])
async def test_a_dbserver_with_a_wrong_clock_takes_writes(
    arango_cluster: Cluster, collection: Collection, faults: Faults, offset_s: float
) -> None:
    """Writes and reads go on while its clock is off by a day, and when it is right again."""
    shard = await collection.only_shard()
    leader = arango_cluster.leader_of(shard)
    keys = {f"k{number}" for number in range(30)}
    async with faults.clock_skew(leader, offset_s=offset_s):
        await collection.insert_many([{"_key": key} for key in sorted(keys)])
        assert await collection.keys() == keys
    await collection.insert({"_key": "after"})
    assert await collection.keys() == {*keys, "after"}
