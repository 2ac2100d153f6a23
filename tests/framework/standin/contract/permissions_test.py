"""Levels of access: what rw, ro and none allow on databases and collections, and in which order refusals come."""

from __future__ import annotations

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "Permissions"


@pytest.fixture
def database(server: StandinServer, name: str) -> str:
    """The name of an empty database with the collections ``things`` and ``others``."""
    database = f"db_{name}"
    assert server.call("POST", "/_api/database", {"name": database}).status == 201
    for collection in ("things", "others"):
        assert server.call("POST", f"/_db/{database}/_api/collection", {"name": collection}).status == 200
    return database


@pytest.fixture
def person(server: StandinServer, name: str) -> Person:
    """A user that may do nothing yet."""
    return Person(server, f"user_{name}").register()


@feature(_FAMILY, "order of refusals: 401, 404, 403")
def test_refusals_come_in_arangodbs_order(server: StandinServer, person: Person, database: str) -> None:
    """No access to a database is 401/11, also if it does not exist; only those with access hear 404/1228."""
    for path in (database, "does_not_exist"):
        answer = person.call("GET", f"/_db/{path}/_api/collection")
        assert (answer.status, answer.body["errorNum"]) == (401, 11)
    missing = server.call("GET", "/_db/does_not_exist/_api/collection", login="basic")
    assert (missing.status, missing.body["errorNum"]) == (404, 1228)
    person.grant("ro", database)
    refused = person.call("POST", f"/_db/{database}/_api/document/things", {})
    assert (refused.status, refused.body["errorNum"]) == (403, 11)


@feature(_FAMILY, "database levels rw, ro, none")
def test_read_only_users_read(person: Person, database: str) -> None:
    """With ro a user reads documents and changes nothing: no documents, collections, indexes, graphs."""
    person.grant("ro", database)
    base = f"/_db/{database}/_api"
    assert person.call("GET", f"{base}/collection/things/count").status == 200
    for method, path, body in (
        ("POST", "document/things", {}),
        ("POST", "collection", {"name": "new"}),
        ("DELETE", "collection/things", None),
        ("PUT", "collection/things/truncate", None),
        ("PUT", "collection/things/properties", {"waitForSync": True}),
        ("POST", "index?collection=things", {"type": "persistent", "fields": ["a"]}),
        ("POST", "gharial", {"name": "g", "edgeDefinitions": []}),
    ):
        answer = person.call(method, f"{base}/{path}", body)
        assert (answer.status, answer.body["errorNum"]) == (403, 11), (method, path, answer)
    person.grant("rw", database)
    assert person.call("POST", f"{base}/document/things", {}).status == 202
    assert person.call("POST", f"{base}/collection", {"name": "new"}).status == 200


@feature(_FAMILY, "collection levels rw, ro, none")
def test_collections_have_levels_of_their_own(person: Person, database: str) -> None:
    """A level granted for a collection beats that of the database; with none it is not even listed."""
    person.grant("rw", database).grant("ro", database, "things").grant("none", database, "others")
    base = f"/_db/{database}/_api"
    assert person.call("POST", f"{base}/document/things", {}).status == 403
    assert person.call("GET", f"{base}/collection/things/properties").status == 200
    for method, path in (("GET", "collection/others/properties"), ("GET", "collection/others/count")):
        assert person.call(method, f"{base}/{path}").body["errorNum"] == 11
    listed = [item["name"] for item in person.call("GET", f"{base}/collection").body["result"]]
    assert "things" in listed
    assert "others" not in listed


@feature(_FAMILY, "queries obey levels")
def test_queries_obey_levels(server: StandinServer, person: Person, database: str) -> None:
    """A query may read what its user may read, and write what its user may write."""
    server.call("POST", f"/_db/{database}/_api/document/things", {"_key": "one"})
    person.grant("ro", database).grant("none", database, "others")
    assert person.aql(database, "FOR d IN things RETURN d._key").body["result"] == ["one"]
    assert person.aql(database, "RETURN DOCUMENT('things/one')._key").body["result"] == ["one"]
    for query in (
        "FOR d IN others RETURN d",
        "INSERT {} INTO things",
        "FOR d IN things REMOVE d IN things",
        "RETURN DOCUMENT('others/x')",
    ):
        answer = person.aql(database, query)
        assert (answer.status, answer.body["errorNum"]) == (403, 11), query
    assert server.call("GET", f"/_db/{database}/_api/collection/things/count").body["count"] == 1


