"""Cursors: batches, options, limits, and what is told about a query that ran."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_FAMILY = "Cursors"


def _query(server: StandinServer, text: str, **body: Any) -> Answer:
    return server.call("POST", "/_api/cursor", {"query": text, **body})


@feature(_FAMILY, "batches: batchSize, count, next, delete")
def test_a_result_comes_in_batches(server: StandinServer) -> None:
    """Batches come until hasMore is false; then the cursor is gone. DELETE ends it before."""
    first = _query(server, "FOR i IN 1..5 RETURN i", batchSize=2, count=True)
    assert (first.status, first.body["result"], first.body["count"]) == (201, [1, 2], 5)
    path = f"/_api/cursor/{first.body['id']}"
    second = server.call("POST", path)
    assert (second.status, second.body["result"], second.body["hasMore"]) == (200, [3, 4], True)
    assert second.body["nextBatchId"] == "3"
    third = server.call("PUT", path)
    assert (third.body["result"], third.body["hasMore"], "id" in third.body) == ([5], False, False)
    assert server.call("POST", path).body["errorNum"] == 1600
    other = _query(server, "FOR i IN 1..5 RETURN i", batchSize=2).body["id"]
    assert server.call("DELETE", f"/_api/cursor/{other}").status == 202
    assert server.call("DELETE", f"/_api/cursor/{other}").body["errorNum"] == 1600


@feature(_FAMILY, "allowRetry: a batch again by its number")
def test_a_batch_can_be_had_again(server: StandinServer) -> None:
    """With allowRetry the last batch can be repeated, also the very last; without it 400."""
    first = _query(server, "FOR i IN 1..3 RETURN i", batchSize=1, options={"allowRetry": True})
    path = f"/_api/cursor/{first.body['id']}"
    for _ in range(2):
        assert server.call("POST", f"{path}/2").body["result"] == [2]
    for _ in range(2):
        assert server.call("POST", f"{path}/3").body["result"] == [3]
    assert server.call("POST", f"{path}/2").status == 400
    assert server.call("DELETE", path).status == 202
    strict = f"/_api/cursor/{_query(server, 'FOR i IN 1..3 RETURN i', batchSize=1).body['id']}"
    assert server.call("POST", f"{strict}/2").body["result"] == [2]
    assert server.call("POST", f"{strict}/2").body["errorNum"] == 400


@feature(_FAMILY, "ttl")
def test_a_forgotten_cursor_goes(server: StandinServer) -> None:
    """A cursor that nobody asks for within its ttl does not exist any more."""
    path = f"/_api/cursor/{_query(server, 'FOR i IN 1..3 RETURN i', batchSize=1, ttl=0.2).body['id']}"
    # a request for a batch would prolong its life
    over_s = time.monotonic() + 0.3
    wait_until(lambda: time.monotonic() > over_s, "the end of the time to live")
    assert server.call("POST", path).body["errorNum"] == 1600


@feature(_FAMILY, "fullCount")
def test_the_full_count_is_told(server: StandinServer) -> None:
    """fullCount tells how many rows there would have been without the last LIMIT."""
    answer = _query(server, "FOR i IN 1..10 FILTER i > 2 LIMIT 1, 3 RETURN i", options={"fullCount": True})
    assert (answer.body["result"], answer.body["extra"]["stats"]["fullCount"]) == ([4, 5, 6], 8)


@feature(_FAMILY, "stream")
def test_a_result_is_fetched_while_it_is_computed(server: StandinServer) -> None:
    """A streaming cursor has no count; its first batch is there long before the query ends, which DELETE does."""
    query = "FOR i IN 1..100 LET wait = SLEEP(i < 4 ? 0 : 60) RETURN i"
    answer = _query(server, query, batchSize=2, count=True, options={"stream": True})
    assert (answer.body["result"], "count" in answer.body, answer.body["hasMore"]) == ([1, 2], False, True)

    def running() -> bool:
        return any(item["query"] == query and item["stream"] for item in server.call("GET", "/_api/query/current").body)

    assert running()
    assert server.call("DELETE", f"/_api/cursor/{answer.body['id']}").status == 202
    wait_until(lambda: not running(), "the end of the query")
    whole = _query(server, "FOR i IN 1..5 RETURN i", batchSize=2, options={"stream": True})
    path = f"/_api/cursor/{whole.body['id']}"
    assert [server.call("POST", path).body["result"] for _ in range(2)] == [[3, 4], [5]]
    assert server.call("POST", path).body["errorNum"] == 1600


@feature(_FAMILY, "stream")
def test_a_streamed_query_fails_late(server: StandinServer, collection: str) -> None:
    """An error after the first batch comes with a later one; what was written is undone on a single server."""
    query = f"FOR i IN 1..9 INSERT {{i}} INTO {collection} RETURN i < 8 ? i : FAIL('late')"
    answer = _query(server, query, batchSize=1, options={"stream": True})
    path = f"/_api/cursor/{answer.body['id']}"
    answers = [server.call("POST", path) for _ in range(8)]
    assert 1569 in [late.body.get("errorNum") for late in answers]
    assert server.call("POST", path).body["errorNum"] == 1600
    if server.call("GET", "/_admin/server/role").body["role"] == "SINGLE":
        assert server.aql(f"RETURN LENGTH({collection})") == [0]


@feature(_FAMILY, "memoryLimit")
def test_memory_is_limited(server: StandinServer) -> None:
    """A query that would hold more than its limit is refused with 32."""
    query = "FOR i IN 1..100000 SORT i DESC RETURN CONCAT('value', i)"
    answer = _query(server, query, memoryLimit=65536)
    assert (answer.status, answer.body["errorNum"]) == (500, 32)
    assert _query(server, "RETURN 1", memoryLimit=65536).status == 201


@feature(_FAMILY, "maxRuntime")
def test_time_is_limited(server: StandinServer) -> None:
    """A query that runs for too long is killed, whether it waits or works."""
    for query in ("RETURN SLEEP(60)", "FOR i IN 1..10000000 FILTER i < 0 RETURN i"):
        answer = _query(server, query, options={"maxRuntime": 0.1})
        assert (answer.status, answer.body["errorNum"]) == (410, 1500)


@feature(_FAMILY, "a killed writing query leaves nothing")
def test_a_killed_query_has_written_nothing(server: StandinServer, collection: str) -> None:
    """Killing a query that writes undoes it, on a single server."""
    if server.call("GET", "/_admin/server/role").body["role"] != "SINGLE":
        pytest.skip("queries of a cluster are not atomic, in ArangoDB neither")
    query = f"FOR i IN 1..3 INSERT {{i}} INTO {collection} LET wait = SLEEP(i == 3 ? 60 : 0) RETURN wait"
    assert _query(server, query, options={"maxRuntime": 0.2}).body["errorNum"] == 1500
    assert server.aql(f"RETURN LENGTH({collection})") == [0]


@feature(_FAMILY, "statistics, profile, plan")
def test_extra_tells_what_happened(server: StandinServer, collection: str) -> None:
    """Statistics are always there; profile 1 adds the stages, profile 2 the plan and its nodes."""
    server.call("POST", f"/_api/document/{collection}", [{"n": n} for n in range(5)])
    query = f"FOR d IN {collection} FILTER d.n > 1 UPDATE d WITH {{m: 1}} IN {collection}"
    stats = _query(server, query).body["extra"]["stats"]
    assert (stats["writesExecuted"], stats["scannedFull"], stats["filtered"]) == (3, 5, 2)
    plain = _query(server, "RETURN 1").body["extra"]
    assert ("profile" in plain, "plan" in plain, plain["warnings"]) == (False, False, [])
    full = _query(server, f"FOR d IN {collection} RETURN d.n", options={"profile": 2}).body["extra"]
    assert full["profile"]["parsing"] > 0
    assert [node["type"] for node in full["plan"]["nodes"]][:2] == ["SingletonNode", "EnumerateCollectionNode"]
    assert [node["id"] for node in full["stats"]["nodes"]] == [node["id"] for node in full["plan"]["nodes"]]


@feature(_FAMILY, "a waiting query does not block others")
def test_others_are_answered_while_a_query_waits(server: StandinServer) -> None:
    """SLEEP in one query lets other queries pass."""
    waiting = threading.Thread(target=_query, args=(server, "RETURN SLEEP(1)"))
    waiting.start()
    assert _query(server, "RETURN 1").body["result"] == [1]
    assert waiting.is_alive()
    waiting.join()


@feature(_FAMILY, "index use")
def test_an_index_is_used(server: StandinServer, collection: str) -> None:
    """A condition on indexed attributes reads what it needs and nothing else; so does a SORT with LIMIT."""
    server.call("POST", f"/_api/document/{collection}", [{"a": n % 10, "b": n} for n in range(200)])
    server.call("POST", f"/_api/index?collection={collection}", {"type": "persistent", "fields": ["a", "b"]})
    for query, count in (
        (f"FOR d IN {collection} FILTER d.a == 3 RETURN d", 20),
        (f"FOR d IN {collection} FILTER d.a IN [3, 4] RETURN d", 40),
        (f"FOR d IN {collection} FILTER d.a == 3 && d.b >= 100 && d.b < 150 RETURN d", 5),
        (f"FOR d IN {collection} FILTER d.a == 3 SORT d.b DESC LIMIT 2 RETURN d", 2),
    ):
        body = _query(server, query).body
        stats = body["extra"]["stats"]
        assert (len(body["result"]), stats["scannedIndex"], stats["scannedFull"]) == (count, count, 0), query
    last = _query(server, f"FOR d IN {collection} FILTER d.a == 3 SORT d.b DESC LIMIT 2 RETURN d.b").body["result"]
    assert last == [193, 183]


@feature(_FAMILY, "index use")
def test_an_index_finds_elements(server: StandinServer, collection: str) -> None:
    """An index over the elements of arrays answers IN, each document once."""
    documents = [{"_key": f"k{n}", "tags": [n % 3, n % 3, f"t{n}"]} for n in range(30)]
    server.call("POST", f"/_api/document/{collection}", [*documents, {"tags": "t5"}, {}, {"tags": []}])
    server.call("POST", f"/_api/index?collection={collection}", {"type": "persistent", "fields": ["tags[*]"]})
    for value, count in ((1, 10), ("t5", 1), ("none", 0)):
        body = _query(server, f"FOR d IN {collection} FILTER @v IN d.tags RETURN d._key", bindVars={"v": value}).body
        assert (len(body["result"]), body["extra"]["stats"]["scannedFull"]) == (count, 0), value


@feature(_FAMILY, "index use")
def test_an_index_sorts_over_all_shards(server: StandinServer, name: str) -> None:
    """Documents of several shards come in the order of an index, as far as LIMIT goes, and as many as are asked for."""
    server.call("POST", "/_api/collection", {"name": name, "numberOfShards": 3})
    server.call("POST", f"/_api/document/{name}", [{"n": (n * 37) % 100, "even": n % 2 == 0} for n in range(100)])
    server.call("POST", f"/_api/index?collection={name}", {"type": "persistent", "fields": ["n"]})
    for query, expected in (
        (f"FOR d IN {name} SORT d.n RETURN d.n", list(range(100))),
        (f"FOR d IN {name} SORT d.n DESC LIMIT 2, 3 RETURN d.n", [97, 96, 95]),
        (f"FOR d IN {name} FILTER d.n >= 10 && d.n < 20 SORT d.n DESC LIMIT 4 RETURN d.n", [19, 18, 17, 16]),
        (f"FOR d IN {name} FILTER d.n > 90 && d.even SORT d.n RETURN d.n", [92, 94, 96, 98]),
    ):
        assert _query(server, query).body["result"] == expected, query
    assert _query(server, f"RETURN LENGTH({name})").body["result"] == [100]
    assert len(_query(server, f"FOR d IN {name} LIMIT 7 RETURN d").body["result"]) == 7


@feature(_FAMILY, "cursors are known at all coordinators")
def test_a_cursor_is_seen_by_its_owner_only(server: StandinServer) -> None:
    """A cursor's id is good in its own database only."""
    number = _query(server, "FOR i IN 1..3 RETURN i", batchSize=1).body["id"]
    assert number.isdigit()
    server.call("POST", "/_api/database", {"name": "elsewhere"})
    wait_until(lambda: server.call("GET", "/_db/elsewhere/_api/version").status == 200, "the new database")
    assert server.call("POST", f"/_db/elsewhere/_api/cursor/{number}").body["errorNum"] == 1600
    assert server.call("POST", f"/_api/cursor/{number}").body["result"] == [2]
    assert server.call("DELETE", "/_api/database/elsewhere").status == 200


@feature(_FAMILY, "bad requests")
@pytest.mark.parametrize(
    ("body", "status", "number"),
    [
        ({}, 400, 1502),
        ({"query": ""}, 400, 1502),
        ({"query": 5}, 400, 1502),
        ([], 400, 1502),
        ({"query": "RETURN 1", "bindVars": []}, 400, 1550),
        ({"query": "RETURN 1", "bindVars": 5}, 400, 1550),
        ({"query": "RETURN 1", "options": 5}, 400, 10),
        ({"query": "RETURN 1", "batchSize": 0}, 400, 10),
    ],
)
def test_bad_bodies_are_refused(server: StandinServer, body: Any, status: int, number: int) -> None:
    """A body that is no query is refused before anything runs."""
    if body == {"query": "RETURN 1", "bindVars": []}:
        # an empty array stands for no parameters, as some drivers send it
        status, number = 201, 0
    answer = server.call("POST", "/_api/cursor", body)
    assert (answer.status, answer.body.get("errorNum", 0)) == (status, number)
