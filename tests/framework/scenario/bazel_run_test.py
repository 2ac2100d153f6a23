"""`bazel run` of a target by a real Bazel: the deployment stays up until it is stopped, tests run when asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of
from tests.framework.runner.support.waiting import until
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

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
arangodb_test(name = "cluster_test", srcs = ["cases_test.py"], mode = "cluster")
"""

IS_TOLD = "armadillo: Ctrl-C or SIGTERM stops it"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with the targets of this file, built."""
    with scratch_workspace(tmp_path_factory.mktemp("run")) as made:
        made.write("suite/cases_test.py", CASES)
        made.write("suite/BUILD.bazel", BUILD)
        built = made.bazel("build", "//suite:all")
        assert built.exit_code == 0, built.output
        yield made


class Served:
    """One `bazel run` in a process group of its own, as a terminal makes one, and all that it has said."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        self.process = process
        self._mark = mark
        self._chunks: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """Its output until now."""
        return b"".join(self._chunks).decode(errors="replace")

    def fact(self, name: str) -> str:
        """The word behind a name at the beginning of a line."""
        return next(words[1] for line in self.said.splitlines() if (words := line.split()) and words[0] == name)

    def end(self, number: int) -> None:
        """What a terminal, an IDE or ibazel does: a signal to the group; returns when no process is left."""
        os.killpg(self.process.pid, number)
        self.process.wait(60)
        until("no process of the run is left", lambda: not marked(self._mark), timeout_s=60)
        self._reader.join(60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            self._chunks.append(chunk)


@contextmanager
def served(workspace: ScratchWorkspace, tmp_path: Path, name: str, *arguments: str) -> Iterator[Served]:
    """A deployment that is up; whatever happens, its process group is not left behind."""
    mark = str(tmp_path / name)
    process = subprocess.Popen(
        workspace.command("run", *arguments),
        cwd=workspace.root,
        env={**workspace.environment, "MARK": mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    run = Served(process, mark)
    try:
        until("the deployment is up", lambda: IS_TOLD in run.said or process.poll() is not None, timeout_s=120)
        assert IS_TOLD in run.said, run.said
        yield run
    finally:
        print(run.said)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


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
