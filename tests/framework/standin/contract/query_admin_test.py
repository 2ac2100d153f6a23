"""Queries without running them, running queries, caches, and definitions of user functions."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_FAMILY = "AQL administration"


def _explain(server: StandinServer, query: str, **options: Any) -> Answer:
    return server.call("POST", "/_api/explain", {"query": query, "options": options})


def _is_cluster(server: StandinServer) -> bool:
    return bool(server.call("GET", "/_admin/server/role").body["role"] != "SINGLE")


@feature(_FAMILY, "explain: nodes, rules, costs")
def test_a_plan_is_explained(server: StandinServer, collection: str) -> None:
    """The plan has nodes in order, the rules applied, the collections, and costs; nothing is executed."""
    server.call("POST", f"/_api/index?collection={collection}", {"type": "persistent", "fields": ["a"]})
    answer = _explain(server, f"FOR d IN {collection} FILTER d.a == 1 SORT d.b LIMIT 5 RETURN d")
    plan = answer.body["plan"]
    types = [node["type"] for node in plan["nodes"]]
    assert types[:2] == ["SingletonNode", "IndexNode"]
    assert types[-1] == "ReturnNode"
    assert {"SortNode", "LimitNode"} <= set(types)
    assert {"use-indexes", "remove-filter-covered-by-index"} <= set(plan["rules"])
    assert plan["collections"] == [{"name": collection, "type": "read"}]
    assert plan["estimatedCost"] > 1
    assert answer.body["cacheable"] is True
    for before, node in zip(plan["nodes"], plan["nodes"][1:], strict=False):
        assert node["dependencies"] == [before["id"]]
    _explain(server, f"INSERT {{}} INTO {collection}")
    assert server.aql(f"RETURN LENGTH({collection})") == [0]


@feature(_FAMILY, "explain: optimizer rules can be switched off, allPlans")
def test_rules_are_obeyed(server: StandinServer, collection: str) -> None:
    """Without use-indexes the collection is scanned; allPlans gives a list."""
    server.call("POST", f"/_api/index?collection={collection}", {"type": "persistent", "fields": ["a"]})
    query = f"FOR d IN {collection} FILTER d.a == 1 RETURN d"
    plain = _explain(server, query, optimizer={"rules": ["-use-indexes"]}).body["plan"]
    assert "EnumerateCollectionNode" in [node["type"] for node in plain["nodes"]]
    assert len(_explain(server, query, allPlans=True).body["plans"]) == 1
    assert _explain(server, "FOR d IN nowhere RETURN d").body["errorNum"] == 1203
    assert _explain(server, "RETURN 1 / 0", failOnWarning=True).body["errorNum"] == 1562


@feature(_FAMILY, "parse")
def test_a_query_is_parsed(server: StandinServer) -> None:
    """Parsing needs no collection to exist; it names collections and bind parameters and shows the tree."""
    body = server.call("POST", "/_api/query", {"query": "FOR d IN nowhere FILTER d.x == @x RETURN d"}).body
    assert (body["parsed"], body["collections"], body["bindVars"]) == (True, ["nowhere"], ["x"])
    assert [node["type"] for node in body["ast"][0]["subNodes"]] == ["for", "filter", "return"]
    assert server.call("POST", "/_api/query", {"query": "FOR"}).body["errorNum"] == 1501


@feature(_FAMILY, "rules are listed")
def test_rules_are_listed(server: StandinServer) -> None:
    """Each rule has a name and flags."""
    rules = server.call("GET", "/_api/query/rules").body
    assert {"use-indexes", "sort-limit"} <= {rule["name"] for rule in rules}
    assert all({"canBeDisabled", "disabledByDefault"} <= set(rule["flags"]) for rule in rules)


@feature(_FAMILY, "running queries: list, kill")
def test_a_running_query_is_listed_and_killed(server: StandinServer) -> None:
    """A running query shows its text, parameters and state; killed, it ends with 1500."""
    answers: list[Answer] = []
    body = {"query": "RETURN SLEEP(@s)", "bindVars": {"s": 60}}
    running = threading.Thread(target=lambda: answers.append(server.call("POST", "/_api/cursor", body)))
    running.start()
    found: list[dict[str, Any]] = []

    def listed() -> bool:
        found[:] = [
            item for item in server.call("GET", "/_api/query/current").body if item["query"] == "RETURN SLEEP(@s)"
        ]
        return bool(found) and found[0]["state"] == "executing"

    wait_until(listed, "the query in the list of running ones")
    assert (found[0]["bindVars"], found[0]["modificationQuery"], found[0]["stream"]) == ({"s": 60}, False, False)
    assert server.call("DELETE", f"/_api/query/{found[0]['id']}").status == 200
    running.join(timeout=30)
    assert (answers[0].status, answers[0].body["errorNum"]) == (410, 1500)
    assert server.call("DELETE", f"/_api/query/{found[0]['id']}").body["errorNum"] == 1591
    assert server.call("DELETE", "/_api/query/nonsense").status == 404


@feature(_FAMILY, "tracking properties, slow queries")
def test_slow_queries_are_kept(server: StandinServer) -> None:
    """A query beyond the threshold is in the list of slow ones until that is cleared."""
    before = server.call("GET", "/_api/query/properties").body
    changed = server.call("PUT", "/_api/query/properties", {"slowQueryThreshold": 0, "maxQueryStringLength": 10})
    assert (changed.status, changed.body["slowQueryThreshold"]) == (200, 0)
    try:
        server.aql("RETURN 'a rather long text'")
        slow = server.call("GET", "/_api/query/slow").body
        assert (slow[-1]["query"], slow[-1]["exitCode"], slow[-1]["state"]) == ("RETURN 'a ...", 0, "finished")
        assert server.call("DELETE", "/_api/query/slow").status == 200
        assert server.call("GET", "/_api/query/slow").body == []
    finally:
        kept = {name: before[name] for name in ("slowQueryThreshold", "maxQueryStringLength")}
        server.call("PUT", "/_api/query/properties", kept)
    assert server.call("PUT", "/_api/query/properties", {"enabled": "yes"}).status == 400


@feature(_FAMILY, "results cache (single server)")
def test_results_are_cached_until_a_write(server: StandinServer, collection: str) -> None:
    """A cached result is given again and no longer after a write; mode demand wants cache: true."""
    if _is_cluster(server):
        pytest.skip("there is no cache of results in a cluster, in ArangoDB neither")
    server.call("PUT", "/_api/query-cache/properties", {"mode": "demand"})
    query = {"query": f"FOR d IN {collection} RETURN d.n", "cache": True}

    def cached() -> bool:
        return bool(server.call("POST", "/_api/cursor", query).body["cached"])

    try:
        server.call("POST", f"/_api/document/{collection}", {"_key": "a", "n": 1})
        assert [cached(), cached()] == [False, True]
        entries = server.call("GET", "/_api/query-cache/entries").body
        assert [(entry["query"], entry["hits"]) for entry in entries] == [(query["query"], 1)]
        server.call("PATCH", f"/_api/document/{collection}/a", {"n": 2})
        assert [cached(), cached()] == [False, True]
        server.call("DELETE", f"/_api/document/{collection}/a")
        assert server.call("POST", "/_api/cursor", query).body["result"] == []
        assert server.call("DELETE", "/_api/query-cache").status == 200
        assert server.call("GET", "/_api/query-cache/entries").body == []
        unasked = {"query": "RETURN 1"}
        assert [server.call("POST", "/_api/cursor", unasked).body["cached"] for _ in range(2)] == [False, False]
    finally:
        server.call("PUT", "/_api/query-cache/properties", {"mode": "off"})
    assert server.call("PUT", "/_api/query-cache/properties", {"mode": "sometimes"}).status == 400


@feature(_FAMILY, "plan cache")
def test_plans_are_cached(server: StandinServer, collection: str) -> None:
    """A query with usePlanCache is listed, its second run names the plan's key; a writing one is not eligible."""
    body = {"query": f"FOR d IN {collection} RETURN d", "options": {"usePlanCache": True}}
    first, second = (server.call("POST", "/_api/cursor", body).body for _ in range(2))
    assert ("planCacheKey" in first, "planCacheKey" in second) == (False, True)
    entries = server.call("GET", "/_api/query-plan-cache").body
    assert [(entry["query"], entry["hits"]) for entry in entries if entry["query"] == body["query"]] == [
        (body["query"], 1)
    ]
    assert server.call("DELETE", "/_api/query-plan-cache").status == 200
    assert server.call("GET", "/_api/query-plan-cache").body == []
    writing = {"query": f"INSERT {{}} INTO {collection}", "options": {"usePlanCache": True}}
    assert server.call("POST", "/_api/cursor", writing).body["errorNum"] == 1584


