"""What Bazel tells a test by its environment (https://bazel.build/reference/test-encyclopedia)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

from .run_words import is_bazel_run

EVIDENCE_MARGIN_SHARE = 0.1
EVIDENCE_MARGIN_MIN_S = 5.0
EVIDENCE_MARGIN_MAX_S = 30.0


@dataclass(frozen=True)
class BazelEnvironment:
    """Paths and numbers for one run; also usable when no Bazel started us (then directories are made)."""

    under_bazel: bool
    """Whether this is `bazel test`."""
    tmp_directory: str
    outputs_directory: str
    xml_path: str
    timeout_s: float
    shard_status_path: str
    infrastructure_failure_path: str
    warnings_path: str
    annotations_directory: str
    random_seed: str
    counts: Mapping[str, str]

    @property
    def soft_deadline_s(self) -> float:
        """Seconds from the start until the runner ends the run itself, so that evidence is saved; 0 for never."""
        if not self.timeout_s:
            return 0.0
        margin_s = min(max(self.timeout_s * EVIDENCE_MARGIN_SHARE, EVIDENCE_MARGIN_MIN_S), EVIDENCE_MARGIN_MAX_S)
        return max(self.timeout_s - margin_s, self.timeout_s / 2)


_COUNTS = ("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", "TEST_RUN_NUMBER", "TEST_RANDOM_SEED", "TEST_SIZE")


def read_bazel_environment(environ: Mapping[str, str]) -> BazelEnvironment:
    """Reads the TEST_* variables; without them (an IDE, a shell) directories of its own are made.

    `bazel run` has no clock, and names the directories of the last `bazel test`, for every run the same: there
    directories of its own are made, too. Only test.xml is written where IDEs look for it.
    """
    by_bazel_run = is_bazel_run(environ)
    named = {} if by_bazel_run else environ
    under_bazel = "BAZEL_TEST" in named or ("TEST_TMPDIR" in named and "TEST_SRCDIR" in named)
    tmp = named.get("TEST_TMPDIR") or tempfile.mkdtemp(prefix="armadillo-")
    outputs = named.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.path.join(tmp, "outputs")
    os.makedirs(outputs, exist_ok=True)
    return BazelEnvironment(
        under_bazel=under_bazel,
        tmp_directory=tmp,
        outputs_directory=outputs,
        xml_path=environ.get("XML_OUTPUT_FILE") or os.path.join(outputs, "test.xml"),
        timeout_s=float(named.get("TEST_TIMEOUT") or 0),
        shard_status_path=environ.get("TEST_SHARD_STATUS_FILE", ""),
        infrastructure_failure_path=environ.get("TEST_INFRASTRUCTURE_FAILURE_FILE", ""),
        warnings_path=environ.get("TEST_WARNINGS_OUTPUT_FILE", ""),
        annotations_directory=environ.get("TEST_UNDECLARED_OUTPUTS_ANNOTATIONS_DIR", ""),
        random_seed=environ.get("TEST_RANDOM_SEED", ""),
        counts={name.lower(): environ[name] for name in _COUNTS if environ.get(name)},
    )
