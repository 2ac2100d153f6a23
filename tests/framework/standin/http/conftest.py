"""One single server for all tests of HTTP, which must survive them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.framework.standin.support.standin_server import StandinServer


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """A server with the collection c."""
    server = StandinServer(tmp_path_factory.mktemp("http"))
    try:
        server.start().wait_available()
        assert server.call("POST", "/_api/collection", {"name": "c"}).status == 200
        yield server
    finally:
        server.close()


@pytest.fixture
def server(shared_server: StandinServer) -> Iterator[StandinServer]:
    """The server; after each test it still runs, answers, and has logged no unexpected exception."""
    before = len(shared_server.log())
    yield shared_server
    shared_server.check_alive()
    assert shared_server.call("GET", "/_api/version").status == 200
    logged = shared_server.log()[before:]
    assert "unexpected exception" not in logged, logged[-3000:]
