"""Document functions, hashes, and the functions of no family."""

from __future__ import annotations

from typing import Any

import pytest
from arangod_standin.aql import functions
from arangod_standin.aql.functions.names import MODULE_OF, NOT_THERE
from arangod_standin.errors import ArangoError
from hypothesis import given, strategies

from tests.framework.standin.support.function_calls import VALUES, CallContext, call, warnings_of

_DOC = {"foo": {"bar": {"foo": 1, "baz": 2}, "baz": 3}, "baz": 4}
_EXAMPLES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("ATTRIBUTES", ({"foo": 1, "_key": "1", "_custom": 2},), ["foo", "_key", "_custom"]),
    ("ATTRIBUTES", ({"foo": 1, "_key": "1", "_custom": 2}, True), ["foo"]),
    ("KEYS", ({"foo": 1, "_key": "1", "_custom": 2}, False, True), ["_custom", "_key", "foo"]),
    ("ENTRIES", ({"foo": "bar", "number": 123},), [["foo", "bar"], ["number", 123]]),
    ("HAS", ({"name": None}, "name"), True),
    ("HAS", ("no object", "name"), False),
    ("IS_SAME_COLLECTION", ("_users", {"_id": "_users/my-user"}), True),
    ("IS_SAME_COLLECTION", ("_users", "foobar/baz"), False),
    ("KEEP", (_DOC, "foo", "baz"), _DOC),
    ("KEEP", (_DOC, ["baz"]), {"baz": 4}),
    ("KEEP", (_DOC, "bar"), {}),
    ("KEEP_RECURSIVE", (_DOC, "foo", "bar"), {"foo": {"bar": {"foo": 1}}}),
    ("KEEP_RECURSIVE", (_DOC, ["foo", "baz"]), {"foo": {"baz": 3}, "baz": 4}),
    ("UNSET", (_DOC, "foo"), {"baz": 4}),
    ("UNSET_RECURSIVE", (_DOC, "baz"), {"foo": {"bar": {"foo": 1}}}),
    ("MATCHES", ({"name": "jane", "age": 27}, {"age": 27}), True),
    ("MATCHES", ({"test": 1}, [{"test": 1, "foo": "bar"}, {"foo": 1}, {"test": 1}], True), 2),
    ("MATCHES", ({"a": 1}, {"b": None}), True),
    ("MERGE", ({"users": {"name": "Jane"}}, {"users": {"name": "Tom"}}), {"users": {"name": "Tom"}}),
    ("MERGE", ([{"foo": "bar"}, {"quux": 1}, {"foo": "done"}],), {"foo": "done", "quux": 1}),
    ("MERGE_RECURSIVE", ({"u": {"l": {"c": 1}}}, {"u": {"l": {"s": 2}}}), {"u": {"l": {"c": 1, "s": 2}}}),
    ("PARSE_IDENTIFIER", ("_users/my-user",), {"collection": "_users", "key": "my-user"}),
    ("PARSE_COLLECTION", ({"_id": "mycollection/mykey"},), "mycollection"),
    ("PARSE_KEY", ("_users/my-user",), "my-user"),
    ("TRANSLATE", ("FR", {"US": "United States", "FR": "France"}), "France"),
    ("TRANSLATE", (42, {"foo": "bar"}), 42),
    ("TRANSLATE", (42, {"foo": "bar"}, "not found!"), "not found!"),
    ("TRANSLATE", (42, {"42": True}), True),
    ("VALUE", ({"foo": [{"bar": "baz"}, {"bar": {"inner": True}}]}, ["foo", 1, "bar"]), {"inner": True}),
    ("VALUES", ({"_id": "users/jane", "name": "Jane", "age": 35}, True), ["Jane", 35]),
    ("ZIP", (["name", "active"], ["some user", True]), {"name": "some user", "active": True}),
    ("MD5", ("foobar",), "3858f62230ac3c915f300c664312c63f"),
    ("SHA1", ("foobar",), "8843d7f92416211de9ebb963ff4ce28125932878"),
    ("SHA256", ("foobar",), "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2"),
    ("CRC32", ("foobar",), "d5f5c7f"),
    ("FNV64", ("foobar",), "85944171f73967e8"),
    ("TO_BASE64", ("ABC.",), "QUJDLg=="),
    ("TO_HEX", ("ü",), "c3bc"),
    ("ENCODE_URI_COMPONENT", ("fünf %",), "f%C3%BCnf%20%25"),
    ("MINHASH_COUNT", (0.05,), 400),
    ("MINHASH_ERROR", (400,), 0.05),
    ("NOT_NULL", (None, 0, 1), 0),
    ("FIRST_LIST", (1, [2], [3]), [2]),
    ("FIRST_DOCUMENT", (1, {"a": 1}), {"a": 1}),
    ("CHECK_DOCUMENT", ([],), False),
    ("IN_RANGE", (4, 3, 5, True, True), True),
    ("IN_RANGE", (3, 3, 5, False, True), False),
    ("MIN_MATCH", (True, False, 1, 2), True),
    ("DECODE_REV", ("_YU0HOEG---",), {"date": "2019-03-11T16:15:05.314Z", "count": 0}),
    ("APPLY", ("SUBSTRING", ["this is a test", 0, 7]), "this is"),
    ("CALL", ("substring", "this is a test", 0, 4), "this"),
    ("ASSERT", (1, "fine"), True),
    ("SCHEMA_VALIDATE", ({"a": 1}, None), {"valid": True}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), _EXAMPLES)
