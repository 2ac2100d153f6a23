"""Distributions on disk: where the parts are, and what is wrong with one that cannot be started."""

from __future__ import annotations

from pathlib import Path

from armadillo.arangodb.installation import locate, problem_with
from armadillo.model.distribution import ServerDistribution, ServerFacts

GOOD = ServerFacts(path="bazel-out/bin/arangod", is_arangod=True, version="3.12.5")


def make(tmp_path: Path, mode: int) -> ServerDistribution:
    """A file at the place of arangod."""
    path = tmp_path / "_main" / "arangod"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(mode)
    return ServerDistribution(executable="_main/arangod")


def test_paths_become_absolute_and_missing_parts_stay_empty(tmp_path: Path) -> None:
    """Runfiles paths are joined to the runfiles root; "" stays "" and does not become the root."""
    found = locate(ServerDistribution(executable="_main/a", javascript_directory="_main/js"), GOOD, str(tmp_path))
    assert found.executable == f"{tmp_path}/_main/a"
    assert found.javascript_directory == f"{tmp_path}/_main/js"
    assert found.resource_directory == ""
    assert found.top_directory == ""


def test_a_good_installation_has_no_problem(tmp_path: Path) -> None:
    """An executable whose binary said it is arangod can be started."""
    assert problem_with(locate(make(tmp_path, 0o755), GOOD, str(tmp_path))) == ""


def test_a_missing_arangod_is_named(tmp_path: Path) -> None:
    """The text has the path and says what to check."""
    problem = problem_with(locate(ServerDistribution(executable="_main/none"), ServerFacts(), str(tmp_path)))
    assert f"expected arangod at {tmp_path}/_main/none, found nothing there" in problem
    assert "`server`" in problem


def test_a_file_that_may_not_be_executed_is_named(tmp_path: Path) -> None:
    """The text says what to do: chmod +x."""
    problem = problem_with(locate(make(tmp_path, 0o644), GOOD, str(tmp_path)))
    assert "may not be executed (chmod +x)" in problem


def test_a_binary_that_is_not_arangod_is_quoted(tmp_path: Path) -> None:
    """What it printed and its exit code are in the text."""
    facts = ServerFacts(path="/usr/bin/something", exit_code=64, output_head="usage: something\n")
    problem = problem_with(locate(make(tmp_path, 0o755), facts, str(tmp_path)))
    assert "/usr/bin/something" in problem
    assert "found exit code 64 and: usage: something" in problem
    silent = ServerFacts(path="/usr/bin/true", exit_code=0)
    assert "no output" in problem_with(locate(make(tmp_path, 0o755), silent, str(tmp_path)))
