"""Filters: one grammar for people and IDEs."""

from __future__ import annotations

import pytest
from armadillo.pytest_plugin.selection import Choice, choose, is_keyword_expression, nearest_names, terms_of

A = "tests/smoke/x_test.py::TestA::test_one"
A1 = "tests/smoke/x_test.py::TestA::test_two[a-1]"
A2 = "tests/smoke/x_test.py::TestA::test_two[b, c]"
A3 = "tests/smoke/x_test.py::TestA::test_two[f(1) or not 2]"
B = "tests/smoke/x_test.py::test_one"
C = "tests/load/y_test.py::test_failover_under_load"
ALL = [A, A1, A2, A3, B, C]


def evaluate(expression: str) -> set[str]:
    """Stands for pytest's `-k`, which has its own tests: knows two expressions and one that is none."""
    if expression == "not":
        raise SyntaxError("at column 4: expected not OR left parenthesis OR identifier; got end of input")
    return {"failover and load": {C}, "failover and not load": set[str](), "failover": {C}}[expression]


def chosen(*texts: str) -> Choice:
    """What texts choose among all cases."""
    return choose(texts, ALL, evaluate)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ALL),
        (A, [A]),
        ("tests/smoke/x_test.py::TestA::test_two", [A1, A2, A3]),
        ("x_test.py::TestA::test_two", [A1, A2, A3]),
        (A1, [A1]),
        (A2, [A2]),
        (A3, [A3]),
        ("test_two[f(1) or not 2]", [A3]),
        (f"{A1},{B}", [A1, B]),
        ("tests/smoke", [A, A1, A2, A3, B]),
        ("tests/smoke/x_test.py", [A, A1, A2, A3, B]),
        ("y_test.py", [C]),
        ("y_test", [C]),
        ("TestA", [A, A1, A2, A3]),
        ("x_test.py::TestA", [A, A1, A2, A3]),
        ("test_one", [A, B]),
        ("TestA.test_one", [A]),
        ("TestA::test_one", [A]),
        ("TestA#test_one", [A]),
        ("tests.smoke.x_test.TestA#test_one", [A]),
        ("tests/smoke/x_test.py::TestA", [A, A1, A2, A3]),
        ("tests.smoke.x_test.TestA.test_one", [A]),
        ("tests.smoke", [A, A1, A2, A3, B]),
        ("tests.load.y_test", [C]),
        ("TestA.test_one TestA.test_two", [A, A1, A2, A3]),
        ("test_one,y_test", [A, B, C]),
        ("x_test,-TestA", [B]),
        ("x_test -TestA.test_two", [A, B]),
        ("-TestA", [B, C]),
        ("test_fail*", [C]),
        ("test_?ne", [A, B]),
        ("test_two[*1]", [A1]),
        ("*/x_test.py::test_*", [B]),
        ("failover", [C]),
        ("-k failover", [C]),
        ("-k=failover", [C]),
        ("failover and load", [C]),
    ],
)
def test_each_dialect_chooses_what_its_users_mean(text: str, expected: list[str]) -> None:
    """Node ids with any characters in their parameters, files, classes, methods, globs, lists, expressions."""
    choice = chosen(text)

    assert [node_id for node_id in ALL if node_id in choice.chosen] == expected
    assert (choice.problems, choice.notes) == ([], [])


def test_several_texts_are_chosen_from_together() -> None:
    """Arguments add up, whatever dialect each has; what one takes out is out."""
    assert chosen("test_one", "-k failover").chosen == {A, B, C}
    assert chosen("test_one", "-TestA").chosen == {B}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing_like_it", "no case fits 'nothing_like_it'; nearest: "),
        ("test_failover_under_laod", f"no case fits 'test_failover_under_laod'; nearest: {C}"),
        ("test_one,test_failover_under_laod", f"no case fits 'test_failover_under_laod'; nearest: {C}"),
        ("tests/smoke/x_test.py::test_on", f"no case fits 'tests/smoke/x_test.py::test_on'; nearest: {B}"),
        ("_test.py", "no case fits '_test.py'"),
        ("failover and not load", f"no case fits 'failover and not load'; nearest: {C}"),
        ("-k not", "'-k not' is no keyword expression (at column 4: expected not OR"),
        ("test_one,-test_one", "nothing is left when 'test_one' is taken out"),
        ("^test_one$", "no case fits '^test_one$'"),
    ],
)
def test_what_is_asked_for_in_vain_is_a_problem(text: str, problem: str) -> None:
    """Also where the rest of a list chooses something: a slip must not pass for a success."""
    (told,) = chosen(text).problems

    assert told.startswith(problem)


def test_a_regular_expression_is_recognized() -> None:
    """The dialect that is not understood is named, with what to write instead."""
    (told,) = chosen("test_.*_load").problems

    assert told.endswith(
        "Regular expressions are not understood: * and ? are wildcards, docs/selecting_and_sharding.md has the grammar"
    )


def test_nothing_to_take_out_is_noted() -> None:
    """More is run than was wanted, which hides nothing; so it is no failure."""
    choice = chosen("test_one,-test_tow")

    assert choice.chosen == {A, B}
    assert choice.problems == []
    assert choice.notes[0].startswith("there is nothing to take out by -test_tow; nearest: ")


@pytest.mark.parametrize(
    ("text", "is_expression"),
    [
        ("a and b", True),
        ("not a", True),
        ("(a)", True),
        ("a or b", True),
        ("a[1] or b", True),
        ("-k a", True),
        ("-kill", False),
        ("android", False),
        ("a b", False),
        ("a[x or y]", False),
        ("", False),
    ],
)
def test_keyword_expressions_are_known(text: str, is_expression: bool) -> None:
    """Words that pytest's -k understands make an expression, their letters in other words and parameters do not."""
    assert is_keyword_expression(text) is is_expression


def test_separators_within_parameters_are_theirs() -> None:
    """A list is split at spaces and commas outside of brackets."""
    assert terms_of("a[1, 2],b c[x y]") == ["a[1, 2]", "b", "c[x y]"]


def test_nearest_names_help_after_a_slip() -> None:
    """A misspelled name finds the case that was meant."""
    assert nearest_names(["test_failover_under_laod"], ALL)[0] == C
