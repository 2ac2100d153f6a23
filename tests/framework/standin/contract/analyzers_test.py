"""Analyzers: built in ones are listed, own ones kept and given back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer


@pytest.fixture
def database(server: StandinServer, name: str) -> str:
    """A database of its own, as the beginning of a path."""
    assert server.call("POST", "/_api/database", {"name": name}).status == 201
    return f"/_db/{name}"


@feature("Analyzers", "built-in analyzers", "definition only")
def test_built_in_analyzers_are_listed(server: StandinServer) -> None:
    """identity and those for texts are there, and cannot be removed."""
    names = [item["name"] for item in server.call("GET", "/_api/analyzer").body["result"]]
    assert {"identity", "text_en", "text_zh"} <= set(names)
    assert server.call("GET", "/_api/analyzer/text_en").body["type"] == "text"
    assert server.call("DELETE", "/_api/analyzer/text_en").status == 403


@feature("Analyzers", "create, show, remove", "definition only")
@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("identity", {}),
        ("delimiter", {"delimiter": ","}),
        ("multi_delimiter", {"delimiters": [",", "."]}),
        ("wildcard", {"ngramSize": 4}),
        ("ngram", {"min": 2, "max": 3, "preserveOriginal": True}),
        ("text", {"locale": "en"}),
        ("pipeline", {"pipeline": [{"type": "norm", "properties": {"locale": "en"}}]}),
    ],
)
def test_an_analyzer_is_given_back_as_it_was_made(
    server: StandinServer, database: str, name: str, kind: str, properties: dict[str, Any]
) -> None:
    """Name with the database, type, properties and features are echoed; the same again is 200, another one 400/10."""
    body = {"name": "mine", "type": kind, "properties": properties}
    made = server.call("POST", f"{database}/_api/analyzer", body)
    assert made.status == 201
    assert {key: made.body[key] for key in ("name", "type", "properties", "features")} == {
        "name": f"{name}::mine", "type": kind, "properties": properties, "features": [],
    }  # fmt: skip
    assert server.call("POST", f"{database}/_api/analyzer", body).status == 200
    other = server.call("POST", f"{database}/_api/analyzer", {**body, "features": ["frequency"]})
    assert (other.status, other.body["errorNum"]) == (400, 10)
    assert server.call("GET", f"{database}/_api/analyzer/{name}::mine").body["type"] == kind
    assert server.call("DELETE", f"{database}/_api/analyzer/mine").body["name"] == f"{name}::mine"
    gone = server.call("GET", f"{database}/_api/analyzer/mine")
    assert (gone.status, gone.body["errorNum"]) == (404, 1202)


@feature("Analyzers", "definitions are checked")
def test_bad_analyzers_are_refused(server: StandinServer) -> None:
    """Unknown types, missing properties, unknown features and bad names are 400/10."""
    for body in (
        {"name": "x", "type": "magic"},
        {"name": "x", "type": "delimiter"},
        {"name": "x", "type": "identity", "features": ["speed"]},
        {"name": "x", "type": "identity", "features": ["position"]},
        {"name": "1x", "type": "identity"},
        {"type": "identity"},
        {"name": "text_en", "type": "identity"},
    ):
        answer = server.call("POST", "/_api/analyzer", body)
        assert (answer.status, answer.body["errorNum"]) == (400, 10), body


@feature("Analyzers", "an analyzer in use is not removed")
def test_an_analyzer_in_use_is_kept(server: StandinServer, database: str) -> None:
    """While a view names it, removal is 409 unless forced."""
    server.call("POST", f"{database}/_api/analyzer", {"name": "mine", "type": "identity"})
    server.call("POST", f"{database}/_api/collection", {"name": "c"})
    links = {"c": {"fields": {"a": {"analyzers": ["mine"]}}}}
    server.call("POST", f"{database}/_api/view", {"name": "v", "type": "arangosearch", "links": links})
    assert server.call("DELETE", f"{database}/_api/analyzer/mine").status == 409
    assert server.call("DELETE", f"{database}/_api/analyzer/mine?force=true").status == 200


@feature("Analyzers", "analyzers of _system are seen everywhere")
def test_analyzers_of_the_system_database_are_shared(server: StandinServer, database: str, name: str) -> None:
    """Another database names them with two colons before."""
    server.call("POST", "/_api/analyzer", {"name": f"s{name}", "type": "identity"})
    assert server.call("GET", f"{database}/_api/analyzer/::s{name}").body["name"] == f"::s{name}"
    assert server.call("DELETE", f"{database}/_api/analyzer/::s{name}").status == 403
    assert server.call("DELETE", f"/_api/analyzer/s{name}").status == 200
