"""The command that repeats a case."""

from __future__ import annotations

import shlex

import pytest
from armadillo.model.outcome import Outcome
from armadillo.results.closing_words import closing_words
from armadillo.results.repeat_command import repeat_command
from armadillo.results.run_record import fold

from tests.framework.runner.support.events import collected, finding, run_started, timed, whole_case

STANDIN = "@armadillo//tools/arangod_standin:server"


def test_it_has_the_case_and_the_seed() -> None:
    """As people write it."""
    record = fold(timed(run_started("//a:b_test", seed=7, server_label=STANDIN)))

    assert repeat_command(record, "a/b_test.py::test_a") == (
        "bazel test //a:b_test --test_filter='a/b_test.py::test_a' --test_env=TEST_RANDOM_SEED=7"
    )


def test_shards_are_switched_off() -> None:
    """One case needs no more than one process."""
    record = fold(timed(run_started("//a:b_test", server_label=STANDIN, bazel={"test_total_shards": "4"})))

    assert repeat_command(record, "a/b_test.py::test_a").endswith(" --test_sharding_strategy=disabled")


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("@arangodb_3_12//:server", "@arangodb_3_12//:server"),
        ("@_main~arangodb~arangodb_3_12//:server", "@@_main~arangodb~arangodb_3_12//:server"),
        ("//tools/arangod_standin:server_with_stale_reads", "//tools/arangod_standin:server_with_stale_reads"),
    ],
)
def test_another_server_than_the_default_is_named(label: str, word: str) -> None:
    """The default is the stand-in, which may not have the same fault; names that Bazel 7 made are for "@@"."""
    record = fold(timed(run_started("//a:b_test", server_label=label)))

    assert repeat_command(record, "a").endswith(f" --@armadillo//rules:server={word}")


@pytest.mark.parametrize("node_id", ["x.py::test[it's $HOME]", 'x.py::test["a b"]', "x.py::test[a\\b=c]"])
def test_any_parameters_survive_a_shell(node_id: str) -> None:
    """What the shell makes of it is the node id again."""
    record = fold(timed(run_started("//a:b_test", server_label=STANDIN)))

    assert shlex.split(repeat_command(record, node_id))[3] == f"--test_filter={node_id}"


def test_a_red_log_ends_with_the_command() -> None:
    """That of the case in which the cause arose, where the cause names one; a green run has nothing to repeat."""
    cases = [collected("test_a", "test_b"), *whole_case("test_a", Outcome.FAILED, "no"), *whole_case("test_b")]
    died = finding("server_died", Outcome.CRASHED, "it died", node_id="tests/x/test_y.py::test_b")

    assert "::test_a'" in closing_words(fold(timed(run_started(), *cases)), "a run", "").splitlines()[-1]
    assert "::test_b'" in closing_words(fold(timed(run_started(), *cases, died)), "a run", "").splitlines()[-1]
    good = fold(timed(run_started(), collected("test_b"), *whole_case("test_b")))
    assert "repeat it" not in closing_words(good, "a run", "")
