"""The case that finds its documents in the dataset."""

from __future__ import annotations

import os

from armadillo import Cluster, SingleServer


async def test_all_are_there(arango: Cluster | SingleServer) -> None:
    """As many as were seeded."""
    assert await arango.database().collection("documents").count() == int(os.environ["DOCUMENTS"])
