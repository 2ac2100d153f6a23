"""What Bazel gives a test and expects of it, by a real Bazel; docs/bazel_contract.md says what is proved elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from build_events import TestFact, facts_of, results_of

from tests.framework.runner.support.lab_run import may_have_a_lab
from tests.framework.runner.support.waiting import until
from tests.framework.runner.support.xml_readers import READERS
from tests.framework.scenario.contract_suite import TARGETS, WAITS_TARGET, write_suite
from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

_AT_ONCE = ("--jobs=4", "--local_test_jobs=4", "--local_cpu_resources=4", "--local_ram_resources=8192")
"""More than there are processors: most of the time is waiting, and two targets must meet."""
_NAMES = [name for name in TARGETS if name != "waits" and (name != "without_lab" or may_have_a_lab())]
"""What is run by one command: all that end by themselves; where there are no namespaces, none can be taken away."""
LARGEST_XML_BYTES = 7 << 19


class Run:
    """All targets that end by themselves, run once by one command, inside a script that looks at what they leave."""

    def __init__(self, workspace: ScratchWorkspace, folder: Path) -> None:
        self.workspace = workspace
        self.mark = str(folder / "mark")
        self.folder = folder
        self.look = write_suite(workspace)
        self.events = folder / "events.json"
        self.result: Result = workspace.bazel(
            *self.words(*(f"//suite:{name}_test" for name in _NAMES)),
            "--keep_going",
            "--test_summary=detailed",
            f"--build_event_json_file={self.events}",
        )

    def words(self, *more: str) -> list[str]:
        """The words of `bazel test`, the same for each command, so that nothing is analysed twice."""
        return [
            "test",
            "--test_output=summary",
            f"--run_under={self.look}",
            f"--test_env=MARK={self.mark}",
            f"--test_env=MEETING={self.folder}",
            f"--sandbox_writable_path={self.folder}",
            *_AT_ONCE,
            *more,
        ]

    def of(self, name: str, shard: int = 0) -> Evidence:
        """What one target left, or one of its two shards."""
        return Evidence(self.workspace, f"suite/{name}_test" + (f"/shard_{shard}_of_2" if shard else ""))

    def outcomes_of(self, name: str) -> list[str]:
        """Outcomes of all cases of a target, over its shards."""
        shards = (1, 2) if "shard_count" in TARGETS[name][1] else (0,)
        return [outcome for shard in shards for outcome in self.of(name, shard).outcomes.values()]

    def look_at(self, name: str, shard: int = 0) -> Mapping[str, str]:
        """What the script around the target saw behind it."""
        lines = self.of(name, shard).outputs["look.txt"].decode().splitlines()
        return {key: value for key, _, value in (line.partition(" ") for line in lines)}

    def fact(self, name: str) -> TestFact:
        """What the build events say of a target."""
        return facts_of(self.events)[f"//suite:{name}_test"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that most tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("contract")) as workspace:
        yield Run(workspace, tmp_path_factory.mktemp("folder"))


def test_the_word_of_each_target(run: Run) -> None:
    """Exit codes decide, and Bazel's client ends with 3."""
    assert run.result.exit_code == 3
    failing = {"import_error", "outcomes", "killed", "usage", "without_lab"} & {*_NAMES}
    said = {name: run.fact(name).status for name in _NAMES}
    assert {name for name, status in said.items() if status == "FAILED"} == failing
    assert {status for name, status in said.items() if name not in failing} == {"PASSED"}


def test_servers_and_tests_get_their_own_environment(run: Run) -> None:
    """The suite's own cases look: HOME, LC_ALL, TZ, nothing of Bazel for servers, shards and filters for nobody."""
    outcomes = {**run.of("environment", 1).outcomes, **run.of("environment", 2).outcomes}
    assert outcomes == {"test_the_server": "passed", "test_the_test": "passed"}
    assert run.of("environment", 1).properties["bazel.test_total_shards"] == "2"


