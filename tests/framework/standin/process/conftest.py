"""Servers in folders of their own, with any options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_server import Make, StandinServer


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
