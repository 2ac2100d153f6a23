"""arangodump and arangorestore: what was dumped is back after the restore, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.framework.standin.support.client_tools import documents, insert, make_collection, run_tool, succeed
from tests.framework.standin.support.standin_server import StandinServer

_TEXT = 'Zeilen\numbruch "quote" \\ 🥑'


def _fill(server: StandinServer, database: str) -> None:
    make_collection(server, database, "people", keyOptions={"type": "traditional", "allowUserKeys": True})
    make_collection(server, database, "likes", type=3)
    make_collection(server, database, "empty")
    people = [
        {"_key": f"p{n}", "name": f"person {n}", "text": _TEXT, "deep": {"n": [n, None, 1.5]}} for n in range(500)
    ]
    insert(server, database, "people", people)
    likes = [{"_from": f"people/p{n}", "_to": f"people/p{n + 1}", "weight": n} for n in range(100)]
    insert(server, database, "likes", likes)
    index = {"type": "persistent", "fields": ["name"], "unique": False, "sparse": True, "name": "byName"}
    assert server.call("POST", f"/_db/{database}/_api/index?collection=people", index).status == 201


def _state(server: StandinServer, database: str) -> dict[str, Any]:
    """Return what a restore must bring back."""
    found: dict[str, Any] = {}
    for name in ("people", "likes", "empty"):
        properties = server.call("GET", f"/_db/{database}/_api/collection/{name}/properties").body
        indexes = server.call("GET", f"/_db/{database}/_api/index?collection={name}").body["indexes"]
        found[name] = {
            "documents": documents(server, database, name),
            "type": properties["type"],
            "keyOptions": {k: v for k, v in properties["keyOptions"].items() if k != "lastValue"},
            "numberOfShards": properties.get("numberOfShards"),
            "indexes": sorted((i["type"], i["name"], i["fields"], i.get("sparse")) for i in indexes),
        }
    return found


def _stem(name: str) -> str:
    return f"{name}_{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"


@pytest.mark.parametrize("extra", [(), ("--compress-output", "false"), ("--split-files", "true", "--threads", "1")])
def test_a_dump_comes_back(server: StandinServer, database: str, tmp_path: Path, extra: tuple[str, ...]) -> None:
    """Documents, types, key options and indexes are the same after a restore into another database."""
    _fill(server, database)
    folder = str(tmp_path / "dump")
    done = succeed(server, "arangodump", "--output-directory", folder, *extra, database=database)
    assert "Processed 4 collection(s) from 1 database(s)" in done.output
    target = f"{database}copy"
    succeed(server, "arangorestore", "--input-directory", folder, "--create-database", "true", database=target)
    assert _state(server, target) == _state(server, database)
    # once more over what is there
    succeed(server, "arangorestore", folder, database=target)
    assert _state(server, target) == _state(server, database)


def test_the_files_of_a_dump(server: StandinServer, database: str, tmp_path: Path) -> None:
    """Names and contents of the files are those of ArangoDB's arangodump."""
    _fill(server, database)
    succeed(server, "arangodump", "--output-directory", str(tmp_path / "d"), database=database)
    folder = tmp_path / "d"
    assert (folder / "ENCRYPTION").read_text() == "none"
    assert json.loads((folder / "dump.json").read_text())["database"] == database
    structure = json.loads((folder / f"{_stem('people')}.structure.json").read_text())
    assert structure["parameters"]["name"] == "people"
    assert [index["name"] for index in structure["indexes"]] == ["byName"]
    lines = gzip.decompress((folder / f"{_stem('people')}.data.json.gz").read_bytes()).splitlines()
    assert len(lines) == 500
    assert {"_key", "_id", "_rev", "name"} <= set(json.loads(lines[0]))
    assert gzip.decompress((folder / f"{_stem('empty')}.data.json.gz").read_bytes()) == b""