@feature(_FAMILY, "wildcards and fallbacks")
def test_wildcards_stand_for_what_has_no_level(server: StandinServer, person: Person, database: str) -> None:
    """The level of * counts where nothing else was granted; taking a grant back falls back to it."""
    path = f"/_api/user/{person.name}/database/{database}"
    person.grant("ro", "*")
    assert server.call("GET", path).body["result"] == "ro"
    assert server.call("GET", f"{path}/things").body["result"] == "ro"
    person.grant("rw", database).grant("none", database, "things")
    assert [server.call("GET", p).body["result"] for p in (path, f"{path}/things", f"{path}/others")] == [
        "rw", "none", "rw"]  # fmt: skip
    assert server.call("DELETE", f"{path}/things").status == 202
    assert server.call("GET", f"{path}/things").body["result"] == "rw"
    assert server.call("DELETE", path).status == 202
    assert server.call("GET", path).body["result"] == "ro"


@feature(_FAMILY, "lists of levels")
def test_levels_are_listed(server: StandinServer, person: Person, database: str) -> None:
    """The short list has the databases with access, the full one what was granted for each collection."""
    person.grant("ro", database).grant("rw", database, "things")
    short = person.call("GET", f"/_api/user/{person.name}/database").body["result"]
    assert short == {database: "ro"}
    full = server.call("GET", f"/_api/user/{person.name}/database?full=true").body["result"]
    assert full[database]["permission"] == "ro"
    assert full[database]["collections"]["things"] == "rw"
    assert full[database]["collections"]["others"] == "undefined"
    assert full["_system"]["permission"] == "undefined"


@feature(_FAMILY, "errors for impossible grants")
def test_impossible_grants_are_refused(server: StandinServer, person: Person, database: str) -> None:
    """Unknown words, unknown collections, system collections, and less than rw for root on _system."""
    path = f"/_api/user/{person.name}/database/{database}"
    assert server.call("PUT", path, {"grant": "write"}).status == 400
    assert server.call("PUT", path, {}).status == 400
    assert server.call("PUT", f"{path}/unknown", {"grant": "ro"}).body["errorNum"] == 1203
    assert server.call("PUT", f"{path}/_graphs", {"grant": "ro"}).status == 400
    assert server.call("PUT", "/_api/user/root/database/_system", {"grant": "ro"}).status == 403


@feature(_FAMILY, "grants go with what they were for")
def test_grants_do_not_outlive_their_collection_or_database(
    server: StandinServer, person: Person, database: str
) -> None:
    """A collection or database of the same name that is made later does not inherit a grant."""
    person.grant("rw", database).grant("ro", database, "things")
    assert Person(server, "root", "").call("DELETE", f"/_db/{database}/_api/collection/things").status == 200
    path = f"/_api/user/{person.name}/database/{database}"
    assert server.call("GET", f"{path}/things?configured=true").body["result"] == "undefined"
    assert server.call("DELETE", f"/_api/database/{database}").status == 200
    assert server.call("GET", f"{path}?configured=true").body["result"] == "undefined"


@feature(_FAMILY, "_users is closed to users")
def test_nobody_reads_users_but_superusers(server: StandinServer) -> None:
    """Not even root reads the collection of users."""
    root = Person(server, "root", "")
    assert root.call("GET", "/_api/collection/_users").status == 403
    assert root.aql("_system", "FOR u IN _users RETURN u").status == 403
    assert server.aql("FOR u IN _users FILTER u.user == 'root' RETURN 1") == [1]


@feature(_FAMILY, "read-only mode")
def test_in_read_only_mode_users_write_nothing(server: StandinServer, name: str) -> None:
    """In mode readonly even root's writes are 403/1004, reading goes on, and the mode can be left again."""
    root = Person(server, "root", "")
    assert server.call("POST", "/_api/collection", {"name": name}).status == 200
    assert root.call("PUT", "/_admin/server/mode", {"mode": "readonly"}).body["mode"] == "readonly"
    try:
        for method, path, body in (
            ("POST", f"/_api/document/{name}", {}),
            ("POST", "/_api/collection", {"name": f"{name}x"}),
            ("POST", "/_api/cursor", {"query": f"INSERT {{}} INTO {name}"}),
            ("POST", "/_api/database", {"name": f"{name}x"}),
        ):
            answer = root.call(method, path, body)
            assert (answer.status, answer.body["errorNum"]) == (403, 1004), (path, answer)
        assert root.call("GET", f"/_api/collection/{name}/count").body["count"] == 0
        assert root.call("GET", "/_admin/status").body["serverInfo"]["readOnly"] is True
    finally:
        assert root.call("PUT", "/_admin/server/mode", {"mode": "default"}).status == 200
    assert root.call("POST", f"/_api/document/{name}", {}).status == 202
    assert root.call("PUT", "/_admin/server/mode", {"mode": "other"}).body["errorNum"] == 10
