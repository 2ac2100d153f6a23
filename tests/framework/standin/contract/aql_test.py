"""AQL as a language: its clauses and operators, and the errors of queries that are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "AQL"
_PEOPLE: list[dict[str, Any]] = [
    {"_key": "ann", "age": 30, "city": "Oslo", "tags": ["x", "y"]},
    {"_key": "bob", "age": 20, "city": "Rome", "tags": ["y"]},
    {"_key": "cay", "age": 40, "city": "Oslo", "tags": []},
    {"_key": "dan", "city": "Rome"},
]


@pytest.fixture
def people(server: StandinServer, collection: str) -> str:
    """The name of a collection with four people."""
    assert server.call("POST", f"/_api/document/{collection}", _PEOPLE).status in (201, 202)
    return collection


def _values(server: StandinServer, query: str, **bind: Any) -> Any:
    answer = server.call("POST", "/_api/cursor", {"query": query, "bindVars": bind})
    assert answer.status == 201, (query, answer)
    return answer.body["result"]


def _on(server: StandinServer, people: str, query: str, **bind: Any) -> Any:
    """Return the values of a query on the collection, which it calls @@c."""
    return _values(server, query, **{"@c": people, **bind})


def _refused(server: StandinServer, query: str, number: int, **bind: Any) -> str:
    answer = server.call("POST", "/_api/cursor", {"query": query, "bindVars": bind})
    assert (answer.status >= 400, answer.body["errorNum"]) == (True, number), (query, answer)
    return str(answer.body["errorMessage"])


@feature(_FAMILY, "FOR over collections, arrays, ranges and subqueries")
def test_loops(server: StandinServer, people: str) -> None:
    """FOR goes through whatever holds values; loops nest."""
    assert sorted(_on(server, people, "FOR p IN @@c RETURN p._key")) == ["ann", "bob", "cay", "dan"]
    assert _values(server, "FOR i IN 3..1 RETURN i") == [3, 2, 1]
    assert _values(server, "FOR i IN @list FOR j IN 1..i RETURN [i, j]", list=[1, 2]) == [[1, 1], [2, 1], [2, 2]]
    assert _values(server, "FOR x IN (FOR i IN 1..3 RETURN i * i) RETURN x + 1") == [2, 5, 10]


@feature(_FAMILY, "FILTER")
def test_conditions(server: StandinServer, people: str) -> None:
    """Several FILTERs must all be true; a missing attribute is null."""
    query = "FOR p IN @@c FILTER p.city == 'Oslo' FILTER p.age > 30 || p.age == null RETURN p._key"
    assert _on(server, people, query) == ["cay"]
    assert _on(server, people, "FOR p IN @@c FILTER p.age == null RETURN p._key") == ["dan"]


@feature(_FAMILY, "SORT, LIMIT")
def test_order_and_cut(server: StandinServer, people: str) -> None:
    """SORT takes several keys with directions, null comes first; LIMIT skips and counts."""
    assert _on(server, people, "FOR p IN @@c SORT p.city DESC, p.age RETURN p._key") == ["dan", "bob", "ann", "cay"]
    assert _on(server, people, "FOR p IN @@c SORT p._key LIMIT 1, 2 RETURN p._key") == ["bob", "cay"]
    assert _on(server, people, "FOR p IN @@c SORT p._key LIMIT @n RETURN p._key", n=1) == ["ann"]


@feature(_FAMILY, "LET, subqueries")
def test_variables(server: StandinServer, people: str) -> None:
    """LET names a value, also a subquery's result."""
    query = "LET most = MAX(FOR p IN @@c RETURN p.age) FOR p IN @@c FILTER p.age == most LET k = p._key RETURN k"
    assert _on(server, people, query) == ["cay"]


@feature(_FAMILY, "RETURN DISTINCT")
def test_distinct(server: StandinServer, people: str) -> None:
    """Equal values are returned once."""
    assert sorted(_on(server, people, "FOR p IN @@c RETURN DISTINCT p.city")) == ["Oslo", "Rome"]
    assert _values(server, "FOR x IN [1, 1.0, '1', [1], [1, null]] RETURN DISTINCT x") == [1, "1", [1]]


