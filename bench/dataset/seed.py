"""The script of the bench's datasets."""

from __future__ import annotations

from armadillo import Cluster, SingleServer

from bench.dataset.documents import fill


async def seed(arango: Cluster | SingleServer) -> None:
    """The same documents as those that a test would insert."""
    await fill(arango)
