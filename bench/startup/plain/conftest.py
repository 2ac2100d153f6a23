"""The hand-written fixture of variant (a)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from plain_servers import PlainServers


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a ready server: BENCH_MODE is "single_server" or "cluster"."""
    directory: Path = tmp_path_factory.mktemp("servers")
    servers = PlainServers(os.environ["BENCH_ARANGOD"], directory)
    try:
        single = os.environ["BENCH_MODE"] == "single_server"
        yield servers.start_single() if single else servers.start_cluster(3, 3, 2)
    finally:
        servers.stop()
