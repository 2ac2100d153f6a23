"""`bazel run` of a target by a real Bazel: the deployment stays up until it is stopped, tests run when asked for."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of
from tests.framework.runner.support.waiting import until
from tests.framework.scenario.foreground import Foreground, foreground
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, packages_repository, scratch_workspace

CASES = '''\
"""A scenario."""


def test_a(database):
    assert database.name


def test_b(arango):
    assert False, "left out"
'''

BUILD = """\
load("//rules:defs.bzl", "arangodb_test")

arangodb_test(name = "single_test", srcs = ["cases_test.py"], ide_target = True)
arangodb_test(name = "watched_test", srcs = ["watched_test.py"])
arangodb_test(name = "cluster_test", srcs = ["cases_test.py"], mode = "cluster")
"""

_COVERAGE_TOOLS = "bazel_tools~remote_coverage_tools_extension~remote_coverage_tools"
IS_TOLD = "armadillo: Ctrl-C or SIGTERM stops it"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with the targets of this file, built."""
    with scratch_workspace(tmp_path_factory.mktemp("run")) as made:
        made.write("suite/cases_test.py", CASES)
        write_watched(made, "assert arango.facts.version")
        made.write("suite/BUILD.bazel", BUILD)
        built = made.bazel("build", "//suite:all")
        assert built.exit_code == 0, built.output
        yield made


@contextmanager
def served(workspace: ScratchWorkspace, tmp_path: Path, name: str, *arguments: str) -> Iterator[Foreground]:
    """A deployment that is up; whatever happens, its process group is not left behind."""
    mark = str(tmp_path / name)
    with foreground(workspace, workspace.command("run", *arguments), mark, MARK=mark) as run:
        run.wait_for("the deployment is up", lambda: IS_TOLD in run.said)
        yield run


