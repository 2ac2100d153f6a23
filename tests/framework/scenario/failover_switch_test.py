"""The failover tests of //tests/replication really test failover: without it they fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

TARGET = "//tests/replication:leader_failover_test"
CASE = "test_a_stopped_leader_is_replaced"
NO_FAILOVER = '    "--standin.failover=false",\n'


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """The suite as it is, but for one option of the stand-in's agents: supervision names no new leaders."""
    with scratch_workspace(tmp_path_factory.mktemp("failover")) as made:
        shutil.copytree(Path("tests/replication"), made.root / "tests" / "replication", symlinks=False)
        (made.root / "tests" / "BUILD.bazel").touch()
        text = Path("tests/quick_failover.bzl").read_text(encoding="utf-8")
        assert text.count("QUICK_FAILOVER = [\n") == 1
        made.write("tests/quick_failover.bzl", text.replace("FAILOVER = [\n", f"FAILOVER = [\n{NO_FAILOVER}"))
        yield made


def test_without_failover_the_failover_test_fails(workspace: ScratchWorkspace) -> None:
    """The case that waits for a new leader waits in vain, and says so."""
    done = workspace.bazel("test", TARGET, f"--test_arg=tests/replication/leader_failover_test.py::{CASE}")
    assert done.exit_code == 3, done.output
    assert done.status_of(TARGET) == "FAILED"
    evidence = Evidence(workspace, "tests/replication/leader_failover_test")
    assert evidence.outcomes[CASE] in ("failure", "error")
    assert "in vain for: a leader of shard" in evidence.message_of(CASE)
