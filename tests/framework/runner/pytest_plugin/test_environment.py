"""What IDEs and Bazel leave in the environment for a test runner."""

from __future__ import annotations

import pytest
from armadillo.pytest_plugin.environment import hide_selection, take_addopts


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", []),
        ("-x -k 'a and b' x_test.py::test_a", ["-x", "-k", "a and b", "x_test.py::test_a"]),
        ("-n 4 -v", ["-v"]),
        ("-n4 -nauto --dist=load --tx popen -v", ["-v"]),
        ("--numprocesses=auto -v", ["-v"]),
        ("-name", ["-name"]),
    ],
)
def test_addopts_lose_options_of_xdist(given: str, kept: list[str]) -> None:
    """All cases of a target share one deployment; everything else stays, names as well."""
    environ = {"PYTEST_ADDOPTS": given, "OTHER": "1"}

    assert take_addopts(environ) == kept
    assert environ == {"OTHER": "1"}


def test_what_is_no_list_of_words_is_left_to_pytest() -> None:
    """It says what is wrong with it."""
    environ = {"PYTEST_ADDOPTS": "-k 'never closed"}

    assert take_addopts(environ) == []
    assert environ == {"PYTEST_ADDOPTS": "-k 'never closed"}


def test_children_of_a_test_are_not_filtered_and_not_sharded() -> None:
    """A googletest program that a test starts would obey these variables."""
    environ = {"TESTBRIDGE_TEST_ONLY": "x", "TEST_TOTAL_SHARDS": "2", "GTEST_TOTAL_SHARDS": "2", "PATH": "/bin"}

    hide_selection(environ)

    assert environ == {"PATH": "/bin"}
