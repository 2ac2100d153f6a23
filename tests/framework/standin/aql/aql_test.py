"""AQL on a stored collection, without a server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arangod_standin.aql.executor import Executor, QueryResult
from arangod_standin.aql.values import compare
from arangod_standin.errors import ArangoError
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.local_backend import LocalBackend
from arangod_standin.storage.sortkey import encode_value

PEOPLE: list[dict[str, Any]] = [
    {"_key": "ann", "age": 30, "city": "Oslo"},
    {"_key": "bob", "age": 20, "city": "Rome"},
    {"_key": "cay", "age": 40, "city": "Oslo"},
    {"_key": "dan", "city": "Rome", "tags": ["x", "y"]},
]


class Queries:
    """Runs queries on a database with the collection `people`."""

    def __init__(self, backend: LocalBackend) -> None:
        self._backend = backend

    def result(
        self, text: str, bind: dict[str, Any] | None = None, options: dict[str, Any] | None = None
    ) -> QueryResult:
        """Return everything a query gave."""
        return asyncio.run(Executor(self._backend, "_system", bind or {}, options or {}).run(text))

    def __call__(self, text: str, **bind: Any) -> list[Any]:
        """Return a query's values."""
        return self.result(text, bind).values


@pytest.fixture
def aql(tmp_path: Path) -> Iterator[Queries]:
    """Queries on four people."""
    engine = Engine(str(tmp_path / "data.sqlite3"))
    backend = LocalBackend(Catalog(engine))
    backend.bootstrap()
    engine.commit()

    async def fill() -> None:
        info = await backend.create_collection("_system", {"name": "people"}, {})
        await backend.execute(info, [{"op": "insert", "doc": dict(person)} for person in PEOPLE], {})

    asyncio.run(fill())
    yield Queries(backend)
    engine.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("RETURN 1 + 2 * 3", [7]),
        ("RETURN 7 % 4", [3]),
        ("RETURN 7 / 2", [3.5]),
        ("RETURN 1 / 0", [None]),
        ("RETURN -2..1", [[-2, -1, 0, 1]]),
        ("RETURN NOT true || 1 == 1", [True]),
        ("RETURN 1 == 1 && 2 != 3", [True]),
        ("RETURN null < false && false < 0 && 0 < '' && '' < [] && [] < {}", [True]),
        ("RETURN 'abc' LIKE 'a%' ? 'yes' : 'no'", ["yes"]),
        ("RETURN 2 IN [1, 2] && 3 NOT IN [1, 2]", [True]),
        ("RETURN [1, 2, 3] ANY > 2", [True]),
        ("RETURN [1, 2, 3] ALL > 2", [False]),
        ("RETURN {a: {b: [5, 6]}}.a.b[-1]", [6]),
        ("RETURN [{x: 1}, {x: 2}][*].x", [[1, 2]]),
        ("RETURN [1, 2, 3][* FILTER CURRENT > 1 RETURN CURRENT * 10]", [[20, 30]]),
        ("RETURN CONCAT('a', 1, null, true)", ["a1true"]),
        ("RETURN MERGE({a: 1}, {b: 2})", [{"a": 1, "b": 2}]),
        ("RETURN (FOR i IN 1..3 RETURN i * i)", [[1, 4, 9]]),
        ("RETURN LENGTH((FOR i IN 1..3 FILTER i > 1 RETURN i))", [2]),
        ("FOR i IN 1..10 LIMIT 2, 3 RETURN i", [3, 4, 5]),
        ("FOR i IN 1..3 LIMIT 1, null RETURN i", [2, 3]),
        ("FOR i IN [3, 1, 2] SORT i DESC RETURN i", [3, 2, 1]),
        ("FOR i IN [1, 1, 2] RETURN DISTINCT i", [1, 2]),
        ("FOR i IN 1..2 FOR j IN 1..2 FILTER i != j RETURN [i, j]", [[1, 2], [2, 1]]),
        ("FOR i IN 1..4 COLLECT odd = i % 2 == 1 WITH COUNT INTO n RETURN [odd, n]", [[False, 2], [True, 2]]),
        ("FOR i IN 1..4 COLLECT AGGREGATE s = SUM(i), m = MAX(i) RETURN [s, m]", [[10, 4]]),
        ("LET a = 1, b = a + 1 RETURN b /* comment */", [2]),
        ("LET a = 5 FOR x IN [] COLLECT AGGREGATE n = LENGTH() RETURN [a, n]", [[5, 0]]),
        ("RETURN true ? 1 : (FOR x IN 1..3 RETURN FAIL('computed for nothing'))", [1]),
        ("RETURN [1, 2][* RETURN (FOR i IN 1..CURRENT RETURN i * CURRENT)]", [[[1], [2, 4]]]),
        ("RETURN ['people/ann', 'people/bob'][* RETURN DOCUMENT(CURRENT).age]", [[30, 20]]),
        ("RETURN DOCUMENT(people, ['ann', 'nobody'])[*].age", [[30]]),
        ("FOR i IN 1..2 RETURN DOCUMENT(i == 1 ? FIRST(RETURN 'people/ann') : 'people/bob').age", [30, 20]),
        ("RETURN ['ann'][* RETURN DOCUMENT(FIRST(RETURN CONCAT('people/', CURRENT))).age]", [[30]]),
        ("FOR k IN ['ann', 'bob'] FOR p IN people FILTER p._key == k RETURN p.age", [30, 20]),
        ("FOR p IN people SORT p.age LIMIT 2 REMOVE p IN people RETURN OLD._key", ["dan", "bob"]),
        (
            "FOR p IN people FILTER p.age > 20 UPDATE p WITH {n: LENGTH(FOR x IN people RETURN 1)} IN people"
            " RETURN NEW.n",
            [4, 4],
        ),
        ("FOR i IN 1..3 LIMIT 1, 1 SORT i DESC RETURN i", [2]),
        ("RETURN APPLY('CONCAT', ['a', CALL('LOWER', 'B')])", ["ab"]),
        ("FOR p IN people FILTER p._key == 'ann' || p._key == 'cay' SORT p._key RETURN p.age", [30, 40]),
        ("RETURN `LET` // a quoted name\n", None),
    ],
)
def test_expressions_and_clauses(aql: Queries, query: str, expected: list[Any] | None) -> None:
    """Each query gives what ArangoDB gives; the last one names a collection that does not exist."""
    if expected is None:
        with pytest.raises(ArangoError) as caught:
            aql(query)
        assert caught.value.error_num == 1203
    else:
        assert expected == aql(query)


