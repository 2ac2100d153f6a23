"""String functions: the documented examples, null rules and warnings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies

from tests.framework.standin.support.function_calls import VALUES, CallContext, call, warnings_of

_EXAMPLES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("CHAR_LENGTH", ("电脑坏了",), 4),
    ("CHAR_LENGTH", (True,), 4),
    ("CHAR_LENGTH", (None,), 0),
    ("CHAR_LENGTH", ({"foo": "bar"},), 13),
    ("CONCAT", ("foo", "bar", "baz"), "foobarbaz"),
    ("CONCAT", (1, 2, 3), "123"),
    ("CONCAT", (None, False, 0, True, ""), "false0true"),
    ("CONCAT", ([5, 6], {"foo": "bar"}), '[5,6]{"foo":"bar"}'),
    ("CONCAT", ([None, False, 0, True, ""],), "false0true"),
    ("CONCAT_SEPARATOR", (", ", "foo", "bar", "baz"), "foo, bar, baz"),
    ("CONCAT_SEPARATOR", (", ", None, False, 0, True, ""), "false, 0, true, "),
    ("CONCAT_SEPARATOR", (", ", [[5, 6], {"foo": "bar"}]), '[5,6], {"foo":"bar"}'),
    ("CONTAINS", ("foobarbaz", "bar"), True),
    ("CONTAINS", ("foobarbaz", "horse"), False),
    ("CONTAINS", ("foobarbaz", "bar", True), 3),
    ("CONTAINS", ("foobarbaz", "horse", True), -1),
    ("CONTAINS", ("foobarbaz", ""), False),
    ("FIND_FIRST", ("foobarbaz", "ba"), 3),
    ("FIND_FIRST", ("foobarbaz", "ba", 4), 6),
    ("FIND_FIRST", ("foobarbaz", "ba", 0, 3), -1),
    ("FIND_LAST", ("foobarbaz", "ba"), 6),
    ("FIND_LAST", ("foobarbaz", "ba", 7), -1),
    ("FIND_LAST", ("foobarbaz", "ba", 0, 4), 3),
    ("FIND_LAST", ("foo", ""), 3),
    ("LEFT", ("foobar", 3), "foo"),
    ("LEFT", ("foobar", 10), "foobar"),
    ("RIGHT", ("foobar", 3), "bar"),
    ("RIGHT", ("foobar", 10), "foobar"),
    ("LOWER", ("AVOcado",), "avocado"),
    ("UPPER", ("AVOcado",), "AVOCADO"),
    ("LTRIM", ("  foo bar  ",), "foo bar  "),
    ("LTRIM", ("--==[foo-bar]==--", "-=[]"), "foo-bar]==--"),
    ("RTRIM", ("--==[foo-bar]==--", "-=[]"), "--==[foo-bar"),
    ("TRIM", ("  foobar\t \r\n ",), "foobar"),
    ("TRIM", (";foo;bar;baz, ", ",; "), "foo;bar;baz"),
    ("TRIM", ("  foo ", 1), "foo "),
    ("TRIM", ("  foo ", 2), "  foo"),
    ("REPEAT", ("foo", 3), "foofoofoo"),
    ("REPEAT", ("foo", 3, " | "), "foo | foo | foo"),
    ("REPEAT", (5, 5), "55555"),
    ("SPLIT", ("foo-bar-baz", "-"), ["foo", "bar", "baz"]),
    ("SPLIT", ("foo-bar-baz", "-", 1), ["foo"]),
    ("SPLIT", ("foo, bar & baz", [", ", " & "]), ["foo", "bar", "baz"]),
    ("SPLIT", ("foo", ""), ["f", "o", "o"]),
    ("SPLIT", ("foo",), ["foo"]),
    ("SPLIT", ("foo", "-", -1), None),
    ("STARTS_WITH", ("CamelCase", "Camel"), True),
    ("STARTS_WITH", ("CamelCase", ["Snake", "Ca", "C"], 2), True),
    ("SUBSTITUTE", ("the quick brown foxx", "quick", "lazy"), "the lazy brown foxx"),
    ("SUBSTITUTE", ("the quick brown foxx", ["quick", "foxx"], ["slow", "dog"]), "the slow brown dog"),
    ("SUBSTITUTE", ("the quick brown foxx", ["the", "foxx"], ["that", "dog"], 1), "that quick brown foxx"),
    ("SUBSTITUTE", ("the quick brown foxx", ["the", "quick", "foxx"], ["A", "VOID!"]), "A VOID! brown "),
    ("SUBSTITUTE", ("the quick foxx", {"quick": "small", "foxx": None}), "the small "),
    ("SUBSTRING", ("Holy Guacamole!", 5), "Guacamole!"),
    ("SUBSTRING", ("Holy Guacamole!", 10, 4), "mole"),
    ("SUBSTRING", ("Holy Guacamole!", -5, 4), "mole"),
    ("SUBSTRING_BYTES", ("We ❤️ avocado!", 10), "avocado!"),
    ("SUBSTRING_BYTES", ("We ❤️ avocado!", 3, 3), "❤"),
    ("SUBSTRING_BYTES", ("We ❤️ avocado!", -15, 6), "❤️"),
    ("SUBSTRING_BYTES", ("We ❤️ avocado!", 3, 3, 3, 5), "We ❤️ avo"),
    ("TO_CHAR", (216,), "Ø"),
    ("TO_CHAR", (0x1F951,), "🥑"),
    ("JSON_PARSE", ("[ true, false, null, -0.5 ]",), [True, False, None, -0.5]),
    ("JSON_PARSE", ('"abc"',), "abc"),
    ("JSON_STRINGIFY", ("abc",), '"abc"'),
    ("JSON_STRINGIFY", ([1, {"2": 0.5}],), '[1,{"2":0.5}]'),
    ("IPV4_FROM_NUMBER", (134744072,), "8.8.8.8"),
    ("IPV4_TO_NUMBER", ("192.168.0.1",), 3232235521),
    ("IS_IPV4", ("127.0.0.1",), True),
    ("IS_IPV4", ("008.008.008.008",), False),
    ("IS_IPV4", ("12345.2.3.4",), False),
    ("IS_IPV4", (8888,), False),
    ("LIKE", ("cart", "ca_t"), True),
    ("LIKE", ("carrot", "ca_t"), False),
    ("LIKE", ("carrot", "ca%t"), True),
    ("LIKE", ("foo bar baz", "bar"), False),
    ("LIKE", ("FoO bAr BaZ", "fOo%bAz", True), True),
    ("LIKE", ("50%", "50\\%"), True),
    ("REGEX_TEST", ("the quick brown fox", "^(a|the)\\s+(quick|slow).*f.x$"), True),
    ("REGEX_MATCHES", ("#4d82h4", "^#?([a-f0-9]{6}|[a-f0-9]{3})$", True), None),
    ("REGEX_MATCHES", ("john@doe.com", "^(.+)@(.+)$"), ["john@doe.com", "john", "doe.com"]),
    ("REGEX_SPLIT", ("hypertext language, programming", "[\\s, ]+"), ["hypertext", "language", "programming"]),
    ("REGEX_SPLIT", ("Capture the article", "(the)"), ["Capture ", "the", " article"]),
    ("REGEX_SPLIT", ("cA,Bc,A,BcA,BcA,Bc", "a,b", True, 3), ["c", "c,", "c"]),
    ("REGEX_REPLACE", ("the quick brown fox", "the.*fox", "jumped over"), "jumped over"),
    ("REGEX_REPLACE", ("An Avocado", "a", "_"), "An Avoc_do"),
    ("REGEX_REPLACE", ("An Avocado", "a", "_", True), "_n _voc_do"),
    ("REGEX_REPLACE", ("ab", "(a)(b)", "$2$1"), "ba"),
    ("LEVENSHTEIN_DISTANCE", ("foobar", "bar"), 3),
    ("LEVENSHTEIN_DISTANCE", (" ", ""), 1),
    ("LEVENSHTEIN_DISTANCE", ("der mötör trötet", "der trötet"), 6),
    ("LEVENSHTEIN_DISTANCE", ("ab", "ba"), 1),
    ("NGRAM_SIMILARITY", ("quick fox", "quick foxx", 2), 0.8888888955116272),
    ("NGRAM_SIMILARITY", ("quick fox", "quirky fox", 3), 0.375),
    ("NGRAM_POSITIONAL_SIMILARITY", ("quick fox", "quick foxx", 3), 0.875),
    ("NGRAM_POSITIONAL_SIMILARITY", ("quick fox", "quirky fox", 2), 0.7222222089767456),
    ("SOUNDEX", ("example",), "E251"),
    ("SOUNDEX", ("ekzampul",), "E251"),
    ("SOUNDEX", ("soundex",), "S532"),
    ("SOUNDEX", ("sounteks",), "S532"),
    ("TOKENS", (["quick brown", ["fox"]], "text_en"), [["quick", "brown"], [["fox"]]]),
    ("TOKENS", ("Running ponies, generously HOPPING", "text_en"), ["run", "poni", "generous", "hop"]),
    ("TOKENS", ("A b", "identity"), ["A b"]),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), _EXAMPLES)
def test_example(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    """String functions give what ArangoDB's documentation says."""
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("SUBSTRING_BYTES", ("We ❤️ avocado!", -15, 4), 1542),
        ("IPV4_FROM_NUMBER", (-23,), 1542),
        ("IPV4_TO_NUMBER", ("milk",), 1542),
        ("JSON_PARSE", ("abc",), 1542),
        ("JSON_PARSE", (1,), 1542),
        ("REGEX_TEST", ("a", "(")  , 1543),
        ("REGEX_REPLACE", ("a", "[", "b"), 1543),
        ("REPEAT", ("x" * 1000, 100000), 32),
        ("SPLIT", ("a", {}), 1542),
        ("SPLIT", ("a", "b", "c"), 1542),
        ("SUBSTITUTE", ("a", 1, "b"), 1542),
        ("NGRAM_SIMILARITY", ("a", 1, 2), 1542),
        ("NGRAM_SIMILARITY", ("a", "b", 0), 10),
        ("LEVENSHTEIN_MATCH", ("a", "b", "c"), 1542),
    ],
)  # fmt: skip
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """What cannot be computed is null with a warning."""
    assert warnings_of(name, *arguments) == [number]


