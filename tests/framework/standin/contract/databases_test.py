"""Databases: making, listing, entering, dropping."""

from __future__ import annotations

import time

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "Databases"


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@feature(_FAMILY, "create, list, drop")
def test_a_database_comes_and_goes(server: StandinServer, name: str) -> None:
    """A new database is listed and can be entered; a dropped one is 404/1228."""
    made = server.call("POST", "/_api/database", {"name": name}, login="basic")
    assert (made.status, made.body["result"]) == (201, True)
    assert name in server.call("GET", "/_api/database").body["result"]
    assert server.call("POST", "/_api/database", {"name": name}).body["errorNum"] == 1207
    current = server.call("GET", f"/_db/{name}/_api/database/current").body["result"]
    assert (current["name"], current["isSystem"]) == (name, False)
    assert server.call("DELETE", f"/_api/database/{name}", login="basic").body["result"] is True
    assert server.call("GET", f"/_db/{name}/_api/database/current").body["errorNum"] == 1228
    assert server.call("DELETE", f"/_api/database/{name}").body["errorNum"] == 1228


@feature(_FAMILY, "options sharding, replicationFactor, writeConcern")
def test_options_are_kept(server: StandinServer, name: str) -> None:
    """A database tells the options it was made with; impossible ones are 400/10."""
    options = {"sharding": "single", "replicationFactor": 2, "writeConcern": 1}
    assert server.call("POST", "/_api/database", {"name": name, "options": options}).status == 201
    current = server.call("GET", f"/_db/{name}/_api/database/current").body["result"]
    assert {member: current[member] for member in options} == options
    server.call("DELETE", f"/_api/database/{name}")
    impossible: list[object] = [{"sharding": "some"}, {"replicationFactor": 0}, {"writeConcern": "x"}, []]
    for bad in impossible:
        answer = server.call("POST", "/_api/database", {"name": name, "options": bad})
        assert (answer.status, answer.body["errorNum"]) == (400, 10), bad


@feature(_FAMILY, "users of a new database")
def test_users_are_made_with_a_database(server: StandinServer, name: str) -> None:
    """Named users get rw; those that are not there are made; an inactive one cannot enter."""
    users = [
        {"username": f"{name}a", "passwd": "secret", "active": True, "extra": {"x": 1}},
        {"username": f"{name}b", "passwd": "secret", "active": False},
    ]
    assert server.call("POST", "/_api/database", {"name": name, "users": users}).status == 201
    first, second = (Person(server, f"{name}{letter}") for letter in "ab")
    assert first.call("POST", f"/_db/{name}/_api/collection", {"name": "mine"}).status == 200
    assert first.call("POST", f"/_db/{name}/_api/document/mine", {}).status == 202
    assert second.call("GET", f"/_db/{name}/_api/version").status == 401
    assert first.call("GET", f"/_db/{name}/_api/database/user").body["result"] == [name]
    assert server.call("GET", f"/_api/user/{name}a").body["extra"] == {"x": 1}
    assert server.call("DELETE", f"/_api/database/{name}").status == 200


@feature(_FAMILY, "GET /_api/database/user")
def test_users_see_the_databases_they_may_enter(server: StandinServer, name: str) -> None:
    """Root may enter all; another user those with at least ro."""
    server.call("POST", "/_api/database", {"name": name})
    person = Person(server, f"user_{name}").register().grant("ro", name)
    assert {"_system", name} <= set(server.call("GET", "/_api/database/user", login="basic").body["result"])
    assert person.call("GET", f"/_db/{name}/_api/database/user").body["result"] == [name]


@feature(_FAMILY, "only from _system, only for administrators")
def test_databases_are_managed_from_system(server: StandinServer, name: str) -> None:
    """From another database it is 403/1230, without rw on _system 403/11; _system stays."""
    server.call("POST", "/_api/database", {"name": name})
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", f"/{name}")):
        answer = server.call(method, f"/_db/{name}/_api/database{path}", {"name": "x"} if method == "POST" else None)
        assert (answer.status, answer.body["errorNum"]) == (403, 1230), method
    person = Person(server, f"user_{name}").register().grant("ro", "_system")
    assert person.call("POST", "/_api/database", {"name": f"{name}x"}).body["errorNum"] == 11
    assert person.call("DELETE", f"/_api/database/{name}").body["errorNum"] == 11
    assert server.call("DELETE", "/_api/database/_system").body["errorNum"] == 11


@feature(_FAMILY, "extended names")
@pytest.mark.parametrize("odd", ["maçã", "😀", "ﻚﻠﺑ ﻞﻄﻴﻓ", "かわいい犬"])
def test_names_may_be_of_any_script(server: StandinServer, odd: str) -> None:
    """Names may have letters of all scripts, and work in paths."""
    assert server.call("POST", "/_api/database", {"name": odd}).status == 201
    try:
        assert odd in server.call("GET", "/_api/database").body["result"]
        inside = server.call("GET", f"/_db/{_escaped(odd)}/_api/database/current")
        assert inside.body["result"]["name"] == odd
        assert server.call("POST", f"/_db/{_escaped(odd)}/_api/collection", {"name": "c"}).status == 200
    finally:
        assert server.call("DELETE", f"/_api/database/{_escaped(odd)}").status == 200


@feature(_FAMILY, "errors for impossible names")
@pytest.mark.parametrize("bad", ["", "_mine", "1st", "a/b", "a:b", " a", "a ", "x" * 129, "e\u0301", 3, None], ids=repr)
def test_impossible_names_are_refused(server: StandinServer, bad: object) -> None:
    """Names that begin or end badly, are too long, hold slashes or are not in NFC are 400 with 1229 or 1208."""
    answer = server.call("POST", "/_api/database", {"name": bad})
    assert answer.status == 400
    assert answer.body["errorNum"] in (1208, 1229)


@feature(_FAMILY, "a dropped database takes its cursors along")
def test_cursors_do_not_outlive_their_database(server: StandinServer, name: str) -> None:
    """A cursor of a dropped database is unknown in a new one of the same name."""
    server.call("POST", "/_api/database", {"name": name})
    body = {"query": "FOR i IN 1..10 RETURN i", "batchSize": 2}
    cursor = server.call("POST", f"/_db/{name}/_api/cursor", body).body["id"]
    server.call("DELETE", f"/_api/database/{name}")
    assert server.call("POST", f"/_db/{name}/_api/cursor/{cursor}").body["errorNum"] == 1228
    # a coordinator may still be dropping it
    deadline = time.monotonic() + 10
    while server.call("POST", "/_api/database", {"name": name}).status != 201:
        assert time.monotonic() < deadline, "the database's name is not free again"
    assert server.call("POST", f"/_db/{name}/_api/cursor/{cursor}").body["errorNum"] == 1600
    server.call("DELETE", f"/_api/database/{name}")
