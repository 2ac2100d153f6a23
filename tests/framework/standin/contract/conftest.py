"""Servers for contract tests: every test runs against a single server and against a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of the compatibility table."""
    config.addinivalue_line("markers", "feature(family, name, status): a row of the compatibility table")


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
def name() -> str:
    """A name that no other test uses, for a collection, database, graph, user or view."""
    return f"thing{next(_numbers)}"


@pytest.fixture
def collection(server: StandinServer, name: str) -> str:
    """The name of an empty document collection."""
    answer = server.call("POST", "/_api/collection", {"name": name})
    assert answer.status == 200, answer
    return name
