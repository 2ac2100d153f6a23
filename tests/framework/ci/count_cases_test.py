"""The closing line of CI: cases of all test.xml files, and nothing bad hides behind an XML file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COUNT_CASES = Path(".ci/count_cases.py").resolve()

PASSED = '<testcase name="a"/>'
FAILED = '<testcase name="b"><failure message="no"/></testcase>'
BROKEN = '<testcase name="c"><error message="no"/></testcase>'
SKIPPED = '<testcase name="d"><skipped message="v8"/></testcase>'


class Run:
    """One Bazel run as its build event file tells it."""

    def __init__(self, directory: Path, name: str = "run") -> None:
        self.directory = directory
        self.path = directory / f"{name}.json"
        self.path.touch()

    def target(self, label: str, status: str, *shards: str) -> Run:
        """Adds a target with one test.xml for each shard; the cases are the text between the suite's tags."""
        for shard, cases in enumerate(shards, start=1):
            xml = self.directory / f"{label.replace('/', '_').replace(':', '_')} {shard}.xml"
            xml.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>", encoding="utf-8")
            outputs = [{"name": "test.log", "uri": "file:///none"}, {"name": "test.xml", "uri": xml.as_uri()}]
            self.event("testResult", {"label": label, "run": 1, "shard": shard}, {"testActionOutput": outputs})
        self.event("testSummary", {"label": label}, {"overallStatus": status})
        return self

    def event(self, kind: str, identity: dict[str, object], content: dict[str, object]) -> None:
        """Appends one build event."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": {kind: identity}, kind: content}) + "\n")


def closing_line(*runs: Run) -> tuple[str, int]:
    """The last line and the exit code for these runs."""
    command = [sys.executable, "-s", "-S", str(COUNT_CASES), *(str(run.path) for run in runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip(), done.returncode


def test_cases_of_all_targets_and_shards_are_added(tmp_path: Path) -> None:
    """Every shard's file counts."""
    run = Run(tmp_path).target("//a:a", "PASSED", PASSED * 2, PASSED).target("//b:b", "PASSED", PASSED)

    assert closing_line(run) == ("4 passed, 0 failed", 0)


def test_failures_and_errors_are_failed_and_skips_are_neither(tmp_path: Path) -> None:
    """A skipped case is no success."""
    run = Run(tmp_path).target("//a:a", "FAILED", PASSED + FAILED + BROKEN + SKIPPED)

    assert closing_line(run) == ("1 passed, 2 failed", 1)


def test_a_target_that_failed_without_a_failed_case_is_one_failure(tmp_path: Path) -> None:
    """A time-out leaves a test.xml in which nothing failed."""
    run = Run(tmp_path).target("//a:a", "TIMEOUT", PASSED)

    assert closing_line(run) == ("1 passed, 1 failed", 1)


def test_a_target_without_a_file_is_one_failure(tmp_path: Path) -> None:
    """A target that was not built has no test.xml."""
    run = Run(tmp_path).target("//a:a", "FAILED_TO_BUILD").target("//b:b", "PASSED", PASSED)

    assert closing_line(run) == ("1 passed, 1 failed", 1)


def test_a_run_without_targets_is_one_failure(tmp_path: Path) -> None:
    """A build that broke before the first test is not zero of zero."""
    good = Run(tmp_path, "good").target("//a:a", "PASSED", PASSED)

    assert closing_line(good, Run(tmp_path, "broken")) == ("1 passed, 1 failed", 1)


def test_a_file_that_is_cut_off_counts_what_is_there(tmp_path: Path) -> None:
    """A Bazel that was killed leaves half a line."""
    run = Run(tmp_path).target("//a:a", "PASSED", PASSED)
    with run.path.open("a", encoding="utf-8") as file:
        file.write('{"id": {"testSumm')

    assert closing_line(run) == ("1 passed, 0 failed", 0)
