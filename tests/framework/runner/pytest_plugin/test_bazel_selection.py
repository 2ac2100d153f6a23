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
        ("-k test_d", ["test_d"]),
        ("x_test.test_a or (x_test and test_d)", ["test_a", "test_d"]),
    ],
)
def test_the_filter_decides(test_filter: str, chosen: list[str], play: PluginRun) -> None:
    """Only the chosen cases are told and run."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = test_filter

    assert play.run() == 0

    assert play.case_names == chosen == list(play.outcomes)


@pytest.mark.parametrize(
    "words",
    [
        ["pkg/x_test.py::test_c"],
        ["test_c"],
        ["-k", "test_c"],
        ["-k=test_c"],
        ["test_c or nothing_else"],
        ["x_test,-test_a,-test_b,-test_d"],
        ["--", "-test_a", "-test_b", "-test_d"],
    ],
)
def test_arguments_decide_as_well(words: list[str], play: PluginRun) -> None:
    """Names as plain arguments are understood as in a filter; pytest's own options are pytest's."""
    assert play.run(*words) == 0

    assert play.case_names == ["test_c"]


def findings(play: PluginRun) -> list[str]:
    """What the plug-in found about the request."""
    return [event.finding.message for event in play.runner.events if event.HasField("finding")]


def notes(play: PluginRun) -> list[str]:
    """What it noted."""
    return [event.note.text for event in play.runner.events if event.HasField("note")]


@pytest.mark.parametrize("shard", ["0", "1"])
@pytest.mark.parametrize("test_filter", ["test_aa", "test_aa and not test_b"])
def test_a_filter_without_a_match_is_an_error(test_filter: str, shard: str, play: PluginRun) -> None:
    """Nothing to run is never a pass, in no shard; the nearest names are told."""
    play.environment = {"TESTBRIDGE_TEST_ONLY": test_filter, "TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": shard}

    assert play.run() != 0

    (message,) = findings(play)
    assert f"no case fits {test_filter!r}; nearest: pkg/x_test.py::test_a" in message
    assert play.collected.in_other_shards == 0


def test_one_slip_in_a_list_fails_the_run(play: PluginRun) -> None:
    """What was spelled right is run; who looks at the status alone learns of the slip."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = "test_a,test_dd"
    play.run()

    assert list(play.outcomes) == ["test_a"]
    assert findings(play)[0].startswith("no case fits 'test_dd'")


def test_a_wrong_expression_is_an_error(play: PluginRun) -> None:
    """It names the place of the mistake."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = "test_a and or test_b"
    play.run()

    assert play.case_names == []
    assert findings(play)[0].startswith("'test_a and or test_b' is no keyword expression (")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["test_c"], "no case fits both --test_filter 'test_a' and the arguments 'test_c'"),
        (["-k", "test_x"], "no case of 4 fits pytest's options -k 'test_x'"),
        (["-m", "slow"], "no case of 4 fits pytest's options -m 'slow'"),
    ],
)
def test_filter_and_arguments_must_both_fit(words: list[str], message: str, play: PluginRun) -> None:
    """Neither is passed over because of the other."""
    play.environment["TESTBRIDGE_TEST_ONLY"] = "test_a"
    play.run(*words)

    assert play.case_names == []
    assert findings(play)[0].startswith(message)


def test_names_in_addopts_are_names_as_any_others(play: PluginRun) -> None:
    """An IDE's PYTEST_ADDOPTS neither collects a file twice nor starts workers, and wins against nothing of ours."""
    play.environment["PYTEST_ADDOPTS"] = "pkg/x_test.py::test_c -n 4 --rootdir=/nowhere --import-mode=prepend"

    assert play.run() == 0, play.output

    assert play.case_names == ["test_c"]


def test_a_body_that_was_not_run_is_no_pass(play: PluginRun) -> None:
    """Options of pytest that only set up leave it open whether the case would pass."""
    play.run("--setup-only", "test_a")

    assert play.outcomes == {"test_a": "UNKNOWN"}


def test_children_of_a_case_are_not_filtered_or_sharded(tmp_path: Path) -> None:
    """A googletest program that a case starts sees neither filter nor shards."""
    play = PluginRun(tmp_path)
    play.file(
        "pkg/x_test.py",
        "import os\ndef test_a(): assert not {'TESTBRIDGE_TEST_ONLY', 'GTEST_TOTAL_SHARDS'} & set(os.environ)\n",
    )
    play.environment = {"TESTBRIDGE_TEST_ONLY": "test_a", "GTEST_TOTAL_SHARDS": "1"}

    assert play.run() == 0


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
    assert play.collected.in_other_shards == 4
    assert notes(play) == [
        "shard 9 of 9 has nothing to do and started no server: there are 4 cases to share out",
    ]
    assert not findings(play)


def test_timings_share_out_by_seconds(tmp_path: Path) -> None:
    """Nine seconds and one against twice the middling five of cases that are not known yet."""
    names = []
    for index in range(2):
        play = PluginRun(tmp_path / str(index), timings="_main/pkg/timings.json")
        play.file("pkg/x_test.py", FILE)
        play.file("pkg/timings.json", '{"pkg/x_test.py::test_c": 9, "pkg/x_test.py::test_a": 1}')
        play.environment = {"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": str(index)}
        play.run()
        names.append(play.case_names)

    assert names == [["test_a", "test_c"], ["test_b", "test_d"]]


@pytest.mark.parametrize(("content", "found"), [("[]", "found a list"), (None, "No such file")])
def test_wrong_timings_fail_every_shard(content: str | None, found: str, tmp_path: Path) -> None:
    """The file and what is wrong with it are named; the cases are dealt out in turn."""
    play = PluginRun(tmp_path, timings="_main/pkg/timings.json")
    play.file("pkg/x_test.py", FILE)
    if content is not None:
        play.file("pkg/timings.json", content)
    play.environment = {"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "1"}
    play.run()

    assert play.case_names == ["test_b", "test_d"]
    assert found in findings(play)[0]
    assert "pkg/timings.json" in findings(play)[0]


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