def test_a_collection_is_filtered_sorted_and_projected(aql: Queries) -> None:
    """FOR, FILTER, SORT and RETURN work on documents; a missing attribute is null and sorts first."""
    assert aql("FOR p IN people FILTER p.city == @c SORT p.age RETURN p._key", c="Oslo") == ["ann", "cay"]
    assert aql("FOR p IN @@c SORT p.age RETURN p._key", **{"@c": "people"}) == ["dan", "bob", "ann", "cay"]


def test_groups_are_counted(aql: Queries) -> None:
    """COLLECT groups documents; WITH COUNT alone counts them without reading them."""
    counted = aql.result("FOR p IN people COLLECT WITH COUNT INTO n RETURN n")

    assert counted.values == [4]
    assert counted.statistics["scannedFull"] == 0
    assert aql("FOR p IN people COLLECT c = p.city WITH COUNT INTO n RETURN [c, n]") == [["Oslo", 2], ["Rome", 2]]


def test_a_filter_on_the_key_is_a_look_up(aql: Queries) -> None:
    """FILTER on _key reads one document and not all."""
    found = aql.result("FOR p IN people FILTER p._key == 'bob' RETURN p.age")

    assert found.values == [20]
    assert (found.statistics["scannedFull"], found.statistics["scannedIndex"]) == (0, 1)


def test_ors_on_one_attribute_are_a_look_up(aql: Queries) -> None:
    """Several equalities with one attribute are an IN, and the primary index answers it."""
    found = aql.result("FOR p IN people FILTER p._key == 'ann' || p._key == 'bob' RETURN p.age")

    assert sorted(found.values) == [20, 30]
    assert {"replace-or-with-in", "use-indexes"} <= set(found.rules)
    assert (found.statistics["scannedFull"], found.statistics["filtered"]) == (0, 0)


def test_filters_move_to_the_loop_they_are_about(aql: Queries) -> None:
    """A condition is checked as soon as its variables are there, and not beyond a LIMIT."""
    moved = aql.result("FOR p IN people FOR i IN 1..3 LET x = i FILTER p._key == 'ann' RETURN x")
    assert (moved.values, moved.statistics["scannedFull"]) == ([1, 2, 3], 0)
    assert "move-filters-up" in moved.rules
    assert aql("FOR i IN 1..3 LIMIT 2 FILTER i > 1 RETURN i") == [2]


def test_memory_of_subqueries_is_given_back(aql: Queries) -> None:
    """A subquery in a loop does not add up to more than one run of it needs."""
    query = "FOR i IN 1..2000 LET x = (FOR j IN 1..50 SORT j DESC RETURN CONCAT('text', j)) RETURN LENGTH(x)"
    assert len(aql.result(query, options={"memoryLimit": 1_000_000}).values) == 2000


