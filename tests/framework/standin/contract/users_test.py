"""Users: how they are made, changed and kept, and who may do so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person, basic
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until

_FAMILY = "Users"


@feature(_FAMILY, "create, read, list")
def test_a_user_is_made_once(server: StandinServer, name: str) -> None:
    """A new user is shown with active and extra, and its name is taken from then on."""
    made = server.call("POST", "/_api/user", {"user": name, "passwd": "x", "extra": {"age": 3}})
    assert (made.status, made.body["user"], made.body["active"], made.body["extra"]) == (201, name, True, {"age": 3})
    again = server.call("POST", "/_api/user", {"user": name})
    assert (again.status, again.body["errorNum"]) == (409, 1702)
    assert server.call("GET", f"/_api/user/{name}").body["extra"] == {"age": 3}
    assert name in [user["user"] for user in server.call("GET", "/_api/user").body["result"]]


@feature(_FAMILY, "errors for names that are empty or unknown")
def test_impossible_and_unknown_users_are_refused(server: StandinServer, name: str) -> None:
    """An empty name is 1700; whatever is asked about an unknown user is 1703."""
    assert server.call("POST", "/_api/user", {"user": ""}).body["errorNum"] == 1700
    for method, path in (("GET", ""), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/database")):
        answer = server.call(method, f"/_api/user/{name}{path}", {} if method != "GET" else None)
        assert (answer.status, answer.body["errorNum"]) == (404, 1703), method


@feature(_FAMILY, "PATCH merges, PUT replaces")
def test_patch_merges_and_put_replaces(server: StandinServer, name: str) -> None:
    """PATCH keeps what it does not name; PUT resets password, extra and grants."""
    person = Person(server, name).register(extra={"a": 1}).grant("rw", "_system")
    patched = server.call("PATCH", f"/_api/user/{name}", {"extra": {"b": 2}})
    assert patched.body["extra"] == {"a": 1, "b": 2}
    assert person.call("GET", "/_api/version").status == 200
    replaced = server.call("PUT", f"/_api/user/{name}", {"passwd": "new", "extra": {"c": 3}})
    assert replaced.body["extra"] == {"c": 3}
    assert person.call("GET", "/_api/version").status == 401
    assert server.call("GET", f"/_api/user/{name}/database/_system").body["result"] == "none"


@feature(_FAMILY, "password change, inactive users")
def test_only_active_users_with_the_right_password_come_in(server: StandinServer, name: str) -> None:
    """A changed password counts at once, and an inactive user stays outside."""
    person = Person(server, name).register().grant("ro", "_system")
    assert person.call("GET", "/_api/version").status == 200
    server.call("PATCH", f"/_api/user/{name}", {"passwd": "other"})
    assert person.call("GET", "/_api/version").body["errorNum"] == 11
    assert Person(server, name, "other").call("GET", "/_api/version").status == 200
    server.call("PATCH", f"/_api/user/{name}", {"active": False})
    assert Person(server, name, "other").call("GET", "/_api/version").status == 401


@feature(_FAMILY, "delete")
def test_a_removed_user_is_gone(server: StandinServer, name: str) -> None:
    """A removed user cannot come in, not even with a token it had; root cannot be removed."""
    person = Person(server, name).register().grant("ro", "_system")
    token = server.call("POST", "/_open/auth", {"username": name, "password": person.password}, login="none").body
    bearer = {"Authorization": f"bearer {token['jwt']}"}
    assert server.call("GET", "/_api/version", headers=bearer, login="none").status == 200
    assert server.call("DELETE", f"/_api/user/{name}").status == 202
    assert person.call("GET", "/_api/version").status == 401
    assert server.call("GET", "/_api/version", headers=bearer, login="none").status == 401
    assert server.call("DELETE", "/_api/user/root").status == 403


@feature(_FAMILY, "only administrators manage users; everybody may change itself")
def test_users_manage_themselves_only(server: StandinServer, name: str) -> None:
    """A user without rw on _system may read and change itself and nobody else."""
    person = Person(server, name).register()
    assert person.call("GET", f"/_api/user/{name}").status == 200
    assert person.call("PATCH", f"/_api/user/{name}", {"extra": {"mine": True}}).body["extra"] == {"mine": True}
    for method, path in (("GET", "/_api/user"), ("GET", "/_api/user/root"), ("DELETE", f"/_api/user/{name}")):
        assert person.call(method, path).body["errorNum"] == 11
    assert person.call("PUT", f"/_api/user/{name}/database/_system", {"grant": "rw"}).status == 403


@feature(_FAMILY, "kept as documents of _system/_users")
def test_users_are_documents_with_salted_hashes(server: StandinServer, name: str) -> None:
    """The document of a user has ArangoDB's form; the password is not in it."""
    Person(server, name, "very-secret").register().grant("ro", "_system", "*")
    (document,) = server.aql("FOR u IN _users FILTER u.user == @name RETURN u", name=name)
    assert document["authData"]["active"] is True
    assert sorted(document["authData"]["simple"]) == ["hash", "method", "salt"]
    assert document["databases"]["_system"]["collections"]["*"]["permissions"] == {"read": True, "write": False}
    assert "very-secret" not in str(document)