@feature(_FAMILY, "COLLECT, INTO, KEEP, WITH COUNT INTO")
def test_groups(server: StandinServer, people: str) -> None:
    """COLLECT groups, counts, and gathers the variables, or some of them, or an expression."""
    counted = "FOR p IN @@c COLLECT city = p.city WITH COUNT INTO n RETURN {city, n}"
    assert _on(server, people, counted) == [{"city": "Oslo", "n": 2}, {"city": "Rome", "n": 2}]
    gathered = "FOR p IN @@c SORT p._key COLLECT city = p.city INTO g RETURN [city, g[*].p._key]"
    assert _on(server, people, gathered) == [["Oslo", ["ann", "cay"]], ["Rome", ["bob", "dan"]]]
    kept = "FOR p IN @@c LET k = p._key SORT k COLLECT city = p.city INTO g KEEP k RETURN g"
    assert _on(server, people, kept) == [[{"k": "ann"}, {"k": "cay"}], [{"k": "bob"}, {"k": "dan"}]]
    projected = "FOR p IN @@c SORT p._key COLLECT city = p.city INTO keys = p._key RETURN keys"
    assert _on(server, people, projected) == [["ann", "cay"], ["bob", "dan"]]
    assert _on(server, people, "FOR p IN @@c COLLECT WITH COUNT INTO n RETURN n") == [4]
    assert _values(server, "LET a = 5 FOR i IN 1..3 COLLECT odd = i % 2 RETURN [a, odd]") == [[5, 0], [5, 1]]


@feature(_FAMILY, "COLLECT AGGREGATE")
def test_aggregates(server: StandinServer, people: str) -> None:
    """Aggregates are computed per group, or over everything."""
    query = "FOR p IN @@c COLLECT city = p.city AGGREGATE n = COUNT(), age = AVG(p.age) RETURN [city, n, age]"
    assert _on(server, people, query) == [["Oslo", 2, 35], ["Rome", 2, 20]]
    every = "COLLECT AGGREGATE low = MIN(p.age), sum = SUM(p.age), u = SORTED_UNIQUE(p.city) RETURN [low, sum, u]"
    assert _on(server, people, f"FOR p IN @@c {every}") == [[20, 90, ["Oslo", "Rome"]]]
    assert _values(server, "FOR x IN [] COLLECT AGGREGATE n = LENGTH(), m = MAX(x) RETURN [n, m]") == [[0, None]]


@feature(_FAMILY, "WINDOW")
def test_windows(server: StandinServer) -> None:
    """WINDOW aggregates over neighbouring rows, or over a range of values or durations."""
    rows = "FOR i IN 1..5 WINDOW {preceding: 1, following: 1} AGGREGATE s = SUM(i) RETURN s"
    assert _values(server, rows) == [3, 6, 9, 12, 9]
    running = "FOR i IN 1..4 WINDOW {preceding: 'unbounded'} AGGREGATE s = SUM(i) RETURN s"
    assert _values(server, running) == [1, 3, 6, 10]
    ranged = "FOR x IN [1, 2, 10, 11] WINDOW x WITH {preceding: 2} AGGREGATE n = COUNT() RETURN [x, n]"
    assert _values(server, ranged) == [[1, 1], [2, 2], [10, 1], [11, 2]]
    times = ["2024-01-01T00:00:00Z", "2024-01-01T00:30:00Z", "2024-01-01T02:00:00Z"]
    dated = "FOR t IN @times WINDOW t WITH {preceding: 'PT1H'} AGGREGATE n = COUNT() RETURN n"
    assert _values(server, dated, times=times) == [1, 2, 1]


@feature(_FAMILY, "INSERT, UPDATE, REPLACE, REMOVE with OLD and NEW")
def test_modification(server: StandinServer, people: str) -> None:
    """Documents are changed by key or by themselves, and shown before and after."""
    assert _on(server, people, "INSERT {_key: 'eve', n: 1} INTO @@c RETURN [OLD, NEW.n]") == [[None, 1]]
    assert _on(server, people, "UPDATE 'eve' WITH {m: 2} IN @@c RETURN [OLD.m, NEW.n, NEW.m]") == [[None, 1, 2]]
    assert _on(server, people, "UPDATE {_key: 'eve', m: 3} IN @@c RETURN NEW.m") == [3]
    assert _on(server, people, "REPLACE 'eve' WITH {z: 1} IN @@c RETURN KEEP(NEW, 'n', 'z')") == [{"z": 1}]
    assert _on(server, people, "FOR p IN @@c FILTER p.z == 1 REMOVE p IN @@c LET old = OLD RETURN old._key") == ["eve"]
    assert sorted(_on(server, people, "FOR p IN @@c UPDATE p WITH {age: p.age + 1} IN @@c RETURN NEW.age")) == [
        1, 21, 31, 41,
    ]  # fmt: skip


