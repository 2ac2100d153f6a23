"""Documents, collections, indexes and cursors of a single server over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_server import StandinServer


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """One server for all tests of the file."""
    server = StandinServer(Path(tmp_path_factory.mktemp("single")))
    server.start().wait_available()
    yield server
    server.close()


@pytest.fixture
def server(running: StandinServer) -> Iterator[StandinServer]:
    """The server with an empty collection `c`."""
    assert running.call("POST", "/_api/collection", {"name": "c"}).status == 200
    yield running
    assert running.call("DELETE", "/_api/collection/c").status == 200


def test_a_document_lives_and_dies(server: StandinServer) -> None:
    """Create, read, patch, replace and remove one document."""
    made = server.call("POST", "/_api/document/c?returnNew=true", {"_key": "a", "x": {"y": 1}})
    assert (made.status, made.body["_id"], made.body["new"]["x"]["y"]) == (202, "c/a", 1)
    patched = server.call("PATCH", "/_api/document/c/a?returnOld=true", {"x": {"z": 2}})
    assert made.body["_rev"] == patched.body["_oldRev"] == patched.body["old"]["_rev"]
    read = server.call("GET", "/_api/document/c/a")
    assert read.body["x"] == {"y": 1, "z": 2}
    assert read.headers["etag"] == f'"{patched.body["_rev"]}"'
    assert server.call("PUT", "/_api/document/c/a?waitForSync=true", {"n": 1}).status == 201
    assert "x" not in server.call("GET", "/_api/document/c/a").body
    assert server.call("DELETE", "/_api/document/c/a").status == 202
    assert ((gone := server.call("GET", "/_api/document/c/a")).status, gone.body["errorNum"]) == (404, 1202)


def test_preconditions(server: StandinServer) -> None:
    """If-Match with another revision is 412/1200 and names the present one; If-None-Match with it is 304."""
    revision = server.call("POST", "/_api/document/c", {"_key": "a"}).body["_rev"]
    refused = server.call("PUT", "/_api/document/c/a", {}, headers={"If-Match": '"other"'})

    assert (412, 1200, revision) == (refused.status, refused.body["errorNum"], refused.body["_rev"])
    assert server.call("GET", "/_api/document/c/a", headers={"If-None-Match": f'"{revision}"'}).status == 304
    assert server.call("DELETE", "/_api/document/c/a", headers={"If-Match": f'"{revision}"'}).status == 202


def test_bulk_operations_report_each_item(server: StandinServer) -> None:
    """Items fail alone; their numbers are counted in X-Arango-Error-Codes."""
    made = server.call("POST", "/_api/document/c", [{"_key": "a"}, {"_key": "a"}, {"_key": "b"}, 5])
    read = server.call("PUT", "/_api/document/c?onlyget=true", ["a", "nope", {"_key": "b"}])
    removed = server.call("DELETE", "/_api/document/c", ["a", "b", "a"])

    assert [item.get("errorNum") for item in made.body] == [None, 1210, None, 1227]
    assert {"1210:1", "1227:1"} == set(made.headers["x-arango-error-codes"].split(","))
    assert [item.get("_key") for item in read.body] == ["a", None, "b"]
    assert [item.get("errorNum") for item in removed.body] == [None, None, 1202]


@pytest.mark.parametrize(
    ("mode", "status", "expected"),
    [
        ("ignore", 202, {"x": 1}),
        ("replace", 202, {"y": 2}),
        ("update", 202, {"x": 1, "y": 2}),
        ("conflict", 409, {"x": 1}),
    ],
)
def test_overwrite_modes(server: StandinServer, mode: str, status: int, expected: dict[str, int]) -> None:
    """Each overwriteMode does to an existing document what ArangoDB does."""
    server.call("POST", "/_api/document/c", {"_key": "a", "x": 1})
    answer = server.call("POST", f"/_api/document/c?overwriteMode={mode}", {"_key": "a", "y": 2})
    document = server.call("GET", "/_api/document/c/a").body

    assert status == answer.status
    assert expected == {name: value for name, value in document.items() if not name.startswith("_")}


def test_nulls_and_merging(server: StandinServer) -> None:
    """keepNull=false removes attributes, mergeObjects=false replaces objects."""
    server.call("POST", "/_api/document/c", {"_key": "a", "x": 1, "o": {"p": 1}})
    server.call("PATCH", "/_api/document/c/a?keepNull=false&mergeObjects=false", {"x": None, "o": {"q": 2}})
    document = server.call("GET", "/_api/document/c/a").body

    assert "x" not in document
    assert document["o"] == {"q": 2}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/_api/document/c", {"_key": "a/b"}, (400, 1221)),
        ("POST", "/_api/document/c", b"{", (400, 600)),
        ("POST", "/_api/document/nope", {}, (404, 1203)),
        ("GET", "/_db/nope/_api/version", None, (404, 1228)),
        ("GET", "/_api/nope", None, (404, 404)),
        ("PATCH", "/_api/version", None, (405, 405)),
        ("POST", "/_api/collection", {"name": "1x"}, (400, 1208)),
        ("POST", "/_api/collection", {"name": "c"}, (409, 1207)),
        ("POST", "/_api/collection", {"name": "d", "keyOptions": {"type": "x"}}, (400, 1232)),
        ("POST", "/_api/database", {"name": "a/b"}, (400, 1229)),
        ("DELETE", "/_api/database/nope", None, (404, 1228)),
        ("POST", "/_api/cursor/123", None, (404, 1600)),
        ("POST", "/_api/foxx", {}, (501, 9)),
        ("GET", "/_admin/server/id", None, (500, 500)),
        ("GET", "/_admin/cluster/health", None, (501, 1471)),
    ],
)
def test_errors(server: StandinServer, method: str, path: str, body: object, expected: tuple[int, int]) -> None:
    """What is wrong or missing is answered with ArangoDB's status and number."""
    answer = server.call(method, path, body)

    assert (answer.status, answer.body["errorNum"]) == expected


