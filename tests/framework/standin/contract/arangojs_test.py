"""The official JavaScript driver against single server and cluster; skipped by name where Node is missing."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer

_SCRIPT = Path(__file__).parent / "arangojs_families.mjs"


@cache
def _errors(port: int) -> dict[str, str | None]:
    """Run the driver's script once per server; return the error of each family, None where there was none."""
    told = Path(os.environ["NODE_FILE"])
    node = told.read_text().strip()
    if node.startswith("missing:"):
        pytest.skip(f"arangojs cannot run here: {node}")
    command = [node, str(_SCRIPT.resolve()), str(told.resolve().parent), str(port), f"js{port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return {record["family"]: record["error"] for record in found}


def _check(server: StandinServer, family: str) -> None:
    errors = _errors(server.port)
    assert family in errors, f"the script ended before {family}; it did {', '.join(errors)}"
    assert errors[family] is None, errors[family]


@feature("Drivers: arangojs", "databases")
def test_databases(server: StandinServer) -> None:
    """Databases are made, found and dropped."""
    _check(server, "databases")


@feature("Drivers: arangojs", "documents and import")
def test_documents(server: StandinServer) -> None:
    """Documents are stored, refused, changed and imported."""
    _check(server, "documents")


@feature("Drivers: arangojs", "AQL and cursors")
def test_queries(server: StandinServer) -> None:
    """Queries with bound values come back over several batches; a syntax error has its number."""
    _check(server, "queries")


@feature("Drivers: arangojs", "stream transactions")
def test_transactions(server: StandinServer) -> None:
    """A step's write is invisible until the commit."""
    _check(server, "transactions")


@feature("Drivers: arangojs", "graphs and traversals")
def test_graphs(server: StandinServer) -> None:
    """A named graph is made, traversed and dropped with its collections."""
    _check(server, "graphs")


@feature("Drivers: arangojs", "indexes")
def test_indexes(server: StandinServer) -> None:
    """The same index twice is one index."""
    _check(server, "indexes")


@feature("Drivers: arangojs", "views as definitions")
def test_views(server: StandinServer) -> None:
    """A view is made, described and dropped."""
    _check(server, "views")