def test_example(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    """Document, hash and other functions give what ArangoDB's documentation says."""
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("ATTRIBUTES", (1,), 1542),
        ("KEEP", ("a", "b"), 1542),
        ("MERGE", ({}, 1), 1542),
        ("ZIP", ([1], []), 1542),
        ("PARSE_IDENTIFIER", ("nothing",), 1542),
        ("IS_SAME_COLLECTION", ("a", 3), 1542),
        ("TRANSLATE", ("a", "b"), 1542),
        ("MINHASH", ("a", 1), 1542),
        ("DECODE_REV", (5,), 1542),
        ("IN_RANGE", (1, 2, 3, 4, 5), 1542),
    ],
)
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """Arguments of wrong types give null with a warning."""
    assert warnings_of(name, *arguments) == [number]


def test_assertions_and_failures_end_the_query() -> None:
    """FAIL and a false ASSERT raise, a false WARN warns."""
    with pytest.raises(ArangoError) as failed:
        call("FAIL", "error")
    assert failed.value.error_num == 1569
    with pytest.raises(ArangoError) as asserted:
        call("ASSERT", False, "i is not greater 0")
    assert (asserted.value.error_num, asserted.value.message) == (1593, "i is not greater 0")
    context = CallContext()
    assert call("WARN", False, "careful", context=context) is False
    assert context.warnings == [(1594, "careful")]


def test_the_table_of_names_is_complete() -> None:
    """Each function is found in the module that the table names, with its own name, and nothing else is there."""
    for name, module in MODULE_OF.items():
        found = functions.find(name)
        assert found is not None, f"{name} is not in {module}"
        assert found.name == name
    assert set(functions.FUNCTIONS) == set(MODULE_OF)


def test_what_is_not_there_is_refused() -> None:
    """Functions that need search indexes are known and not implemented, unknown ones unknown."""
    assert not set(NOT_THERE) & set(MODULE_OF)
    with pytest.raises(ArangoError) as refused:
        functions.resolve("BM25", 1)
    assert (refused.value.error_num, refused.value.status) == (9, 501)
    with pytest.raises(ArangoError) as unknown:
        functions.resolve("NO_SUCH_FUNCTION", 1)
    assert unknown.value.error_num == 1540
    with pytest.raises(ArangoError) as mismatch:
        functions.resolve("LEFT", 1)
    assert mismatch.value.error_num == 1541


@given(strategies.dictionaries(strategies.text(max_size=3), VALUES), strategies.text(max_size=3))
def test_keep_and_unset_share_the_document(document: dict[str, Any], name: str) -> None:
    """What KEEP keeps and what UNSET leaves make the document together."""
    assert call("MERGE", call("KEEP", document, name), call("UNSET", document, name)) == document
    assert call("ZIP", call("KEYS", document), call("VALUES", document)) == document


@given(VALUES, VALUES)
def test_equal_values_have_equal_hashes(first: Any, second: Any) -> None:
    """HASH agrees with equality, and numbers of equal value hash alike."""
    from arangod_standin.aql.values import canonical

    assert (call("HASH", first) == call("HASH", second)) == (canonical(first) == canonical(second))
    assert call("HASH", 1) == call("HASH", 1.0) != call("HASH", "1")


def test_signatures_estimate_similarity() -> None:
    """The share of equal hashes of two MINHASH signatures is near the Jaccard similarity."""
    first, second = list(range(60)), list(range(30, 90))
    left, right = call("MINHASH", first, 200), call("MINHASH", second, 200)
    estimate = sum(a == b for a, b in zip(left, right, strict=True)) / 200
    assert abs(estimate - call("JACCARD", first, second)) < 4 * call("MINHASH_ERROR", 200) / 2
