"""A plug-in for the runs that make datasets: what a seeding script may ask for, and what holds behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ..handles.cluster import Cluster
from ..handles.single_server import SingleServer

_TAKEN_AWAY = ("database", "collection", "consistency")
"""Fixtures whose things end with the case."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses scripts that would seed what is dropped behind them; raises `pytest.UsageError`."""
    for item in items:
        for name in _TAKEN_AWAY:
            if name in getattr(item, "fixturenames", ()):
                raise pytest.UsageError(
                    f"{item.nodeid} asks for the fixture `{name}`, which is dropped when the function returns; "
                    "make a database that stays: people = await arango.create_database('people')"
                )


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def armadillo_copies_in_sync(arango: Cluster | SingleServer) -> AsyncIterator[None]:
    """Behind each function of a script every shard of a cluster has all its copies: they are what is stored."""
    yield
    if isinstance(arango, Cluster):
        for name in await arango.databases():
            await arango.wait_until_in_sync(name)
