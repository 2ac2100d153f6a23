"""Programs that are no pytest under the gate: what Bazel says, what test.xml says, and the one root cause."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.program_suite import PROGRAMS, write_suite
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

GOOD = {"passes", "uses_armadilloctl", "writes_broken_xml", "knows_shards", "requires_more"}
HANGS = "hangs"
SHORT_TIMEOUT_S = 15


class Run:
    """All targets, run once by one command, and the one that hangs by another with a short limit."""

    def __init__(self, workspace: ScratchWorkspace) -> None:
        self.workspace = workspace
        targets = [f"//suite:{name}_test" for name in (*PROGRAMS, "pytest") if name != HANGS]
        self.result: Result = workspace.bazel("test", "--keep_going", *targets)
        self.hanging = workspace.bazel("test", f"--test_timeout={SHORT_TIMEOUT_S}", f"//suite:{HANGS}_test")

    def of(self, name: str, shard: str = "") -> Evidence:
        """What one target left."""
        return Evidence(self.workspace, f"suite/{name}_test{shard}")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that all tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("programs")) as workspace:
        write_suite(workspace)
        yield Run(workspace)


def test_bazel_says_which_passed(run: Run) -> None:
    """Exit code, signal, failed case, dead server, deadline and ignored shards fail; all else passes."""
    assert (run.result.exit_code, run.hanging.exit_code) == (3, 3)
    said = {name: run.result.status_of(f"//suite:{name}_test") for name in PROGRAMS if name != HANGS}
    assert {name for name, status in said.items() if status == "PASSED"} == GOOD
    assert {status.split()[0] for name, status in said.items() if name not in GOOD} == {"FAILED"}
    assert run.hanging.status_of(f"//suite:{HANGS}_test") == "FAILED"
    assert run.result.status_of("//suite:pytest_test") == "PASSED"


def test_without_xml_the_program_is_one_case(run: Run) -> None:
    """It is named after the program; its words are in test.log and in the case, its exit code in the message."""
    passed, failed = run.of("passes"), run.of("exits")
    assert passed.outcomes == {"passes.sh": "passed"}
    assert "the program's own words" in passed.log
    assert "the program's own words" in passed.whole_text_of("passes.sh")
    assert failed.outcomes == {"exits.sh": "failure"}
    assert failed.headline == "suite/exits.sh::exits.sh: ended with exit code 3"
    assert "the last words" in failed.text_of("exits.sh")


def test_cases_of_its_own_xml_take_its_place(run: Run) -> None:
    """With their names, places, seconds and outcomes; the file itself is an output."""
    failed = run.of("fails_a_case")
    assert failed.outcomes == {"finds": "passed", "sorts": "failure", "later": "skipped"}
    assert failed.headline == "suite/fails_a_case.sh::Geo.sorts: expected 3"
    finds = failed.cases["finds"]
    assert [finds.get(name) for name in ("classname", "file", "line", "time")] == ["Geo", "suite/geo.cc", "6", "0.25"]
    assert b'<testsuite name="Geo"' in failed.outputs["program/test.xml"]
    assert failed.events()[-1].run_finished.headline == failed.headline


def test_an_exit_code_that_its_xml_does_not_explain_is_a_failure(run: Run) -> None:
    """The program stays as a case beside those that it told."""
    told = run.of("tells_no_failure")
    assert told.outcomes["tells_no_failure.sh"] == "failure"
    assert told.outcomes["sorts"] == "passed"
    assert told.headline.endswith("ended with exit code 1, but no case in its test.xml failed")


def test_broken_xml_is_noted_and_the_exit_code_counts(run: Run) -> None:
    """The run passes; the note says what is wrong with the file, and the file is kept."""
    broken = run.of("writes_broken_xml")
    assert broken.outcomes == {"writes_broken_xml.sh": "passed"}
    assert "note: the test.xml of suite/writes_broken_xml.sh is left out: it is no XML" in broken.log
    assert broken.outputs["program/test.xml"].startswith(b"<testsuites>")


def test_a_signal_is_a_crashed_test_process(run: Run) -> None:
    """The headline names program and signal; what it printed before is there."""
    died = run.of("dies")
    assert died.headline == "the test process died: suite/dies.sh: signal 11 (SIGSEGV)"
    assert died.outcomes["dies.sh"] == "error"
    assert "before it died" in died.whole_text_of("dies.sh")


def test_a_server_that_dies_during_it_is_the_root_cause(run: Run) -> None:
    """The program itself is content."""
    lost = run.of("loses_its_server")
    assert lost.headline.startswith("single-1 died unasked during suite/loses_its_server.sh::")
    assert lost.outcomes["loses_its_server.sh"] == "passed"
    assert "single-1" in lost.first_problem


def test_a_program_that_hangs_meets_the_deadline(run: Run) -> None:
    """Before Bazel's own: with its last words, its stacks, and all the evidence."""
    hung = run.of(HANGS)
    assert "the run's time is up" in hung.headline
    assert f"during suite/{HANGS}.sh::{HANGS}.sh" in hung.headline
    assert "did not end, and was stopped" in hung.message_of(f"{HANGS}.sh")
    assert "it waits now" in hung.whole_text_of(f"{HANGS}.sh")
    assert b"stacks of the test process" in hung.outputs["hang/hang.txt"]


def test_shards_are_the_programs_own(run: Run) -> None:
    """One that knows them runs its part in each; one that does not is told so, as Bazel would."""
    shards = [run.of("knows_shards", f"/shard_{number}_of_2").outcomes for number in (1, 2)]
    assert shards == [{"of_shard_0": "passed"}, {"of_shard_1": "passed"}]
    ignored = run.of("ignores_shards", "/shard_1_of_2")
    assert "did not touch the file in TEST_SHARD_STATUS_FILE" in ignored.headline


def test_what_the_server_lacks_is_a_skip(run: Run) -> None:
    """The program is not started."""
    skipped = run.of("requires_more")
    assert skipped.outcomes == {"requires_more.sh": "skipped"}
    assert "requires real_arangodb" in skipped.message_of("requires_more.sh")


def test_armadilloctl_leaves_its_traces(run: Run) -> None:
    """Notes, faults and restarts asked for in a shell are events like any others."""
    told = run.of("uses_armadilloctl")
    kinds = told.event_kinds()
    assert "note: a word from the shell" in told.log
    assert kinds.count("fault") >= 4
    assert {"servers/single-1/3/arangod.log"} <= set(told.outputs)
