"""Filters, shards and fail-fast as Bazel asks for them, in a real test process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun

FILE = "def test_a(): pass\ndef test_b(): assert False\ndef test_c(): pass\ndef test_d(): pass\n"


@pytest.fixture
def play(tmp_path: Path) -> PluginRun:
    """A target with four cases, of which the second fails."""
    run = PluginRun(tmp_path)
    run.file("pkg/x_test.py", FILE)
    return run


@pytest.mark.parametrize(
    ("test_filter", "chosen"),
    [
        ("test_a", ["test_a"]),
        ("test_a,test_d", ["test_a", "test_d"]),
        ("not test_b and not test_c", ["test_a", "test_d"]),
    ],
)
def test_the_filter_decides(test_filter: str, chosen: list[str], play: PluginRun) -> None:
    """Only the chosen cases are told and run."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = test_filter

    assert play.run() == 0

    assert play.case_names == chosen == list(play.outcomes)


@pytest.mark.parametrize("words", [["pkg/x_test.py::test_c"], ["test_c"], ["-k", "test_c"], ["-k=test_c"]])
def test_arguments_decide_as_well(words: list[str], play: PluginRun) -> None:
    """Names as plain arguments are understood as in a filter; pytest's own options are pytest's."""
    assert play.run(*words) == 0

    assert play.case_names == ["test_c"]


@pytest.mark.parametrize("test_filter", ["test_aa", "test_aa and not test_b"])
def test_a_filter_without_a_match_is_an_error(test_filter: str, play: PluginRun) -> None:
    """Nothing to run is never a pass; the nearest names are told."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = test_filter

    assert play.run() != 0

    (error,) = play.collected.errors
    assert test_filter in error.text
    assert "pkg/x_test.py::test_a" in error.text


def test_shards_share_the_cases(tmp_path: Path) -> None:
    """Two shards run all chosen cases, each once: the filter comes first."""
    names = []
    for index in range(2):
        play = PluginRun(tmp_path / str(index))
        play.file("pkg/x_test.py", FILE)
        play.environment = {
            "TEST_TOTAL_SHARDS": "2",
            "TEST_SHARD_INDEX": str(index),
            "TESTBRIDGE_TEST_ONLY": "-test_b",
        }
        assert play.run() == 0
        names.append(play.case_names)

    assert names == [["test_a", "test_d"], ["test_c"]]


def test_an_empty_shard_has_no_error(play: PluginRun) -> None:
    """More shards than cases: the last one has nothing to do, and nothing to complain of."""
    play.environment = {"TEST_TOTAL_SHARDS": "9", "TEST_SHARD_INDEX": "8"}
    play.run()

    assert play.case_names == []
    assert not play.collected.errors


def test_fail_fast_stops_at_the_first_failure(play: PluginRun) -> None:
    """What comes after the failure is not run."""
    play.environment["TESTBRIDGE_TEST_RUNNER_FAIL_FAST"] = "1"

    assert play.run() != 0

    assert list(play.outcomes) == ["test_a", "test_b"]


def test_without_a_runner_it_says_so(play: PluginRun) -> None:
    """Started by hand, the process names what is missing and how to start it."""
    play.environment["ARMADILLO_CONTROL_TOKEN"] = ""

    assert play.run() == 4

    assert "ARMADILLO_CONTROL_TOKEN" in play.output
    assert "bazel test" in play.output
