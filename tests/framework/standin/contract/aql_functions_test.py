"""AQL functions through the server: one query per family, and how warnings arrive."""

from __future__ import annotations

from typing import Any

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Answer, StandinServer


def _ask(server: StandinServer, query: str) -> Answer:
    return server.call("POST", "/_api/cursor", {"query": query})


def _value(server: StandinServer, expression: str) -> Any:
    answer = _ask(server, f"RETURN {expression}")
    assert answer.status == 201, answer
    assert answer.body["extra"].get("warnings", []) == []
    return answer.body["result"][0]


@feature("AQL functions", "strings")
def test_strings(server: StandinServer) -> None:
    """Strings are joined, cut, searched and replaced."""
    found = _value(
        server,
        """[CONCAT_SEPARATOR(", ", "a", null, 1), SUBSTRING("Holy Guacamole!", -5, 4), UPPER("ab"), SPLIT("a-b", "-"),
            TRIM("  x "), CONTAINS("foobar", "bar", true), SUBSTITUTE("the fox", "fox", "dog"), LIKE("cart", "ca_t"),
            FIND_LAST("foobarbaz", "ba"), STARTS_WITH("foobar", "foo"), CHAR_LENGTH("电脑"), REPEAT("ab", 2)]""",
    )
    assert found == ["a, 1", "mole", "AB", ["a", "b"], "x", 3, "the dog", True, 6, True, 2, "abab"]


@feature("AQL functions", "regular expressions")
def test_regular_expressions(server: StandinServer) -> None:
    """Regular expressions test, find, split and replace."""
    found = _value(
        server,
        """[REGEX_TEST("the fox", "^the"), REGEX_MATCHES("a1", "([a-z])([0-9])"), REGEX_SPLIT("a1b", "[0-9]"),
            REGEX_REPLACE("An Avocado", "a", "_", true)]""",
    )
    assert found == [True, ["a1", "a", "1"], ["a", "b"], "_n _voc_do"]


@feature("AQL functions", "similarity of texts (Levenshtein, n-grams, Soundex)")
def test_similarity(server: StandinServer) -> None:
    """Distances and fingerprints of texts."""
    found = _value(
        server, '[LEVENSHTEIN_DISTANCE("foobar", "bar"), SOUNDEX("example"), NGRAM_SIMILARITY("ab", "ab", 2)]'
    )
    assert found == [3, "E251", 1]


@feature("AQL functions", "numbers")
def test_numbers(server: StandinServer) -> None:
    """Numbers are rounded, raised and measured; whole results are integers."""
    found = _value(server, "[ROUND(-2.5), POW(2, 4), SQRT(9), LOG(0), ABS(-5), L2_DISTANCE([0, 3], [4, 0]), PI() > 3]")
    assert found == [-2, 16, 3, None, 5, 5, True]
    assert 0 <= _value(server, "RAND()") < 1


@feature("AQL functions", "aggregates of arrays")
def test_aggregates(server: StandinServer) -> None:
    """Sums, averages and percentiles ignore null."""
    found = _value(
        server, "[SUM([1, null, 2]), AVG([5, 2, 9, 2]), MIN([3, null]), MEDIAN([1, 2, 3, 4]), STDDEV([2, 4])]"
    )
    assert found == [3, 4.5, 3, 2.5, 1]


@feature("AQL functions", "aggregates in COLLECT")
def test_aggregates_in_collect(server: StandinServer) -> None:
    """The same functions aggregate groups."""
    query = (
        "FOR i IN 1..6 COLLECT odd = i % 2 AGGREGATE total = SUM(i), least = MIN(i), kinds = COUNT_DISTINCT(i)"
        " RETURN [odd, total, least, kinds]"
    )
    assert _ask(server, query).body["result"] == [[0, 12, 2, 3], [1, 9, 1, 3]]