def test_without_words_the_deployment_stays_up_until_ctrl_c(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """A cluster: its servers can be asked by armadilloctl from outside, Ctrl-C stops them in order, logs stay."""
    with served(workspace, tmp_path, "cluster", "//suite:cluster_test") as run:
        assert run.said.count(" log /") == 7
        assert "user root, password empty" in run.said
        script = run.said.split("variables  . ")[1].split()[0]
        listed = subprocess.run(
            ["sh", "-c", f". {script} && armadilloctl list"], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        assert listed.count("READY") == 7 or listed.lower().count("ready") == 7, listed
        evidence = Path(run.fact("evidence"))
        assert len(marked(str(tmp_path / "cluster"))) > 7
        run.end(signal.SIGINT)
        assert "armadillo: stopping the servers" in run.said
        assert "had to be killed" not in run.said
        assert (evidence / "servers" / "coordinator-1" / "1" / "arangod.log").exists()
        assert not (evidence.parent / "servers").exists(), "data would fill the disk start by start"
        content = (evidence / "test.xml").read_bytes()
        assert problems_of(content) == []
        assert {name: outcome_of(case) for name, case in cases_of(content).items()} == {"serves": "passed"}


def test_two_runs_of_one_target_do_not_meet_and_leave_nothing(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """Any program reaches what is outside of the lab; SIGTERM and SIGKILL to the group (ibazel) leave nothing."""
    target = "//suite:single_test"
    with (
        served(workspace, tmp_path, "first", target, "--", "--serve", "--no-lab") as first,
        served(workspace, tmp_path, "second", target, "--", "--serve", "--no-lab") as second,
    ):
        endpoints = [run.fact("single-1") for run in (first, second)]
        assert len(set(endpoints)) == 2
        for endpoint in endpoints:
            with pytest.raises(HTTPError, match="401"):
                urlopen(f"{endpoint}/_api/database", timeout=30)
        first.end(signal.SIGTERM)
        assert "armadillo: stopping the servers" in first.said
        second.end(signal.SIGKILL)
        assert "armadillo: stopping the servers" in second.said


def test_tests_run_when_words_or_a_filter_ask_for_them(workspace: ScratchWorkspace) -> None:
    """Words behind `--pytest-args`, or a filter; the exit code is the verdict's, test.xml is where IDEs look for it."""
    passed = workspace.bazel("run", "//suite:single_test", "--", "--pytest-args", "-k", "test_a")
    assert passed.exit_code == 0
    assert "test_a PASSED" in passed.output
    assert "test_b" not in passed.output
    failed = workspace.bazel("run", "//suite:single_test", "--test_filter=test_b")
    assert failed.exit_code == 1
    content = workspace.file_of("bazel-testlogs", "suite/single_test/test.xml").read_bytes()
    assert problems_of(content) == []
    assert list(cases_of(content)) == ["test_b"]


def test_an_ide_finds_a_python_test_that_is_the_same_test(workspace: ScratchWorkspace) -> None:
    """By the name of its rule and by its source; nobody else runs it by a wildcard."""
    found = workspace.bazel("query", "attr(srcs, 'cases_test.py', kind('^_?py_test rule', //suite:all))")
    assert [line for line in found.output.splitlines() if line.startswith("//")] == ["//suite:single_test.ide"]
    done = workspace.bazel("test", "//suite:single_test.ide", "--test_filter=suite/cases_test.py::test_a")
    assert done.exit_code == 0
    assert [case.get("name") for case in workspace.cases_of("suite/single_test.ide")] == ["test_a"]
    tests = workspace.bazel("query", "tests(//suite:all) except attr(tags, manual, //suite:all)")
    assert "//suite:single_test.ide" not in tests.output


def test_ibazel_tests_again_on_each_change(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """The first run passes, the changed test fails, and Ctrl-C while it waits leaves no process of it."""
    mark = str(tmp_path / "watched")
    target = "//suite:watched_test"
    write_watched(workspace, "assert arango.facts.version")
    with foreground(workspace, ibazel(workspace, "test", target, f"--test_env=MARK={mark}"), mark) as run:
        run.wait_for("the first run has passed", lambda: f"{target} " in run.said and "PASSED in" in run.said)
        write_watched(workspace, "assert False, 'changed'")
        run.wait_for("the changed test has failed", lambda: "FAILED in" in run.said)
        assert "changed" in run.said
        assert not marked(mark), "servers of the first runs are left"
        write_watched(workspace, "import time\n    print('it waits')\n    time.sleep(3600)")
        run.wait_for("the third run has its servers", lambda: len(run_ids(mark)) == 1)
        run.interrupt()
        until("no process of the third run is left", lambda: not marked(mark))
        run.end(signal.SIGINT)


def test_ibazel_run_starts_the_deployment_anew(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """A change ends the old run with all its processes; Ctrl-C ends the new one."""
    mark = str(tmp_path / "watched")
    write_watched(workspace, "assert arango.facts.version")
    with foreground(workspace, ibazel(workspace, "run", "//suite:watched_test"), mark, MARK=mark) as run:
        run.wait_for("the deployment is up", lambda: run.said.count(IS_TOLD) == 1)
        (first,) = run_ids(mark)
        write_watched(workspace, "assert arango.facts.standin")
        run.wait_for("it is up again", lambda: run.said.count(IS_TOLD) == 2)
        (second,) = run_ids(mark)
        assert second != first
        run.interrupt()
        run.wait_for("the second run is ended", lambda: "trigger SIGINT again to stop ibazel" in run.said)
        until("no process of it is left", lambda: not run_ids(mark))
        run.end(signal.SIGINT)


def write_watched(workspace: ScratchWorkspace, body: str) -> None:
    """Saves the test that ibazel looks at."""
    workspace.write("suite/watched_test.py", f'"""A scenario."""\n\n\ndef test_a(arango):\n    {body}\n')


def ibazel(workspace: ScratchWorkspace, *words: str) -> list[str]:
    """A command of ibazel in the workspace; skips the test where there is none."""
    (program,) = Path(os.environ["TEST_SRCDIR"]).glob("*armadillo_testdeps_ibazel/ibazel")
    status = program.with_name("ibazel.txt").read_text().strip()
    if status != "there":
        pytest.skip(f"ibazel is {status}")
    # ibazel knows few options, so that all others are in a script and an rc file.
    start = shlex.join(workspace.command()[:2])
    script = workspace.write("start_bazel.sh", f'#!/bin/sh\nexec {start} "$@"\n', executable=True)
    options = [word for word in workspace.command("test") if word.startswith("--override_repository")]
    if "~" in packages_repository().name:  # Bazel 7: ibazel's query wants its coverage tools, and there is no network
        stand_in = workspace.root / "tools" / "offline" / "workspace" / "remote_coverage_tools"
        options.append(f"--override_repository={_COVERAGE_TOOLS}={stand_in}")
    lines = [f"common {option}\n" for option in options] + ["build --noshow_progress --color=no --curses=no\n"]
    workspace.write("user.bazelrc", "".join(lines))
    return [str(program), "-nolive_reload", f"-bazel_path={script}", *words]


def run_ids(mark: str) -> set[str]:
    """The runs that marked processes belong to."""
    found = set()
    for pid in marked(mark):
        with suppress(OSError):
            items = Path("/proc", str(pid), "environ").read_bytes().split(b"\0")
            found |= {item.decode() for item in items if item.startswith(b"ARMADILLO_RUN_ID=")}
    return found