@feature(_FAMILY, "options of data modification")
def test_modification_options(server: StandinServer, people: str) -> None:
    """ignoreErrors, overwriteMode, keepNull, mergeObjects and ignoreRevs have their effect."""
    ignoring = "FOR k IN ['ann', 'new'] INSERT {_key: k} INTO @@c OPTIONS {ignoreErrors: true} RETURN NEW._key"
    assert _on(server, people, ignoring) == ["new"]
    assert _refused(server, "INSERT {_key: 'ann'} INTO @@c", 1210, **{"@c": people})
    over = "INSERT {_key: 'ann', o: {b: 1}} INTO @@c OPTIONS {overwriteMode: 'update'} RETURN [NEW.age, NEW.o]"
    assert _on(server, people, over) == [[30, {"b": 1}]]
    assert _on(server, people, "UPDATE 'ann' WITH {o: {c: 2}} IN @@c RETURN NEW.o") == [{"b": 1, "c": 2}]
    replaced = (
        "UPDATE 'ann' WITH {o: {d: 3}, age: null} IN @@c OPTIONS {mergeObjects: false, keepNull: false} RETURN NEW"
    )
    changed = _on(server, people, replaced)[0]
    assert (changed["o"], "age" in changed) == ({"d": 3}, False)
    stale = "UPDATE {_key: 'ann', _rev: 'old'} WITH {a: 1} IN @@c OPTIONS {ignoreRevs: false}"
    _refused(server, stale, 1200, **{"@c": people})


@feature(_FAMILY, "UPSERT")
def test_upsert(server: StandinServer, people: str) -> None:
    """UPSERT inserts what is not there and changes what is, also what it has just inserted."""
    query = "UPSERT {name: n} INSERT {name: n, hits: 1} UPDATE {hits: OLD.hits + 1} IN @@c RETURN [OLD.hits, NEW.hits]"
    assert _on(server, people, f"FOR n IN ['a', 'a', 'b'] {query}") == [[None, 1], [1, 2], [None, 1]]
    replaced = "UPSERT {_key: 'ann'} INSERT {} REPLACE {only: 1} IN @@c RETURN [NEW.only, NEW.age]"
    assert _on(server, people, replaced) == [[1, None]]
    filtered = "UPSERT FILTER $CURRENT.age >= 40 INSERT {} UPDATE {old: true} IN @@c RETURN NEW._key"
    assert _on(server, people, filtered) == ["cay"]


@feature(_FAMILY, "a failed query writes nothing (single server)")
def test_a_query_is_atomic(server: StandinServer, people: str) -> None:
    """What fails at the last document has not written the first, on a single server."""
    if server.call("GET", "/_admin/server/role").body["role"] != "SINGLE":
        pytest.skip("queries of a cluster are not atomic, in ArangoDB neither")
    _refused(server, "FOR k IN ['one', 'two', 'ann'] INSERT {_key: k} INTO @@c", 1210, **{"@c": people})
    assert _on(server, people, "RETURN LENGTH(@@c)") == [4]


@feature(_FAMILY, "several modifications in one query, modification in subqueries")
def test_several_modifications(server: StandinServer, collection: str, name: str) -> None:
    """One query may write several collections; reading what was written before is refused."""
    other = f"{collection}b"
    assert server.call("POST", "/_api/collection", {"name": other}).status == 200
    bind = {"@a": collection, "@b": other}
    query = "FOR i IN 1..2 INSERT {i} INTO @@a LET n = NEW INSERT {of: n.i} INTO @@b RETURN NEW.of"
    assert _values(server, query, **bind) == [1, 2]
    nested = "LET made = (FOR i IN 3..4 INSERT {i} INTO @@a RETURN NEW.i) RETURN made"
    assert _values(server, nested, **{"@a": collection}) == [[3, 4]]
    _refused(server, "INSERT {} INTO @@a FOR x IN @@a RETURN x", 1579, **{"@a": collection})