def test_a_unique_index_holds(server: StandinServer) -> None:
    """A second document with the value is 409/1210, within one request too; a sparse index lets nulls be."""
    index = server.call("POST", "/_api/index?collection=c", {"type": "persistent", "fields": ["u"], "unique": True,
                                                             "sparse": True})  # fmt: skip
    assert (index.status, index.body["isNewlyCreated"]) == (201, True)
    made = server.call("POST", "/_api/document/c", [{"u": 1}, {"u": 1}, {"n": 1}, {"n": 2}, {"u": 2}])
    assert [item.get("errorNum") for item in made.body] == [None, 1210, None, None, None]
    key = made.body[0]["_key"]
    assert server.call("PATCH", f"/_api/document/c/{key}", {"u": 2}).body["errorNum"] == 1210
    assert server.call("PATCH", f"/_api/document/c/{key}", {"u": 3}).status == 202
    assert server.call("POST", "/_api/document/c", {"u": 1}).status == 202
    assert server.call("DELETE", f"/_api/index/{index.body['id']}").status == 200
    assert server.call("POST", "/_api/document/c", {"u": 1}).status == 202


def test_cursors_come_in_batches(server: StandinServer) -> None:
    """batchSize cuts the result, POST and PUT fetch on, an exhausted or deleted cursor is unknown."""
    body = {"query": "FOR i IN 1..5 RETURN i", "batchSize": 2, "count": True}
    first = server.call("POST", "/_api/cursor", body).body
    second = server.call("POST", f"/_api/cursor/{first['id']}").body
    third = server.call("PUT", f"/_api/cursor/{first['id']}").body

    assert (first["result"], second["result"], third["result"]) == ([1, 2], [3, 4], [5])
    assert (first["count"], second["hasMore"], third["hasMore"]) == (5, True, False)
    assert server.call("POST", f"/_api/cursor/{first['id']}").body["errorNum"] == 1600
    other = server.call("POST", "/_api/cursor", body).body["id"]
    assert server.call("DELETE", f"/_api/cursor/{other}").status == 202
    assert server.call("DELETE", f"/_api/cursor/{other}").status == 404


def test_collections_are_described_counted_renamed_and_emptied(server: StandinServer) -> None:
    """properties, count, revision, checksum, figures, truncate and rename."""
    server.call("POST", "/_api/document/c", [{}, {}])
    checksum = server.call("GET", "/_api/collection/c/checksum").body["checksum"]

    assert server.call("GET", "/_api/collection/c/count").body["count"] == 2
    assert server.call("GET", "/_api/collection/c/properties").body["keyOptions"]["type"] == "traditional"
    assert checksum != "0"
    assert server.call("PUT", "/_api/collection/c/rename", {"name": "d"}).body["name"] == "d"
    assert server.call("PUT", "/_api/collection/d/truncate").status == 200
    assert server.call("GET", "/_api/collection/d/checksum").body["checksum"] == "0"
    assert server.call("PUT", "/_api/collection/d/rename", {"name": "c"}).status == 200


def test_databases_are_apart(server: StandinServer) -> None:
    """A collection of one database does not exist in another."""
    assert server.call("POST", "/_api/database", {"name": "other"}).status == 201
    assert server.call("GET", "/_db/other/_api/collection/c").status == 404
    assert server.call("POST", "/_db/other/_api/database", {"name": "x"}).body["errorNum"] == 1230
    assert "other" in server.call("GET", "/_api/database").body["result"]
    assert server.call("DELETE", "/_api/database/other").status == 200


def test_log_levels_and_entries(server: StandinServer) -> None:
    """Levels are shown and changed; entries can be searched."""
    assert server.call("PUT", "/_admin/log/level", {"aql": "debug"}).body["aql"] == "DEBUG"
    found = server.call("GET", "/_admin/log/entries?search=ready%20for%20business").body
    assert found["total"] == 1


def test_metrics_are_prometheus_text(server: StandinServer) -> None:
    """Every sample has a type line."""
    text = server.call("GET", "/_admin/metrics/v2").body
    samples = [re.split(r"[ {]", line)[0] for line in text.splitlines() if line and not line.startswith("#")]
    names = [re.sub("_(bucket|sum|count)$", "", name) for name in samples]

    assert "arangodb_process_statistics_resident_set_size" in samples
    untyped = [name for name, base in zip(samples, names, strict=True)
               if f"# TYPE {name} " not in text and f"# TYPE {base} " not in text]  # fmt: skip
    assert not untyped


def test_names_are_unicode(server: StandinServer) -> None:
    """Database names may be of any script, percent-encoded in the path."""
    assert server.call("POST", "/_api/database", {"name": "データ🥑"}).status == 201
    path = "/_db/%E3%83%87%E3%83%BC%E3%82%BF%F0%9F%A5%91"
    assert server.call("GET", f"{path}/_api/database/current").body["result"]["name"] == "データ🥑"
    assert server.call("DELETE", "/_api/database/%E3%83%87%E3%83%BC%E3%82%BF%F0%9F%A5%91").status == 200
