"""The one command that repeats a case: in the text of every case that went wrong."""

from __future__ import annotations

import shlex

from ..model.outcome import Outcome
from .judgement import judge
from .run_record import RunRecord
from .verdict import root_cause_first

_DEFAULT_SERVER = "//tools/arangod_standin:server"


def repeat_command(record: RunRecord, node_id: str) -> str:
    """A line for a shell in the workspace: this case alone, with the run's seed, on the run's server.

    Its shards are switched off: one that has nothing to do would start for each of them.
    """
    started = record.started
    words = ["bazel", "test", started.target, f"--test_filter={_quoted(node_id)}"]
    words.append(f"--test_env=TEST_RANDOM_SEED={started.seed}")
    if int(started.bazel.get("test_total_shards") or 1) > 1:
        words.append("--test_sharding_strategy=disabled")
    if started.server_label and not started.server_label.endswith(_DEFAULT_SERVER):
        words.append(f"--@armadillo//rules:server={_on_command_line(started.server_label)}")
    return " ".join(words)


def _on_command_line(label: str) -> str:
    """Names of repositories that Bazel 7 made itself are only taken behind "@@"."""
    repository, slashes, target = label.partition("//")
    is_canonical = repository.startswith("@") and any(mark in repository for mark in "~+")
    return f"@@{repository.lstrip('@')}{slashes}{target}" if is_canonical else label


def case_to_repeat(record: RunRecord) -> str:
    """Node id of the case that a red run is about: its cause's, else the first that went wrong; "" for none."""
    findings = root_cause_first(judge(record).counting)
    blamed = [finding.node_id for finding in findings if finding.node_id in record.cases]
    wrong = [
        node_id
        for node_id, case in record.cases.items()
        if case.is_running or (case.finished and not Outcome(case.finished.outcome).is_good)
    ]
    return next(iter([*blamed, *wrong]), "")


def _quoted(text: str) -> str:
    """For a shell, in quotes also where they are not needed."""
    return shlex.quote(text) if "'" in text else f"'{text}'"
