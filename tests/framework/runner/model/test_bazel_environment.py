"""What the runner reads from Bazel's environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from armadillo.model.bazel_environment import read_bazel_environment


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """The variables that both Bazel versions set, and more."""
    return {
        "TEST_SRCDIR": str(tmp_path),
        "TEST_TMPDIR": str(tmp_path),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(tmp_path / "outputs"),
        "XML_OUTPUT_FILE": str(tmp_path / "test.xml"),
        **more,
    }


@pytest.mark.parametrize(
    ("timeout_s", "soft_deadline_s"),
    [("60", 54.0), ("300", 270.0), ("900", 870.0), ("3600", 3570.0), ("20", 15.0), ("8", 4.0), ("", 0.0), ("0", 0.0)],
)
def test_the_soft_deadline_leaves_a_tenth_but_between_five_and_thirty_seconds(
    tmp_path: Path, timeout_s: str, soft_deadline_s: float
) -> None:
    """The margin for evidence grows with the limit; a very short limit keeps half for the tests; none is none."""
    bazel = read_bazel_environment(environment(tmp_path, TEST_TIMEOUT=timeout_s))
    assert bazel.soft_deadline_s == pytest.approx(soft_deadline_s)


def test_both_bazel_versions_are_recognized(tmp_path: Path) -> None:
    """4.2 does not set BAZEL_TEST, so that the directories must be enough."""
    assert read_bazel_environment(environment(tmp_path)).under_bazel
    assert read_bazel_environment(environment(tmp_path, BAZEL_TEST="1")).under_bazel


def test_without_bazel_directories_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An IDE that starts the launcher directly sets none of the variables, and the run works all the same."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bazel = read_bazel_environment({})
    assert not bazel.under_bazel
    assert os.path.isdir(bazel.outputs_directory)
    assert os.path.isdir(os.path.dirname(bazel.xml_path))
    assert bazel.soft_deadline_s == 0.0


def test_counts_are_those_that_bazel_sets(tmp_path: Path) -> None:
    """Shard, run and seed are kept for the reports; what Bazel does not say is left out."""
    bazel = read_bazel_environment(environment(tmp_path, TEST_SHARD_INDEX="0", TEST_TOTAL_SHARDS="2"))
    assert dict(bazel.counts) == {"test_shard_index": "0", "test_total_shards": "2"}


def test_bazel_run_gets_directories_of_its_own_and_no_clock(tmp_path: Path) -> None:
    """Bazel names those of the last `bazel test`, for every run the same; only test.xml goes where IDEs look."""
    given = environment(tmp_path, TEST_TIMEOUT="300", BUILD_WORKSPACE_DIRECTORY="/w", BAZEL_TEST="1")
    first, second = read_bazel_environment(given), read_bazel_environment(given)
    assert not first.under_bazel
    assert first.soft_deadline_s == 0.0
    assert len({first.tmp_directory, second.tmp_directory, str(tmp_path)}) == 3
    assert first.outputs_directory == os.path.join(first.tmp_directory, "outputs")
    assert first.xml_path == str(tmp_path / "test.xml")
