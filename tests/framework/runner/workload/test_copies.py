"""Copies of a shard: what is asked of a dbserver, and what counts as a difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from armadillo.arangodb.client import ArangoClient
from armadillo.arangodb.credentials import Credentials
from armadillo.workload.copies import ShardCopy, copy_of, differences, differing_documents, revisions_of

from tests.framework.runner.support.scripted_arango import Request, ScriptedArango

PRIMARY = {"id": "s1/0", "type": "primary", "fields": ["_key"], "unique": True, "sparse": False}
INDEX = {"id": "s1/77", "type": "persistent", "fields": ["a"], "unique": False, "selectivityEstimate": 0.5}


def dbserver(request: Request) -> Any:
    """Answers as a dbserver does for its shard s1."""
    path = request.path.partition("?")[0]
    if path.endswith("/count"):
        return 200, {"count": 3}
    if path.endswith("/checksum"):
        return 200, {"checksum": "1234", "revision": "_abc"}
    if path.endswith("/index"):
        return 200, {"indexes": [PRIMARY, INDEX]}
    if path.endswith("/cursor"):
        return 201, {"result": [["one", "_a"]], "hasMore": False}
    return 404, {"error": True, "errorNum": 404}


@pytest.fixture
def arango() -> Iterator[ScriptedArango]:
    """One dbserver."""
    with ScriptedArango(dbserver) as made:
        yield made


async def test_a_copy_is_asked_at_its_server(arango: ScriptedArango) -> None:
    """Count, checksum with revisions and data, and indexes, by the shard's name in its database."""
    client = ArangoClient([arango.endpoint], Credentials.none()).in_database("db")
    copy = await copy_of(client, "dbserver-1", "s1")
    assert (copy.server, copy.count, copy.checksum, set(copy.indexes)) == ("dbserver-1", 3, "1234", {"0", "77"})
    assert "selectivityEstimate" not in copy.indexes["77"]
    assert [request.path for request in arango.requests] == [
        "/_db/db/_api/collection/s1/count",
        "/_db/db/_api/collection/s1/checksum?withRevisions=true&withData=true",
        "/_db/db/_api/index?collection=s1",
    ]
    assert await revisions_of(client, "s1") == {"one": "_a"}
    arango.answer = lambda _: (501, {"error": True, "errorNum": 9})
    assert await revisions_of(client, "s1") is None
    await client.close()


def test_equal_copies_have_no_difference() -> None:
    """Whatever the servers are called."""
    one = ShardCopy("dbserver-1", 2, "99", {"0": {"type": "primary"}})
    assert differences(one, replace(one, server="dbserver-2")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"count": 1}, "dbserver-1 (leader) has 2 documents, dbserver-2 1"),
        ({"checksum": "98"}, "checksums 99 and 98"),
        ({"indexes": {}}, "index 0 is not the same (dbserver-1: type primary; dbserver-2: not there)"),
        ({"indexes": {"0": {"type": "edge"}}}, "dbserver-2: type edge"),
    ],
)
def test_each_difference_is_told(change: dict[str, Any], expected: str) -> None:
    """Numbers of documents, checksums, indexes."""
    one = ShardCopy("dbserver-1", 2, "99", {"0": {"type": "primary"}})
    (found,) = differences(one, replace(one, server="dbserver-2", **change))
    assert expected in found


def test_documents_that_differ_are_named() -> None:
    """Those on one side only, and those with different revisions; of many the first few."""
    names = ("dbserver-1", "dbserver-2")
    text = differing_documents(names, {"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"})
    assert text == "only on dbserver-1: a; only on dbserver-2: d; with another revision: b"
    many = {f"k{number:02}": "1" for number in range(20)}
    assert differing_documents(names, many, {}).endswith("k07 and 12 more")
    assert "so the data differ" in differing_documents(names, {"a": "1"}, {"a": "1"})
