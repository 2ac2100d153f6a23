"""What a server says about itself."""

from __future__ import annotations

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer


@feature("Version and status", "GET /_api/version")
def test_the_version_names_server_and_stand_in(server: StandinServer) -> None:
    """The version speaks of ArangoDB's API and of the stand-in that answers."""
    answer = server.call("GET", "/_api/version")
    assert answer.status == 200
    assert answer.body["server"] == "arango"
    assert answer.body["standin"].startswith("arangod-standin")


@feature("Version and status", "GET /_api/version needs credentials")
def test_the_version_is_not_told_to_strangers(server: StandinServer) -> None:
    """Without credentials even the version is refused."""
    assert server.call("GET", "/_api/version", login="none").body["errorNum"] == 11
