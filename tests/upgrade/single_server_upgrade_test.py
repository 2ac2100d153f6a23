"""The upgrade of a single server: one step."""

from __future__ import annotations

import pytest
from armadillo import Collection, ControlError, SingleServer, Upgrade


async def test_the_data_is_there_after_the_upgrade(
    arango_single_server: SingleServer, collection: Collection, upgrade: Upgrade
) -> None:
    """The only step brings the new version, with all that was stored before."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(20)}

    steps = [step async for step in upgrade.rolling()]

    assert [(step.server.name, step.is_last) for step in steps] == [("single-1", True)]
    assert await arango_single_server.version() == upgrade.to_version
    assert await collection.keys() == stored


async def test_there_is_no_second_upgrade(arango_single_server: SingleServer, upgrade: Upgrade) -> None:
    """What is upgraded cannot go back to be upgraded again: the error says so."""
    with pytest.raises(ControlError, match="cannot go back"):
        await upgrade.full_stop()
    with pytest.raises(ControlError, match="nothing to upgrade single-1 to"):
        await arango_single_server.only_server.upgrade()
