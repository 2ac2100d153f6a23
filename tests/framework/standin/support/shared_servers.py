"""Fixtures that tests of several packages share: servers for a whole target, and servers made for one test.

A conftest.py imports those that its tests ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import Make, StandinServer


@pytest.fixture(scope="session")
def single_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """A single server for all tests of the target."""
    server = StandinServer(tmp_path_factory.mktemp("single"))
    try:
        yield server.start().wait_available()
    finally:
        server.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinCluster]:
    """A cluster (one agent, two dbservers, two coordinators) for all tests of the target."""
    started = StandinCluster(tmp_path_factory.mktemp("cluster"), agents=1, dbservers=2)
    try:
        yield started.start()
    finally:
        started.close()


@pytest.fixture(params=["single", "cluster"])
def server(request: pytest.FixtureRequest) -> StandinServer:
    """The server to ask: a single server, then a coordinator."""
    if request.param == "single":
        single: StandinServer = request.getfixturevalue("single_server")
        return single
    cluster: StandinCluster = request.getfixturevalue("cluster")
    return cluster.front


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes servers in folders of their own and ends them."""
    made: list[StandinServer] = []

    def server(*options: str, folder: str = "server", port: int | None = None) -> StandinServer:
        made.append(StandinServer(tmp_path / folder, *options, port=port))
        return made[-1]

    yield server
    for one in made:
        one.close()
