"""Indexes: sorted ones at work, the definitions of the others, and ttl."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer, wait_until


def _make(server: StandinServer, collection: str, **definition: Any) -> Any:
    return server.call("POST", f"/_api/index?collection={collection}", definition)


@feature("Indexes", "primary and edge index are listed")
def test_every_collection_has_its_built_in_indexes(server: StandinServer, name: str) -> None:
    """Edge collections have a primary and an edge index, which cannot be dropped."""
    server.call("POST", "/_api/collection", {"name": name, "type": 3})
    body = server.call("GET", f"/_api/index?collection={name}").body
    assert [index["id"] for index in body["indexes"]] == [f"{name}/0", f"{name}/1"]
    assert body["identifiers"][f"{name}/1"]["fields"] == ["_from", "_to"]
    assert body["indexes"][0]["selectivityEstimate"] == 1
    assert server.call("DELETE", f"/_api/index/{name}/0").status == 403


@feature("Indexes", "persistent: create, same definition, names, drop")
def test_an_index_is_made_once(server: StandinServer, collection: str) -> None:
    """The same definition gives the same index back; names are given or made, and given once."""
    first = _make(server, collection, type="persistent", fields=["a", "b.c"])
    assert (first.status, first.body["isNewlyCreated"]) == (201, True)
    assert first.body["name"].startswith("idx_")
    again = _make(server, collection, type="persistent", fields=["a", "b.c"], name="other")
    assert (again.status, again.body["isNewlyCreated"], again.body["id"]) == (200, False, first.body["id"])
    named = _make(server, collection, type="persistent", fields=["b"], name="mine", storedValues=["x"], estimates=False)
    assert (named.body["name"], named.body["storedValues"], named.body["deduplicate"]) == ("mine", ["x"], True)
    assert "selectivityEstimate" not in named.body
    assert _make(server, collection, type="persistent", fields=["z"], name="mine").body["errorNum"] == 1207
    assert server.call("GET", f"/_api/index/{collection}/mine").body["id"] == named.body["id"]
    assert server.call("DELETE", f"/_api/index/{collection}/mine").body["id"] == named.body["id"]
    assert server.call("DELETE", f"/_api/index/{collection}/mine").body["errorNum"] == 1212


@feature("Indexes", "persistent: unique and sparse")
def test_a_unique_index_refuses_a_second_document(server: StandinServer, collection: str) -> None:
    """Equal values are refused, also 1 and 1.0; a sparse index lets documents without the attribute be."""
    server.call("POST", f"/_api/document/{collection}", [{"_key": "a", "u": 1}, {"_key": "n"}, {"_key": "m"}])
    assert _make(server, collection, type="persistent", fields=["u"], unique=True).body["errorNum"] == 1210
    assert _make(server, collection, type="persistent", fields=["u"], unique=True, sparse=True).status == 201
    assert server.call("POST", f"/_api/document/{collection}", {"u": 1.0}).body["errorNum"] == 1210
    assert server.call("POST", f"/_api/document/{collection}", {"u": 2**53}).status == 202
    assert server.call("POST", f"/_api/document/{collection}", {"u": 2**53 + 1}).status == 202
    assert server.call("PATCH", f"/_api/document/{collection}/n", {"u": 1}).body["errorNum"] == 1210
    server.call("DELETE", f"/_api/document/{collection}/a")
    assert server.call("PATCH", f"/_api/document/{collection}/n", {"u": 1}).status == 202


@feature("Indexes", "persistent: array expansion and deduplicate")
def test_an_array_index_has_an_entry_per_element(server: StandinServer, collection: str) -> None:
    """With ``[*]`` each element must be unique; without deduplicate also within one document."""
    assert _make(server, collection, type="persistent", fields=["t[*].n"], unique=True).status == 201
    twice = {"_key": "a", "t": [{"n": 1}, {"n": 2}, {"n": 1}]}
    assert server.call("POST", f"/_api/document/{collection}", twice).status == 202
    assert server.call("POST", f"/_api/document/{collection}", {"t": [{"n": 3}, {"n": 2}]}).body["errorNum"] == 1210
    strict = {"type": "persistent", "fields": ["s[*]"], "unique": True, "sparse": True, "deduplicate": False}
    assert _make(server, collection, **strict).status == 201
    assert server.call("POST", f"/_api/document/{collection}", {"t": 9, "s": [1, 1]}).body["errorNum"] == 1210


@feature("Indexes", "persistent: used by queries")
def test_a_query_finds_the_same_with_an_index(server: StandinServer, name: str) -> None:
    """Filters over an indexed attribute give what they gave without the index, over several shards, too."""
    server.call("POST", "/_api/collection", {"name": name, "numberOfShards": 3})
    documents = [{"n": number, "s": str(number % 10)} for number in range(200)] + [{"n": None}, {}, {"n": "5"}]
    server.call("POST", f"/_api/document/{name}", documents)
    queries = [
        "FOR d IN @@c FILTER d.n == 5 RETURN d.n",
        "FOR d IN @@c FILTER d.n >= 5 AND d.n < 15 SORT d.n DESC RETURN d.n",
        "FOR d IN @@c FILTER d.n IN [7, 3, 900, '5'] SORT d.n RETURN d.n",
        "FOR d IN @@c FILTER d.s == '7' SORT d.n LIMIT 3 RETURN d.n",
        "FOR d IN @@c FILTER d.n == null COLLECT WITH COUNT INTO c RETURN c",
    ]
    before = [server.aql(query, **{"@c": name}) for query in queries]
    _make(server, name, type="persistent", fields=["n"])
    _make(server, name, type="persistent", fields=["s", "n"])
    assert [server.aql(query, **{"@c": name}) for query in queries] == before
    assert before[0] == [5]


@feature("Indexes", "selectivity estimates")
def test_estimates_tell_how_selective_an_index_is(server: StandinServer, collection: str) -> None:
    """An index over two different values in ten documents has an estimate of 0.2."""
    server.call("POST", f"/_api/document/{collection}", [{"g": number % 2, "n": number} for number in range(10)])
    assert _make(server, collection, type="persistent", fields=["g"]).body["selectivityEstimate"] == 0.2
    assert _make(server, collection, type="persistent", fields=["n"]).body["selectivityEstimate"] == 1


@feature("Indexes", "definitions are checked")
@pytest.mark.parametrize(
    "definition",
    [
        {"type": "persistent"},
        {"type": "persistent", "fields": []},
        {"type": "persistent", "fields": ["a", "a"]},
        {"type": "persistent", "fields": ["_id"]},
        {"type": "persistent", "fields": ["a"], "unique": "yes"},
        {"type": "persistent", "fields": ["a"], "storedValues": ["a"]},
        {"type": "geo", "fields": ["a", "b", "c"]},
        {"type": "ttl", "fields": ["a"]},
        {"type": "ttl", "fields": ["a", "b"], "expireAfter": 1},
        {"type": "mdi", "fields": ["x", "y"], "fieldValueTypes": "integer"},
        {"type": "inverted", "fields": []},
        {"type": "inverted", "fields": ["a"], "analyzer": "nobody"},
        {"type": "vector", "fields": ["v"], "params": {"metric": "cosine", "dimension": 2}},
        {"type": "nothing", "fields": ["a"]},
    ],
)
def test_bad_definitions_are_refused(server: StandinServer, collection: str, definition: dict[str, Any]) -> None:
    """A definition that makes no sense is 400/10."""
    answer = _make(server, collection, **definition)
    assert (answer.status, answer.body["errorNum"]) == (400, 10)


@feature("Indexes", "ttl")
def test_documents_expire(server: StandinServer, collection: str) -> None:
    """Numbers and ISO dates in the past are removed in the background; everything else stays."""
    before = server.call("GET", "/_api/ttl/properties").body["result"]["frequency"]
    assert server.call("PUT", "/_api/ttl/properties", {"frequency": 50}).body["result"]["frequency"] == 50
    made = _make(server, collection, type="ttl", fields=["at"], expireAfter=10)
    assert (made.body["expireAfter"], made.body["sparse"]) == (10, True)
    assert _make(server, collection, type="ttl", fields=["other"], expireAfter=10).body["errorNum"] == 10
    now = time.time()
    stay = [now, now + 100, "2999-01-01T00:00:00Z", "soon", None, True, -5]
    documents = [{"at": now - 11}, {"at": "2020-02-02T02:02:02Z"}, {"at": 0}, *[{"at": value} for value in stay]]
    server.call("POST", f"/_api/document/{collection}", documents)

    def count() -> int:
        return int(server.call("GET", f"/_api/collection/{collection}/count").body["count"])

    wait_until(lambda: count() == len(stay), "expired documents to be gone")
    statistics = server.call("GET", "/_api/ttl/statistics").body["result"]
    assert statistics["documentsRemoved"] >= 3
    assert statistics["runs"] >= 1
    assert server.aql("FOR d IN @@c FILTER d.at == 'soon' RETURN 1", **{"@c": collection}) == [1]
    server.call("PUT", "/_api/ttl/properties", {"frequency": before})


@pytest.mark.parametrize(
    ("definition", "shown"),
    [
        pytest.param(
            {"type": "geo", "fields": ["p"], "geoJson": True},
            {"sparse": True, "unique": False, "geoJson": True},
            marks=pytest.mark.feature("Indexes", "geo", "definition only"),
        ),
        pytest.param(
            {"type": "fulltext", "fields": ["t"], "minLength": 3},
            {"sparse": True, "minLength": 3},
            marks=pytest.mark.feature("Indexes", "fulltext (3.12)", "definition only"),
        ),
        pytest.param(
            {"type": "mdi", "fields": ["x", "y"], "fieldValueTypes": "double", "unique": True},
            {"unique": True, "fieldValueTypes": "double"},
            marks=pytest.mark.feature("Indexes", "mdi", "definition only"),
        ),
        pytest.param(
            {"type": "zkd", "fields": ["x", "y"], "fieldValueTypes": "double"},
            {"unique": False},
            marks=pytest.mark.feature("Indexes", "zkd", "definition only"),
        ),
        pytest.param(
            {"type": "mdi-prefixed", "fields": ["x"], "fieldValueTypes": "double", "prefixFields": ["p"]},
            {"prefixFields": ["p"]},
            marks=pytest.mark.feature("Indexes", "mdi-prefixed", "definition only"),
        ),
        pytest.param(
            {"type": "inverted", "fields": ["a", {"name": "b", "analyzer": "text_en"}]},
            {"analyzer": "identity", "fields": [{"name": "a"}, {"name": "b", "analyzer": "text_en"}], "version": 1},
            marks=pytest.mark.feature("Indexes", "inverted", "definition only"),
        ),
        pytest.param(
            {"type": "vector", "fields": ["v"], "params": {"metric": "l2", "dimension": 2, "nLists": 1}},
            {"params": {"metric": "l2", "dimension": 2, "nLists": 1, "defaultNProbe": 1, "trainingIterations": 25}},
            marks=pytest.mark.feature("Indexes", "vector", "definition only"),
        ),
    ],
)
def test_definitions_are_kept_and_shown(
    server: StandinServer, collection: str, definition: dict[str, Any], shown: dict[str, Any]
) -> None:
    """These are stored, shown complete with defaults, found again as the same, and dropped; they speed nothing up."""
    server.call("POST", f"/_api/document/{collection}", {"v": [1, 2], "x": 1, "y": 2, "p": 1})
    made = _make(server, collection, **definition)
    assert made.status == 201, made
    assert {name: made.body[name] for name in shown} == shown
    assert _make(server, collection, **definition).body["isNewlyCreated"] is False
    listed = server.call("GET", f"/_api/index?collection={collection}").body["indexes"]
    assert listed[-1]["id"] == made.body["id"]
    assert server.call("DELETE", f"/_api/index/{made.body['id']}").status == 200


@feature("Indexes", "geo", "definition only")
def test_a_geo_index_takes_two_fields(server: StandinServer, collection: str) -> None:
    """Latitude and longitude may be attributes of their own; geoJson then has no meaning."""
    made = _make(server, collection, type="geo", fields=["lat", "lon"], geoJson=True)
    assert (made.status, made.body["geoJson"]) == (201, False)