@feature(_FAMILY, "type order and null rules of operators")
def test_operators(server: StandinServer) -> None:
    """Values of all types compare; arithmetic takes whatever it gets as a number."""
    assert _values(server, "RETURN null < false && false < true && true < 0 && 9 < '' && 'z' < [] && [] < {}") == [True]
    assert _values(server, "RETURN [1 + null, 'a' * 1, '3' + 4, true + true, [5] - 1]") == [[1, 0, 7, 2, 4]]
    assert _values(server, "RETURN [7 % 4, -7 % 4, 7 / 2, 2 - -1, 5 / 0]") == [[3, -3, 3.5, 3, None]]
    assert _values(server, "RETURN [1 && 'x', 0 || 'y', null ?: 'z', 1 ? 2 : 3, !'', NOT []]") == [
        ["x", "y", "z", 2, True, False]
    ]
    assert _values(server, "RETURN [{a: 1, b: null} == {a: 1}, [1] == [1, null], 1 == 1.0, '1' == 1]") == [
        [True, True, True, False]
    ]
    assert _values(server, "RETURN [1 + 2 * 3, (1 + 2) * 3, 1..3 == [1, 2, 3], NOT true || true]") == [
        [7, 9, True, True]
    ]


@feature(_FAMILY, "IN, LIKE, =~ and array comparisons")
def test_membership_and_patterns(server: StandinServer) -> None:
    """IN, LIKE, regular expressions, ALL, ANY, NONE and AT LEAST, each also negated."""
    assert _values(server, "RETURN [2 IN [1, 2], 3 NOT IN [1, 2], 'a' IN 'abc']") == [[True, True, False]]
    assert _values(server, "RETURN ['abc' LIKE 'a%', 'abc' NOT LIKE '_b', 'abc' =~ '^a.c$', 'abc' !~ 'x']") == [
        [True, True, True, True]
    ]
    query = (
        "RETURN [[1, 2] ALL > 0, [1, 2] ANY == 2, [1, 2] NONE IN [3], [1, 2, 3] AT LEAST (2) > 1, [1] ALL NOT IN [2]]"
    )
    assert _values(server, query) == [[True, True, True, True, True]]


@feature(_FAMILY, "array expansion and the question mark operator")
def test_expansion(server: StandinServer) -> None:
    """[*] maps, filters, limits and projects; [**] flattens; [? FILTER] asks."""
    bind = {"v": [{"n": 1, "l": [{"x": 1}, {"x": 2}]}, {"n": 2, "l": [{"x": 3}]}]}
    assert _values(server, "RETURN @v[*].n", **bind) == [[1, 2]]
    assert _values(server, "RETURN @v[*].l[*].x", **bind) == [[[1, 2], [3]]]
    assert _values(server, "RETURN @v[*].l[**].x", **bind) == [[1, 2, 3]]
    assert _values(server, "RETURN @v[* FILTER CURRENT.n > 1 LIMIT 1 RETURN CURRENT.n * 10]", **bind) == [[20]]
    assert _values(server, "RETURN [[1, [2]], 3][**]") == [[1, [2], 3]]
    query = (
        "RETURN [@v[? FILTER CURRENT.n == 2], @v[? ALL FILTER CURRENT.n == 2], @v[? 1..2 FILTER CURRENT.n > 0], @v[?]]"
    )
    assert _values(server, query, **bind) == [[True, False, True, True]]


@feature(_FAMILY, "literals, comments, quoted names, computed attribute names")
def test_lexical_forms(server: StandinServer) -> None:
    """Numbers in all notations, strings in both quotes with escapes, comments, quoted names."""
    assert _values(server, "RETURN [0x1F, 0b101, 1.5e2, .5, -3]") == [[31, 5, 150, 0.5, -3]]
    assert _values(server, r"""RETURN ["a\"b\u00e9", 'c\'d\n']""") == [['a"b\u00e9', "c'd\n"]]
    assert _values(server, "/* one */ RETURN 1 // two") == [1]
    assert _values(server, "LET `FOR` = 1, ´a b´ = 2 RETURN [`FOR`, ´a b´]") == [[1, 2]]
    assert _values(server, "LET x = 1 RETURN {x, [CONCAT('y', x)]: 2, 'z w': 3, @k: 4}", k="q") == [
        {"x": 1, "y1": 2, "z w": 3, "q": 4}
    ]


@feature(_FAMILY, "bind parameters of all kinds")
def test_bind_parameters(server: StandinServer, people: str) -> None:
    """Values, collections, attribute names and paths, limits and sort directions can be bound."""
    assert _on(server, people, "FOR p IN @@c FILTER p.@a == @v RETURN p._key", a="age", v=20) == ["bob"]
    assert _values(server, "RETURN {a: {b: 1}}.@path", path=["a", "b"]) == [1]
    _refused(server, "RETURN @a", 1551)
    _refused(server, "RETURN 1", 1552, a=1)
    _refused(server, "FOR x IN @@c RETURN x", 1553, **{"@c": 5})


