"""Tokens: logging in, renewing, access tokens, and what tells of the server's secrets."""

from __future__ import annotations

import time

from arangod_standin.authentication import sign_token

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person, basic
from tests.framework.standin.support.standin_server import SECRET, Answer, StandinServer

_FAMILY = "Authentication"


def _version(server: StandinServer, token: str) -> Answer:
    return server.call("GET", "/_api/version", headers={"Authorization": f"bEaReR {token}"}, login="none")


def _log_in(server: StandinServer, name: str, password: str) -> Answer:
    return server.call("POST", "/_open/auth", {"username": name, "password": password}, login="none")


@feature(_FAMILY, "POST /_open/auth")
def test_logging_in_gives_a_new_token_each_time(server: StandinServer) -> None:
    """Two tokens of the same user differ, and both work."""
    tokens = [_log_in(server, "root", "").body["jwt"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [_version(server, token).status for token in tokens] == [200, 200]


@feature(_FAMILY, "POST /_open/auth refuses")
def test_wrong_credentials_get_no_token(server: StandinServer) -> None:
    """A wrong password is 401/401, a request that is not understood 400."""
    wrong = _log_in(server, "root", "wrong")
    assert (wrong.status, wrong.body["errorNum"]) == (401, 401)
    assert server.call("POST", "/_open/auth", {"username": 3}, login="none").status == 400
    assert server.call("POST", "/_open/auth", b"{", login="none").status == 400


@feature(_FAMILY, "POST /_open/auth/renew")
def test_a_token_can_be_renewed(server: StandinServer) -> None:
    """Who has a valid token of a user gets another one; nobody else does."""
    token = _log_in(server, "root", "").body["jwt"]
    renewed = server.call("POST", "/_open/auth/renew", headers={"Authorization": f"bearer {token}"}, login="none")
    assert renewed.status == 200
    assert renewed.body["jwt"] != token
    assert _version(server, renewed.body["jwt"]).status == 200
    assert server.call("POST", "/_open/auth/renew", login="none").status == 401


@feature(_FAMILY, "JWT of superusers and users")
def test_tokens_say_who_asks(server: StandinServer, name: str) -> None:
    """A token with a user name has that user's rights; expired, forged and unknown users' tokens have none."""
    Person(server, name).register().grant("ro", "_system")
    claims: dict[str, object] = {"iss": "arangodb", "preferred_username": name}
    good = sign_token(SECRET, claims)
    assert _version(server, good).status == 200
    bearer = {"Authorization": f"bearer {good}"}
    assert server.call("GET", "/_api/user", headers=bearer, login="none").status == 403
    for bad in (
        sign_token(b"another secret", claims),
        sign_token(SECRET, {**claims, "exp": int(time.time()) - 10}),
        sign_token(SECRET, {**claims, "preferred_username": f"{name}x"}),
        sign_token(SECRET, {**claims, "iss": "somebody"}),
        "nonsense",
    ):
        answer = _version(server, bad)
        assert (answer.status, answer.body["errorNum"]) == (401, 11)
        assert "www-authenticate" in answer.headers


@feature(_FAMILY, "allowed_paths of a superuser's token")
def test_a_token_can_be_limited_to_paths(server: StandinServer) -> None:
    """A superuser's token with allowed_paths opens only these."""
    token = sign_token(SECRET, {"iss": "arangodb", "server_id": "test", "allowed_paths": ["/_api/version"]})
    assert _version(server, token).status == 200
    bearer = {"Authorization": f"bearer {token}"}
    assert server.call("GET", "/_api/collection", headers=bearer, login="none").status == 401


@feature("Access tokens", "create, list, delete")
def test_access_tokens_are_made_shown_and_removed(server: StandinServer, name: str) -> None:
    """The secret is shown once; a name can be used once; a removed token is unknown."""
    person = Person(server, name).register()
    path = f"/_api/token/{name}"
    end = int(time.time()) + 1000
    made = person.call("POST", path, {"name": "mine", "valid_until": end})
    assert made.status == 200
    assert made.body["token"].startswith("v1.")
    assert (made.body["name"], made.body["valid_until"], made.body["active"]) == ("mine", end, True)
    assert person.call("POST", path, {"name": "mine"}).status == 409
    assert person.call("POST", path, {}).status == 400
    (listed,) = person.call("GET", path).body["tokens"]
    assert listed == {member: value for member, value in made.body.items() if member != "token"}
    assert person.call("DELETE", f"{path}/{made.body['id']}").status == 200
    assert person.call("DELETE", f"{path}/{made.body['id']}").status == 404
    assert person.call("GET", path).body["tokens"] == []


@feature("Access tokens", "as password")
def test_an_access_token_works_as_password(server: StandinServer, name: str) -> None:
    """With or without the user's name, for Basic credentials and for logging in, until it is removed or expires."""
    person = Person(server, name).register().grant("ro", "_system")
    made = person.call("POST", f"/_api/token/{name}", {"name": "t"}).body
    for user in (name, ""):
        answer = server.call("GET", "/_api/version", headers=basic(user, made["token"]), login="none")
        assert answer.status == 200
        assert _version(server, _log_in(server, user, made["token"]).body["jwt"]).status == 200
    assert server.call("GET", "/_api/version", headers=basic("root", made["token"]), login="none").status == 401
    person.call("DELETE", f"/_api/token/{name}/{made['id']}")
    assert server.call("GET", "/_api/version", headers=basic(name, made["token"]), login="none").status == 401
    old = person.call("POST", f"/_api/token/{name}", {"name": "old", "valid_until": int(time.time()) - 5}).body
    assert old["active"] is False
    assert server.call("GET", "/_api/version", headers=basic("", old["token"]), login="none").status == 401


@feature("Access tokens", "of other users for administrators only")
def test_access_tokens_of_others_are_closed(server: StandinServer, name: str) -> None:
    """A user manages its own tokens; root's are closed to it; unknown users are 404."""
    person = Person(server, name).register()
    assert person.call("GET", "/_api/token/root").status == 403
    assert person.call("POST", "/_api/token/root", {"name": "x"}).status == 403
    assert server.call("GET", f"/_api/token/{name}x").body["errorNum"] == 1703


@feature(_FAMILY, "GET and POST /_admin/server/jwt")
def test_superusers_see_digests_of_the_secrets(server: StandinServer) -> None:
    """The digests of the JWT secrets are for superusers; root is refused."""
    result = server.call("GET", "/_admin/server/jwt").body["result"]
    assert len(result["active"]["sha256"]) == 64
    assert result["passive"] == []
    assert server.call("POST", "/_admin/server/jwt").body["result"] == result
    assert server.call("GET", "/_admin/server/jwt", login="basic").body["errorNum"] == 11


@feature(_FAMILY, "GET and POST /_admin/server/tls")
def test_the_certificates_are_told(server: StandinServer) -> None:
    """Without TLS there is no certificate to tell of; only superusers may reload."""
    assert server.call("GET", "/_admin/server/tls", login="basic").body["result"] == {
        "keyfile": {}, "clientCA": {}, "SNI": {}}  # fmt: skip
    assert server.call("POST", "/_admin/server/tls").status == 200
    assert server.call("POST", "/_admin/server/tls", login="basic").status == 403


@feature(_FAMILY, "POST /_admin/server/encryption", "not there")
def test_there_is_no_encryption_at_rest(server: StandinServer) -> None:
    """The rotation of encryption keys is refused."""
    assert server.call("POST", "/_admin/server/encryption").status == 403
