"""One correct verdict with its root cause, whatever dies: targets under a real Bazel that end in every way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace
from tests.framework.scenario.verdict_suite import FILES, write_suite

GOOD = {"passes", "requires_more"}
HANG_TIMEOUT_S = 16


class Run:
    """All targets, run once by one command; the hanging one by a second, with a short limit."""

    def __init__(self, workspace: ScratchWorkspace) -> None:
        self.workspace = workspace
        targets = [f"//suite:{name}_test" for name in FILES if name != "hangs"]
        self.result: Result = workspace.bazel("test", "--keep_going", *targets)
        self.hanging: Result = workspace.bazel("test", "//suite:hangs_test", f"--test_timeout={HANG_TIMEOUT_S}")

    def of(self, name: str) -> Evidence:
        """What one target left."""
        return Evidence(self.workspace, f"suite/{name}_test")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that all tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("verdict")) as workspace:
        write_suite(workspace)
        yield Run(workspace)


def test_bazel_says_passed_and_failed_by_target(run: Run) -> None:
    """Each target has its own word, and the client's exit code is 3: tests failed, nothing else did."""
    assert run.result.exit_code == 3
    words = {name: run.result.status_of(f"//suite:{name}_test") for name in FILES if name != "hangs"}
    assert words == {name: "PASSED" if name in GOOD else "FAILED" for name in FILES if name != "hangs"}


def test_a_passing_target_tells_its_server(run: Run) -> None:
    """Cases with file and line, the server's version and the stand-in's own name, no headline."""
    passed = run.of("passes")
    assert passed.outcomes == {"test_a": "passed", "test_b": "passed"}
    assert passed.cases["test_b"].get("file") == "suite/passes_test.py"
    assert passed.cases["test_b"].get("line") == "9"
    assert passed.properties["armadillo.server_version"].startswith("3.12")
    assert "standin" in passed.properties["armadillo.server_standin"]
    assert passed.headline == ""


def test_the_outputs_have_one_log_for_each_server(run: Run) -> None:
    """Log, output and command line of the server, the event log, and an index that names them all."""
    passed = run.of("passes")
    files = {entry["path"]: entry for entry in passed.index["files"]}
    assert files["servers/single-1/1/arangod.log"]["server"] == "single-1"
    assert {"servers/single-1/1/command_line.txt", "events.binpb", "results.json"} <= set(files)
    assert b"ready for business" in passed.outputs["servers/single-1/1/arangod.log"]
    kinds = passed.event_kinds()
    assert (kinds[0], kinds[-1], kinds.count("case_finished")) == ("run_started", "run_finished", 2)


def test_a_failing_case_carries_its_assertion(run: Run) -> None:
    """Message and traceback are in test.xml, what was printed too; the other case has passed."""
    failed = run.of("fails")
    assert failed.outcomes == {"test_good": "passed", "test_bad": "failure"}
    assert "the sum is off" in failed.message_of("test_bad")
    assert "assert left + 1 == 3" in failed.text_of("test_bad")
    assert "said before" in "".join(failed.cases["test_bad"].itertext())
    assert "test_bad" in failed.headline
    assert "the sum is off" in failed.headline
    assert "the sum is off" in failed.log


def test_a_file_with_a_syntax_error_is_named(run: Run) -> None:
    """An error that names file and line, and not an empty run."""
    broken = run.of("syntax_error")
    assert "suite/syntax_error_test.py" in broken.headline
    assert "SyntaxError" in broken.xml.decode()
    assert "error" in broken.outcomes.values()


def test_a_file_without_a_test_is_a_failure(run: Run) -> None:
    """Nothing was checked, so nothing has passed; the file is named."""
    empty = run.of("no_test")
    assert "no_test_test.py" in empty.headline
    assert "no test was found" in empty.headline


def test_a_test_process_that_ends_itself_is_no_pass(run: Run) -> None:
    """os._exit(0) in a case: the case is an error, the next one was not run."""
    ended = run.of("exits_inside")
    assert ended.outcomes["test_a"] == "error"
    assert ended.outcomes["test_b"] == "skipped"
    assert "the test process died during suite/exits_inside_test.py::test_a: exit code 0" in ended.headline


def test_a_test_process_that_is_killed_names_the_case(run: Run) -> None:
    """SIGKILL from anywhere: signal and case stand in the headline."""
    killed = run.of("is_killed_inside")
    assert "during suite/is_killed_inside_test.py::test_a: signal 9 (SIGKILL)" in killed.headline
    assert killed.properties["armadillo.outcome"] == "crashed"


