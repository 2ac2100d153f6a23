"""Servers for the tests of the client tools: every test runs against a single server and against a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_numbers = itertools.count(1)


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
    """A cluster (one agent, two dbservers) for all tests of the target."""
    started = StandinCluster(tmp_path_factory.mktemp("cluster"), agents=1, dbservers=2)
    try:
        yield started.start()
    finally:
        started.close()


@pytest.fixture(params=["single", "cluster"])
def server(request: pytest.FixtureRequest) -> StandinServer:
    """The server to work with: a single server, then a coordinator."""
    if request.param == "single":
        single: StandinServer = request.getfixturevalue("single_server")
        return single
    cluster: StandinCluster = request.getfixturevalue("cluster")
    return cluster.front


@pytest.fixture
def database(server: StandinServer) -> str:
    """The name of a new, empty database."""
    name = f"db{next(_numbers)}"
    assert server.call("POST", "/_api/database", {"name": name}).status == 201
    return name
