"""Schema validation and computed values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer

_RULE = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"],
         "additionalProperties": False}  # fmt: skip


def _schema(level: str) -> dict[str, Any]:
    return {"rule": _RULE, "level": level, "message": "n must be a number"}


@feature("Schema", "documents are validated")
def test_documents_that_break_the_schema_are_refused(server: StandinServer, name: str) -> None:
    """What breaks the rule is 400/1620 with the schema's message; system attributes do not count."""
    made = server.call("POST", "/_api/collection", {"name": name, "schema": _schema("strict")})
    assert made.body["schema"] == {**_schema("strict"), "type": "json"}
    assert server.call("POST", f"/_api/document/{name}", {"_key": "k", "n": 1}).status == 202
    bad = server.call("POST", f"/_api/document/{name}", {"n": -1})
    assert (bad.status, bad.body["errorNum"], bad.body["errorMessage"]) == (400, 1620, "n must be a number")
    assert server.call("PATCH", f"/_api/document/{name}/k", {"x": 1}).body["errorNum"] == 1620
    assert server.call("PUT", f"/_api/document/{name}/k", {"n": 2}).status == 202
    bulk = server.call("POST", f"/_api/document/{name}", [{"n": 1}, {"n": "1"}]).body
    assert [item.get("errorNum") for item in bulk] == [None, 1620]


@feature("Schema", "levels none, new, moderate, strict")
@pytest.mark.parametrize(
    ("level", "statuses"),
    [("none", [202, 202, 202]), ("new", [400, 202, 202]), ("moderate", [400, 400, 202]), ("strict", [400, 400, 400])],
)
def test_levels(server: StandinServer, name: str, level: str, statuses: list[int]) -> None:
    """Which writes are checked depends on the level: new documents, good ones that become bad, bad ones that stay."""
    server.call("POST", "/_api/collection", {"name": name})
    server.call("POST", f"/_api/document/{name}", [{"_key": "bad"}, {"_key": "good", "n": 1}])
    changed = server.call("PUT", f"/_api/collection/{name}/properties", {"schema": _schema(level)})
    assert changed.body["schema"]["level"] == level
    insert = server.call("POST", f"/_api/document/{name}", {"n": "x"})
    worsen = server.call("PATCH", f"/_api/document/{name}/good", {"n": "x"})
    keep_bad = server.call("PATCH", f"/_api/document/{name}/bad", {"n": "x"})
    assert [insert.status, worsen.status, keep_bad.status] == statuses


@feature("Schema", "definitions are checked")
@pytest.mark.parametrize(
    "schema",
    [{"rule": 1}, {"rule": {"type": "nothing"}}, {"rule": {}, "level": "most"}, {"rule": {}, "message": 1}, "x"],
)
def test_a_bad_schema_is_refused(server: StandinServer, name: str, schema: Any) -> None:
    """What is no schema is 400/1621."""
    answer = server.call("POST", "/_api/collection", {"name": name, "schema": schema})
    assert (answer.status, answer.body["errorNum"]) == (400, 1621)


@feature("Schema", "a schema can be taken away")
def test_a_schema_can_be_removed(server: StandinServer, name: str) -> None:
    """After the schema is set to null every document is taken."""
    server.call("POST", "/_api/collection", {"name": name, "schema": _schema("strict")})
    assert server.call("PUT", f"/_api/collection/{name}/properties", {"schema": None}).body["schema"] is None
    assert server.call("POST", f"/_api/document/{name}", {"n": "x"}).status == 202


def _value(name: str, expression: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "expression": expression, "overwrite": True, **more}


@feature("Computed values", "insert, update, replace")
def test_values_are_computed_when_asked_for(server: StandinServer, name: str) -> None:
    """Each definition acts on its moments; without overwrite a given value stays; null can be left out."""
    definitions = [
        _value("full", "RETURN CONCAT(@doc.first, ' ', @doc.last)", computeOn=["insert", "update", "replace"]),
        _value("made", "RETURN 1", computeOn=["insert"], overwrite=False),
        _value("changes", "RETURN @doc.changes + 1", computeOn=["update"]),
        _value("nothing", "RETURN null", keepNull=False),
    ]
    made = server.call("POST", "/_api/collection", {"name": name, "computedValues": definitions})
    assert made.body["computedValues"][0] == {**definitions[0], "failOnWarning": False, "keepNull": True}
    document = {"_key": "k", "first": "A", "last": "B", "nothing": 1}
    new = server.call("POST", f"/_api/document/{name}?returnNew=true", document).body["new"]
    assert {key: value for key, value in new.items() if key[0] != "_"} == {
        "first": "A", "last": "B", "full": "A B", "made": 1,
    }  # fmt: skip
    updated = server.call("PATCH", f"/_api/document/{name}/k?returnNew=true", {"last": "C", "made": 5}).body["new"]
    assert (updated["full"], updated["made"], updated["changes"]) == ("A C", 5, 1)
    assert server.aql("FOR d IN @@c RETURN d.full", **{"@c": name}) == ["A C"]


@feature("Computed values", "failOnWarning")
def test_a_warning_can_be_an_error(server: StandinServer, name: str) -> None:
    """With failOnWarning a division by zero refuses the document; otherwise the value is null."""
    server.call("POST", "/_api/collection", {"name": name, "computedValues": [
        _value("x", "RETURN 1 / @doc.n", failOnWarning=True)]})  # fmt: skip
    assert server.call("POST", f"/_api/document/{name}", {"n": 0}).body["errorNum"] == 1562
    assert server.call("POST", f"/_api/document/{name}?returnNew=1", {"n": 2}).body["new"]["x"] == 0.5


@feature("Computed values", "schema is checked afterwards")
def test_the_schema_sees_computed_values(server: StandinServer, name: str) -> None:
    """A required attribute may be one that is computed."""
    body = {"name": name, "schema": _schema("strict"), "computedValues": [_value("n", "RETURN 7")]}
    assert server.call("POST", "/_api/collection", body).status == 200
    assert server.call("POST", f"/_api/document/{name}", {}).status == 202


@feature("Computed values", "definitions are checked")
@pytest.mark.parametrize(
    ("definition", "number"),
    [
        ({"name": "x"}, 10),
        ({"name": "_key", "expression": "RETURN 1", "overwrite": True}, 10),
        ({"name": "x", "expression": "RETURN 1"}, 10),
        ({"name": "x", "expression": "RETURN", "overwrite": True}, 1501),
        ({"name": "x", "expression": "FOR d IN c RETURN d", "overwrite": True}, 10),
        ({"name": "x", "expression": "RETURN DOCUMENT('a/b')", "overwrite": True}, 10),
        ({"name": "x", "expression": "RETURN 1", "overwrite": True, "computeOn": ["never"]}, 10),
    ],
)
def test_bad_definitions_are_refused(server: StandinServer, name: str, definition: dict[str, Any], number: int) -> None:
    """A definition that cannot be computed from the document alone is refused."""
    answer = server.call("POST", "/_api/collection", {"name": name, "computedValues": [definition]})
    assert (answer.status, answer.body["errorNum"]) == (400, number)
