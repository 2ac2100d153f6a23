"""Every way in which a run can go wrong is told exactly: one target per finding, run by an inner Bazel.

CANARY_GROUP names the group, CANARY_STRATEGY the sandbox ("" for Bazel's own choice).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.framework.canary.canary import Canary, fits
from tests.framework.canary.canary_run import CanaryRun, canary_run, obstacle
from tests.framework.canary.canary_table import GROUPS

_WARNING = "armadillo: warning: "
CANARIES = GROUPS[os.environ["CANARY_GROUP"]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CanaryRun]:
    """The one run that all tests of this file look at."""
    with canary_run(tmp_path_factory.mktemp("canary"), CANARIES) as made:
        yield made


@pytest.fixture(params=CANARIES, ids=[canary.name for canary in CANARIES])
def canary(request: pytest.FixtureRequest) -> Canary:
    """Each canary of the group that this machine can run."""
    chosen: Canary = request.param
    reason = obstacle(chosen)
    if reason:
        pytest.skip(f"{chosen.name}: {reason}")
    return chosen


def test_bazel_says_how_it_ended(run: CanaryRun, canary: Canary) -> None:
    """The word of the target, and the client's exit code: 3 where a test failed, 0 where none did."""
    result = run.result_of(canary)
    assert result.status_of(canary.target) == canary.status
    together = [other for other in CANARIES if other.flags == canary.flags and not obstacle(other)]
    assert result.exit_code == (3 if any(other.status != "PASSED" for other in together) else 0)


def test_the_verdict_names_the_cause(run: CanaryRun, canary: Canary) -> None:
    """Outcome and headline are as they must be, in test.xml and, with the runner's exit code, in the event log."""
    evidence = run.evidence_of(canary)
    assert fits(canary.headline, evidence.headline), evidence.headline
    assert evidence.properties.get("armadillo.outcome", "") == canary.outcome
    if "events.binpb" in canary.not_written:
        return
    last = evidence.events()[-1]
    if not canary.outcome:
        assert last.WhichOneof("kind") != "run_finished"
        return
    assert last.WhichOneof("kind") == "run_finished"
    assert (last.run_finished.headline, last.run_finished.exit_code) == (evidence.headline, canary.exit_code)


def test_the_first_problem_is_the_cause(run: CanaryRun, canary: Canary) -> None:
    """Who reads the first line of the first failure in test.xml, and nothing else, knows what happened."""
    expected = canary.first_problem or canary.headline
    message = run.evidence_of(canary).first_problem
    _keep(canary, message)
    node_id, _, rest = expected.partition(": ")
    is_case = "::" in node_id and " " not in node_id
    assert fits(rest if is_case else expected, message), message
    assert "\n" not in message


def _keep(canary: Canary, message: str) -> None:
    """In an output of this test, so that people can judge whether each line names its cause."""
    directory = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    if directory:
        with open(os.path.join(directory, "first_lines.txt"), "a", encoding="utf-8") as file:
            file.write(f"{canary.name}: {message or '(nothing went wrong)'}\n")


def test_the_xml_has_exactly_these_cases(run: CanaryRun, canary: Canary) -> None:
    """Each with its outcome child, and with the words that explain it."""
    evidence = run.evidence_of(canary)
    expected = [f"{name}: {outcome}" for name, outcome in canary.cases.items()]
    found = [f"{name}: {outcome}" for name, outcome in evidence.outcomes.items()]
    assert canary.differences(expected, found) == []
    for name, words in canary.shown.items():
        text = evidence.whole_text_of(name)
        assert [word for word in words if word not in text] == []


def test_the_outputs_are_exactly_these_files(run: CanaryRun, canary: Canary) -> None:
    """All that explains it is there, index.json names it, and there is nothing else."""
    evidence = run.evidence_of(canary)
    assert canary.differences(canary.outputs, evidence.outputs) == []
    if "index.json" not in canary.not_written:
        listed = {entry["path"] for entry in evidence.index["files"]}
        assert listed == set(evidence.outputs) - {"index.json"}


def test_what_does_not_fail_the_run_is_a_warning(run: CanaryRun, canary: Canary) -> None:
    """It stands in test.log behind the word "warning"."""
    lines = run.evidence_of(canary).log.splitlines()
    found = [line.removeprefix(_WARNING) for line in lines if line.startswith(_WARNING)]
    assert canary.differences(canary.warnings, found) == []


def test_what_it_said_beforehand_is_a_note(run: CanaryRun, canary: Canary) -> None:
    """What this machine cannot do is known before it is missed."""
    notes = [line for line in run.evidence_of(canary).log.splitlines() if line.startswith("armadillo: note: ")]
    assert [words for words in canary.notes if not any(words in note for note in notes)] == []


def test_a_damaged_event_log_is_read_up_to_the_damage(run: CanaryRun, canary: Canary) -> None:
    """A block of the disk is lost in the middle of the record: all events before it are read back, none is made up."""
    evidence = run.evidence_of(canary)
    if "events.binpb" in canary.not_written:
        return
    whole = evidence.outputs["events.binpb"]
    middle = len(whole) // 2
    read = evidence.events(whole[:middle] + b"\0" * 64 + whole[middle:])
    assert read
    assert read == evidence.events()[: len(read)]
