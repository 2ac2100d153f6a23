"""The launcher without `bazel test`: by hand, from an IDE, and killed with -9 where no sandbox sweeps up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from armadillo.results.event_log import read_events
from armadillo.results.verdict import INFRASTRUCTURE_EXIT_CODE

from tests.framework.runner.support.lab_run import may_have_a_lab
from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of, properties_of
from tests.framework.runner.support.waiting import until
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

HEAD = '"""A scenario."""\n\nimport os\nimport time\n\n'
FILES = {
    "passes": "def test_a(database):\n    assert database.name\n\ndef test_b(arango):\n    assert False, 'left out'\n",
    "waits": "def test_a(arango):\n    open(os.environ['UP_FILE'], 'w').close()\n    time.sleep(3600)\n",
}

WITHOUT_NAMESPACES = (
    "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc",
    "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"',
)  # fmt: skip
"""Words before a command that make it run where the kernel refuses user namespaces."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with a single server's target and a cluster's, both built."""
    with scratch_workspace(tmp_path_factory.mktemp("direct")) as made:
        for name, text in FILES.items():
            made.write(f"suite/{name}_test.py", HEAD + text)
        made.write(
            "suite/BUILD.bazel",
            'load("//rules:defs.bzl", "arangodb_test")\n'
            'arangodb_test(name = "passes_test", srcs = ["passes_test.py"])\n'
            'arangodb_test(name = "insists_test", srcs = ["passes_test.py"], network = "lab")\n'
            'arangodb_test(name = "waits_test", srcs = ["waits_test.py"], mode = "cluster")\n',
        )
        built = made.bazel("build", "//suite:all")
        assert built.exit_code == 0, built.output
        yield made


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """What Bazel sets and a test needs: folders of its own, no more."""
    (tmp_path / "outputs").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "TEST_TMPDIR": str(tmp_path),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(tmp_path / "outputs"),
        "XML_OUTPUT_FILE": str(tmp_path / "test.xml"),
        **more,
    }


def test_a_launcher_runs_by_hand_with_words_for_pytest(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """From any folder, one case chosen by its node id: exit code 0, test.xml and outputs where they were wanted."""
    done = subprocess.run(
        [str(workspace.file_of("bazel-bin", "suite/passes_test")), "suite/passes_test.py::test_a"],
        env=environment(tmp_path),
        cwd="/",
        check=False,
    )
    assert done.returncode == 0
    content = (tmp_path / "test.xml").read_bytes()
    assert problems_of(content) == []
    assert {name: outcome_of(case) for name, case in cases_of(content).items()} == {"test_a": "passed"}


def test_an_ide_starts_it_with_few_variables(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """As a program in the runfiles, without XML_OUTPUT_FILE and TEST_TMPDIR: it passes, in folders of its own."""
    launcher = workspace.file_of("bazel-bin", "suite/passes_test")
    runfiles = Path(f"{launcher}.runfiles")
    (folder,) = [path.parent for path in runfiles.glob("*/suite")]
    done = subprocess.run(
        [str(launcher), "TestNothing or test_a"],
        env={
            "PATH": os.environ["PATH"],
            "TMPDIR": str(tmp_path),
            "TEST_SRCDIR": str(runfiles),
            "BAZEL_TARGET": "//suite:passes_test",
        },
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0
    (found,) = tmp_path.glob("armadillo-*/outputs/test.xml")
    assert problems_of(found.read_bytes()) == []
    assert list(cases_of(found.read_bytes())) == ["test_a"]


@pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces, so none can be taken away")
def test_where_namespaces_are_refused_a_run_goes_on_with_leases(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """The same target passes, and test.xml says which tier it had and which setting refused the lab."""
    done = subprocess.run(
        [*WITHOUT_NAMESPACES, str(workspace.file_of("bazel-bin", "suite/passes_test")), "suite/passes_test.py::test_a"],
        env=environment(tmp_path),
        check=False,
    )
    assert done.returncode == 0
    properties = properties_of((tmp_path / "test.xml").read_bytes())
    assert properties["armadillo.network_tier"] in ("leases", "block-network")
    assert "unshare: No space left on device" in properties["armadillo.network_tier_reason"]
    assert "user.max_user_namespaces is 0" in properties["armadillo.network_tier_reason"]


@pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces, so none can be taken away")
def test_a_target_that_insists_on_the_lab_fails_where_it_is_refused(
    workspace: ScratchWorkspace, tmp_path: Path
) -> None:
    """With network = "lab" the cause is outside of the test: no case runs, and the headline says what to do."""
    launcher = str(workspace.file_of("bazel-bin", "suite/insists_test"))
    done = subprocess.run([*WITHOUT_NAMESPACES, launcher], env=environment(tmp_path), check=False)
    assert done.returncode == INFRASTRUCTURE_EXIT_CODE
    content = (tmp_path / "test.xml").read_bytes()
    assert problems_of(content) == []
    headline = properties_of(content)["armadillo.headline"]
    assert "refused: unshare: No space left on device; user.max_user_namespaces is 0" in headline
    assert "docs/network.md" in headline


def test_a_runner_killed_with_9_leaves_no_process(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """Seven servers and a test process: all are gone, test.xml names the running case, the event log is readable."""
    up = tmp_path / "up"
    runner = subprocess.Popen(
        [str(workspace.file_of("bazel-bin", "suite/waits_test"))],
        env=environment(tmp_path, UP_FILE=str(up)),
        start_new_session=True,
    )
    until("the case runs", up.exists, timeout_s=120)
    assert len(marked(str(tmp_path))) > 7
    runner.kill()
    runner.wait()
    until("no process of the run is left", lambda: not marked(str(tmp_path)))
    events = read_events(str(tmp_path / "outputs" / "events.binpb"))
    kinds = [kind for event in events if (kind := event.WhichOneof("kind")) != "resource_sample"]  # they come any time
    assert (kinds[0], kinds[-1]) == ("run_started", "case_started")
    content = (tmp_path / "test.xml").read_bytes()
    assert problems_of(content) == []
    assert "passed" not in {outcome_of(case) for case in cases_of(content).values()}


def test_sigterm_ends_a_run_with_its_evidence(workspace: ScratchWorkspace, tmp_path: Path) -> None:
    """What Bazel sends at its limit: servers stop in order, the running case is named, exit code 5."""
    up = tmp_path / "up"
    runner = subprocess.Popen(
        [str(workspace.file_of("bazel-bin", "suite/waits_test"))],
        env=environment(tmp_path, UP_FILE=str(up)),
        start_new_session=True,
    )
    until("the case runs", up.exists, timeout_s=120)
    runner.terminate()
    assert runner.wait(120) == 5
    content = (tmp_path / "test.xml").read_bytes()
    headline = properties_of(content)["armadillo.headline"]
    assert "(SIGTERM) during suite/waits_test.py::test_a: the test waits in waits_test.py:8 in test_a" in headline
    events = list(read_events(str(tmp_path / "outputs" / "events.binpb")))
    ends = [event.server for event in events if event.WhichOneof("kind") == "server" and event.server.state == 6]
    assert len(ends) == 7
    assert all(end.expected for end in ends)
    assert [end.server.split("-")[0] for end in ends] == ["coordinator"] + ["dbserver"] * 3 + ["agent"] * 3
    until("no process of the run is left", lambda: not marked(str(tmp_path)))
