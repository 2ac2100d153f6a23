"""A real test process with our plug-in, on a scripted runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from armadillo.model.outcome import Outcome
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.scripted_runner import TOKEN, ScriptedRunner

TIMEOUT_S = 60.0
SINGLE_SERVER = {"mode": "SINGLE_SERVER"}
CLUSTER = {"mode": "CLUSTER", "agents": 1, "dbservers": 1, "coordinators": 1}


@dataclass
class PluginRun:
    """Files of a target in a runfiles tree, and a scripted runner; `run` starts the test process."""

    directory: Path
    deployment: Mapping[str, object] = field(default_factory=lambda: SINGLE_SERVER)
    environment: dict[str, str] = field(default_factory=dict)
    srcs: list[str] = field(default_factory=list)
    policy: Mapping[str, object] = field(default_factory=dict)
    timings: str = ""
    output: str = ""

    def __post_init__(self) -> None:
        self.runner = ScriptedRunner(str(self.directory / "s"))
        self.runner.description.facts.version = "3.12.5"
        self.runner.description.facts.edition = "community"
        self.root.mkdir(parents=True)

    @property
    def root(self) -> Path:
        """The workspace in the runfiles."""
        return self.directory / "rf" / "_main"

    def file(self, path: str, content: str) -> None:
        """A file of the workspace; `*_test.py` becomes a source of the target."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(content))
        if path.endswith("_test.py"):
            self.srcs.append(f"_main/{path}")

    def start(self, words: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Starts the test process as the runner does."""
        spec = {
            "target": "//pkg:x_test",
            "deployment": self.deployment,
            "server": {},
            "srcs": self.srcs,
            "policy": self.policy,
            "timings": self.timings,
        }
        spec_path = self.directory / "spec.json"
        spec_path.write_text(json.dumps(spec))
        environ = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join([*sys.path, str(self.root)]),
            # Compiled once for all test processes; sources in runfiles have no byte code beside them.
            "PYTHONPYCACHEPREFIX": str(self.directory.parent / "pycache"),
            "TEST_TMPDIR": str(self.directory),
            "ARMADILLO_CONTROL_SOCKET": self.runner.socket_path,
            "ARMADILLO_CONTROL_TOKEN": TOKEN,
            "ARMADILLO_SPEC": str(spec_path),
            "ARMADILLO_RUNFILES": str(self.directory / "rf"),
            "ARMADILLO_WORKSPACE": "_main",
            **self.environment,
        }
        argv = [sys.executable, "-s", "-m", "armadillo.pytest_plugin", *words]
        return subprocess.Popen(
            argv, cwd=self.root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *words: str) -> int:
        """Runs the test process to its end and answers its exit code; `output` is what it printed."""
        with self.runner:
            process = self.start(words)
            self.output, _ = process.communicate(timeout=TIMEOUT_S)
        return process.returncode

    @property
    def collected(self) -> result_pb2.CasesCollected:
        """What was told about the cases; there must be exactly one telling."""
        (told,) = [event.cases_collected for event in self.runner.events if event.HasField("cases_collected")]
        return told

    @property
    def case_names(self) -> list[str]:
        """Names of the collected cases, in order."""
        return [case.name for case in self.collected.cases]

    @property
    def finished(self) -> dict[str, result_pb2.CaseFinished]:
        """The ended cases by their function's name."""
        found = [event.case_finished for event in self.runner.events if event.HasField("case_finished")]
        return {case.node_id.rpartition("::")[2]: case for case in found}

    @property
    def outcomes(self) -> dict[str, str]:
        """Outcome of each ended case by its function's name."""
        return {name: Outcome(case.outcome).name for name, case in self.finished.items()}
