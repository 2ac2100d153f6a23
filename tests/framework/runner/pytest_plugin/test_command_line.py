"""pytest's words: options of pytest, and names of cases."""

from __future__ import annotations

import pytest
from armadillo.pytest_plugin.command_line import split_words
from armadillo.pytest_plugin.node_ids import class_name_of, name_of, workspace_relative


@pytest.mark.parametrize(
    ("words", "options", "names"),
    [
        (["-x", "test_a"], ["-x"], ["test_a"]),
        (["-k", "a or b", "x_test.py"], ["-k", "a or b"], ["x_test.py"]),
        (["-m", "-slow", "x"], ["-m", "-slow"], ["x"]),
        (["--maxfail=2", "A.b", "-v"], ["--maxfail=2", "-v"], ["A.b"]),
        ([], [], []),
    ],
)
def test_words_are_told_apart(words: list[str], options: list[str], names: list[str]) -> None:
    """A word after an option that takes one is the option's."""
    assert split_words(words) == (options, names)


def test_files_of_other_repositories_keep_their_repository() -> None:
    """A file beside the workspace has its repository's name as the first part."""
    assert workspace_relative("../other/tests/x_test.py::test_a") == "other/tests/x_test.py::test_a"
    assert workspace_relative("tests/x_test.py::test_a") == "tests/x_test.py::test_a"


def test_names_with_brackets_and_colons_in_parameters() -> None:
    """Parameters may hold anything, also what separates names elsewhere."""
    node_id = "a/b_test.py::TestA::test_it[x::y[0]]"

    assert name_of(node_id) == "test_it[x::y[0]]"
    assert class_name_of(node_id) == "a.b_test.TestA"
