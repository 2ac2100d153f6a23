"""What `bazel coverage` changes in a run: where servers write, their time to stop, and what is noted at the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from armadillo.control.coverage_step import collect_coverage
from armadillo.control.launcher import COVERAGE_STOP_SCALE
from armadillo.control.running_deployment import RunningDeployment
from armadillo.lcov.collection import Collection
from armadillo.lcov.coverage_request import CoverageRequest
from armadillo.model.outcome import Outcome
from armadillo.results.hub import Hub
from armadillo.results.verdict import decide

from tests.framework.runner.support.events import run_started, server, timed, whole_case
from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world


def request(directory: Path, is_continuous: bool = False) -> CoverageRequest:
    """A run of `bazel coverage` that wants one source."""
    manifest = directory / "manifest"
    manifest.write_text("pkg/lib.py\n")
    return CoverageRequest(str(directory / "coverage"), str(manifest), str(directory), is_continuous)


def with_coverage(made: World) -> RunningDeployment:
    """The same deployment as `bazel coverage` runs it; it has the user's own idea of one variable."""
    deployment = replace(made.deployment, env={"GCOV_PREFIX_STRIP": "2"})
    launcher = replace(made.launcher, deployment=deployment, coverage=request(made.tmp_path))
    return RunningDeployment(
        deployment=made.deployment,
        launcher=launcher,
        plans=[one.plan for one in made.running.servers.values()],
        new_plan=lambda role, number: made.plan(f"{role.server_prefix}-{number}", role),
        jwt_secret="",
        time_scale=1.0,
        hub=made.hub,
    )


def test_servers_know_where_to_write_and_have_time_for_it(tmp_path: Path) -> None:
    """The limit of a stop is three times the usual one, and only then; variables of the user win."""

    async def story() -> None:
        async with world(tmp_path, single(), spawn_first=False) as made:
            usual_s = made.deployment.stop_timeout_s
            assert made.running.stop_timeout_s == usual_s
            made.running = with_coverage(made)
            assert made.running.stop_timeout_s == COVERAGE_STOP_SCALE * usual_s
            await made.running.start()
            pid = made.running.server("single-1").pid
            seen = dict(pair.split("=", 1) for pair in Path(f"/proc/{pid}/environ").read_text().split("\0") if pair)
            assert seen["GCOV_PREFIX"] == str(tmp_path / "coverage" / "armadillo_servers")
            assert seen["GCOV_PREFIX_STRIP"] == "2"
            assert seen["LLVM_PROFILE_FILE"].endswith("/single-1-1-%p-%m.profraw")
            assert await made.running.stop_all(made.running.stop_timeout_s, "runner") == []

    asyncio.run(story())


def notes_of(tmp_path: Path, outcome: Outcome, is_continuous: bool = False) -> list[str]:
    """What a run notes whose one case ended so, whose server was killed, and whose test process told no lines."""
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    hub.publish(
        *timed(
            run_started(),
            server("single-1", "STARTED"),
            server("single-1", "EXITED", signal=9, expected=True),
            *whole_case("test_a", outcome, "expected 3"),
        )
    )
    before = decide(hub.record)
    collection = Collection(
        request(tmp_path, is_continuous),
        {},
        str(tmp_path / "rf"),
        "_main",
        str(tmp_path / "outputs"),
        expects_python=True,
    )
    asyncio.run(collect_coverage(collection, hub, 0.0, 0.0))
    assert decide(hub.record) == before
    return hub.record.notes


def test_what_is_missing_is_noted_and_decides_nothing(tmp_path: Path) -> None:
    """A killed server is told only where servers count lines at all."""
    (python,) = notes_of(tmp_path, Outcome.PASSED)
    assert "told no lines of Python" in python
    folder = tmp_path / "coverage" / "armadillo_servers"
    folder.mkdir(parents=True)
    killed, again = notes_of(tmp_path, Outcome.PASSED)
    assert killed == "coverage: lost with a SIGKILL is what was counted by single-1 (1)"
    assert again == python
    folder.mkdir()
    assert notes_of(tmp_path, Outcome.PASSED, is_continuous=True) == [python]


def test_nothing_is_done_for_a_run_that_failed(tmp_path: Path) -> None:
    """Bazel collects nothing of it."""
    assert notes_of(tmp_path, Outcome.FAILED) == []
