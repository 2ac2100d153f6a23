"""What `bazel coverage` asks of a test, by its environment (collect_coverage.sh in @bazel_tools//tools/test)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

SERVER_FOLDER = "armadillo_servers"
"""Below the coverage directory: what servers tell. Their sources need not be in Bazel's manifest."""
PYTHON_FILE = "armadillo_python.dat"


@dataclass(frozen=True)
class CoverageRequest:
    """Where the data goes and which sources Bazel wants; paths are absolute."""

    directory: str
    """Every .dat file in it becomes a part of the target's coverage.dat."""
    manifest: str
    """File with the paths of the sources that are wanted, relative to the execution root."""
    execution_root: str
    is_continuous: bool
    """Whether instrumented servers keep their LLVM profile up to date while they run: then a SIGKILL costs nothing."""

    @property
    def server_directory(self) -> str:
        """Where servers write their profiles."""
        return os.path.join(self.directory, SERVER_FOLDER)

    @property
    def python_path(self) -> str:
        """Where the test process writes its lines."""
        return os.path.join(self.directory, PYTHON_FILE)

    def server_environment(self, server: str, incarnation: int) -> dict[str, str]:
        """What an instrumented server needs to know; others take no notice.

        `%p` and `%m` (process and binary) keep apart what children of the server write. GCOV_PREFIX_STRIP is 0: the
        whole path of the object file stays, by which its notes are found again.
        """
        name = f"{server}-{incarnation}-%p-%m.profraw{'%c' if self.is_continuous else ''}"
        return {
            "LLVM_PROFILE_FILE": os.path.join(self.server_directory, name),
            "GCOV_PREFIX": self.server_directory,
            "GCOV_PREFIX_STRIP": "0",
        }


def read_coverage_request(environ: Mapping[str, str]) -> CoverageRequest | None:
    """What is asked, None where this is no run of `bazel coverage`."""
    directory, manifest = environ.get("COVERAGE_DIR", ""), environ.get("COVERAGE_MANIFEST", "")
    if not directory or not manifest or not os.path.isabs(directory):
        return None
    return CoverageRequest(
        directory=directory,
        manifest=manifest,
        execution_root=environ.get("ROOT", ""),
        is_continuous=bool(environ.get("LLVM_PROFILE_CONTINUOUS_MODE")),
    )