@feature(_FAMILY, "user functions", "definition only")
def test_user_functions_are_definitions(server: StandinServer) -> None:
    """Definitions are stored, listed and removed; a query that calls one is refused, since nothing can run it."""
    code = "function (x) { return x * 2; }"
    made = server.call("POST", "/_api/aqlfunction", {"name": "my::twice", "code": code, "isDeterministic": True})
    assert (made.status, made.body["isNewlyCreated"]) == (201, True)
    again = server.call("POST", "/_api/aqlfunction", {"name": "my::twice", "code": code})
    assert (again.status, again.body["isNewlyCreated"]) == (200, False)
    assert server.call("GET", "/_api/aqlfunction?namespace=my").body["result"] == [
        {"name": "my::twice", "code": code, "isDeterministic": False}
    ]
    refused = server.call("POST", "/_api/cursor", {"query": "RETURN my::twice(1)"})
    assert (refused.status, refused.body["errorNum"]) == (501, 9)
    bad = {"name": "my::bad", "code": "function (x) { invalid syntax }"}
    assert server.call("POST", "/_api/aqlfunction", bad).body["errorNum"] == 1581
    assert server.call("POST", "/_api/aqlfunction", {"name": "bad", "code": code}).body["errorNum"] == 1580
    assert server.call("DELETE", "/_api/aqlfunction/my?group=true").body["deletedCount"] == 1
    assert server.call("DELETE", "/_api/aqlfunction/my::twice").body["errorNum"] == 1582
