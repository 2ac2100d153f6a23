"""The client tools as processes, and the data they work on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import arangod_clients

from tests.framework.standin.support.standin_server import StandinServer

_ROOT = Path(arangod_clients.__file__).parent.parent


class Finished:
    """Exit code and output of a tool's run."""

    def __init__(self, code: int, output: str, errors: str) -> None:
        self.code = code
        self.output = output
        self.errors = errors

    def __repr__(self) -> str:
        return f"<exit code {self.code}>\n{self.output}\n{self.errors}"


def run_tool(
    server: StandinServer | None, tool: str, *options: str, database: str | None = None, given: bytes = b""
) -> Finished:
    """Run a tool to its end, against a server with the rights of a superuser; `given` is its standard input."""
    command = [sys.executable, "-S", "-m", "arangod_clients", tool]
    if server is not None:
        command += ["--server.endpoint", server.endpoint, "--server.jwt-secret-keyfile", str(server.folder / "jwt")]
    if database is not None:
        command += ["--server.database", database]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        [*command, *options], input=given, capture_output=True, env=environment, timeout=120, check=False
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def succeed(server: StandinServer, tool: str, *options: str, database: str | None = None) -> Finished:
    """Run a tool that must end with exit code 0."""
    done = run_tool(server, tool, *options, database=database)
    assert done.code == 0, done
    return done


def query(server: StandinServer, database: str, text: str, bind: dict[str, Any] | None = None) -> list[Any]:
    """Return all results of a query."""
    body = {"query": text, "bindVars": bind or {}, "batchSize": 1_000_000}
    answer = server.call("POST", f"/_db/{database}/_api/cursor", body)
    assert answer.status == 201, answer
    found: list[Any] = answer.body["result"]
    return found


def documents(server: StandinServer, database: str, collection: str) -> list[dict[str, Any]]:
    """Return the documents of a collection in the order of their keys, without revisions."""
    return query(server, database, "FOR doc IN @@c SORT doc._key RETURN UNSET(doc, '_rev')", {"@c": collection})


def make_collection(server: StandinServer, database: str, name: str, **properties: Any) -> None:
    """Make a collection."""
    answer = server.call("POST", f"/_db/{database}/_api/collection", {"name": name, **properties})
    assert answer.status == 200, answer


def insert(server: StandinServer, database: str, collection: str, values: list[dict[str, Any]]) -> None:
    """Store documents."""
    answer = server.call("POST", f"/_db/{database}/_api/document/{collection}", values)
    assert answer.status in (201, 202), answer
    assert all("error" not in item for item in answer.body), answer.body[:3]
