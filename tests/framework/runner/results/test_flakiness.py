"""Cases that were tried more than once: when they may be, and where a reader finds it."""

from __future__ import annotations

import json
from pathlib import Path

import junitparser
import pytest
from armadillo.model.bazel_environment import read_bazel_environment
from armadillo.model.outcome import Outcome
from armadillo.results.bazel_files import tell_bazel
from armadillo.results.closing_words import closing_words
from armadillo.results.flakiness import flaky_lines, may_try_again
from armadillo.results.junit_xml import render_junit_xml
from armadillo.results.results_json import render_results
from armadillo.results.run_record import RunRecord, fold
from armadillo_api.v1 import deployment_pb2

from tests.framework.runner.support.events import (
    Event,
    attempt_failed,
    case,
    case_finished,
    case_started,
    collected,
    finding,
    run_finished,
    run_started,
    server,
    timed,
)
from tests.framework.runner.support.strict_xml import problems_of

NODE = case("test_a").node_id
LINE = f"{NODE} is flaky: passed at attempt 3 of 3, failed at attempt 1: assert 1 == 3; attempt 2: assert 2 == 3"


def flaky_run() -> RunRecord:
    """One case that passed at its third attempt."""
    return fold(
        timed(
            run_started(),
            collected("test_a", "test_b"),
            case_started("test_a"),
            attempt_failed("test_a", 1, "assert 1 == 3", text="traceback one", captured_output="printed one"),
            attempt_failed("test_a", 2, "assert 2 == 3", text="traceback two"),
            case_finished("test_a", Outcome.FLAKY, attempts=3, captured_output="printed three"),
            case_started("test_b"),
            attempt_failed("test_b", 1, "assert 0"),
            case_finished("test_b", Outcome.FAILED, "assert 0", attempts=1),
            run_finished(Outcome.FLAKY),
        )
    )


def test_every_attempt_is_in_the_xml() -> None:
    """A flaky case has no outcome child, for no reader of XML knows one for it; its output tells all attempts."""
    xml = render_junit_xml(flaky_run())
    assert problems_of(xml) == []
    (suite,) = junitparser.JUnitXml.fromstring(xml.decode())
    flaky, failed = suite
    assert flaky.result == []
    told = flaky.system_out
    assert told.startswith("flaky: passed at attempt 3 of 3, failed at attempt 1: assert 1 == 3; attempt 2: assert 2")
    for words in ("traceback one", "printed one", "traceback two", "--- last attempt\nprinted three"):
        assert words in told
    assert {one.name: one.value for one in suite.properties()}["armadillo.flaky"] == NODE
    # its failure is its own: no other attempt came
    assert failed.system_out is None
    assert [one.message for one in failed.result] == ["assert 0"]


def test_results_json_has_the_attempts() -> None:
    """By their number, with message and text."""
    flaky, failed = json.loads(render_results(flaky_run()))["cases"]
    assert flaky["outcome"] == "flaky"
    assert [(one["attempt"], one["message"]) for one in flaky["failed_attempts"]] == [
        (1, "assert 1 == 3"),
        (2, "assert 2 == 3"),
    ]
    assert "failed_attempts" not in failed


def test_flaky_cases_are_warnings(tmp_path: Path) -> None:
    """In the last lines of test.log, and in the file by which Bazel takes warnings."""
    record = flaky_run()
    assert flaky_lines(record) == [LINE]
    assert f"armadillo: warning: {LINE}\n" in closing_words(record, "a run", "")
    warnings = tmp_path / "warnings"
    environ = {"TEST_TMPDIR": str(tmp_path), "TEST_WARNINGS_OUTPUT_FILE": str(warnings)}
    tell_bazel(read_bazel_environment(environ), record, "")
    assert warnings.read_text() == f"{LINE}\n"


CRASHED = server("single-1", "EXITED", signal=11)
STOPPED = server("single-1", "EXITED", expected=True)
LEFT_BEHIND = finding("leak", Outcome.FAILED, "test_a left behind x")


@pytest.mark.parametrize(
    ("before", "during", "may"),
    [
        ([], [], True),
        ([], [STOPPED], True),
        ([], [CRASHED], False),
        ([], [LEFT_BEHIND], False),
        ([LEFT_BEHIND], [], True),
        ([CRASHED], [], True),
        ([], [finding("memory_growth", Outcome.FAILED, "it grows")], True),
    ],
)
def test_what_is_found_during_a_case_forbids_another_attempt(
    before: list[Event], during: list[Event], may: bool
) -> None:
    """Only what counts, and only since the case began: a warning, or what an earlier case did, is no reason."""
    start = [run_started(policy=deployment_pb2.Policy(monitor_findings="warn")), server("single-1", "STARTED")]
    record = fold(timed(*start, *before, case_started("test_a"), *during, attempt_failed("test_a", 1, "assert 0")))
    assert may_try_again(record, NODE) is may
    assert not may_try_again(record, "tests/x/test_y.py::test_that_nobody_knows")
