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