@feature(_FAMILY, "numbers and places of errors")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("FOR i IN 1..3 FILTER i = 1 RETURN i", 1501),
        ("RETURN 'open", 1501),
        ("FOR i IN 1..3", 1501),
        ("  ", 1502),
        ("RETURN 1e999", 1504),
        ("LET a = 1 LET a = 2 RETURN a", 1511),
        ("RETURN {nobody}", 1512),
        ("FOR i IN 1..2 LIMIT 'x' RETURN i", 1504),
        ("FOR i IN 1..2 COLLECT AGGREGATE n = CONCAT(i) RETURN n", 1574),
        ("RETURN NOSUCH()", 1540),
        ("RETURN ABS()", 1541),
        ("RETURN my::function(1)", 1540),
        ("FOR i IN 'text' RETURN i", 1563),
        ("FOR x IN nowhere RETURN x", 1203),
        ("RETURN nowhere.x", 1203),
    ],
)
def test_wrong_queries_are_refused(server: StandinServer, query: str, number: int) -> None:
    """Each mistake has ArangoDB's number."""
    _refused(server, query, number)


@feature(_FAMILY, "numbers and places of errors")
def test_a_parse_error_names_its_place(server: StandinServer) -> None:
    """The message has the token, the text after it, and line and column, in ArangoDB's words."""
    message = _refused(server, "FOR i IN 1..3\n  FILTER i = 1 RETURN i", 1501)
    assert message == "AQL: syntax error, unexpected assignment near '= 1 RETURN i' at position 2:12 (while parsing)"


@feature(_FAMILY, "warnings, failOnWarning, maxWarningCount")
def test_warnings(server: StandinServer) -> None:
    """A division by zero is null with a warning 1562; so many warnings are told; one can be an error."""

    def run(**options: Any) -> Any:
        query = {"query": "FOR i IN [1, 2, 3] RETURN 1 / (i - i)", "options": options}
        return server.call("POST", "/_api/cursor", query)

    answer = run()
    assert answer.body["result"] == [None, None, None]
    assert answer.body["extra"]["warnings"] == [{"code": 1562, "message": "division by zero"}] * 3
    assert len(run(maxWarningCount=1).body["extra"]["warnings"]) == 1
    failed = run(failOnWarning=True)
    assert (failed.status, failed.body["errorNum"]) == (400, 1562)


@feature(_FAMILY, "graph traversals and path searches in queries")
def test_traversals(server: StandinServer, collection: str) -> None:
    """FOR v, e, p with depth, direction, PRUNE, FILTER, and SHORTEST_PATH over edge collections."""
    edges = f"{collection}e"
    server.call("POST", "/_api/collection", {"name": edges, "type": 3})
    server.call("POST", f"/_api/document/{collection}", [{"_key": key} for key in "abcd"])
    links = [{"_from": f"{collection}/{a}", "_to": f"{collection}/{b}"} for a, b in ("ab", "bc", "cd")]
    server.call("POST", f"/_api/document/{edges}", links)
    bind = {"start": f"{collection}/a", "@e": edges}
    deep = "FOR v, e, p IN 1..3 OUTBOUND @start @@e RETURN [v._key, LENGTH(p.edges)]"
    assert _values(server, deep, **bind) == [["b", 1], ["c", 2], ["d", 3]]
    pruned = "FOR v IN 1..3 OUTBOUND @start @@e PRUNE v._key == 'c' OPTIONS {order: 'bfs'} RETURN v._key"
    assert _values(server, pruned, **bind) == ["b", "c"]
    path = "FOR v IN ANY SHORTEST_PATH @start TO @end @@e RETURN v._key"
    assert _values(server, path, **bind, end=f"{collection}/d") == ["a", "b", "c", "d"]


@feature(_FAMILY, "SEARCH", "not there")
def test_views_are_not_searched(server: StandinServer, name: str) -> None:
    """A view is a definition only; a query on it says so."""
    assert server.call("POST", "/_api/view", {"name": name, "type": "arangosearch"}).status == 201
    answer = server.call("POST", "/_api/cursor", {"query": f"FOR d IN {name} SEARCH d.x == 1 RETURN d"})
    assert (answer.status, answer.body["errorNum"]) == (501, 9)
