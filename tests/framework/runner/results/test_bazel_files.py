"""The small files by which a run tells Bazel more than an exit code."""

from __future__ import annotations

from pathlib import Path

from armadillo.model.bazel_environment import BazelEnvironment, read_bazel_environment
from armadillo.model.outcome import Outcome
from armadillo.model.policy import LEAK
from armadillo.results.bazel_files import tell_bazel, tell_infrastructure_failure
from armadillo.results.judgement import INFRASTRUCTURE
from armadillo.results.run_record import RunRecord, fold
from armadillo_api.v1 import deployment_pb2

from tests.framework.runner.support.events import Event, finding, run_started, timed, whole_case


def environment(folder: Path) -> BazelEnvironment:
    """Bazel's, with all files below a folder."""
    (folder / "annotations").mkdir()
    return read_bazel_environment(
        {
            "TEST_TMPDIR": str(folder),
            "TEST_SRCDIR": str(folder),
            "TEST_WARNINGS_OUTPUT_FILE": str(folder / "warnings"),
            "TEST_INFRASTRUCTURE_FAILURE_FILE": str(folder / "infrastructure"),
            "TEST_UNDECLARED_OUTPUTS_ANNOTATIONS_DIR": str(folder / "annotations"),
        }
    )


def record(*events: Event, **policy: object) -> RunRecord:
    """A run with one passed case and these events."""
    started = run_started(policy=deployment_pb2.Policy(**policy))
    return fold(timed(started, *whole_case("test_a"), *events))


def test_a_clean_run_writes_the_annotation_alone(tmp_path: Path) -> None:
    """Nothing to warn of, nothing outside the test: only the outputs are introduced."""
    tell_bazel(environment(tmp_path), record(), "")
    assert not (tmp_path / "warnings").exists()
    assert not (tmp_path / "infrastructure").exists()
    assert (tmp_path / "annotations/armadillo.part").read_text().splitlines()[0] == "//tests/x:y_test: passed"


def test_what_does_not_fail_is_a_warning(tmp_path: Path) -> None:
    """What the policy lets pass stands in Bazel's warnings, with the reason; so do allowances that nothing needs."""
    unused = deployment_pb2.Allowance(pattern="never", reason="x")
    found = record(finding(LEAK, Outcome.FAILED, "test_a left a"), leaks="warn", allowed_log_lines=[unused])
    tell_bazel(environment(tmp_path), found, "")
    assert (tmp_path / "warnings").read_text().splitlines() == [
        'test_a left a (leaks = "warn")',
        "allowed_log_lines: nothing matched 'never'",
    ]


def test_only_a_cause_outside_the_test_is_infrastructure(tmp_path: Path) -> None:
    """A full disk is told as such, a failing server is not."""
    bazel = environment(tmp_path)
    tell_bazel(bazel, record(finding("server_died", Outcome.CRASHED, "died")), "died")
    assert not (tmp_path / "infrastructure").exists()
    tell_bazel(bazel, record(finding(INFRASTRUCTURE, Outcome.ERROR, "disk full")), "disk full")
    assert (tmp_path / "infrastructure").read_text().splitlines() == ["armadillo", "disk full"]


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    """Without Bazel, and on a full disk, the run ends as it would."""
    tell_infrastructure_failure(read_bazel_environment({"TEST_TMPDIR": str(tmp_path)}), "x")
    bazel = read_bazel_environment({"TEST_TMPDIR": str(tmp_path), "TEST_INFRASTRUCTURE_FAILURE_FILE": "/dev/full"})
    tell_infrastructure_failure(bazel, "x")
