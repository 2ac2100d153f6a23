"""Documents over HTTP, one and many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer

FAMILY = "Documents"


@pytest.fixture
def path(collection: str) -> str:
    """The path of an empty document collection."""
    return f"/_api/document/{collection}"


@feature(FAMILY, "read, If-Match, If-None-Match, HEAD")
def test_reads_obey_revisions(server: StandinServer, path: str) -> None:
    """A read gives document and ETag; a wrong If-Match is a failed precondition, a right If-None-Match no body."""
    revision = server.call("POST", path, {"_key": "a", "value": 1}).body["_rev"]
    read = server.call("GET", f"{path}/a")
    assert (read.status, read.headers["etag"]) == (200, f'"{revision}"')
    assert list(read.body) == ["_key", "_id", "_rev", "value"]
    assert server.call("HEAD", f"{path}/a").headers["etag"] == f'"{revision}"'

    assert server.call("GET", f"{path}/a", headers={"If-Match": f'"{revision}"'}).status == 200
    failed = server.call("GET", f"{path}/a", headers={"If-Match": '"other"'})
    assert (failed.status, failed.body["errorNum"], failed.body["_rev"]) == (412, 1200, revision)
    assert server.call("GET", f"{path}/a", headers={"If-None-Match": f'"{revision}"'}).status == 304
    assert server.call("GET", f"{path}/a", headers={"If-None-Match": '"other"'}).status == 200
    assert server.call("GET", f"{path}/b").body["errorNum"] == 1202
    assert server.call("GET", "/_api/document/there-is-none/a").body["errorNum"] == 1203
    assert server.call("HEAD", f"{path}/b").status == 404


@feature(FAMILY, "insert")
def test_inserts_are_checked(server: StandinServer, path: str) -> None:
    """Bodies that are no objects, bad keys and duplicates each have their error; an empty object is a document."""
    assert server.call("POST", path, {}).status == 202
    assert server.call("POST", f"{path}?waitForSync=true", {"_key": "a"}).status == 201
    for body, status, number in (
        ({"_key": "a"}, 409, 1210),
        ({"_key": "a b"}, 400, 1221),
        ({"_key": 1}, 400, 1221),
        ("text", 400, 1227),
        (b'{"_key": ', 400, 600),
    ):
        answer = server.call("POST", path, body)
        assert (answer.status, answer.body["errorNum"]) == (status, number), body


@feature(FAMILY, "overwriteMode: ignore, replace, update, conflict")
def test_overwrite_modes(server: StandinServer, path: str) -> None:
    """What an insert of a key that is there does is up to overwriteMode."""
    server.call("POST", path, {"_key": "a", "one": {"x": 1}})
    ignored = server.call("POST", f"{path}?overwriteMode=ignore&returnOld=true&returnNew=true", {"_key": "a", "two": 2})
    assert ignored.status == 202
    assert not {"old", "new"} & set(ignored.body)

    updated = server.call("POST", f"{path}?overwriteMode=update&returnOld=true", {"_key": "a", "one": {"y": 2}})
    assert updated.body["old"]["one"] == {"x": 1}
    assert updated.body["_oldRev"] == updated.body["old"]["_rev"]
    assert server.call("GET", f"{path}/a").body["one"] == {"x": 1, "y": 2}
    server.call(
        "POST", f"{path}?overwriteMode=update&mergeObjects=false&keepNull=false", {"_key": "a", "one": {"z": 3}}
    )
    assert server.call("GET", f"{path}/a").body["one"] == {"z": 3}
    replaced = server.call("POST", f"{path}?overwriteMode=replace&returnNew=true", {"_key": "a", "two": 2})
    assert set(replaced.body["new"]) == {"_key", "_id", "_rev", "two"}
    assert server.call("POST", f"{path}?overwriteMode=conflict", {"_key": "a"}).body["errorNum"] == 1210
    assert server.call("POST", f"{path}?overwriteMode=other", {"_key": "a"}).body["errorNum"] == 10


@feature(FAMILY, "replace, update, remove with If-Match and _rev")
def test_changes_obey_revisions(server: StandinServer, path: str) -> None:
    """A change with a revision that is not the newest is refused and tells the newest."""
    first = server.call("POST", path, {"_key": "a", "value": 1}).body["_rev"]
    second = server.call("PATCH", f"{path}/a", {"value": 2}, headers={"If-Match": f'"{first}"'}).body["_rev"]
    for method in ("PUT", "PATCH", "DELETE"):
        body: Any = None if method == "DELETE" else {"value": 3}
        failed = server.call(method, f"{path}/a", body, headers={"If-Match": f'"{first}"'})
        assert (failed.status, failed.body["errorNum"], failed.body["_rev"]) == (412, 1200, second)
    assert server.call("PUT", f"{path}/a?ignoreRevs=false", {"_rev": first}).status == 412
    assert server.call("PUT", f"{path}/a", {"_rev": first, "value": 4}).body["_oldRev"] == second

    removed = server.call("DELETE", f"{path}/a?returnOld=true")
    assert (removed.status, removed.body["old"]["value"]) == (202, 4)
    assert server.call("DELETE", f"{path}/a").body["errorNum"] == 1202
    assert server.call("PATCH", f"{path}/a", {}).status == 404


@feature(FAMILY, "update: keepNull, mergeObjects")
def test_updates_merge(server: StandinServer, path: str) -> None:
    """Objects merge and nulls stay, unless the request says otherwise."""
    server.call("POST", path, {"_key": "a", "o": {"x": 1}, "n": 1})
    merged = server.call("PATCH", f"{path}/a?returnNew=true", {"o": {"y": None}, "n": None}).body["new"]
    assert (merged["o"], merged["n"]) == ({"x": 1, "y": None}, None)
    cut = server.call("PATCH", f"{path}/a?returnNew=true&keepNull=false", {"o": {"y": None}, "n": None}).body["new"]
    assert cut["o"] == {"x": 1}
    assert "n" not in cut
    flat = server.call("PATCH", f"{path}/a?returnNew=true&mergeObjects=false", {"o": {"z": 1}}).body["new"]
    assert flat["o"] == {"z": 1}


@feature(FAMILY, "versionAttribute")
def test_older_versions_change_nothing(server: StandinServer, path: str) -> None:
    """With versionAttribute an update whose version is not higher succeeds without a change."""
    server.call("POST", path, {"_key": "a", "version": 5, "value": 1})
    for version, value in ((4, 1), (5, 1), (6, 2)):
        changed = server.call("PATCH", f"{path}/a?versionAttribute=version", {"version": version, "value": 2})
        assert changed.status == 202
        assert server.call("GET", f"{path}/a").body["value"] == value


@feature(FAMILY, "bulk insert, replace, update, remove")
def test_bulk_operations_answer_item_by_item(server: StandinServer, path: str) -> None:
    """Each item has its result or its error; a header counts the errors."""
    inserted = server.call("POST", f"{path}?returnNew=true", [{"_key": "a", "v": 1}, {"_key": "a"}, {"_key": "b"}, 1])
    assert inserted.status == 202
    assert [item.get("errorNum") for item in inserted.body] == [None, 1210, None, 1227]
    assert inserted.headers["x-arango-error-codes"] in ("1210:1,1227:1", "1227:1,1210:1")
    assert inserted.body[0]["new"]["v"] == 1

    updated = server.call("PATCH", path, [{"_key": "a", "w": 2}, {"_key": "none"}])
    assert [item.get("errorNum") for item in updated.body] == [None, 1202]
    stale = server.call("PUT", f"{path}?ignoreRevs=false", [{"_key": "a", "_rev": inserted.body[0]["_rev"]}])
    assert stale.body[0]["errorNum"] == 1200
    removed = server.call("DELETE", f"{path}?returnOld=true", ["a", {"_key": "b"}, "none"])
    assert [item.get("errorNum") for item in removed.body] == [None, None, 1202]
    assert removed.body[0]["old"]["w"] == 2


@feature(FAMILY, "bulk read (onlyget)")
def test_bulk_reads(server: StandinServer, path: str) -> None:
    """``onlyget`` reads by key or document, with the revision only if it is asked for."""
    server.call("POST", path, [{"_key": "a"}, {"_key": "b"}])
    found = server.call("PUT", f"{path}?onlyget=true", ["a", {"_key": "b", "_rev": "old"}, "none"])
    assert found.status == 200
    assert [item.get("errorNum") for item in found.body] == [None, None, 1202]
    checked = server.call("PUT", f"{path}?onlyget=true&ignoreRevs=false", [{"_key": "b", "_rev": "old"}])
    assert checked.body[0]["errorNum"] == 1200
    assert server.call("PUT", f"{path}?onlyget=true", []).body == []


@feature(FAMILY, "silent")
def test_silent_answers_hold_errors_only(server: StandinServer, path: str) -> None:
    """A silent success says nothing; failed items are reported all the same."""
    assert server.call("POST", f"{path}?silent=true", {"_key": "a"}).body == {}
    assert not server.call("POST", f"{path}?silent=true", [{"_key": "b"}]).body
    failed = server.call("POST", f"{path}?silent=true", [{"_key": "b"}, {"_key": "c"}])
    assert [item["errorNum"] for item in failed.body] == [1210]
    assert server.call("POST", f"{path}?silent=true", {"_key": "a"}).body["errorNum"] == 1210


@feature(FAMILY, "edges need _from and _to")
def test_edges_are_checked(server: StandinServer, name: str) -> None:
    """An edge without proper ends is refused; a replacement may keep the old ends out of its body."""
    server.call("POST", "/_api/collection", {"name": name, "type": 3})
    path = f"/_api/document/{name}"
    for body in ({}, {"_from": "a/1"}, {"_from": "a/1", "_to": "nothing"}, {"_from": 1, "_to": "a/1"}):
        assert server.call("POST", path, body).body["errorNum"] == 1233
    assert server.call("POST", path, {"_key": "e", "_from": "a/1", "_to": "a/2"}).status == 202
    assert server.call("PATCH", f"{path}/e", {"_to": "a/3"}).status == 202
    assert server.call("GET", f"{path}/e").body["_to"] == "a/3"


@feature(FAMILY, "waitForSync of the collection")
def test_a_synced_collection_answers_201(server: StandinServer, name: str) -> None:
    """Writes to a collection with waitForSync are on disk when they are acknowledged, and say so."""
    server.call("POST", "/_api/collection", {"name": name, "waitForSync": True})
    path = f"/_api/document/{name}"
    assert server.call("POST", path, {"_key": "a"}).status == 201
    assert server.call("PATCH", f"{path}/a", {}).status == 201
    assert server.call("DELETE", f"{path}/a").status == 200


@feature(FAMILY, "exclusive")
def test_an_exclusive_operation_waits_for_writers(server: StandinServer, path: str) -> None:
    """An operation with ``exclusive`` on a collection that nobody holds is done at once."""
    assert server.call("POST", f"{path}?exclusive=true", {"_key": "a"}).status == 202
    assert server.call("DELETE", f"{path}/a?exclusive=true").status == 202