def test_documents_are_changed_and_shown(aql: Queries) -> None:
    """INSERT, UPDATE, REPLACE and REMOVE show OLD and NEW."""
    assert aql("INSERT {_key: 'eve', n: 1} INTO people RETURN NEW.n") == [1]
    assert aql("UPDATE 'eve' WITH {n: 2} IN people RETURN [OLD.n, NEW.n]") == [[1, 2]]
    assert aql("REPLACE {_key: 'eve', m: 3} IN people RETURN UNSET(NEW, '_key', '_id', '_rev')") == [{"m": 3}]
    assert aql("FOR p IN people FILTER p.m == 3 REMOVE p IN people RETURN OLD._key") == ["eve"]
    assert aql("RETURN LENGTH(people)") == [4]


def test_a_failed_write_changes_nothing(aql: Queries) -> None:
    """One duplicate key in a query undoes the whole INSERT; with ignoreErrors the others stay."""
    with pytest.raises(ArangoError) as caught:
        aql("FOR k IN ['new', 'ann'] INSERT {_key: k} INTO people")
    assert caught.value.error_num == 1210
    assert aql("RETURN COUNT(people)") == [4]

    ignored = aql.result("FOR k IN ['new', 'ann'] INSERT {_key: k} INTO people OPTIONS {ignoreErrors: true}")
    assert (ignored.statistics["writesExecuted"], ignored.statistics["writesIgnored"]) == (1, 1)


@pytest.mark.parametrize(
    ("query", "bind", "number"),
    [
        ("", {}, 1502),
        ("FOR x IN", {}, 1501),
        ("RETURN 1 1", {}, 1501),
        ("RETURN ]", {}, 1501),
        ("FOR p IN people", {}, 1501),
        ("RETURN @a", {}, 1551),
        ("RETURN 1", {"a": 1}, 1552),
        ("FOR x IN @@c RETURN x", {"@c": 5}, 1553),
        ("FOR x IN nowhere RETURN x", {}, 1203),
        ("FOR x IN 5 RETURN x", {}, 1563),
        ("RETURN NOSUCH(1)", {}, 1540),
        ("RETURN CONCAT_SEPARATOR()", {}, 1541),
        ("LET a = 1 LET a = 2 RETURN a", {}, 1511),
        ("FOR v IN 1..2 OUTBOUND 'a/b' e RETURN v", {}, 1203),
        ("UPSERT 1 INSERT {} UPDATE {} IN people", {}, 1501),
        ("FOR p IN people OPTIONS {indexHint: p} RETURN p", {}, 1575),
        ("FOR p IN people COLLECT AGGREGATE x = CONCAT(p.a) RETURN x", {}, 1574),
        ("FOR p IN people COLLECT a = p.a INTO g KEEP nobody RETURN a", {}, 1512),
        ("REMOVE 'ann' IN people FOR p IN people RETURN p", {}, 1579),
        ("RETURN 1e999", {}, 1504),
    ],
)
def test_errors_have_arangodbs_numbers(aql: Queries, query: str, bind: dict[str, Any], number: int) -> None:
    """What is wrong or not implemented is refused with the number ArangoDB uses."""
    with pytest.raises(ArangoError) as caught:
        aql(query, **bind)

    assert number == caught.value.error_num


def test_a_parse_error_names_its_place(aql: Queries) -> None:
    """The message holds line and column."""
    with pytest.raises(ArangoError, match=r"unexpected assignment near '= 1 RETURN d' at position 2:12"):
        aql("FOR d IN people\n  FILTER d = 1 RETURN d")


def test_warnings_are_reported(aql: Queries) -> None:
    """Division by zero is null and a warning 1562."""
    assert aql.result("RETURN 1 / 0").warnings == [{"code": 1562, "message": "division by zero"}]


VALUES: list[Any] = [None, False, True, -1e300, -1, -0.5, 0, 0.5, 1, 2**53, 1e300, "", "\0", "a", "a\0", "ab", "é", [],
                     [None], [1], [1, 2], ["a"], {}, {"a": 1}]  # fmt: skip


def test_the_order_of_values_is_total_and_the_index_agrees() -> None:
    """The encoding used by indexes sorts all scalar values as AQL compares them."""
    scalars = [value for value in VALUES if not isinstance(value, (list, dict))]
    for left, right in itertools.product(scalars, scalars):
        order = compare(left, right)
        encoded = (encode_value(left) > encode_value(right)) - (encode_value(left) < encode_value(right))
        assert order == encoded, (left, right)
        assert compare(right, left) == -order
