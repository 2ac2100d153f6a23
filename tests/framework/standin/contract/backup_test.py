"""Hot backups."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_FAMILY = "Hot backup"


def backup(server: StandinServer, action: str, body: Any = None) -> Answer:
    """Call a route of the backup API."""
    return server.call("POST", f"/_admin/backup/{action}", body)


def create(server: StandinServer, label: str) -> str:
    """Make a backup; return its id."""
    answer = backup(server, "create", {"label": label, "timeout": 30})
    assert answer.status == 201, answer
    return str(answer.body["result"]["id"])


def ready_again(server: StandinServer, condition: Callable[[], bool]) -> None:
    """Wait until the server is back after a restore and the condition holds."""
    wait_until(lambda: server.call("GET", "/_admin/server/availability").status == 200 and condition(), "restored", 60)


def keys(server: StandinServer, collection: str) -> set[str] | None:
    """Return the keys of a collection, None while it cannot be asked."""
    answer = server.call("POST", "/_api/cursor", {"query": f"FOR d IN {collection} RETURN d._key", "batchSize": 10_000})
    return set(answer.body["result"]) if answer.status == 201 else None


@feature(_FAMILY, "create, list, delete")
def test_backups_come_and_go(server: StandinServer, name: str) -> None:
    """A backup is listed with its description until it is deleted; unknown ones are 404."""
    answer = backup(server, "create", {"label": name})
    assert answer.status == 201
    made = answer.body["result"]
    assert made["id"].endswith(f"_{name}")
    assert {"datetime", "sizeInBytes", "nrFiles", "nrDBServers", "potentiallyInconsistent"} <= set(made)
    listed = backup(server, "list").body["result"]["list"]
    assert listed[made["id"]]["available"] is True
    assert set(backup(server, "list", {"id": made["id"]}).body["result"]["list"]) == {made["id"]}

    assert backup(server, "delete", {"id": made["id"]}).status == 200
    assert made["id"] not in backup(server, "list").body["result"]["list"]
    unknown = backup(server, "list", {"id": made["id"]})
    assert (unknown.status, unknown.body["errorNum"]) == (404, 7007)
    assert backup(server, "delete", {"id": made["id"]}).status == 404
    assert backup(server, "restore", {"id": made["id"]}).status == 404


@feature(_FAMILY, "restore in place, with a safety copy")
def test_a_restore_brings_the_old_state_back(server: StandinServer, collection: str, name: str) -> None:
    """Documents and collections are as they were; what was replaced is a backup of its own, and can come back."""
    server.call("POST", f"/_api/document/{collection}", [{"_key": "a"}, {"_key": "b"}])
    made = create(server, name)
    server.call("DELETE", f"/_api/document/{collection}/a")
    server.call("POST", f"/_api/document/{collection}", {"_key": "later"})
    later = f"later{name}"
    assert server.call("POST", "/_api/collection", {"name": later}).status == 200

    answer = backup(server, "restore", {"id": made})
    assert answer.status == 200
    previous = answer.body["result"]["previous"]
    ready_again(server, lambda: keys(server, collection) == {"a", "b"})
    assert server.call("GET", f"/_api/collection/{later}").status == 404
    assert server.call("POST", f"/_api/document/{collection}", {"_key": "after"}).status in (201, 202)

    assert previous in backup(server, "list").body["result"]["list"]
    assert backup(server, "restore", {"id": previous}).status == 200
    ready_again(server, lambda: keys(server, collection) == {"b", "later"})
    assert server.call("GET", f"/_api/collection/{later}").status == 200


@feature(_FAMILY, "consistent while writes go on")
def test_a_backup_is_of_one_moment(server: StandinServer, name: str) -> None:
    """Of writes that one client did one after the other, a backup taken meanwhile has the first ones, without gaps."""
    properties = {"numberOfShards": 3} if server.call("GET", "/_admin/server/role").body["role"] != "SINGLE" else {}
    server.call("POST", "/_api/collection", {"name": name, **properties})
    stop = threading.Event()
    written = [0]

    def write_on() -> None:
        while not stop.is_set():
            answer = server.call("POST", f"/_api/document/{name}", {"_key": f"k{written[0]}"})
            assert answer.status in (201, 202)
            written[0] += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        wait_until(lambda: written[0] > 20, "writes")
        made = create(server, name)
        enough = written[0] + 20
        wait_until(lambda: written[0] > enough, "more writes")
    finally:
        stop.set()
        writer.join()
    assert backup(server, "restore", {"id": made}).status == 200
    ready_again(server, lambda: 20 < len(keys(server, name) or ()) < written[0])
    found = keys(server, name) or set()
    assert found == {f"k{number}" for number in range(len(found))}


@feature(_FAMILY, "upload, download of repositories that are directories")
def test_backups_travel(server: StandinServer, name: str, tmp_path: Path) -> None:
    """A backup that was uploaded to a directory can be deleted and downloaded again."""
    made = create(server, name)
    repository = {"remoteRepository": f"here:/{tmp_path}", "config": {"here": {"type": "local"}}}
    up = backup(server, "upload", {"id": made, **repository})
    assert up.status == 202
    state = backup(server, "upload", {"uploadId": up.body["result"]["uploadId"]}).body["result"]
    assert {entry["Status"] for entry in state["DBServers"].values()} == {"COMPLETED"}
    backup(server, "delete", {"id": made})
    assert backup(server, "download", {"id": made, **repository}).status == 202
    assert made in backup(server, "list").body["result"]["list"]
    assert backup(server, "download", {"id": "nothing", **repository}).status == 404


@feature(_FAMILY, "upload, download of other repositories", "not there")
def test_other_repositories_are_refused(server: StandinServer) -> None:
    """There is no rclone: what is no local directory is refused with 501/9."""
    body = {"id": "x", "remoteRepository": "s3:/bucket", "config": {"s3": {"type": "s3"}}}
    for action in ("upload", "download"):
        answer = backup(server, action, body)
        assert (answer.status, answer.body["errorNum"]) == (501, 9)


@feature(_FAMILY, "malformed requests are refused")
@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("create", {"label": "a/b"}),
        ("create", {"timeout": "long"}),
        ("delete", {}),
        ("delete", {"id": "../x"}),
        ("restore", {"id": ".."}),
        ("upload", {"id": "x"}),
    ],
)
def test_malformed_requests(server: StandinServer, action: str, body: Any) -> None:
    """Labels and ids that are no file names, and missing members, are refused with 400."""
    assert backup(server, action, body).status == 400
