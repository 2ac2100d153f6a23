"""The 4.0 family, which ``--standin.version-family 4.0`` asks for: what is gone, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "Version family 4.0"
_OPTION = ("--standin.version-family", "4.0")
_GONE = (
    ("GET", "/_admin/statistics"),
    ("GET", "/_admin/statistics-description"),
    ("GET", "/_admin/log"),
    ("POST", "/_admin/echo"),
    ("GET", "/_admin/version"),
    ("GET", "/_admin/metrics/v2"),
    ("GET", "/_api/endpoint"),
    ("GET", "/_api/tasks"),
    ("POST", "/_admin/execute"),
    ("POST", "/_admin/routing/reload"),
    ("GET", "/_admin/database/target-version"),
    ("GET", "/_api/foxx"),
    ("POST", "/_api/batch"),
    ("GET", "/_api/replication/applier-state"),
)


@pytest.fixture(scope="module")
def single4(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """A single server of the 4.0 family."""
    server = StandinServer(tmp_path_factory.mktemp("single4"), *_OPTION)
    try:
        yield server.start().wait_available()
    finally:
        server.close()


@feature(_FAMILY, "reported version")
def test_the_version_is_of_the_family(single4: StandinServer) -> None:
    """All places that tell the version agree."""
    version = single4.call("GET", "/_api/version?details=true").body
    assert version["version"].startswith("4.0.")
    assert version["details"]["server-version"] == version["version"]
    assert single4.call("GET", "/_admin/status").body["version"] == version["version"]
    assert version["version"] in single4.log()


@feature(_FAMILY, "removed routes are unknown")
@pytest.mark.parametrize(("method", "path"), _GONE)
def test_removed_routes_are_unknown(single4: StandinServer, method: str, path: str) -> None:
    """What 4.0 removed is 404, not 501 and not 200."""
    answer = single4.call(method, path)
    assert (answer.status, answer.body["errorNum"]) == (404, 404)


@feature(_FAMILY, "removed members and methods")
def test_removed_members_and_methods(single4: StandinServer) -> None:
    """The status has lost its modes, and version, status and time take no POST any more."""
    status = single4.call("GET", "/_admin/status").body
    assert not {"mode", "operationMode", "foxxApi"} & set(status)
    assert "writeOpsEnabled" not in status["serverInfo"]
    assert status["standin"].startswith("arangod-standin")
    for path in ("/_api/version", "/_admin/status", "/_admin/time"):
        assert single4.call("POST", path).status == 405
    assert "mode" not in single4.call("GET", "/_api/version?details=true").body["details"]


@feature(_FAMILY, "what stays works")
def test_the_rest_stays(single4: StandinServer, name: str) -> None:
    """Documents, users, metrics and log entries are as before."""
    assert single4.call("POST", "/_api/collection", {"name": name}).status == 200
    assert single4.call("POST", f"/_api/document/{name}", {"_key": "a"}).status == 202
    assert single4.aql(f"FOR d IN {name} RETURN d._key") == ["a"]
    assert single4.call("GET", "/_api/user").body["result"][0]["user"] == "root"
    assert single4.call("GET", "/_admin/metrics").status == 200
    assert single4.call("GET", "/_admin/log/entries").status == 200


@feature(_FAMILY, "clusters")
def test_a_cluster_of_the_family(tmp_path: Path, name: str) -> None:
    """All servers of a cluster report 4.0, also in its health."""
    cluster = StandinCluster(
        tmp_path, agents=1, dbservers=1, coordinators=1, agent_options=_OPTION, dbserver_options=_OPTION,
        coordinator_options=(*_OPTION, "--cluster.default-replication-factor", "1"),
    )  # fmt: skip
    try:
        cluster.start()
        assert all(record["Version"].startswith("4.0.") for record in cluster.health().values())
        assert cluster.front.call("POST", "/_api/collection", {"name": name}).status == 200
        assert cluster.front.call("GET", "/_admin/statistics").status == 404
    finally:
        cluster.close()
