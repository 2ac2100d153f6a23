"""Shards, filters and repetition by a real Bazel: what runs, what is cached, what passes, and what must not."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of, properties_of
from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

CASES = '''\
"""A scenario."""

import pytest


@pytest.mark.parametrize("word", {"alpha", "beta, gamma", "it's (not) delta"})
def test_word(arango, word):
    assert arango.facts.version


class TestLonger:
    def test_first(self, arango):
        assert arango.facts.version

    def test_second(self, arango):
        assert arango.facts.version
'''

LUCK = '''\
"""A scenario."""

import os
import pathlib


def test_even_seeds_fail(arango):
    assert arango.random.random() is not None
    assert int(os.environ["TEST_RANDOM_SEED"]) % 2, "an even seed"


def test_passes_at_the_second_attempt(arango):
    been_here = pathlib.Path(os.environ["BEEN_HERE"])
    if not been_here.exists():
        been_here.touch()
        raise AssertionError("the first attempt")


def test_passes(arango):
    assert arango.facts.version
'''

BUILD = """\
load("//rules:defs.bzl", "arangodb_test")

arangodb_test(name = "cases_test", srcs = ["cases_test.py"], shard_count = 2, timings = "timings.json")
arangodb_test(name = "many_test", srcs = ["cases_test.py"], shard_count = 8)
arangodb_test(name = "luck_test", srcs = ["luck_test.py"])
"""

LONG = "suite/cases_test.py::TestLonger::test_second"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with the targets of this file."""
    with scratch_workspace(tmp_path_factory.mktemp("selection")) as made:
        made.write("suite/cases_test.py", CASES)
        made.write("suite/luck_test.py", LUCK)
        timings = {
            LONG: 60.0,
            "suite/cases_test.py::TestLonger::test_first": 1.0,
            "suite/cases_test.py::test_word[alpha]": 1.0,
        }
        made.write("suite/timings.json", json.dumps(timings))
        made.write("suite/BUILD.bazel", BUILD)
        yield made


def run(workspace: ScratchWorkspace, target: str, *options: str) -> Result:
    """One `bazel test` of one target, with nothing from the cache."""
    return workspace.bazel("test", f"//suite:{target}", "--nocache_test_results", "--test_output=summary", *options)


def shards(workspace: ScratchWorkspace, target: str, total: int) -> list[Evidence]:
    """What each shard left."""
    return [Evidence(workspace, f"suite/{target}/shard_{index + 1}_of_{total}") for index in range(total)]


def test_shards_by_timings_and_a_file_that_a_command_updates(workspace: ScratchWorkspace) -> None:
    """The long case is alone in its shard, all are run once; `tools/timings:update` learns from their test.xml."""
    assert run(workspace, "cases_test").exit_code == 0
    first, second = (set(one.outcomes) for one in shards(workspace, "cases_test", 2))
    assert first == {"test_second"}
    assert len(second) == 4

    updated = workspace.bazel("run", "//tools/timings:update", "--", "suite/timings.json", "//suite:cases_test")
    assert "5 cases measured, 5 in the file" in updated.output
    timings = json.loads((workspace.root / "suite/timings.json").read_text())
    assert timings[LONG] < 60
    assert "suite/cases_test.py::test_word[beta, gamma]" in timings


def test_more_shards_than_cases(workspace: ScratchWorkspace) -> None:
    """More than fifty are no harm: empty ones pass without any server and say so, no case is lost or run twice."""
    done = run(workspace, "many_test", "--test_sharding_strategy=forced=51", "--test_filter=TestLonger test_word")
    if "forced=51" in done.output and done.exit_code == 2:  # Bazel 4.2 has no such strategy
        done = run(workspace, "many_test", "--test_filter=TestLonger test_word")
    assert done.exit_code == 0, done.output
    total = 51 if workspace.file_of("bazel-testlogs", "suite/many_test/shard_51_of_51").is_dir() else 8
    found = shards(workspace, "many_test", total)
    assert sorted(name for one in found for name in one.outcomes) == [
        "test_first",
        "test_second",
        "test_word[alpha]",
        "test_word[beta, gamma]",
        "test_word[it's (not) delta]",
    ]
    empty = next(one for one in found if not one.outcomes)
    assert not [path for path in empty.outputs if path.startswith("servers/")]
    assert f"of {total} has nothing to do and started no server: there are 5 cases to share out" in empty.log
    assert [path for path in found[0].outputs if path.startswith("servers/")]


