"""One group of canaries, run by an inner Bazel: one `bazel test` for all that want the same options."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from armadillo.observe.core_pattern import read_core_pattern

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

from .canary import Canary
from .instrumented_server import INSTRUMENTED_SERVERS, missing_compiler, standin_version

_AT_ONCE = ("--jobs=4", "--local_test_jobs=4", "--local_cpu_resources=4")
"""More than there are processors: most of a canary's time is waiting."""


class CanaryRun:
    """The evidence of the canaries of a group that can be had on this machine."""

    def __init__(self, workspace: ScratchWorkspace, canaries: Sequence[Canary], strategy: str) -> None:
        self.workspace = workspace
        self._results: dict[tuple[str, ...], Result] = {}
        for flags in dict.fromkeys(canary.flags for canary in canaries):
            targets = [canary.target for canary in canaries if canary.flags == flags]
            options = ["--keep_going", "--test_output=summary", *_AT_ONCE, *flags]
            if strategy:
                options.append(f"--strategy=TestRunner={strategy}")
            self._results[flags] = workspace.bazel("test", *options, *targets)

    def result_of(self, canary: Canary) -> Result:
        """The command that ran a canary."""
        return self._results[canary.flags]

    def evidence_of(self, canary: Canary) -> Evidence:
        """What one canary left."""
        return Evidence(self.workspace, f"suite/{canary.name}_test")


def obstacle(canary: Canary) -> str:
    """Why a canary cannot be run on this machine; "" when it can."""
    if canary.server and missing_compiler():
        return missing_compiler()
    if canary.has_core and (read_core_pattern().reason or not shutil.which("gdb")):
        return read_core_pattern().reason or "there is no gdb here"
    if canary.mounts:
        tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False, timeout=60)
        return "" if tried.returncode == 0 else "mounting in a namespace of its own is not allowed here"
    return ""


def write_suite(workspace: ScratchWorkspace, canaries: Sequence[Canary]) -> None:
    """Writes package `suite` with one target for each canary."""
    (workspace.root / "suite").mkdir()
    lines = ['load("//rules:defs.bzl", "arangodb_server", "arangodb_test")\n']
    for name in dict.fromkeys(canary.server for canary in canaries if canary.server):
        server = INSTRUMENTED_SERVERS[name]
        server.compile(workspace.root / "suite", standin_version())
        lines.append(server.rule)
    for canary in canaries:
        workspace.write(f"suite/{canary.name}_test.py", canary.source)
        lines.append(canary.rule)
    workspace.write("suite/BUILD.bazel", "".join(lines))


@contextmanager
def canary_run(directory: Path, canaries: Sequence[Canary]) -> Iterator[CanaryRun]:
    """The finished run of a group, under the strategy that the target names in CANARY_STRATEGY."""
    possible = [canary for canary in canaries if not obstacle(canary)]
    with scratch_workspace(directory) as workspace:
        write_suite(workspace, possible)
        yield CanaryRun(workspace, possible, os.environ.get("CANARY_STRATEGY", ""))