def test_selections(server: StandinServer, database: str, tmp_path: Path) -> None:
    """--collection, --ignore-collection, --dump-data, --import-data and --create-collection choose."""
    _fill(server, database)
    one, two, bare = str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "bare")
    succeed(server, "arangodump", "--output-directory", one, "--collection", "likes", database=database)
    assert not (tmp_path / "one" / f"{_stem('people')}.structure.json").exists()
    succeed(server, "arangodump", "--output-directory", two, "--ignore-collection", "likes", database=database)
    assert not (tmp_path / "two" / f"{_stem('likes')}.structure.json").exists()
    succeed(server, "arangodump", "--output-directory", bare, "--dump-data", "false", database=database)
    assert not list((tmp_path / "bare").glob("*.data.json*"))
    target = f"{database}copy"
    succeed(server, "arangorestore", two, "--create-database", "--import-data", "false", database=target)
    assert documents(server, target, "people") == []
    succeed(server, "arangorestore", two, "--create-collection", "false", "--collection", "people", database=target)
    assert documents(server, target, "people") == documents(server, database, "people")


def test_all_databases(single_server: StandinServer, tmp_path: Path) -> None:
    """A dump of all databases has a folder for each, and comes back as a whole."""
    for name in ("alpha", "beta"):
        assert single_server.call("POST", "/_api/database", {"name": name}).status == 201
        make_collection(single_server, name, "things")
        insert(single_server, name, "things", [{"_key": name}])
    folder = str(tmp_path / "all")
    succeed(single_server, "arangodump", "--all-databases", "--output-directory", folder)
    for name in ("alpha", "beta"):
        assert single_server.call("DELETE", f"/_api/database/{name}").status == 200
    options = ("--all-databases", "true", "--create-database", "true", "--input-directory", folder)
    succeed(single_server, "arangorestore", *options)
    for name in ("alpha", "beta"):
        assert [document["_key"] for document in documents(single_server, name, "things")] == [name]


def test_shards_of_a_restored_collection(cluster: Any, tmp_path: Path) -> None:
    """--number-of-shards and --replication-factor change what the dump says, for all or for named collections."""
    front = cluster.front
    assert front.call("POST", "/_api/database", {"name": "sharded"}).status == 201
    make_collection(front, "sharded", "a", numberOfShards=3, shardKeys=["city"])
    make_collection(front, "sharded", "b", numberOfShards=3)
    insert(front, "sharded", "a", [{"city": f"c{n}"} for n in range(50)])
    folder = str(tmp_path / "dump")
    succeed(front, "arangodump", "--output-directory", folder, database="sharded")
    before = documents(front, "sharded", "a")
    options = ("--number-of-shards", "2", "--number-of-shards", "b=5", "--replication-factor", "2")
    succeed(front, "arangorestore", folder, *options, database="sharded")
    shown = {n: front.call("GET", f"/_db/sharded/_api/collection/{n}/properties").body for n in ("a", "b")}
    assert (shown["a"]["numberOfShards"], shown["b"]["numberOfShards"]) == (2, 5)
    assert (shown["a"]["replicationFactor"], shown["a"]["shardKeys"]) == (2, ["city"])
    assert documents(front, "sharded", "a") == before


def test_refusals(server: StandinServer, database: str, tmp_path: Path) -> None:
    """What cannot be done ends with exit code 1 (3 and 4 for the command line) and a text that says what to do."""
    make_collection(server, database, "c")
    folder = str(tmp_path / "dump")
    succeed(server, "arangodump", "--output-directory", folder, database=database)
    again = run_tool(server, "arangodump", "--output-directory", folder, database=database)
    assert again.code == 1
    assert '"--overwrite true"' in again.errors
    succeed(server, "arangodump", "--output-directory", folder, "--overwrite", "true", database=database)
    cases = [
        (("arangodump", "--output-directory", str(tmp_path / "x"), "--collection", "nothing"), 1, "'nothing'"),
        (("arangodump", "--outputdirectory", "x"), 3, "did you mean --output-directory?"),
        (("arangodump", "--threads", "many"), 4, "expected a integer"),
        (("arangodump", "--maskings", "m.json"), 1, "not supported"),
        (("arangorestore", str(tmp_path / "nowhere")), 1, "does not exist"),
        (("arangorestore", str(tmp_path)), 1, "is no dump"),
        (("arangorestore", folder, "--collection", "other"), 1, "is not in the dump"),
    ]
    for (tool, *options), code, text in cases:
        done = run_tool(server, tool, *options, database=database)
        assert (done.code, text in done.errors) == (code, True), done
    other = run_tool(server, "arangorestore", folder, "--force-same-database", database="_system")
    assert (other.code, database in other.errors) == (1, True), other