@feature("AQL functions", "arrays")
def test_arrays(server: StandinServer) -> None:
    """Arrays are combined as sets, sorted in AQL's order and changed at their ends."""
    found = _value(
        server,
        """[UNION_DISTINCT([1, 2], [2, 3]), INTERSECTION([1, 2], [2, 3]), MINUS([1, 2], [2]), OUTERSECTION([1, 2], [2]),
            SORTED(["a", 2, null, [], true]), FLATTEN([1, [2, [3]]], 2), PUSH([1], 2), SHIFT([1, 2]), NTH([1, 2], 1),
            SLICE([1, 2, 3, 4], 1, -1), INTERLEAVE([1, 2], [3]), JACCARD([1, 2], [2, 3]) < 0.34, RANGE(1, 2, 0.5)]""",
    )
    assert found == [[1, 2, 3], [2], [1], [1], [None, True, 2, "a", []], [1, 2, 3], [1, 2], [2], 2, [2, 3], [1, 3, 2],
                     True, [1, 1.5, 2]]  # fmt: skip


@feature("AQL functions", "documents and objects")
def test_documents(server: StandinServer) -> None:
    """Objects are merged, cut down, compared and taken apart."""
    found = _value(
        server,
        """[MERGE_RECURSIVE({a: {b: 1}}, {a: {c: 2}}), KEEP({a: 1, b: 2}, "a"), UNSET({a: 1, b: 2}, "a"),
            HAS({a: null}, "a"), ATTRIBUTES({b: 1, a: 2}, false, true), MATCHES({a: 1, b: 2}, {a: 1}), ZIP(["x"], [1]),
            TRANSLATE("x", {x: 9}), PARSE_IDENTIFIER("c/k"), ENTRIES({a: 1}), VALUE({a: [5]}, ["a", 0])]""",
    )
    assert found == [{"a": {"b": 1, "c": 2}}, {"a": 1}, {"b": 2}, True, ["a", "b"], True, {"x": 1}, 9,
                     {"collection": "c", "key": "k"}, [["a", 1]], 5]  # fmt: skip


@feature("AQL functions", "type checks and conversions")
def test_types(server: StandinServer) -> None:
    """Types are told and converted by AQL's rules."""
    found = _value(
        server,
        '[TYPENAME([]), TO_NUMBER(" 12 "), TO_STRING(0.0000002), TO_BOOL([]), TO_ARRAY({a: 1}), IS_NUMBER(true)]',
    )
    assert found == ["array", 12, "2e-7", True, [1], False]


@feature("AQL functions", "dates")
def test_dates(server: StandinServer) -> None:
    """Dates are parsed, formatted, added to and compared."""
    found = _value(
        server,
        """[DATE_ISO8601(1399472349522), DATE_ADD("2016-01-01", "P1M2DT3H"), DATE_DIFF("2016-01-01", "2016-03-01", "d"),
            DATE_FORMAT("2016-03-01", "%dd.%mm.%yyyy %wwww"), DATE_ISOWEEK("2020-08-29"),
            DATE_TRUNC("2017-02-03", "month"), DATE_DAYOFWEEK("2023-03-25T23:00:00.000Z", "Europe/Berlin"),
            IS_DATESTRING("2015-13")]""",
    )
    assert found == ["2014-05-07T14:19:09.522Z", "2016-02-03T03:00:00.000Z", 60, "01.03.2016 Tuesday", 35,
                     "2017-02-01T00:00:00.000Z", 0, False]  # fmt: skip


@feature("AQL functions", "geo: distances, containment and intersection on the sphere")
def test_geo(server: StandinServer) -> None:
    """Geometry is that of great circles."""
    found = _value(
        server,
        """(LET p = GEO_POLYGON([[4, 54], [4, 47], [16, 47], [16, 54], [4, 54]])
            RETURN [GEO_CONTAINS(p, [10, 47]), GEO_CONTAINS(p, [10, 54]), GEO_INTERSECTS(p, GEO_POINT(10, 50)),
                    ROUND(DISTANCE(52.5163, 13.3777, 50.9322, 6.94)), GEO_EQUALS(p, p), GEO_AREA(p) > 0])""",
    )
    assert found == [[False, True, True, 476919, True, True]]


