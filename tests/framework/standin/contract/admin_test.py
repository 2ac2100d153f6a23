"""Administration: version, status, mode, options, licence, what was asked, shutdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until

_STATUS = "Version and status"
_ADMIN = "Administration"


@pytest.fixture
def person(server: StandinServer, name: str) -> Person:
    """A user with ro on _system, who is no administrator."""
    return Person(server, f"user_{name}").register().grant("ro", "_system")


@feature(_STATUS, "GET /_api/version?details")
def test_version_details(server: StandinServer) -> None:
    """The details are texts, as ArangoDB's, and name the stand-in."""
    details = server.call("GET", "/_api/version?details=true").body["details"]
    assert details["server-version"] == server.call("GET", "/_api/version").body["version"]
    assert details["role"] in ("SINGLE", "COORDINATOR")
    assert details["standin"].startswith("arangod-standin")
    assert all(isinstance(value, str) for value in details.values())


@feature(_STATUS, "GET /_admin/status")
def test_status(server: StandinServer) -> None:
    """The status tells role, state and process, and the name of the stand-in."""
    body = server.call("GET", "/_admin/status", login="basic").body
    assert server.process is not None
    assert body["pid"] == server.process.pid
    assert body["serverInfo"]["state"] == "SERVING"
    assert (body["serverInfo"]["readOnly"], body["serverInfo"]["writeOpsEnabled"]) == (False, True)
    assert body["standin"].startswith("arangod-standin")


@feature(_STATUS, "time, availability, role, id")
def test_small_questions(server: StandinServer) -> None:
    """Time is a number of seconds; availability needs no credentials; only a cluster's servers have an id."""
    assert isinstance(server.call("GET", "/_admin/time").body["time"], float)
    assert server.call("GET", "/_admin/server/availability", login="none").body["mode"] == "default"
    role = server.call("GET", "/_admin/server/role").body["role"]
    answer = server.call("GET", "/_admin/server/id")
    if role == "SINGLE":
        assert answer.status == 500
    else:
        assert answer.body["id"].startswith("CRDN-")


@feature(_STATUS, "GET /_api/engine, /_api/engine/stats")
def test_engine(server: StandinServer) -> None:
    """Drivers expect the name of ArangoDB's engine; what it really is stands beside it."""
    body = server.call("GET", "/_api/engine", login="basic").body
    assert (body["name"], body["standin"]) == ("rocksdb", "sqlite")
    assert {"primary", "persistent"} <= set(body["supports"]["indexes"])
    assert server.call("GET", "/_api/engine/stats").body["rocksdb_total_disk_space"] > 0


@feature(_ADMIN, "options, options-description, options-public")
def test_options(server: StandinServer, person: Person) -> None:
    """Each option has a value and a description; passwords are hidden; plain users see the public ones only."""
    options = server.call("GET", "/_admin/options").body
    assert options["database.directory"] == str(server.folder / "data")
    assert options["log.role"] is True
    described = server.call("GET", "/_admin/options-description").body
    assert described["server.endpoint"]["section"] == "server"
    assert "cluster.default-replication-factor" in person.call("GET", "/_admin/options-public").body
    assert person.call("GET", "/_admin/options").body["errorNum"] == 11


@feature(_ADMIN, "license (GET)")
def test_license(server: StandinServer) -> None:
    """The licence tells of the disk in use."""
    body = server.call("GET", "/_admin/license").body
    assert set(body) == {"diskUsage", "upgrading"}
    assert body["diskUsage"]["bytesUsed"] >= 0


@feature(_ADMIN, "license (PUT)", "not there")
def test_licenses_cannot_be_set(server: StandinServer) -> None:
    """There are no licences to set."""
    answer = server.call("PUT", "/_admin/license", "abc")
    assert (answer.status, answer.body["errorNum"]) == (501, 9)


@feature(_ADMIN, "support-info, deployment/id")
def test_support_info(server: StandinServer, person: Person) -> None:
    """For administrators, in _system; the deployment's id is the same each time."""
    body = server.call("GET", "/_admin/support-info", login="basic").body
    assert {"deployment", "host", "date"} <= set(body)
    assert body["deployment"]["id"] == server.call("GET", "/_admin/deployment/id").body["id"] != ""
    assert person.call("GET", "/_admin/support-info").body["errorNum"] == 11


@feature(_ADMIN, "server/api-calls")
def test_recorded_calls(server: StandinServer, person: Person) -> None:
    """The newest calls are shown to administrators."""
    server.call("GET", "/_admin/time?mark")
    calls = server.call("GET", "/_admin/server/api-calls").body["result"]["calls"]
    assert {"requestType", "path", "database", "timeStamp"} == set(calls[0])
    assert any(call["path"] == "/_admin/time" and call["requestType"] == "GET" for call in calls)
    assert person.call("GET", "/_admin/server/api-calls").status == 403


@feature(_ADMIN, "server/aql-queries")
def test_recorded_queries(server: StandinServer, person: Person) -> None:
    """The newest queries are shown to administrators, with their bind parameters."""
    server.aql("RETURN @x", x="mark")
    queries = server.call("GET", "/_admin/server/aql-queries").body["result"]["queries"]
    assert queries[0]["query"] == "RETURN @x"
    assert queries[0]["bindVars"] == {"x": "mark"}
    assert person.call("GET", "/_admin/server/aql-queries").status == 403