def test_servers_that_do_not_answer(tmp_path: Path) -> None:
    """Without a server, and with wrong credentials, the tools end with exit code 1."""
    options = ("--server.endpoint", "tcp://127.0.0.1:1", "--output-directory", str(tmp_path / "d"))
    done = run_tool(None, "arangodump", *options)
    assert (done.code, "cannot connect" in done.errors) == (1, True), done


def test_a_damaged_dump(single_server: StandinServer, tmp_path: Path) -> None:
    """A truncated data file is noticed."""
    make_collection(single_server, "_system", "damaged")
    insert(single_server, "_system", "damaged", [{"n": n} for n in range(1000)])
    folder = str(tmp_path / "dump")
    succeed(single_server, "arangodump", "--output-directory", folder, "--collection", "damaged")
    path = tmp_path / "dump" / f"{_stem('damaged')}.data.json.gz"
    path.write_bytes(path.read_bytes()[:-50])
    done = run_tool(single_server, "arangorestore", folder)
    assert (done.code, "is damaged" in done.errors) == (1, True), done


def test_views_and_names(server: StandinServer, tmp_path: Path) -> None:
    """Views are dumped and restored, and names that are no file names do not get in the way."""
    database, target = "größe 🥑", "größe kopie"
    path, copy = quote(f"/_db/{database}"), quote(f"/_db/{target}")
    assert server.call("POST", "/_api/database", {"name": database}).status == 201
    for body in ({"name": "straße"}, {"name": "plain"}):
        assert server.call("POST", f"{path}/_api/collection", body).status == 200
    assert server.call("POST", f"{path}/_api/document/{quote('straße')}", {"_key": "a", "text": _TEXT}).status == 202
    view = {"name": "words", "type": "arangosearch", "links": {"plain": {"includeAllFields": True}}}
    assert server.call("POST", f"{path}/_api/view", view).status == 201
    folder = str(tmp_path / "dump")
    succeed(server, "arangodump", "--output-directory", folder, database=database)
    assert (tmp_path / "dump" / "words.view.json").exists()
    succeed(server, "arangorestore", folder, "--create-database", "true", database=target)
    assert server.call("GET", f"{copy}/_api/document/{quote('straße/a')}").body["text"] == _TEXT
    shown = server.call("GET", f"{copy}/_api/view/words/properties").body
    assert list(shown["links"]) == ["plain"]


def test_users_of_the_tools(single_server: StandinServer, tmp_path: Path) -> None:
    """With name and password the tools may do what the user may, and say so when that is not enough."""
    server = single_server
    assert server.call("POST", "/_api/user", {"user": "reader", "passwd": "secret"}).status == 201
    assert server.call("PUT", "/_api/user/reader/database/_system", {"grant": "ro"}).status == 200
    login = ("--server.endpoint", server.endpoint, "--server.username", "reader", "--server.password")
    wrong = run_tool(None, "arangodump", *login, "wrong", "--output-directory", str(tmp_path / "a"))
    assert (wrong.code, "HTTP 401" in wrong.errors) == (1, True), wrong
    make_collection(server, "_system", "readable")
    insert(server, "_system", "readable", [{"_key": "a"}])
    options = ("--collection", "readable", "--output-directory", str(tmp_path / "b"))
    done = run_tool(None, "arangoexport", *login, "secret", *options)
    assert done.code == 0, done
    refused = run_tool(None, "arangobench", *login, "secret", "--test-case", "document")
    assert (refused.code, "HTTP 403" in refused.errors) == (1, True), refused


def test_at_signs_in_options_are_those_of_arangodb(server: StandinServer, database: str, tmp_path: Path) -> None:
    """A doubled one is itself, and what stands between two is a variable of the environment."""
    make_collection(server, database, "empty")
    (tmp_path / "a@b").mkdir()

    succeed(server, "arangodump", "--output-directory", f"{tmp_path}/a@@b/@NO_SUCH_VARIABLE@dump", database=database)

    assert (tmp_path / "a@b" / "dump" / "dump.json").exists()