@feature("AQL functions", "GEO_AREA on the ellipsoid", "not there")
def test_geo_area_on_the_ellipsoid(server: StandinServer) -> None:
    """Areas on the ellipsoid are refused."""
    square = 'GEO_AREA(GEO_POLYGON([[4, 54], [4, 47], [16, 47], [16, 54], [4, 54]]), "wgs84")'
    assert _ask(server, f"RETURN {square}").body["errorNum"] == 9


@feature("AQL functions", "hashes and encodings")
def test_hashes(server: StandinServer) -> None:
    """Digests and encodings of texts."""
    found = _value(server, '[MD5("foobar"), CRC32("foobar"), FNV64("foobar"), TO_BASE64("ABC."), TO_HEX("ü")]')
    assert found == ["3858f62230ac3c915f300c664312c63f", "d5f5c7f", "85944171f73967e8", "QUJDLg==", "c3bc"]
    assert _value(server, "HASH({a: 1, b: 2}) == HASH({b: 2, a: 1}) AND LENGTH(MINHASH([1, 2], 5)) == 5") is True


@feature("AQL functions", "bits")
def test_bits(server: StandinServer) -> None:
    """Integers of 32 bits are combined and shifted."""
    assert _value(server, "[BIT_AND(127, 255), BIT_NEGATE(3, 4), BIT_TO_STRING(7, 4), BIT_POPCOUNT(255)]") == [
        127,
        12,
        "0111",
        8,
    ]


@feature("AQL functions", "control flow and other (NOT_NULL, FAIL, ASSERT, CALL, VERSION, DECODE_REV)")
def test_other(server: StandinServer) -> None:
    """Alternatives, calls by name, and failures on purpose."""
    found = _value(
        server, '[NOT_NULL(null, 5), FIRST_LIST(1, [2]), CALL("LEFT", "abc", 2), DECODE_REV("_YU0HOEG---").count]'
    )
    assert found == [5, [2], "ab", 0]
    assert _value(server, "VERSION()") == server.call("GET", "/_api/version").body["version"]
    assert _ask(server, 'RETURN FAIL("why")').body["errorNum"] == 1569
    assert _ask(server, 'RETURN ASSERT(false, "why")').body["errorNum"] == 1593


@feature("AQL functions", "TOKENS with identity and text_en")
def test_tokens(server: StandinServer) -> None:
    """Texts are split into stems."""
    assert _value(server, 'TOKENS("Quick foxes, jumping", "text_en")') == ["quick", "fox", "jump"]


@feature("AQL functions", "functions of search and vector indexes", "not there")
def test_search_functions(server: StandinServer) -> None:
    """What needs a search index is refused, not answered with nothing."""
    for call in ('PHRASE("a", "b")', 'BM25("a")', "APPROX_NEAR_COSINE([1], [1])"):
        answer = _ask(server, f"FOR c IN [] RETURN {call}")
        assert (answer.status, answer.body["errorNum"]) == (501, 9), call


@feature("AQL functions", "warnings 1542, 1543, 1563, 1572 with null")
def test_warnings(server: StandinServer) -> None:
    """What cannot be computed is null, with a warning that names the function."""
    answer = _ask(server, 'RETURN [MERGE(1), REGEX_TEST("a", "("), SUM(1), DATE_YEAR("never"), SQRT(-1)]')
    assert answer.body["result"] == [[None, None, None, None, None]]
    warnings = answer.body["extra"]["warnings"]
    assert [warning["code"] for warning in warnings] == [1542, 1543, 1563, 1572]
    assert warnings[0]["message"] == "invalid argument type in call to function 'MERGE()'"


