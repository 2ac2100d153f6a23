"""Bulk import over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Answer, StandinServer

FAMILY = "Import"


def run(server: StandinServer, collection: str, body: bytes, query: str = "type=auto") -> Answer:
    """Import a body."""
    return server.call("POST", f"/_api/import?collection={collection}&{query}", body)


def counts(answer: Answer) -> tuple[int, int, int, int, int]:
    """Return created, errors, empty, updated and ignored."""
    assert answer.status == 201, answer
    created, errors, empty, updated, ignored = (
        int(answer.body[name]) for name in ("created", "errors", "empty", "updated", "ignored")
    )
    return created, errors, empty, updated, ignored


def keys(server: StandinServer, collection: str) -> list[str]:
    """Return all keys in order."""
    found: list[str] = server.aql(f"FOR d IN {collection} SORT d._key RETURN d._key")
    return found


@feature(FAMILY, "documents, list, array, auto, header and rows")
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("type=documents", b'{"_key":"a"}\r\n\r\n{"_key":"b"}\r\n'),
        ("type=auto", b'{"_key":"a"}\n\n{"_key":"b"}'),
        ("type=list", b'[{"_key":"a"},{"_key":"b"}]'),
        ("type=array", b'[{"_key":"a"},{"_key":"b"}]'),
        ("type=auto", b' [{"_key":"a"},{"_key":"b"}]'),
        ("", b'["_key","x"]\n["a",1]\n["b",null]\n'),
    ],
)
def test_every_form_is_read(server: StandinServer, collection: str, query: str, body: bytes) -> None:
    """Lines, arrays and rows all become documents; empty lines are counted."""
    empty = body.count(b"\n\n") + body.count(b"\n\r\n")
    assert counts(run(server, collection, body, query)) == (2, 0, empty, 0, 0)
    assert keys(server, collection) == ["a", "b"]


@feature(FAMILY, "details")
def test_details_tell_what_failed(server: StandinServer, collection: str) -> None:
    """Each failed line has a message with its position, if details are asked for."""
    body = b'{"_key":"a"}\n{"_key":"a"}\nno json\n[1]\n{"_key":"a b"}\n{"_key":"c"}\n'
    answer = run(server, collection, body, "type=documents&details=true")
    assert counts(answer) == (2, 4, 0, 0, 0)
    assert len(answer.body["details"]) == 4
    assert all("at position" in text for text in answer.body["details"])
    assert "details" not in run(server, collection, body, "type=documents").body


@feature(FAMILY, "onDuplicate: error, update, replace, ignore")
def test_duplicates(server: StandinServer, collection: str) -> None:
    """What happens to a document that is there already is up to onDuplicate."""
    run(server, collection, b'{"_key":"a","x":1}')
    second = b'{"_key":"a","y":2}'
    assert counts(run(server, collection, second)) == (0, 1, 0, 0, 0)
    assert counts(run(server, collection, second, "type=auto&onDuplicate=ignore")) == (0, 0, 0, 0, 1)
    assert counts(run(server, collection, second, "type=auto&onDuplicate=update")) == (0, 0, 0, 1, 0)
    assert server.aql(f"FOR d IN {collection} RETURN [d.x, d.y]") == [[1, 2]]
    assert counts(run(server, collection, second, "type=auto&onDuplicate=replace")) == (0, 0, 0, 1, 0)
    assert server.aql(f"FOR d IN {collection} RETURN [d.x, d.y]") == [[None, 2]]
    assert run(server, collection, second, "type=auto&onDuplicate=other").body["errorNum"] == 10


@feature(FAMILY, "complete")
def test_a_complete_import_is_all_or_nothing(server: StandinServer, collection: str) -> None:
    """With ``complete`` one duplicate undoes everything, a truncation before it too."""
    run(server, collection, b'{"_key":"old"}')
    body = b'{"_key":"a"}\n{"_key":"b"}\n{"_key":"a"}\n'
    failed = run(server, collection, body, "type=documents&complete=true&overwrite=true")
    assert (failed.status, failed.body["errorNum"]) == (409, 1210)
    assert keys(server, collection) == ["old"]
    assert counts(run(server, collection, body[:26], "type=documents&complete=true")) == (2, 0, 0, 0, 0)


@feature(FAMILY, "overwrite")
def test_overwrite_empties_the_collection_first(server: StandinServer, collection: str) -> None:
    """With ``overwrite`` only what was imported is there afterwards."""
    run(server, collection, b'{"_key":"old"}')
    assert counts(run(server, collection, b'{"_key":"new"}', "type=auto&overwrite=true")) == (1, 0, 0, 0, 0)
    assert keys(server, collection) == ["new"]


@feature(FAMILY, "fromPrefix, toPrefix, overwriteCollectionPrefix")
def test_prefixes_complete_edges(server: StandinServer, name: str) -> None:
    """Ends without a collection get the prefix; others only if they are to be overwritten."""
    server.call("POST", "/_api/collection", {"name": name, "type": 3})
    body = b'{"_from":"1","_to":2}\n{"_from":"x/3","_to":"4"}\n'
    query = "type=documents&fromPrefix=people&toPrefix=places/"
    assert counts(run(server, name, body, query))[0] == 2
    assert counts(run(server, name, body, query + "&overwriteCollectionPrefix=true"))[0] == 2
    ends = server.aql(f"FOR e IN {name} RETURN [e._from, e._to]")
    assert sorted(ends) == [
        ["people/1", "places/2"], ["people/1", "places/2"], ["people/3", "places/4"], ["x/3", "places/4"],
    ]  # fmt: skip
    assert counts(run(server, name, b'{"_from":"a/1"}'))[1] == 1


@feature(FAMILY, "ignoreMissing")
def test_rows_of_another_length(server: StandinServer, collection: str) -> None:
    """A row that is shorter or longer than the header is an error, unless ignoreMissing is set."""
    body = b'["_key","x"]\n["a"]\n["b",1,2]\n["c",3]\n'
    assert counts(run(server, collection, body, "")) == (1, 2, 0, 0, 0)
    assert counts(run(server, collection, body, "ignoreMissing=true&onDuplicate=replace")) == (2, 0, 0, 1, 0)


@feature(FAMILY, "documents, list, array, auto, header and rows")
def test_what_cannot_be_imported_is_refused(server: StandinServer, collection: str) -> None:
    """Unknown collections and types, and bodies of another form, are errors of the whole request."""
    assert run(server, "there-is-none", b"{}").body["errorNum"] == 1203
    assert run(server, collection, b"{}", "type=other").body["errorNum"] == 10
    assert run(server, collection, b"{}", "type=list").body["errorNum"] == 400
    assert run(server, collection, b"{}", "").body["errorNum"] == 400
    assert server.call("POST", "/_api/import", b"{}").body["errorNum"] == 400


@feature(FAMILY, "many documents in one request")
def test_many_documents(server: StandinServer, collection: str) -> None:
    """Ten thousand documents come in with one request."""
    body = "\n".join(json.dumps({"_key": f"k{number}", "value": number}) for number in range(10_000)).encode()
    assert counts(run(server, collection, body, "type=documents&waitForSync=true"))[0] == 10_000
    assert server.call("GET", f"/_api/collection/{collection}/count").body["count"] == 10_000


@feature("Batch requests", "/_api/batch", "not there")
def test_batches_are_gone(server: StandinServer) -> None:
    """Batch requests were removed in 3.12.3; the answer says that they are not there."""
    assert server.call("POST", "/_api/batch", b"").status in (404, 501)
