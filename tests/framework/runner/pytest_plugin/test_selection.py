"""Filters and shards: one grammar for people and IDEs."""

from __future__ import annotations

import pytest
from armadillo.pytest_plugin.selection import is_keyword_expression, nearest_names, select, shard_of, terms_of

A = "tests/smoke/x_test.py::TestA::test_one"
A1 = "tests/smoke/x_test.py::TestA::test_two[a-1]"
A2 = "tests/smoke/x_test.py::TestA::test_two[b, c]"
B = "tests/smoke/x_test.py::test_one"
C = "tests/load/y_test.py::test_failover_under_load"
ALL = [A, A1, A2, B, C]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (A, [A]),
        ("tests/smoke/x_test.py::TestA::test_two", [A1, A2]),
        (A1, [A1]),
        (A2, [A2]),
        ("tests/smoke/x_test.py", [A, A1, A2, B]),
        ("y_test.py", [C]),
        ("y_test", [C]),
        ("TestA", [A, A1, A2]),
        ("test_one", [A, B]),
        ("TestA.test_one", [A]),
        ("TestA::test_one", [A]),
        ("tests/smoke/x_test.py::TestA", [A, A1, A2]),
        ("tests.smoke.x_test.TestA.test_one", [A]),
        ("tests.load.y_test", [C]),
        ("TestA.test_one TestA.test_two", [A, A1, A2]),
        ("test_one,y_test", [A, B, C]),
        ("x_test,-TestA", [B]),
        ("-TestA", [B, C]),
        ("test_fail*", [C]),
        ("*/x_test.py::test_*", [B]),
        ("failover", [C]),
        ("nothing_like_it", []),
    ],
)
def test_terms_choose_cases(text: str, chosen: list[str]) -> None:
    """Each dialect chooses what its users mean."""
    assert [node_id for node_id in ALL if node_id in select(ALL, terms_of(text))] == chosen


@pytest.mark.parametrize(
    ("text", "is_expression"),
    [
        ("a and b", True),
        ("not a", True),
        ("(a)", True),
        ("a or b", True),
        ("android", False),
        ("a b", False),
        ("", False),
    ],
)
def test_keyword_expressions_are_known(text: str, is_expression: bool) -> None:
    """Words that pytest's -k understands make an expression, their letters in other words do not."""
    assert is_keyword_expression(text) is is_expression


def test_nearest_names_help_after_a_slip() -> None:
    """A misspelled name finds the case that was meant."""
    assert nearest_names(["test_failover_under_laod"], ALL)[0] == C


@pytest.mark.parametrize("total", [1, 2, 3, 7])
def test_shards_share_all_cases_without_overlap(total: int) -> None:
    """Every case is in exactly one shard, however many there are."""
    shards = [shard_of(ALL, index, total) for index in range(total)]

    assert sorted(node_id for shard in shards for node_id in shard) == sorted(ALL)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
