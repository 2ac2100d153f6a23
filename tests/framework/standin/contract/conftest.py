"""Servers for contract tests: every test runs against a single server and against a cluster."""

from __future__ import annotations

import itertools

import pytest

from tests.framework.standin.support.shared_servers import cluster, make, server, single_server
from tests.framework.standin.support.standin_server import StandinServer

__all__ = ["cluster", "make", "server", "single_server"]

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of the compatibility table."""
    config.addinivalue_line("markers", "feature(family, name, status): a row of the compatibility table")


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