@given(VALUES)
def test_json_goes_round(value: Any) -> None:
    """JSON_PARSE gives back what JSON_STRINGIFY was given."""
    assert call("JSON_PARSE", call("JSON_STRINGIFY", value)) == json.loads(json.dumps(value))


@given(strategies.text(), strategies.text(min_size=1, max_size=2))
def test_split_and_join_are_inverse(text: str, separator: str) -> None:
    """CONCAT_SEPARATOR joins what SPLIT took apart."""
    assert call("CONCAT_SEPARATOR", separator, call("SPLIT", text, separator)) == text


@given(strategies.text(max_size=12), strategies.text(max_size=12))
def test_edit_distance_is_a_distance(first: str, second: str) -> None:
    """LEVENSHTEIN_DISTANCE is symmetric, zero for equal texts only, and at most the longer text's length."""
    distance = call("LEVENSHTEIN_DISTANCE", first, second)
    assert distance == call("LEVENSHTEIN_DISTANCE", second, first)
    assert (distance == 0) == (first == second)
    assert distance <= max(len(first), len(second))


@given(strategies.integers(0, 2**32 - 1))
def test_addresses_go_round(number: int) -> None:
    """IPV4_TO_NUMBER is the inverse of IPV4_FROM_NUMBER."""
    assert call("IPV4_TO_NUMBER", call("IPV4_FROM_NUMBER", number)) == number


def test_tokens_and_identifiers_are_random() -> None:
    """RANDOM_TOKEN and UUID have their form and differ from call to call."""
    context = CallContext()
    tokens = {call("RANDOM_TOKEN", 20, context=context) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 20 and token.isalnum() for token in tokens)
    identifiers = {call("UUID", context=context) for _ in range(20)}
    assert len(identifiers) == 20
    assert all(len(text) == 36 and text[14] == "4" for text in identifiers)