def test_a_run_that_ends_before_its_last_case_is_no_pass(run: Run) -> None:
    """Whoever stops pytest early has not run all cases."""
    assert run.of("ends_early").outcomes == {"test_a": "passed", "test_b": "skipped"} | {
        name: "error" for name in run.of("ends_early").outcomes if not name.startswith("test_")
    }
    assert run.of("ends_early").headline


def test_a_server_that_is_killed_is_the_root_cause(run: Run) -> None:
    """The case itself passes: the run fails all the same, with server, case and signal, and the last log lines."""
    crashed = run.of("server_is_killed")
    assert crashed.outcomes["test_a"] == "passed"
    assert crashed.properties["armadillo.outcome"] == "crashed"
    assert crashed.headline == (
        "single-1 died unasked during suite/server_is_killed_test.py::test_a: signal 11 (SIGSEGV)"
    )
    assert "ready for business" in crashed.text_of("server_died.single-1")


def test_a_server_that_crashes_by_itself_is_the_root_cause(run: Run) -> None:
    """Whichever case runs then, and whether it notices: the crash stands in the headline."""
    crashed = run.of("server_crashes")
    assert crashed.headline.startswith("single-1 died")
    assert crashed.headline.endswith("signal 6 (SIGABRT)")


@pytest.mark.parametrize(
    ("name", "server", "how"),
    [
        ("server_dies_at_start", "single-1", "exit code 21: the port cannot be bound"),
        ("dbserver_dies_at_start", "dbserver-2", "exit code 1: general failure"),
    ],
)
def test_a_server_that_dies_while_starting_fails_at_once(run: Run, name: str, server: str, how: str) -> None:
    """Not after the limit of 250 s: with the exit code's meaning and the last log lines."""
    dead = run.of(name)
    assert dead.headline.startswith(f"{server} died while starting: {how}")
    assert "exit-at-start" in dead.text_of(f"server_start_failed.{server}")
    assert f"servers/{server}/1/arangod.log" in dead.outputs


def test_a_server_that_has_to_be_killed_fails_the_run(run: Run) -> None:
    """All cases passed, but it did not stop in its time."""
    stubborn = run.of("server_ignores_sigterm")
    assert stubborn.outcomes["test_a"] == "passed"
    assert "single-1 did not stop within 1 s after SIGTERM and was killed" in stubborn.headline


def test_what_the_server_lacks_is_a_skip_with_its_reason(run: Run) -> None:
    """The run passes, its cases are skipped and say why; no server was started."""
    skipped = run.of("requires_more")
    assert skipped.outcomes == {"test_a": "skipped"}
    assert "requires real_arangodb" in skipped.message_of("test_a")
    assert not [path for path in skipped.outputs if path.startswith("servers/")]


def test_a_runner_killed_with_9_leaves_a_readable_record(run: Run) -> None:
    """What was known stands in test.xml and in the event log: the first case, and the second that ran."""
    killed = run.of("kills_the_runner")
    assert killed.outcomes["test_before"] == "passed"
    kinds = killed.event_kinds()
    assert kinds[0] == "run_started"
    assert (kinds.count("case_started"), kinds.count("case_finished")) == (2, 1)
    assert "run_finished" not in kinds
    assert "servers/single-1/1/arangod.log" in killed.outputs


def test_a_run_out_of_time_ends_itself_before_bazel_does(run: Run) -> None:
    """FAILED with evidence, not TIMEOUT without: the running case is named, the finished one has passed."""
    assert run.hanging.exit_code == 3
    assert run.hanging.status_of("//suite:hangs_test") == "FAILED"
    late = run.of("hangs")
    assert late.outcomes["test_quick"] == "passed"
    assert late.outcomes["test_slow"] == "error"
    assert "the run's time is up" in late.message_of("test_slow")
    assert late.headline.endswith("during suite/hangs_test.py::test_slow")
    assert late.properties["armadillo.outcome"] == "timeout"
    assert "servers/single-1/1/arangod.log" in late.outputs


def test_a_wrong_attribute_is_refused_in_analysis(run: Run) -> None:
    """Nothing is run; the text names the target, the law and what to do."""
    run.workspace.write(
        "wrong/BUILD.bazel",
        'load("//rules:defs.bzl", "arangodb_test")\n'
        'arangodb_test(name = "wrong_test", srcs = ["wrong_test.py"], mode = "cluster", agents = 2)\n',
    )
    run.workspace.write("wrong/wrong_test.py", "def test_a():\n    pass\n")
    refused = run.workspace.bazel("test", "//wrong:wrong_test")
    assert refused.exit_code == 1
    assert "//wrong:wrong_test" in refused.output
    assert "agents" in refused.output
    assert "odd" in refused.output
