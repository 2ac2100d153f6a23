"""The agency's tree: operations, preconditions, repeated transactions."""

from __future__ import annotations

from typing import Any

import pytest
from arangod_standin.agency.tree import AgencyTree


def make(root: dict[str, Any]) -> AgencyTree:
    """Return a tree with this content."""
    tree = AgencyTree()
    tree.root = root
    return tree


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "set", "new": 1}, 1),
        ({"new": {"b": 2}}, {"b": 2}),
        ([1, 2], [1, 2]),
        ({"op": "increment"}, 6),
        ({"op": "increment", "step": 5}, 10),
        ({"op": "decrement"}, 4),
        ({"op": "push", "new": "x"}, ["x"]),
        ({"op": "delete"}, None),
    ],
)
def test_operations_change_a_number(operation: Any, expected: Any) -> None:
    """Each operation on the value 5 gives what ArangoDB's agency gives."""
    tree = make({"a": 5})
    tree.apply([{"/a": operation}], 1)

    assert expected == tree.get("/a")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "push", "new": 3}, [1, 2, 3]),
        ({"op": "prepend", "new": 0}, [0, 1, 2]),
        ({"op": "pop"}, [1]),
        ({"op": "shift"}, [2]),
        ({"op": "erase", "val": 1}, [2]),
        ({"op": "replace", "val": 1, "new": 9}, [9, 2]),
    ],
)
def test_operations_change_an_array(operation: Any, expected: Any) -> None:
    """Each operation on the array [1, 2] gives what ArangoDB's agency gives."""
    tree = make({"a": [1, 2]})
    tree.apply([{"/a": operation}], 1)

    assert expected == tree.get("/a")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"old": [1, 2]}, True),
        ({"old": [2, 1]}, False),
        ([1, 2], True),
        ({"oldNot": [1, 2]}, False),
        ({"oldEmpty": False}, True),
        ({"oldEmpty": True}, False),
        ({"isArray": True}, True),
        ({"in": 1}, True),
        ({"notin": 1}, False),
        ({"intersectionEmpty": [3, 4]}, True),
        ({"intersectionEmpty": [2, 3]}, False),
    ],
)
def test_a_transaction_needs_its_preconditions(condition: Any, holds: bool) -> None:
    """A precondition that does not hold makes the result 0 and changes nothing."""
    tree = make({"a": [1, 2]})
    result = tree.apply([{"/b": 1}, {"/a": condition}], 7)

    assert (7 if holds else 0) == result
    assert (1 if holds else None) == tree.get("/b")


def test_a_repeated_client_id_gives_the_first_result() -> None:
    """A write that is sent again because its answer was lost is not carried out twice."""
    tree = make({"a": 0})
    first = tree.apply([{"/a": {"op": "increment"}}, {}, "client-1"], 3)
    second = tree.apply([{"/a": {"op": "increment"}}, {}, "client-1"], 9)

    assert (first, second, tree.get("/a")) == (3, 3, 1)


def test_a_read_nests_each_path() -> None:
    """A read answers with the full path of each subtree; what is missing is left out."""
    tree = make({"a": {"b": {"c": 1}, "d": 2}})

    assert tree.read(["/a/b", "/x/y"]) == {"a": {"b": {"c": 1}}}


def test_a_value_may_have_an_end() -> None:
    """A value set with an end is removed by a transaction that names the end, unless it was set again meanwhile."""
    tree = make({})
    tree.apply([{"/a": {"op": "set", "new": 1, "expires": 50.0}}], 1)
    tree.apply([{"/b": {"op": "set", "new": 1, "expires": 50.0}}], 2)
    tree.apply([{"/b": {"op": "set", "new": 2}}], 3)

    results = [
        tree.apply([{path: {"op": "delete"}}, {path: {"expires": 50.0}}], 4 + n) for n, path in enumerate(("/a", "/b"))
    ]
    assert (results, tree.root, tree.expiries) == ([4, 0], {"b": 2}, {})


def test_observers_hear_of_what_lies_above_and_below() -> None:
    """Somebody who observes a path is concerned by changes at it, below it and above it, until he has enough."""
    tree = make({})
    tree.apply([{"/a/b": {"op": "observe", "url": "http://x"}}], 1)

    assert [tree.observed({path: 1}) for path in ("/a/b", "/a/b/c", "/a", "/a/c")] == [[("http://x", "/a/b")]] * 3 + [
        []
    ]
    tree.apply([{"/a/b": {"op": "unobserve", "url": "http://x"}}], 2)
    assert tree.observed({"/a/b": 1}) == []
    assert tree.root == {}


def test_a_snapshot_has_everything() -> None:
    """What is loaded from a snapshot knows results, ends and observers."""
    tree = make({})
    tree.apply([{"/a": {"op": "set", "new": 1, "expires": 9.0}, "/b": {"op": "observe", "url": "u"}}, {}, "c1"], 7)
    other = make({})
    other.load(tree.dump())

    assert (other.root, other.expiries, other.observers, other.result_of("c1")) == (
        {"a": 1},
        {"/a": 9.0},
        {"/b": ["u"]},
        7,
    )
