"""The suites find the bugs that can be planted in the stand-in: with each of them one case fails, and says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

SERVERS = "//tools/arangod_standin:server_"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """The suites as they are."""
    with scratch_workspace(tmp_path_factory.mktemp("planted")) as made:
        shutil.copy(Path("tests/quick_failover.bzl"), made.root / "tests")
        (made.root / "tests" / "BUILD.bazel").touch()
        for suite in ("replication", "resilience"):
            shutil.copytree(Path("tests") / suite, made.root / "tests" / suite, symlinks=False)
        yield made


# The bug, the target that finds it, the file and the case.
FOUND_BY = [
    ("acknowledging_early", "replication/last_write_test", "last_write_test", "test_it_outlives_its_leader[insert]"),
    (
        "with_stale_reads",
        "replication/reads_after_failover_test",
        "reads_after_failover_test",
        "test_a_leader_that_wakes_up_tells_nothing_old",
    ),
    (
        "losing_unsynced_writes",
        "resilience/durability_on_single_server_test",
        "durability_test",
        "test_other_writes_survive_after_the_sync_interval",
    ),
]


@pytest.mark.parametrize(("bug", "target", "file", "case"), FOUND_BY, ids=[row[0] for row in FOUND_BY])
def test_a_planted_bug_is_found(workspace: ScratchWorkspace, bug: str, target: str, file: str, case: str) -> None:
    """A deployment of servers with the bug fails the case by what the case asserts, not by an accident."""
    label = "//tests/" + target.replace("/", ":")
    node = f"tests/{target.partition('/')[0]}/{file}.py::{case}"
    done = workspace.bazel("test", label, f"--//rules:server={SERVERS}{bug}", f"--test_arg={node}")

    assert done.exit_code == 3, done.output
    assert done.status_of(label) == "FAILED"
    evidence = Evidence(workspace, f"tests/{target}")
    assert evidence.outcomes[case] == "failure"
    assert "assert" in evidence.message_of(case)


@pytest.mark.parametrize("bug", ["acknowledging_early", "with_stale_reads"])
@pytest.mark.parametrize(
    ("target", "case", "flags"),
    [
        ("consistency_test", "test_lists_keep_what_was_appended", ()),
        ("nemesis_test", "test_promises_hold_over_failovers", ("--test_env=TEST_RANDOM_SEED=1",)),
    ],
    ids=["one-kill", "nemesis"],
)
def test_the_consistency_checks_find_it(
    workspace: ScratchWorkspace, bug: str, target: str, case: str, flags: tuple[str, ...]
) -> None:
    """Clients beside leaders' deaths see what cannot be; the case says who wrote what and who missed it."""
    node = f"tests/resilience/{target}.py::{case}"
    server = f"--//rules:server={SERVERS}{bug}"
    done = workspace.bazel("test", f"//tests/resilience:{target}", server, f"--test_arg={node}", *flags)

    assert done.exit_code == 3, done.output
    evidence = Evidence(workspace, f"tests/resilience/{target}")
    assert evidence.outcomes[case] == "failure"
    message = evidence.message_of(case)
    assert any(f"ConsistencyError: {name}: client" in message for name in ("acknowledged write lost", "stale read"))
    assert "appended" in message
