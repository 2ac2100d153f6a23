"""AQL's grammar: what parses, what does not and how it is said, and the tables that a packed server carries."""

from __future__ import annotations

import io

import pytest
from arangod_standin.aql import grammar
from arangod_standin.aql.parser import parse_query
from arangod_standin.errors import ArangoError
from lark import Lark

QUERIES = [
    "RETURN 1",
    "WITH a, b c FOR v IN OUTBOUND 'a/1' e RETURN v",
    "FOR v, e, p IN 1..3 ANY 'a/b' GRAPH 'g' PRUNE v.x == 1 OPTIONS {bfs: true} RETURN v",
    "FOR v, e, p IN 1..3 OUTBOUND @s e1, ANY e2, INBOUND @@e3 PRUNE c = v.x ANY == 1 OPTIONS {order: 'bfs'} RETURN c",
    "FOR v IN ANY SHORTEST_PATH 'a/1' TO 'a/2' ANY edges OPTIONS {weightAttribute: 'w'} RETURN v",
    "FOR p IN 1..4 ANY K_PATHS 'a/1' TO @t GRAPH @g RETURN p",
    "FOR p IN INBOUND K_SHORTEST_PATHS 'a' TO 'b' e LIMIT 1 RETURN p",
    "FOR p IN OUTBOUND ALL_SHORTEST_PATHS 'a' TO 'b' GRAPH g RETURN p",
    "FOR v IN ANY 'x' e FILTER [1] ANY IN [2] && [1] any not in [1] && [1] AT LEAST (2) > 3 RETURN v",
    "FOR d IN view SEARCH d.x == 1 OPTIONS {a: 1} SORT d.x DESC, d.y @dir LIMIT @a, @b RETURN DISTINCT d.@attr[@i]",
    "INSERT {a: 1} IN c",
    "INSERT {a: 1 NOT LIKE 2} INTO c OPTIONS {overwrite: true} LET x = NEW RETURN x",
    "UPDATE 'k' WITH {x: 1} IN @@c RETURN [OLD, NEW, $OLD, $NEW]",
    "UPSERT {a: 1} INSERT {a: 1} UPDATE {a: OLD.a + 1} IN c RETURN NEW",
    "UPSERT FILTER $CURRENT.x == 1 INSERT {a: 1} REPLACE {} IN `c d`",
    "FOR d IN c COLLECT a = d.x, b = d.y INTO g KEEP d OPTIONS {method: 'hash'} RETURN a",
    "FOR d IN c COLLECT AGGREGATE m = MAX(d.x), n = LENGTH() INTO g = d.x RETURN m",
    "FOR d IN c WINDOW {preceding: 1, following: 'unbounded'} AGGREGATE s = SUM(d.x) RETURN s",
    "FOR d IN c WINDOW d.t WITH {preceding: 'PT1H'} AGGREGATE s = SUM(d.x) RETURN s",
    "RETURN a[* FILTER CURRENT.x > 1 LIMIT 1, 2 RETURN CURRENT.y][**].z",
    "RETURN a[? ANY FILTER CURRENT == 1][? 2..3 FILTER CURRENT][? AT LEAST (2) FILTER CURRENT][?]",
    "RETURN LENGTH(FOR x IN 1..3 RETURN x)",
    "RETURN 1 ?: 2 ? 3 : 4 ?: 5",
    "LET z = 1 RETURN {[CONCAT('a', 'b')]: 1, @x: 2, 'y z': 3, z, ...{q: 1},}",
    "RETURN A::B::C(1, 2)",
    "RETURN NOT 1 LIKE 'a' && NOT LIKE('a', 'b') || 2 NOT LIKE 'z' // comment\n /* another ** one */",
    "RETURN [.5, 0x1F, 0b11, 1.5e-3, 1e5, -2..-1, 'it''s' == \"x\", ]".replace("it''s", "its"),
]


@pytest.mark.parametrize("text", QUERIES)
def test_all_forms_parse(text: str) -> None:
    """Every form of AQL's syntax has a tree, and the ready-made tables give the same one."""
    assert parse_query(text).query.clauses
    assert LOADED.parse(text) == grammar.parse(text)


LOADED = Lark.load(io.BytesIO(grammar.serialized()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INVALID QUERY", "syntax error, unexpected identifier near 'INVALID QUERY' at position 1:1"),
        ("RETURN", "syntax error, unexpected end of query string near '' at position 1:7"),
        (
            "RETURN 1 1",
            "syntax error, unexpected integer number, expecting end of query string near '1' at position 1:10",
        ),
        ("FOR i IN 1..9\nFILTER i = 1", "syntax error, unexpected assignment near '= 1' at position 2:10"),
        ("RETURN 'open", "unterminated string literal near ''open' at position 1:8"),
        ("RETURN #", "unexpected character '#' near '#' at position 1:8"),
        (
            "RETURN d.filter",
            "syntax error, unexpected FILTER declaration, expecting bind data source parameter or bind",
        ),
        ("FOR a, b IN c RETURN a", "only allow a single return variable near 'b IN c RETURN a' at position 1:8"),
        (
            "FOR d IN c OPTION {} RETURN d",
            "unexpected qualifier 'OPTION', expecting 'SEARCH' or 'OPTIONS' near 'OPTION {}",
        ),
    ],
)
def test_errors_say_what_and_where(text: str, message: str) -> None:
    """An error names what was unexpected, the text after it, and line and column."""
    with pytest.raises(ArangoError) as caught:
        parse_query(text)
    assert caught.value.error_num == 1501
    assert message in caught.value.message


@pytest.mark.parametrize("text", ["", "  \n", "// nothing", "/* nothing */"])
def test_a_text_without_a_query_is_empty(text: str) -> None:
    """Blanks and comments are no query: 1502."""
    with pytest.raises(ArangoError) as caught:
        parse_query(text)
    assert caught.value.error_num == 1502


def test_operators_bind_as_arangodb_says() -> None:
    """Precedence: unary before arithmetic before ranges before comparisons before AND before OR before ?:."""

    def tree(text: str) -> object:
        return getattr(parse_query(f"RETURN {text}").query.clauses[0], "value")  # noqa: B009

    for plain, grouped in (
        ("1 + 2 * 3 - 4", "(1 + (2 * 3)) - 4"),
        ("1 + 1 .. 2 + 2", "(1 + 1) .. (2 + 2)"),
        ("1 < 2 == 3 IN [4]", "(1 < 2) == (3 IN [4])"),
        ("1 && 2 || 3 && 4", "(1 && 2) || (3 && 4)"),
        ("NOT 1 IN [2]", "(NOT 1) IN [2]"),
        ("1 || 2 ? 3 : 4 ? 5 : 6", "(1 || 2) ? 3 : (4 ? 5 : 6)"),
        ("[1] ALL == 2 + 3 && 4", "([1] ALL == (2 + 3)) && 4"),
        ("- @a * 2", "(- @a) * 2"),
        ("1 NOT LIKE 2 == 3", "(1 NOT LIKE 2) == 3"),
    ):
        assert tree(plain) == tree(grouped), plain


def test_deep_nesting_is_refused_and_long_chains_are_not() -> None:
    """What nests too deep is 1524; thousands of ORs are no nesting."""
    with pytest.raises(ArangoError) as caught:
        parse_query("RETURN " + "[" * 5000 + "]" * 5000)
    assert caught.value.error_num == 1524
    assert parse_query("RETURN " + " || ".join(["@a"] * 3000)).bind_names == {"a"}