@feature(_FAMILY, "names of any letters")
def test_names_may_have_any_letters(server: StandinServer, name: str) -> None:
    """A name with spaces and letters of other scripts works everywhere."""
    odd = f"{name} ünï/犬"
    assert server.call("POST", "/_api/user", {"user": odd, "passwd": "p"}).status == 201
    path = "/_api/user/" + "".join(f"%{byte:02X}" for byte in odd.encode())
    assert server.call("GET", path).body["user"] == odd
    assert server.call("PUT", f"{path}/database/_system", {"grant": "ro"}).status == 200
    assert Person(server, odd, "p").call("GET", "/_api/version").status == 200
    assert server.call("DELETE", path).status == 202


@feature(_FAMILY, "data of the web interface")
def test_a_user_has_configuration_data(server: StandinServer, name: str) -> None:
    """What a web interface keeps for a user can be set, read and removed."""
    person = Person(server, name).register()
    assert person.call("PUT", f"/_api/user/{name}/config/theme", {"value": "dark"}).status == 200
    assert person.call("GET", f"/_api/user/{name}/config").body["result"] == {"theme": "dark"}
    assert person.call("DELETE", f"/_api/user/{name}/config/theme").status == 200
    assert person.call("GET", f"/_api/user/{name}/config").body["result"] == {}


@feature(_FAMILY, "a change counts on all coordinators")
def test_other_coordinators_learn_of_changes(cluster: StandinCluster, name: str) -> None:
    """A user made through one coordinator comes in through the other, until it is removed."""
    first, second = cluster.coordinators
    Person(first, name).register().grant("ro", "_system")
    elsewhere = Person(second, name)
    wait_until(lambda: elsewhere.call("GET", "/_api/version").status == 200, "the user known to the other coordinator")
    assert second.call("DELETE", f"/_api/user/{name}").status == 202
    here = Person(first, name)
    wait_until(lambda: here.call("GET", "/_api/version").status == 401, "the user forgotten by the first coordinator")


@feature(_FAMILY, "root's first password (ARANGODB_DEFAULT_ROOT_PASSWORD, --database.password)")
def test_the_first_start_sets_roots_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of the first start stays, whatever a later start names."""
    monkeypatch.setenv("ARANGODB_DEFAULT_ROOT_PASSWORD", "first")
    server = StandinServer(tmp_path)
    try:
        server.start().wait_available()
        assert server.call("GET", "/_api/version", login="basic").status == 401
        server.stop()
        monkeypatch.setenv("ARANGODB_DEFAULT_ROOT_PASSWORD", "second")
        server.start().wait_available()
        good = server.call("GET", "/_api/version", headers=basic("root", "first"), login="none")
        bad = server.call("GET", "/_api/version", headers=basic("root", "second"), login="none")
        assert (good.status, bad.status) == (200, 401)
    finally:
        server.close()
