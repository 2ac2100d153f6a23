"""The small files by which a test tells Bazel more than an exit code.

Bazel's test-setup names them in the environment (https://bazel.build/reference/test-encyclopedia); each is written only
where Bazel asks for it, and none of them decides about the verdict, so that a disk which is full costs nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from ..model.bazel_environment import BazelEnvironment
from .flakiness import flaky_lines
from .judgement import INFRASTRUCTURE, judge
from .run_record import RunRecord

_COMPONENT = "armadillo"
_IMPORTANT = (
    "report.html: start here; the run on one page, opens from disk",
    "timeline.txt: servers, cases, findings and ERROR lines in the order of time",
    "results.json: the same for programs",
    "index.json: what each of the other files is, and what was truncated",
    "servers/<name>/<incarnation>/: arangod.log, output.log, and what a crash or a sanitizer left",
)
"""The annotation's lines: a reader of the outputs sees them before anything else."""


def tell_bazel(bazel: BazelEnvironment, record: RunRecord, headline: str) -> None:
    """Writes warnings, the cause outside the test if there is one, and the annotation of the outputs."""
    judgement = judge(record)
    warnings = [*record.notes, *flaky_lines(record)]
    warnings += [f"{one.finding.message} ({one.because})" for one in judgement.warnings]
    warnings += judgement.unused
    _write(bazel.warnings_path, warnings)
    outside = next((finding for finding in judgement.counting if finding.kind == INFRASTRUCTURE), None)
    if outside is not None:
        tell_infrastructure_failure(bazel, outside.message)
    if bazel.annotations_directory:
        outcome = headline or "passed"
        _write(
            os.path.join(bazel.annotations_directory, "armadillo.part"),
            [f"{record.started.target}: {outcome}", *_IMPORTANT],
        )


def tell_infrastructure_failure(bazel: BazelEnvironment, message: str) -> None:
    """Names a cause outside the test: disk, limits, addresses, a binary that cannot be executed."""
    _write(bazel.infrastructure_failure_path, [_COMPONENT, message])


def _write(path: str, lines: Sequence[str]) -> None:
    if path and lines:
        with suppress(OSError), open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(line.replace("\n", " ") for line in lines) + "\n")