def test_the_shard_is_told_before_anything_can_fail(run: Run) -> None:
    """When the test file is imported, and raises, the status file is there, and so is the one of a premature exit."""
    for shard in (1, 2):
        assert "the files were there: [True, True]" in run.of("import_error", shard).first_problem


def test_only_a_run_that_was_cut_off_leaves_the_file_of_a_premature_exit(run: Run) -> None:
    """Passed, failed, refused its words, could not begin: gone. Killed: left, so that newer Bazels fail it."""
    ended = {"exclusive": "0", "outcomes": "3", "usage": "2", "without_lab": "7"}
    looks = {name: run.look_at(name) for name in ended if name in _NAMES}
    assert {name: look["exit_code"] for name, look in looks.items()} == {name: ended[name] for name in looks}
    assert {look["premature_exit_file"] for look in looks.values()} == {"no"}
    killed = run.look_at("killed")
    assert (killed["premature_exit_file"], killed["exit_code"]) == ("yes", "137")


def test_nothing_is_read_from_stdin_or_written_to_runfiles(run: Run) -> None:
    """Nor to the files that are for others."""
    for name, shard in (("environment", 1), ("environment", 2), ("outcomes", 0), ("exclusive", 0), ("leftover", 0)):
        look = run.look_at(name, shard)
        assert (look["stdin_begins_with"], look["changed_runfiles"]) == ("first", "0")
        assert (look["unused_runfiles_log"], look["logsplitter_output"]) == ("no", "no")


def test_warnings_reach_the_build_events(run: Run) -> None:
    """An allowance that nothing needs is one."""
    (first, *_) = results_of(run.events)["//suite:environment_test"]
    assert "test.warnings" in {output["name"] for output in first["testActionOutput"]}
    warnings = (run.of("environment", 1).directory / "test.warnings").read_text()
    assert "allowed_log_lines: nothing matched 'never seen'" in warnings


@pytest.mark.skipif("without_lab" not in _NAMES, reason="this machine allows no namespaces, so none can be taken away")
def test_only_a_cause_outside_of_the_test_is_told_as_such(run: Run) -> None:
    """A refused lab is infrastructure, and says what to do; a failed case is not."""
    results = results_of(run.events)
    named = {
        name: {output["name"] for one in results[f"//suite:{name}_test"] for output in one["testActionOutput"]}
        for name in ("without_lab", "outcomes")
    }
    assert "test.infrastructure_failure" in named["without_lab"]
    assert "test.infrastructure_failure" not in named["outcomes"]
    assert run.look_at("outcomes")["infrastructure_file"] == "no"
    whose, what = (run.of("without_lab").directory / "test.infrastructure_failure").read_text().splitlines()
    assert whose == "armadillo"
    assert "user.max_user_namespaces is 0" in what


def test_the_outputs_are_introduced(run: Run) -> None:
    """Bazel puts our part into ANNOTATIONS beside the manifest of the outputs."""
    manifest = run.of("outcomes").directory / "test.outputs_manifest"
    annotations = (manifest / "ANNOTATIONS").read_text()
    assert annotations.startswith("//suite:outcomes_test: suite/outcomes_test.py::")
    assert "report.html: start here" in annotations
    assert "index.json" in (manifest / "MANIFEST").read_text()


def test_bazel_itself_counts_the_cases_of_test_xml(run: Run) -> None:
    """`--test_summary=detailed` is made of what Bazel's own parser has read of all files."""
    outcomes = [outcome for name in _NAMES for outcome in run.outcomes_of(name)]
    passing = sum(outcome in ("passed", "skipped") for outcome in outcomes)
    failing = len(outcomes) - passing
    counted = f"finished with {passing} passing and {failing} failing out of {len(outcomes)} test cases"
    assert counted in run.result.output
    assert "suite.outcomes_test.test_fails" in run.result.output


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_each_reader_takes_each_test_xml(run: Run, reader: object) -> None:
    """Each by its own rules, of every run here, whatever became of it."""
    found = sorted(run.of("exclusive").directory.parent.rglob("test.xml"))
    assert len(found) >= len(_NAMES)
    for path in found:
        assert callable(reader)
        assert reader(path.read_bytes(), run.workspace.root) == [], path


