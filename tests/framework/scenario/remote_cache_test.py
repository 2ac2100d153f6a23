"""A real cache over HTTP serves our own suites to another checkout of another user; a broken one harms no run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from build_events import TestFact, facts_of
from cache_diagnosis.diagnosis import diagnose
from cache_diagnosis.log_file import read_log

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.http_cache import broken_http_cache, free_port, http_cache
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

SUITE = "//tests/smoke:all"
ONE = "//tests/smoke:single_server_test"
SERVED = TestFact(status="PASSED", strategy="remote cache hit", cached_remotely=True, cached_locally=False)


@dataclass
class Checkout:
    """A checkout with the smoke suite, and the files in which its last run was noted."""

    workspace: ScratchWorkspace
    events: Path
    actions: Path

    def test(self, target: str, cache: str, *options: str, **environment: str) -> Result:
        """Runs tests with a cache, and notes build events and actions."""
        return self.workspace.bazel(
            "test",
            target,
            f"--remote_cache={cache}",
            f"--build_event_json_file={self.events}",
            f"--execution_log_json_file={self.actions}",
            *options,
            **environment,
        )


def checkout_of(workspace: ScratchWorkspace, folder: Path) -> Checkout:
    """Adds the smoke suite to a scratch workspace."""
    shutil.copytree("tests/smoke", workspace.root / "tests" / "smoke", symlinks=False)
    (workspace.root / "tests" / "BUILD.bazel").touch()
    return Checkout(workspace, folder / "events.json", folder / "actions.json")


@pytest.fixture(scope="module")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checkout, Checkout]]:
    """Two checkouts; the first has run the suite and filled the cache, then the second has run it with the cache."""
    here, there = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("elsewhere-at-a-longer-path")
    store = tmp_path_factory.mktemp("store")
    with scratch_workspace(here) as first, http_cache(first.root, store) as url:
        one = checkout_of(first, here)
        filled = one.test(SUITE, url)
        assert filled.exit_code == 0, filled.output
        first.bazel("shutdown")
        with scratch_workspace(there, copied_from=first.root) as second:
            other = checkout_of(second, there)
            home, temporary = there / "home", there / "tmp"
            home.mkdir()
            temporary.mkdir()
            done = other.test(
                SUITE,
                url,
                HOME=str(home),
                USER="somebody-else",
                LOGNAME="somebody-else",
                TMPDIR=str(temporary),
                LANG="de_DE.UTF-8",
                TZ="Asia/Tokyo",
                LD_LIBRARY_PATH=str(home),
                PATH=f"{home}:{second.environment['PATH']}:{temporary}",
            )
            assert done.exit_code == 0, done.output
            yield one, other


def test_nothing_is_executed_in_the_second_checkout(checkouts: tuple[Checkout, Checkout]) -> None:
    """Not a test and no action that prepares one: Bazel's own account of both, not only its exit code."""
    one, other = checkouts
    filled, facts = facts_of(one.events), facts_of(other.events)
    assert filled
    assert not any(fact.cached_remotely or fact.cached_locally for fact in filled.values()), filled
    assert facts == dict.fromkeys(filled, SERVED)
    diagnosis = diagnose(read_log(one.actions), read_log(other.actions))
    assert diagnosis.misses == 0, diagnosis.causes
    assert diagnosis.hits >= len(filled)
    assert diagnosis.only_in_first == []


def test_evidence_is_restored_whole(checkouts: tuple[Checkout, Checkout]) -> None:
    """test.xml and every undeclared output are those of the first checkout, byte for byte."""
    one, other = checkouts
    for label in facts_of(one.events):
        target = label.removeprefix("//").replace(":", "/")
        there, here = Evidence(one.workspace, target), Evidence(other.workspace, target)
        assert here.xml == there.xml
        assert {"events.binpb", "index.json", "report.html"} <= set(here.outputs)
        assert here.outputs == there.outputs
        assert set(here.outcomes.values()) == {"passed"}
    # Nothing in it tells where the first checkout was.
    assert str(one.workspace.root).encode() not in here.xml


def test_a_broken_cache_is_told_and_harms_no_run(checkouts: tuple[Checkout, Checkout]) -> None:
    """Answers 500, or is not there at all: the test is executed here, passes, and Bazel warns and names the reason."""
    one, other = checkouts
    with broken_http_cache() as url:
        refused = other.test(ONE, url, "--test_env=AGAIN=1")
    assert_passed_with_warning(refused, "500 Internal Server Error")
    assert not facts_of(other.events)[ONE].cached_remotely
    assert causes_between(one, other) == ["environment variable AGAIN differs: (not there) -> '1'"]

    other.workspace.append("tests/smoke/single_server_test.py", "\n# One line more.\n")
    down = other.test(ONE, f"http://127.0.0.1:{free_port()}")
    assert_passed_with_warning(down, "Connection refused")
    (cause,) = causes_between(one, other)
    assert cause.startswith("input tests/smoke/single_server_test.py differs: ")


def assert_passed_with_warning(done: Result, reason: str) -> None:
    """The run is good, and Bazel's warning about the cache gives the reason."""
    assert done.exit_code == 0, done.output
    assert done.status_of(ONE) == "PASSED"
    # 7.7 names the reason in the same line, 4.2 in the next.
    assert re.search(rf"WARNING: [^\n]*Remote Cache:\s+{reason}", done.output), done.output


def causes_between(one: Checkout, other: Checkout) -> list[str]:
    """What cache_doctor says about the last run of the other checkout."""
    return [cause.text for cause in diagnose(read_log(one.actions), read_log(other.actions)).causes]
