"""`Surroundings`: what the runner and Bazel tell the test process by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import SpecError
from ..model.control_metadata import SOCKET_VARIABLE, TOKEN_VARIABLE
from ..model.spec import TestSpec, read_spec

_NEEDED = (SOCKET_VARIABLE, TOKEN_VARIABLE, "ARMADILLO_SPEC", "ARMADILLO_RUNFILES")


@dataclass(frozen=True)
class Surroundings:
    """The run's socket and token, the target, and what was asked for on Bazel's command line."""

    control_socket: str
    control_token: str
    spec: TestSpec
    runfiles: str
    workspace: str
    tmp_directory: str
    test_filter: str
    fail_fast: bool
    shard_index: int
    total_shards: int
    case_attempts: int
    """How often a case is tried; once where Bazel itself repeats the run (`--runs_per_test`), to find flaky ones."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Surroundings:
        """Reads the variables; raises `SpecError` when this process was not started by the runner."""
        missing = [name for name in _NEEDED if not environ.get(name)]
        if missing:
            raise SpecError(
                f"expected {', '.join(missing)} in the environment, which the runner sets; "
                "run the target by `bazel test` or `bazel run`, or its launcher in bazel-bin"
            )
        spec = read_spec(environ["ARMADILLO_SPEC"])
        return cls(
            control_socket=environ[SOCKET_VARIABLE],
            control_token=environ[TOKEN_VARIABLE],
            spec=spec,
            runfiles=environ["ARMADILLO_RUNFILES"],
            workspace=environ.get("ARMADILLO_WORKSPACE") or "_main",
            tmp_directory=environ.get("TEST_TMPDIR", ""),
            test_filter=environ.get("TESTBRIDGE_TEST_ONLY", "").strip(),
            fail_fast=environ.get("TESTBRIDGE_TEST_RUNNER_FAIL_FAST", "") == "1",
            shard_index=int(environ.get("TEST_SHARD_INDEX") or 0),
            total_shards=int(environ.get("TEST_TOTAL_SHARDS") or 1),
            case_attempts=1 if environ.get("TEST_RUN_NUMBER") else max(spec.policy.case_attempts, 1),
        )

    @property
    def root(self) -> str:
        """Directory of the workspace in the runfiles: what paths and node ids are relative to."""
        return os.path.join(self.runfiles, self.workspace)

    @property
    def build_file(self) -> str:
        """The BUILD file that the target stands in, for error texts."""
        package = self.spec.target.partition("//")[2].partition(":")[0]
        return "/".join(part for part in (package, "BUILD.bazel") if part)