@feature(_ADMIN, "activities")
def test_activities(server: StandinServer, person: Person) -> None:
    """The request that asks is itself an activity."""
    found = server.call("GET", "/_admin/activities", login="basic").body["activities"]
    assert any(item["metadata"]["url"] == "/_admin/activities" for item in found)
    assert person.call("GET", "/_admin/activities").status == 403


@feature(_ADMIN, "compact")
def test_compact_is_for_superusers(server: StandinServer) -> None:
    """PUT /_admin/compact is refused to root."""
    assert server.call("PUT", "/_admin/compact").body == {}
    assert server.call("PUT", "/_admin/compact", login="basic").body["errorNum"] == 11


@feature(_ADMIN, "crashes")
def test_crashes(tmp_path: Path) -> None:
    """What a crash left in the data directory can be read and removed."""
    server = StandinServer(tmp_path)
    folder = tmp_path / "data" / "crashes" / "one"
    folder.mkdir(parents=True)
    (folder / "backtrace.txt").write_text("frame 1")
    try:
        server.start().wait_available()
        assert "one" in server.call("GET", "/_admin/crashes").body["result"]
        found = server.call("GET", "/_admin/crashes/one").body["result"]
        assert found == {"crashId": "one", "files": {"backtrace.txt": "frame 1"}}
        assert server.call("DELETE", "/_admin/crashes/one").status == 200
        assert server.call("GET", "/_admin/crashes/one").status == 404
        assert not folder.exists()
    finally:
        server.close()


@feature(_ADMIN, "echo")
def test_echo(server: StandinServer) -> None:
    """The server tells what it understood."""
    body = server.call("POST", "/_admin/echo?a=b", {"x": 1}, login="basic").body
    assert (body["requestType"], body["user"], body["protocol"]) == ("POST", "root", "http")
    assert body["parameters"] == {"a": "b"}
    assert json.loads(body["requestBody"]) == {"x": 1}
    assert bytes(body["rawRequestBody"]["data"]) == b'{"x": 1}'


@feature(_ADMIN, "routing/reload, target-version, endpoint")
def test_relics(server: StandinServer) -> None:
    """Routes of 3.12 that tell little."""
    assert server.call("POST", "/_admin/routing/reload").status == 200
    assert server.call("GET", "/_admin/database/target-version").body["version"].startswith("312")
    assert server.call("GET", "/_api/endpoint").body[0]["endpoint"].startswith("http://")


@feature(_ADMIN, "execute (JavaScript)", "not there")
def test_there_is_no_javascript(server: StandinServer) -> None:
    """POST /_admin/execute is not implemented."""
    answer = server.call("POST", "/_admin/execute", b"return 1")
    assert (answer.status, answer.body["errorNum"]) == (501, 9)


@feature("Tasks", "list")
def test_there_are_no_tasks(server: StandinServer) -> None:
    """The list is empty, and an unknown task is 1852."""
    assert server.call("GET", "/_api/tasks").body == []
    assert server.call("GET", "/_api/tasks/x").body["errorNum"] == 1852


@feature("Tasks", "create", "not there")
def test_tasks_cannot_be_made(server: StandinServer) -> None:
    """Tasks are JavaScript, which is not implemented."""
    assert server.call("POST", "/_api/tasks", {"command": "1"}).body["errorNum"] == 9


@feature(_ADMIN, "shutdown")
def test_shutdown(tmp_path: Path) -> None:
    """DELETE /_admin/shutdown ends a server with exit code 0; plain users cannot."""
    server = StandinServer(tmp_path)
    try:
        server.start().wait_available()
        person = Person(server, "somebody").register().grant("ro", "_system")
        assert person.call("DELETE", "/_admin/shutdown").body["errorNum"] == 11
        assert server.call("DELETE", "/_admin/shutdown?soft=true").status == 501
        assert server.call("GET", "/_admin/shutdown").body["softShutdownOngoing"] is False
        assert server.call("DELETE", "/_admin/shutdown").body == "OK"
        assert server.wait_exit() == 0
    finally:
        server.close()


@feature(_ADMIN, "soft shutdown of a coordinator")
def test_a_soft_shutdown_waits_for_cursors(cluster: StandinCluster) -> None:
    """A coordinator in soft shutdown takes no new cursors, serves the one that is open, and ends after it."""
    server = cluster.make_member("COORDINATOR", "third")
    try:
        server.start().wait_available()
        made = server.call("POST", "/_api/cursor", {"query": "FOR i IN 1..3 RETURN i", "batchSize": 1})
        assert server.call("DELETE", "/_admin/shutdown?soft=true").body == "OK"
        progress = server.call("GET", "/_admin/shutdown").body
        assert (progress["softShutdownOngoing"], progress["AQLcursors"], progress["allClear"]) == (True, 1, False)
        refused = server.call("POST", "/_api/cursor", {"query": "RETURN 1"})
        assert (refused.status, refused.body["errorNum"]) == (503, 30)
        for _ in range(2):
            last = server.call("POST", f"/_api/cursor/{made.body['id']}")
            assert last.status == 200
        assert last.body["hasMore"] is False
        assert server.wait_exit() == 0
    finally:
        server.close()
        wait_until(lambda: cluster.front.call("GET", "/_admin/cluster/health").status == 200, "the cluster answers")
