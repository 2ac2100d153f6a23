"""Failure points and the debug routes, which builds of ArangoDB with failure tests have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until


@pytest.fixture(autouse=True)
def no_failure_points_left(server: StandinServer) -> Iterator[None]:
    """No test leaves a failure point behind."""
    yield
    server.call("DELETE", "/_admin/debug/failat")


@feature("Failure injection", "GET, PUT, DELETE /_admin/debug/failat")
def test_failure_points_are_set_and_taken_back(server: StandinServer) -> None:
    """The support query says true; names are set, listed and taken back, one or all."""
    assert server.call("GET", "/_admin/debug/failat").body is True
    for name in ("one", "two", "Three::four"):
        assert server.call("PUT", f"/_admin/debug/failat/{name}").body is True
    assert server.call("GET", "/_admin/debug/failat/all").body == ["Three::four", "one", "two"]
    assert server.call("DELETE", "/_admin/debug/failat/two").body is True
    assert server.call("GET", "/_admin/debug/failat/all").body == ["Three::four", "one"]
    assert server.call("DELETE", "/_admin/debug/failat").body is True
    assert server.call("GET", "/_admin/debug/failat/all").body == []


@feature("Failure injection", "version details tell of failure points")
def test_the_version_tells_of_failure_points(server: StandinServer) -> None:
    """failure-tests is true among the details, as in builds of ArangoDB that have them."""
    details = server.call("GET", "/_api/version?details=true").body["details"]
    assert details["failure-tests"] == "true"


@feature("Failure injection", "failure points that make an operation fail (error 22)")
def test_a_failure_point_makes_a_write_fail(single_server: StandinServer, name: str) -> None:
    """TransactionWriteCommitMarker: the write is refused with 500/22 and leaves nothing; afterwards all is well."""
    assert single_server.call("POST", "/_api/collection", {"name": name}).status == 200
    single_server.call("PUT", "/_admin/debug/failat/TransactionWriteCommitMarker")
    refused = single_server.call("POST", f"/_api/document/{name}", {"_key": "a"})
    single_server.call("DELETE", "/_admin/debug/failat/TransactionWriteCommitMarker")
    assert (refused.status, refused.body["errorNum"]) == (500, 22)
    assert single_server.call("GET", f"/_api/document/{name}/a").status == 404
    assert single_server.call("POST", f"/_api/document/{name}", {"_key": "a"}).status == 202


@feature("Failure injection", "failure points that make an operation fail (error 22)")
def test_a_failure_point_makes_a_query_fail(server: StandinServer) -> None:
    """QueryList::insert: a query cannot start, and can again when the point is taken back."""
    server.call("PUT", "/_admin/debug/failat/QueryList::insert")
    refused = server.call("POST", "/_api/cursor", {"query": "RETURN 1"})
    server.call("DELETE", "/_admin/debug/failat/QueryList::insert")
    assert (refused.status, refused.body["errorNum"]) == (500, 22)
    assert server.aql("RETURN 1") == [1]


@feature("Failure injection", "failure points in replication")
def test_a_leader_drops_followers_at_a_failure_point(cluster: StandinCluster, name: str) -> None:
    """replicateOperationsDropFollower: the write succeeds, the follower goes out of sync and comes back afterwards."""
    cluster.create(name, replicationFactor=2, numberOfShards=1)
    cluster.wait_in_sync(name)
    leader = cluster.server_of(cluster.shard(name)[1])
    for point in ("FollowerInfo::add", "replicateOperationsDropFollower"):
        assert leader.call("PUT", f"/_admin/debug/failat/{point}").body is True
    assert cluster.insert(name, "a").status in (201, 202)
    wait_until(lambda: not cluster.in_sync(name), "the follower is out of sync")
    assert leader.call("DELETE", "/_admin/debug/failat").body is True
    cluster.wait_in_sync(name)
    assert cluster.keys(name) == {"a"}


@feature("Failure injection", "--server.failure-point, PUT /_admin/debug/crash")
def test_a_server_crashes_when_told(tmp_path: Path) -> None:
    """A point named on the command line is set from the start; the crash leaves a dump that the next process shows."""
    server = StandinServer(tmp_path, "--server.failure-point", "one", "--server.failure-point", "two")
    try:
        server.start().wait_available()
        assert server.call("GET", "/_admin/debug/failat/all").body == ["one", "two"]
        assert server.call("PUT", "/_admin/debug/crash").status == 0
        assert server.wait_exit() == -11
        assert " FATAL [a7902] {crash} " in server.log()
        server.start().wait_available()
        (crash,) = server.call("GET", "/_admin/crashes").body["result"]
        files = server.call("GET", f"/_admin/crashes/{crash}").body["result"]["files"]
        assert "Backtrace of thread" in files["backtrace.txt"]
        assert server.call("DELETE", f"/_admin/crashes/{crash}").status == 200
        assert server.call("GET", "/_admin/crashes").body["result"] == []
    finally:
        server.close()


@feature("Failure injection", "a build without failure points (--standin.failure-points false)")
def test_failure_points_can_be_missing(tmp_path: Path) -> None:
    """Then the routes answer 404 and the version says so, as release builds of ArangoDB do."""
    server = StandinServer(tmp_path, "--standin.failure-points", "false")
    try:
        server.start().wait_available()
        assert server.call("GET", "/_admin/debug/failat").status == 404
        assert server.call("PUT", "/_admin/debug/failat/one").status == 404
        assert server.call("PUT", "/_admin/debug/crash").status == 404
        assert server.call("GET", "/_api/version?details=true").body["details"]["failure-tests"] == "false"
    finally:
        server.close()
