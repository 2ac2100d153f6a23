"""Stream transactions over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer, wait_until

FAMILY = "Transactions"


def begin(server: StandinServer, **collections: Any) -> dict[str, str]:
    """Begin a transaction and return the header that requests inside it carry."""
    answer = server.call("POST", "/_api/transaction/begin", {"collections": collections})
    assert answer.status == 201, answer
    assert answer.body["result"]["status"] == "running"
    return {"x-arango-trx-id": answer.body["result"]["id"]}


def path_of(inside: dict[str, str]) -> str:
    """Return the path of a transaction."""
    return f"/_api/transaction/{inside['x-arango-trx-id']}"


@feature(FAMILY, "begin, status, commit, abort")
def test_a_transaction_is_committed_or_aborted(server: StandinServer, collection: str) -> None:
    """Its status is running, then committed or aborted; the same end again is fine, the other one is refused."""
    committed, aborted = begin(server, write=collection), begin(server, read=[collection])
    assert server.call("GET", path_of(committed)).body["result"]["status"] == "running"

    assert server.call("PUT", path_of(committed)).body["result"]["status"] == "committed"
    assert server.call("DELETE", path_of(aborted)).body["result"]["status"] == "aborted"
    assert server.call("PUT", path_of(committed)).status == 200
    assert server.call("DELETE", path_of(aborted)).status == 200
    assert server.call("DELETE", path_of(committed)).body["errorNum"] == 1653
    assert server.call("PUT", path_of(aborted)).body["errorNum"] == 1653
    assert server.call("GET", path_of(aborted)).body["result"]["status"] == "aborted"


@feature(FAMILY, "begin, status, commit, abort")
def test_what_is_no_transaction_is_refused(server: StandinServer, collection: str) -> None:
    """Unknown ids, ids that are none, ended transactions, unknown collections and bad options each have their error."""
    assert server.call("GET", "/_api/transaction/99").body["errorNum"] == 1655
    assert server.call("PUT", "/_api/transaction/illegal").body["errorNum"] == 10
    inside = begin(server, write=collection)
    server.call("PUT", path_of(inside))
    assert server.call("GET", f"/_api/document/{collection}/a", headers=inside).body["errorNum"] == 1655
    for body, number in (
        ({"collections": {"write": "there-is-none"}}, 1203),
        ({"collections": {"write": 1}}, 10),
        ({"collections": {}, "lockTimeout": -1}, 10),
    ):
        assert server.call("POST", "/_api/transaction/begin", body).body["errorNum"] == number


@feature(FAMILY, "GET /_api/transaction")
def test_the_list_holds_running_transactions(server: StandinServer, collection: str) -> None:
    """A transaction is listed while it runs."""
    inside = begin(server, write=collection)
    listed = {"id": inside["x-arango-trx-id"], "state": "running"}
    assert listed in server.call("GET", "/_api/transaction").body["transactions"]

    server.call("DELETE", path_of(inside))
    assert listed not in server.call("GET", "/_api/transaction").body["transactions"]


@feature(FAMILY, "isolation: own writes inside, nothing outside until the commit")
def test_writes_show_inside_and_after_the_commit(server: StandinServer, collection: str) -> None:
    """Documents, counts, queries and imports inside see the transaction's writes; outside, nobody before the end."""
    inside = begin(server, write=collection)
    path = f"/_api/document/{collection}"
    assert server.call("POST", path, [{"_key": "a"}, {"_key": "b"}], headers=inside).status == 202
    assert server.call("DELETE", f"{path}/b", headers=inside).status == 202
    imported = server.call("POST", f"/_api/import?collection={collection}&type=auto", b'{"_key":"i"}\n', headers=inside)
    assert imported.body["created"] == 1
    query = {"query": f"FOR d IN {collection} SORT d._key RETURN d._key"}

    for headers, keys in ((inside, ["a", "i"]), ({}, [])):
        assert server.call("POST", "/_api/cursor", query, headers=headers).body["result"] == keys
        count = server.call("GET", f"/_api/collection/{collection}/count", headers=headers).body["count"]
        assert count == len(keys)
        assert server.call("HEAD", f"{path}/a", headers=headers).status == (200 if keys else 404)
    server.call("PUT", path_of(inside))
    assert server.call("POST", "/_api/cursor", query).body["result"] == ["a", "i"]


@feature(FAMILY, "isolation: one snapshot for all reads")
def test_reads_repeat(server: StandinServer, collection: str) -> None:
    """What others commit after the first read is not seen."""
    path = f"/_api/document/{collection}"
    server.call("POST", path, {"_key": "a", "value": 1})
    inside = begin(server, read=collection)
    assert server.call("GET", f"{path}/a", headers=inside).body["value"] == 1
    server.call("PATCH", f"{path}/a", {"value": 2})

    assert server.call("GET", f"{path}/a", headers=inside).body["value"] == 1
    server.call("PUT", path_of(inside))
    assert server.call("GET", f"{path}/a").body["value"] == 2


