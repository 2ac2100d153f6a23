"""The case that inserts its documents first."""

from __future__ import annotations

from armadillo import Cluster, SingleServer

from bench.dataset.documents import COUNT, fill


async def test_all_are_there(arango: Cluster | SingleServer) -> None:
    """As many as were inserted."""
    await fill(arango)
    assert await arango.database().collection("documents").count() == COUNT
