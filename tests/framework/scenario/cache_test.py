"""What has passed is not run again, and what has changed is. Another checkout: remote_cache_test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

TARGETS = ("//suite:single_test", "//suite:cluster_test")


def write_suite(workspace: ScratchWorkspace) -> None:
    """One target on a single server and one on a cluster."""
    workspace.write("suite/a_test.py", '"""A scenario."""\n\n\ndef test_a(database):\n    assert database.name\n')
    workspace.write(
        "suite/BUILD.bazel",
        'load("//rules:defs.bzl", "arangodb_test")\n'
        'arangodb_test(name = "single_test", srcs = ["a_test.py"])\n'
        'arangodb_test(name = "cluster_test", srcs = ["a_test.py"], mode = "cluster")\n',
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScratchWorkspace, Path]]:
    """A checkout whose targets have passed once, and the disk cache that they filled."""
    directory = tmp_path_factory.mktemp("first")
    cache = tmp_path_factory.mktemp("cache")
    with scratch_workspace(directory) as made:
        write_suite(made)
        done = made.bazel("test", *TARGETS, f"--disk_cache={cache}")
        assert done.exit_code == 0, done.output
        assert [done.status_of(target) for target in TARGETS] == ["PASSED", "PASSED"]
        yield made, cache


def test_a_second_run_executes_nothing(first: tuple[ScratchWorkspace, Path]) -> None:
    """Every target is `(cached) PASSED`."""
    workspace, cache = first
    again = workspace.bazel("test", *TARGETS, f"--disk_cache={cache}")
    assert again.exit_code == 0
    assert [again.status_of(target) for target in TARGETS] == ["(cached) PASSED"] * 2
    assert "Executed 0 out of 2 tests" in again.output


def test_a_changed_test_is_run_again(first: tuple[ScratchWorkspace, Path]) -> None:
    """The cache is not blind: one word more in the test file, and both targets run."""
    workspace, cache = first
    workspace.append("suite/a_test.py", "\n\ndef test_b(arango):\n    assert arango.facts.version\n")
    done = workspace.bazel("test", *TARGETS, f"--disk_cache={cache}")
    assert [done.status_of(target) for target in TARGETS] == ["PASSED", "PASSED"]
    assert "Executed 2 out of 2 tests" in done.output