@feature(FAMILY, "write-write conflicts")
def test_the_second_writer_gets_a_conflict(server: StandinServer, collection: str) -> None:
    """A document that a running transaction has written is a conflict for everybody else; so is one changed since."""
    path = f"/_api/document/{collection}"
    server.call("POST", path, [{"_key": "a"}, {"_key": "b"}])
    first, second = begin(server, write=collection), begin(server, write=collection)
    assert server.call("GET", f"{path}/b", headers=second).status == 200
    assert server.call("PATCH", f"{path}/a", {"value": 1}, headers=first).status == 202

    for headers in (second, {}):
        answer = server.call("PATCH", f"{path}/a", {"value": 2}, headers=headers)
        assert (answer.status, answer.body["errorNum"]) == (409, 1200)
    bulk = server.call("PATCH", path, [{"_key": "a", "value": 2}])
    assert bulk.headers["x-arango-error-codes"] == "1200:1"
    server.call("PATCH", f"{path}/b", {"value": 3})
    assert server.call("PATCH", f"{path}/b", {"value": 4}, headers=second).body["errorNum"] == 1200
    for inside in (first, second):
        server.call("DELETE", path_of(inside))
    assert server.call("PATCH", f"{path}/a", {"value": 5}).status == 202


@feature(FAMILY, "exclusive collections and lockTimeout")
def test_an_exclusive_collection_has_one_writer(server: StandinServer, collection: str) -> None:
    """A second transaction that wants to write the collection waits, and gives up after its lockTimeout."""
    inside = begin(server, exclusive=collection)
    wanted = {"collections": {"exclusive": collection}, "lockTimeout": 0.1}
    assert server.call("POST", "/_api/transaction/begin", wanted).body["errorNum"] == 18

    server.call("PUT", path_of(inside))
    following = server.call("POST", "/_api/transaction/begin", wanted)
    assert following.status == 201
    server.call("DELETE", f"/_api/transaction/{following.body['result']['id']}")


@feature(FAMILY, "undeclared collections, allowImplicit")
def test_undeclared_collections_are_refused(server: StandinServer, collection: str, name: str) -> None:
    """Writes need a declaration; reads do unless implicit ones are allowed, as they are by default."""
    other = f"{name}other"
    server.call("POST", "/_api/collection", {"name": other})
    inside = begin(server, write=collection)
    assert server.call("POST", f"/_api/document/{other}", {}, headers=inside).body["errorNum"] == 1652
    assert server.call("GET", f"/_api/document/{other}/a", headers=inside).body["errorNum"] == 1202
    server.call("DELETE", path_of(inside))
    strict = {"collections": {"read": collection}, "allowImplicit": False}
    inside = {"x-arango-trx-id": server.call("POST", "/_api/transaction/begin", strict).body["result"]["id"]}
    assert server.call("GET", f"/_api/document/{other}/a", headers=inside).body["errorNum"] == 1652
    server.call("DELETE", path_of(inside))


@feature(FAMILY, "maxTransactionSize")
def test_a_transaction_has_a_largest_size(server: StandinServer, collection: str) -> None:
    """A write that would make the transaction too large is refused."""
    body = {"collections": {"write": collection}, "maxTransactionSize": 100}
    inside = {"x-arango-trx-id": server.call("POST", "/_api/transaction/begin", body).body["result"]["id"]}
    path = f"/_api/document/{collection}"
    assert server.call("POST", path, {"_key": "a"}, headers=inside).status == 202
    assert server.call("POST", path, {"text": "x" * 200}, headers=inside).body["errorNum"] == 32

    server.call("PUT", path_of(inside))
    assert server.call("GET", f"/_api/collection/{collection}/count").body["count"] == 1


@feature(FAMILY, "JavaScript transactions", "not there")
def test_javascript_transactions_are_not_implemented(server: StandinServer) -> None:
    """There is no JavaScript engine, and the answer says so."""
    answer = server.call("POST", "/_api/transaction", {"collections": {}, "action": "function () { return 1; }"})
    assert (answer.status, answer.body["errorNum"]) == (501, 9)
    assert server.call("POST", "/_api/transaction", {"collections": {}}).body["errorNum"] == 10


@feature(FAMILY, "queries that write are all or nothing")
def test_a_failed_query_leaves_nothing(server: StandinServer, collection: str) -> None:
    """A query that fails at its third document has not stored the first two."""
    server.call("POST", f"/_api/document/{collection}", {"_key": "3"})
    query = f"FOR i IN 1..5 INSERT {{_key: TO_STRING(i)}} INTO {collection}"
    assert server.call("POST", "/_api/cursor", {"query": query}).body["errorNum"] == 1210

    assert server.aql(f"FOR d IN {collection} RETURN d._key") == ["3"]


@feature(FAMILY, "idle transactions are aborted")
def test_an_idle_transaction_is_aborted(tmp_path: Path) -> None:
    """After --transaction.streaming-idle-timeout without use, a transaction is aborted and its locks are free."""
    server = StandinServer(tmp_path, "--transaction.streaming-idle-timeout", "0.5")
    try:
        server.start().wait_available()
        server.call("POST", "/_api/collection", {"name": "c"})
        inside = begin(server, write="c")
        server.call("POST", "/_api/document/c", {"_key": "a"}, headers=inside)
        wait_until(lambda: server.call("POST", "/_api/document/c", {"_key": "a"}).status == 202, "the key is free")
        assert server.call("GET", path_of(inside)).body["result"]["status"] == "aborted"
    finally:
        server.close()