def test_a_slip_in_a_filter_fails_every_shard(workspace: ScratchWorkspace) -> None:
    """Status FAILED, exit code 3, the headline has the nearest name, and no server was started for it."""
    slip = run(workspace, "cases_test", "--test_filter=TestLonger.test_secund")
    assert (slip.exit_code, slip.status_of("//suite:cases_test").split()[0]) == (3, "FAILED")
    for one in shards(workspace, "cases_test", 2):
        assert f"no case fits 'TestLonger.test_secund'; nearest: {LONG}" in one.headline
        assert not [path for path in one.outputs if path.startswith("servers/")]


def test_a_failed_case_is_repeated_by_its_own_command(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """runs_per_test gives seeds, the red one's test.xml ends with a command, and that command has the same result."""
    options = [
        f"--test_env=BEEN_HERE={tmp_path}/unused",
        "--test_filter=-test_passes_at*,-nothing_like_it",
        "--test_env=PYTEST_ADDOPTS=--junitxml=${XML_OUTPUT_FILE} -o junit_family=xunit1 -n 2",
    ]
    done = run(workspace, "luck_test", "--runs_per_test=2", "--runs_per_test_detects_flakes", *options)
    assert (done.exit_code, done.status_of("//suite:luck_test").split(",")[0]) == (0, "FLAKY")
    red = Evidence(workspace, "suite/luck_test/run_2_of_2")
    assert red.outcomes == {"test_even_seeds_fail": "failure", "test_passes": "passed"}
    assert "there is nothing to take out by -nothing_like_it; nearest: " in red.log
    assert Evidence(workspace, "suite/luck_test/run_1_of_2").outcomes["test_even_seeds_fail"] == "passed"

    command = shlex.split(red.text_of("test_even_seeds_fail").splitlines()[-1].removeprefix("repeat it: "))
    assert command[:3] == ["bazel", "test", "//suite:luck_test"]
    assert command[-1] == "--test_env=TEST_RANDOM_SEED=2"
    again = workspace.bazel(*command[1:], "--test_output=summary")
    assert again.exit_code == 3
    repeated = Evidence(workspace, "suite/luck_test")
    assert repeated.outcomes == {"test_even_seeds_fail": "failure"}
    assert (repeated.headline, repeated.properties["armadillo.seed"]) == (red.headline, "2")


def test_a_flaky_target_has_the_same_seed_in_each_attempt(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """The second attempt passes; in the XML of the first fail-fast has left out what came after the failure."""
    done = run(
        workspace,
        "luck_test",
        "--flaky_test_attempts=2",
        "--test_runner_fail_fast",
        "--test_filter=-test_even*",
        f"--test_env=BEEN_HERE={tmp_path}/been_here",
        f"--sandbox_writable_path={tmp_path}",
    )
    assert (done.exit_code, done.status_of("//suite:luck_test").split(",")[0]) == (0, "FLAKY")
    last = Evidence(workspace, "suite/luck_test")
    first = (last.directory / "test_attempts" / "attempt_1.xml").read_bytes()
    assert problems_of(first) == []
    assert {name: outcome_of(case) for name, case in cases_of(first).items()} == {
        "test_passes_at_the_second_attempt": "failure",
        "test_passes": "skipped",
    }
    assert last.outcomes == {"test_passes_at_the_second_attempt": "passed", "test_passes": "passed"}
    assert last.properties["armadillo.seed"] == properties_of(first)["armadillo.seed"]
