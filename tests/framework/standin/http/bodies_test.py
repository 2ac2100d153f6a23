"""Requests that are proper HTTP and JSON, and make no sense: none of them finds an error that nobody thought of."""

from __future__ import annotations

import os
import random
from typing import Any

from tests.framework.standin.support.standin_server import StandinServer

SEED = int(os.environ.get("STANDIN_SEED") or random.SystemRandom().randrange(1 << 32))
REQUESTS = 1200

_SCALARS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    2**70,
    "",
    "a",
    "c",
    "c/a",
    "ü\x00",
    "../x",
    "x" * 300,
]
_WORDS = """
    name type fields unique sparse query bindVars batchSize options count ttl collections write read from to _key
    _id _rev _from _to user passwd active grant keyOptions schema computedValues links level id mode
"""
_NAMES = _WORDS.split()
_QUERIES = [
    "RETURN @a",
    "FOR d IN c FILTER d.x == @a RETURN d",
    "INSERT @a INTO c RETURN NEW",
    "REMOVE @a IN c",
    "UPSERT @a INSERT @a UPDATE @a IN c",
    "FOR v IN @a..@b OUTBOUND 'c/a' e RETURN v",
    "FOR v, e, p IN 1..2 ANY @a e RETURN p",
    "FOR i IN @a SORT i COLLECT x = i INTO g RETURN g",
    *(
        f"RETURN {name}(@a, @b)"
        for name in ("SUBSTRING", "DATE_FORMAT", "REGEX_TEST", "SLICE", "MERGE", "GEO_DISTANCE")
    ),
    *(f"RETURN {text}" for text in ("@a[@b]", "@a + @b", "DOCUMENT(@a)", "@a LIKE @b")),
]
_INDEX_TYPES = ["persistent", "ttl", "geo", "mdi", "mdi-prefixed", "inverted", "vector", "fulltext", "x", 5]
_PLACES = [
    ("POST", "/_api/document/c"), ("POST", "/_api/document/e"), ("PATCH", "/_api/document/c/a?returnOld=true"),
    ("PUT", "/_api/document/c?onlyget=true"), ("PATCH", "/_api/document/c?ignoreRevs=false"),
    ("DELETE", "/_api/document/c"), ("POST", "/_api/collection"), ("PUT", "/_api/collection/c/properties"),
    ("POST", "/_api/gharial"), ("POST", "/_api/view"), ("POST", "/_api/analyzer"), ("POST", "/_api/user"),
    ("PATCH", "/_api/user/u"), ("POST", "/_api/transaction/begin"), ("PUT", "/_admin/log/level"),
    ("PUT", "/_api/ttl/properties"), ("PUT", "/_api/query/properties"), ("POST", "/_api/database"),
    ("POST", "/_api/import?collection=c&type=auto"), ("POST", "/_api/import?collection=c&type=list"),
    ("POST", "/_api/token/root"), ("POST", "/_api/replication/batch"), ("POST", "/_admin/backup/list"),
    ("PUT", "/_api/cursor/1"), ("POST", "/_api/explain"), ("POST", "/_api/query"),
]  # fmt: skip


def value(rng: random.Random, depth: int = 0) -> Any:
    """Return JSON of any kind."""
    kind = rng.random()
    if depth > 2 or kind < 0.5:
        return rng.choice(_SCALARS)
    if kind < 0.7:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(_NAMES): value(rng, depth + 1) for _ in range(rng.randrange(6))}


def strange_request(rng: random.Random) -> tuple[str, str, Any]:
    """Return method, path and body of a request that is nearly right, or not at all."""
    kind = rng.random()
    if kind < 0.4:
        query = rng.choice(_QUERIES)
        bind = {name: value(rng) for name in ("a", "b") if f"@{name}" in query}
        return "POST", "/_api/cursor", {"query": query, "bindVars": bind, "batchSize": rng.choice([5, value(rng)])}
    if kind < 0.6:
        fields = rng.choice([["a"], ["a.b", "c"], ["a[*]"], ["_key"], [{"name": "a"}], value(rng)])
        body = {"type": rng.choice(_INDEX_TYPES), "fields": fields, rng.choice(_NAMES): value(rng)}
        return "POST", "/_api/index?collection=c", body
    method, path = rng.choice(_PLACES)
    return method, path, rng.choice([value(rng), {"name": "n", rng.choice(_NAMES): value(rng)}, [value(rng)]])


def test_strange_bodies_find_no_error_that_nobody_thought_of(server: StandinServer) -> None:
    """Each is answered, with a success or an error of ArangoDB's, and the log tells of no unexpected exception."""
    print(f"seed {SEED} (set STANDIN_SEED to repeat)")
    rng = random.Random(SEED)
    server.call("POST", "/_api/collection", {"name": "e", "type": 3})
    server.call("POST", "/_api/document/c?overwriteMode=ignore", {"_key": "a"})
    for number in range(REQUESTS):
        method, path, body = strange_request(rng)
        answer = server.call(method, path, body)
        unknown = isinstance(answer.body, dict) and answer.body.get("errorNum") == 4
        assert not unknown, f"seed {SEED}, {number}: {method} {path} {body}: {answer}"
        assert answer.status != 0, f"seed {SEED}, {number}: {method} {path} {body}"