@feature("AQL functions", "unknown names and wrong numbers of arguments")
def test_wrong_calls(server: StandinServer) -> None:
    """An unknown function is error 1540, a wrong number of arguments 1541, both before anything runs."""
    assert _ask(server, "FOR i IN [] RETURN NO_SUCH_FUNCTION(i)").body["errorNum"] == 1540
    assert _ask(server, "FOR i IN [] RETURN LEFT(i)").body["errorNum"] == 1541


@feature("AQL functions", "NEAR, WITHIN, WITHIN_RECTANGLE, without the speed of an index")
def test_legacy_geo_functions(server: StandinServer, collection: str) -> None:
    """They need a geo index (404/1570) and give the nearest first, as far as the radius in metres."""
    documents = [{"_key": f"k{number}", "place": [0, number]} for number in (3, 1, 2)]
    server.call("POST", f"/_api/document/{collection}", documents)
    missing = _ask(server, f"FOR d IN NEAR({collection}, 0, 0, 2) RETURN d._key")
    assert (missing.status, missing.body["errorNum"]) == (404, 1570)
    server.call("POST", f"/_api/index?collection={collection}", {"type": "geo", "fields": ["place"]})
    assert server.aql(f"FOR d IN NEAR({collection}, 0, 0, 2) RETURN d._key") == ["k1", "k2"]
    found = server.aql(f"FOR d IN WITHIN({collection}, 0, 0, 250000, 'far') RETURN [d._key, d.far > 100000]")
    assert found == [["k1", True], ["k2", True]]
    assert sorted(server.aql(f"FOR d IN WITHIN_RECTANGLE({collection}, -1, 2, 1, 4) RETURN d._key")) == ["k2", "k3"]


@feature("AQL functions", "geo conditions on an index that stores latitude first")
def test_a_geo_index_decides_the_order_of_a_pair(server: StandinServer, collection: str) -> None:
    """With a geo index without geoJson the attribute is latitude and longitude for GEO_CONTAINS, too."""
    server.call(
        "POST", f"/_api/document/{collection}", [{"_key": "a", "place": [1, 5]}, {"_key": "b", "place": [5, 1]}]
    )
    box = "GEO_POLYGON([[[0, 0], [3, 0], [3, 6], [0, 6], [0, 0]]])"
    query = f"FOR d IN {collection} FILTER GEO_CONTAINS({box}, d.place) RETURN d._key"
    assert server.aql(query) == ["a"]
    server.call("POST", f"/_api/index?collection={collection}", {"type": "geo", "fields": ["place"]})
    assert server.aql(query) == ["b"]


@feature("AQL functions", "FULLTEXT, without the speed of an index")
def test_fulltext(server: StandinServer, collection: str) -> None:
    """Words are found whole, by prefix, together, either or without one another; it needs an index (404/1571)."""
    texts = {"a": "The quick fox", "b": "A quick dog", "c": ["lazy dogs"]}
    server.call("POST", f"/_api/document/{collection}", [{"_key": key, "text": text} for key, text in texts.items()])
    query = f"FOR d IN FULLTEXT({collection}, 'text', @words) SORT d._key RETURN d._key"
    missing = server.call("POST", "/_api/cursor", {"query": query, "bindVars": {"words": "fox"}})
    assert (missing.status, missing.body["errorNum"]) == (404, 1571)
    index = {"type": "fulltext", "fields": ["text"], "minLength": 3}
    server.call("POST", f"/_api/index?collection={collection}", index)
    expected = {"quick": ["a", "b"], "quick,dog": ["b"], "fox,|dog": ["a", "b"], "quick,-fox": ["b"],
                "prefix:dog": ["b", "c"], "QUICK": ["a", "b"], "nothing": []}  # fmt: skip
    for words, keys in expected.items():
        assert server.aql(query, words=words) == keys, words
    refused = server.call("POST", "/_api/cursor", {"query": query, "bindVars": {"words": "+"}})
    assert (refused.status, refused.body["errorNum"]) == (400, 10)
