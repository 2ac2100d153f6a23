"""Datasets with a real Bazel: made once, refused where they do not fit, and what a failed seeding says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.framework.scenario.dataset_suite import write_suite
from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

BROKEN = ("asserts", "temporary", "unnamed", "refused", "crashes", "grown")


class Run:
    """All tests, and all datasets that cannot be made, by one command."""

    def __init__(self, workspace: ScratchWorkspace) -> None:
        self.workspace = workspace
        self.result: Result = workspace.bazel("test", "--keep_going", "--subcommands", "//suite:all")

    def failure_of(self, name: str) -> str:
        """What Bazel shows of one dataset's failed action."""
        text = self.result.output.partition(f"//suite:{name}: ")[2]
        ends = [text.find(f"\n//suite:{other}: ") for other in BROKEN if other != name]
        return text[: min([end for end in ends if end >= 0], default=len(text))]

    def of(self, name: str) -> Evidence:
        """What one test left."""
        return Evidence(self.workspace, f"suite/{name}_test")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that all tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("datasets")) as workspace:
        write_suite(workspace)
        yield Run(workspace)


def test_a_dataset_is_made_once_for_all_its_tests(run: Run) -> None:
    """Files, then `seed`, then `seed_more` filled it; two tests started from copies of the same action's output."""
    assert run.result.status_of("//suite:fits_test") == "PASSED"
    assert run.result.status_of("//suite:fits_too_test") == "PASSED"
    assert run.result.output.count("suite/people.seeding --output") == 1
    notes = [event.note for event in run.of("fits").events() if event.WhichOneof("kind") == "note"]
    assert [note.is_routine for note in notes if "servers start from the dataset //suite:people" in note.text] == [True]
    assert run.of("fits").outcomes == {"test_people_are_there": "passed"}


def test_a_failed_seeding_shows_the_ends_of_both_logs(run: Run) -> None:
    """Case, message, the script's words and the server's last lines are in Bazel's output; the build fails."""
    assert run.result.exit_code == 1
    failure = run.failure_of("asserts")
    assert failure.startswith("the seeding failed: suite/asserts.py::seed")
    for text in ("seven were expected", "the script's own words", "suite/asserts.py", "the log of single-1"):
        assert text in failure
    assert "is ready for business" in failure.partition("the log of single-1")[2]


def test_every_other_failure_names_its_cause(run: Run) -> None:
    """A fixture that is dropped, a script without `seed`, a refused document, a dead server, a server too many."""
    assert "asks for the fixture `database`, which is dropped" in run.failure_of("temporary")
    assert "no function `seed` or `seed_*` was found in this script" in run.failure_of("unnamed")
    assert "1 of 2 documents were refused" in run.failure_of("refused")
    assert run.failure_of("crashes").startswith(
        "the seeding failed: single-1 died unasked during suite/crashes.py::seed"
    )
    assert "expected the servers of the target, found dbserver-2 as well" in run.failure_of("grown")


def test_another_version_is_refused_before_the_start(run: Run) -> None:
    """With both servers named; no server was started."""
    refused = run.of("of_another_version")
    assert "was made by arangod-standin 0.1.0 as ArangoDB 3.12.10 (//tools/arangod_standin:server)" in refused.headline
    assert "(//tools/arangod_standin:server_4_0)" in refused.headline
    assert not [name for name in refused.outputs if name.startswith("servers/")]


def test_what_the_server_lacks_skips_the_tests_of_a_dataset(run: Run) -> None:
    """The dataset holds the reason instead of data: visible, and no false pass."""
    unfit = run.of("unfit")
    assert run.result.status_of("//suite:unfit_test") == "PASSED"
    assert unfit.outcomes == {"test_people_are_there": "skipped"}
    assert "real_arangodb" in unfit.message_of("test_people_are_there")


def test_a_cluster_has_its_addresses_again_or_does_not_start(run: Run) -> None:
    """Leased ones are leased again; those of the lab cannot be had by leases, and the refusal says so."""
    assert run.result.status_of("//suite:leased_test") == "PASSED"
    moved = run.of("moved")
    if run.result.status_of("//suite:moved_test") != "PASSED":  # else: a machine without the lab leases both times
        assert "was made with agent-1 at 10.99.0.1 (network lab)" in moved.headline
        assert 'set network = "leases" for both' in moved.headline
    else:
        assert run.of("leased").outcomes == moved.outcomes
