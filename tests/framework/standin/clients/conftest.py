"""Servers for the tests of the client tools: every test runs against a single server and against a cluster."""

from __future__ import annotations

import itertools

import pytest

from tests.framework.standin.support.shared_servers import cluster, server, single_server
from tests.framework.standin.support.standin_server import StandinServer

__all__ = ["cluster", "server", "single_server"]

_numbers = itertools.count(1)


@pytest.fixture
def database(server: StandinServer) -> str:
    """The name of a new, empty database."""
    name = f"db{next(_numbers)}"
    assert server.call("POST", "/_api/database", {"name": name}).status == 201
    return name