def test_however_much_is_printed_test_xml_stays_small(run: Run) -> None:
    """Sixty failed cases with 80 KB each, and one with a megabyte: texts are cut, and say where the rest is."""
    content = run.of("outcomes").xml
    assert len(content) < LARGEST_XML_BYTES
    assert "left out" in run.of("outcomes").whole_text_of("test_fails")
    assert run.of("outcomes").text_of("test_many[59]").splitlines()[-1].startswith("repeat it: bazel test ")


def test_paths_are_those_of_the_workspace(run: Run) -> None:
    """A folder of a sandbox is gone when somebody clicks at it."""
    text = run.of("outcomes").text_of("test_fails")
    assert "suite/outcomes_test.py:" in text
    assert "/suite/outcomes_test.py" not in text
    assert ".runfiles" not in text


def test_what_a_test_leaves_behind_is_gone(run: Run) -> None:
    """With a sandbox and without, in the lab and outside: the runs have ended, and no process of theirs is left."""
    until("no process of the runs is left", lambda: not marked(run.mark))


def test_a_port_is_a_targets_own(run: Run) -> None:
    """Two targets that met have both listened on one port."""
    if "leases" in (run.of("port_a").properties["armadillo.network_tier"],):
        pytest.skip("no network namespace on this machine")
    assert run.of("port_a").outcomes == run.of("port_b").outcomes == {"test_a": "passed"}


def test_an_exclusive_target_runs_in_the_sandbox(run: Run) -> None:
    """Only the tag `local` asks to be outside of it."""
    assert "sandbox" in run.fact("exclusive").strategy
    assert "sandbox" not in run.fact("leftover_local").strategy


def test_a_short_grace_and_large_outputs_cost_no_test_xml(run: Run) -> None:
    """Bazel's own limit passes, and two seconds later it kills: the case that ran is named, no process is left."""
    done = run.workspace.bazel(
        *run.words(WAITS_TARGET),
        "--test_timeout=8",
        "--local_termination_grace_seconds=2",
        "--test_env=LOOK_TIMEOUT=3600",
    )
    assert (done.exit_code, done.status_of(WAITS_TARGET)) == (3, "TIMEOUT")
    waits = run.of("waits")
    assert waits.outcomes["test_a"] == "error"
    assert "(SIGTERM) during suite/waits_test.py::test_a" in waits.first_problem
    until("no process of the run is left", lambda: not marked(run.mark))


def test_ctrl_c_leaves_no_process(run: Run, tmp_path: Path) -> None:
    """Bazel says NO STATUS and ends with 8."""
    up = run.folder / "up"
    client = subprocess.Popen(
        run.workspace.command(*run.words(WAITS_TARGET), f"--test_env=UP_FILE={up}"),
        cwd=run.workspace.root,
        env=run.workspace.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        until("the case runs", lambda: up.exists() or client.poll() is not None, timeout_s=120)
        assert len(marked(run.mark)) > 2
        os.killpg(client.pid, signal.SIGINT)
        said, _ = client.communicate(timeout=120)
    finally:
        client.kill()
    assert client.returncode == 8
    assert Result(8, said).status_of(WAITS_TARGET) == "NO STATUS"
    until("no process of the run is left", lambda: not marked(run.mark), timeout_s=60)


def test_outputs_in_a_zip_or_as_files(run: Run) -> None:
    """The same index names the same files; Bazel 4 packs them always, Bazel 7 where it is told to."""
    loose = run.of("exclusive")
    if (loose.directory / "test.outputs" / "outputs.zip").exists():
        assert "events.binpb" in loose.outputs
        return
    names = set(loose.outputs)
    done = run.workspace.bazel(*run.words("//suite:exclusive_test"), "--zip_undeclared_test_outputs")
    assert done.exit_code == 0
    assert (loose.directory / "test.outputs" / "outputs.zip").exists()
    assert set(loose.outputs) == names
