"""A program behind its gate: when it begins, what it finds, and what its end says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.control.program_environment import program_environment, with_armadilloctl, write_armadilloctl
from armadillo.control.program_output import ProgramOutput
from armadillo.control.test_program import TestProgram
from armadillo.model.outcome import Outcome
from armadillo.model.role import Role
from armadillo.process.child import Child
from armadillo.results.hub import Hub
from armadillo_api.v1 import control_pb2

from tests.framework.runner.support.plans import plan

ROLES = (Role.AGENT, Role.DBSERVER, Role.COORDINATOR, Role.COORDINATOR)
ONE_CASE = "<testsuite name='s'><testcase name='a'/></testsuite>"


class Played:
    """One program, played to its end; `hub.record` is what was told of it."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path
        self.hub = Hub(str(tmp_path), str(tmp_path / "run.xml"), live_xml=False)
        self.program = TestProgram(
            "suite/any_test",
            root=str(tmp_path),
            deployment_path=str(tmp_path / "program" / "deployment.json"),
            xml_path=str(tmp_path / "program" / "test.xml"),
            shard_status_path=str(tmp_path / "program" / "shard_status"),
        )

    async def play(
        self, script: str, *, reply: control_pb2.DescribeReply, stop: bool = False, env: dict[str, str] | None = None
    ) -> Played:
        """Spawns `sh -c script`, opens the gate, waits for the end (or stops it at once), and concludes."""
        words = ["/bin/sh", "-c", script, "program"]
        here = {**os.environ, **(env or {}), "XML": str(self.tmp_path / "program" / "test.xml")}
        child = Child(self.program.spawn(str(self.tmp_path / "gate"), words, cwd=str(self.tmp_path), env=here))
        self.program.attach(self.hub)
        assert child.status is None
        self.program.begin(reply)
        if stop:
            child.signal(signal.SIGKILL)
        self.program.conclude(await child.wait(), was_asked=stop)
        return self

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Of all cases by node id."""
        cases = self.hub.record.cases
        return {name: Outcome(case.finished.outcome) for name, case in cases.items() if case.finished is not None}


def play(tmp_path: Path, script: str, *, missing: str = "", stop: bool = False, **env: str) -> Played:
    """The whole story of one program."""
    reply = control_pb2.DescribeReply(missing_requirement=missing, seed=7, jwt_secret="s")
    return asyncio.run(Played(tmp_path).play(script, reply=reply, stop=stop, env=env))


@pytest.mark.parametrize(
    ("script", "outcomes"),
    [
        ("exit 0", {"any_test": Outcome.PASSED}),
        ("exit 9", {"any_test": Outcome.FAILED}),
        ("kill -ABRT $$", {"any_test": Outcome.CRASHED}),
        (f'echo "{ONE_CASE}" >"$XML"', {"s.a": Outcome.PASSED}),
        (f'echo "{ONE_CASE}" >"$XML"; exit 1', {"s.a": Outcome.PASSED, "any_test": Outcome.FAILED}),
        (f'echo "{ONE_CASE}" >"$XML"; kill -SEGV $$', {"s.a": Outcome.PASSED, "any_test": Outcome.CRASHED}),
    ],
)
def test_its_end_is_told_as_cases(tmp_path: Path, script: str, outcomes: dict[str, Outcome]) -> None:
    """By its own file where there is one that explains the end; else by the case that is the program."""
    assert play(tmp_path, script).outcomes == {f"suite/any_test::{name}": one for name, one in outcomes.items()}


def test_it_is_not_run_without_what_it_requires(tmp_path: Path) -> None:
    """The case is skipped with the reason, and the program's first line never happens."""
    played = play(tmp_path, "touch was_run", missing="requires v8: it has none")
    assert played.outcomes == {"suite/any_test::any_test": Outcome.SKIPPED}
    assert not (tmp_path / "was_run").exists()


def test_what_the_runner_ended_is_a_timeout(tmp_path: Path) -> None:
    """No finding of its own: the deadline has one."""
    played = play(tmp_path, "sleep 100", stop=True)
    assert played.outcomes == {"suite/any_test::any_test": Outcome.TIMEOUT}
    assert not played.hub.record.findings


def test_the_deployment_is_there_when_it_begins(tmp_path: Path) -> None:
    """The file holds what Describe answers, fields without a value too, and belongs to this user alone."""
    play(tmp_path, "cp program/deployment.json seen.json")
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert (seen["seed"], seen["jwt_secret"], seen["servers"]) == ("7", "s", [])
    assert (tmp_path / "program" / "deployment.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("script", "kinds"), [("exit 0", ["sharding_ignored"]), ("touch program/shard_status", [])])
def test_a_shard_is_acknowledged(tmp_path: Path, script: str, kinds: list[str]) -> None:
    """Else every shard would run every case, and nobody would see it."""
    played = play(tmp_path, script, TEST_TOTAL_SHARDS="2")
    assert [finding.kind for finding in played.hub.record.findings] == kinds


def test_output_is_passed_on_and_its_end_is_kept(tmp_path: Path) -> None:
    """All of it arrives, whoever still holds the pipe; the kept part says what is missing before it."""
    target = tmp_path / "log"

    async def story() -> ProgramOutput:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        with target.open("wb") as log:
            output = ProgramOutput(reading, log.fileno())
            output.start()
            for _ in range(50):
                os.write(writing, b"a line\n" * 1000)
                await asyncio.sleep(0)
            output.finish()
        os.close(writing)
        return output

    output = asyncio.run(story())
    assert target.read_bytes() == b"a line\n" * 50_000
    assert output.kept.startswith(f"[{350_000 - 32 * 1024} bytes before are in test.log]\n")
    assert output.tail == "\n".join(["a line"] * 40)


def environment(**environ: str) -> dict[str, str]:
    """What a program of a cluster finds."""
    return program_environment(
        environ,
        plans=[plan(role, host=host) for host, role in enumerate(ROLES, start=1)],
        has_authentication=True,
        xml_path="/out/test.xml",
        deployment_path="/tmp/deployment.json",
        shard_status_path="/tmp/status",
        runfiles_root="/runfiles",
    )


def test_endpoints_are_those_of_the_coordinators() -> None:
    """Agents and dbservers are nobody's way in; the first one has a variable of its own."""
    env = environment()
    assert env["ARANGO_ENDPOINTS"] == "http://127.0.0.3:8529,http://127.0.0.4:8529"
    assert env["ARANGO_ENDPOINT"] == "http://127.0.0.3:8529"


def test_bazels_variables_are_passed_on_but_for_the_runners_own() -> None:
    """Filter and shards are the program's; our import path and the file that Bazel reads are not."""
    env = environment(
        PYTHONPATH="ours", TESTBRIDGE_TEST_ONLY="Geo.*", TEST_TOTAL_SHARDS="2", TEST_SHARD_INDEX="1",
        TEST_SHARD_STATUS_FILE="bazels", XML_OUTPUT_FILE="bazels",
    )  # fmt: skip
    assert "PYTHONPATH" not in env
    assert (env["TESTBRIDGE_TEST_ONLY"], env["TEST_SHARD_INDEX"]) == ("Geo.*", "1")
    assert {env["TEST_SHARD_STATUS_FILE"], env["GTEST_SHARD_STATUS_FILE"]} == {"/tmp/status"}
    assert env["XML_OUTPUT_FILE"] == "/out/test.xml"


def test_the_command_is_first_on_path(tmp_path: Path) -> None:
    """It is this interpreter with this import path, and tells its commands."""
    write_armadilloctl(str(tmp_path / "commands"))
    env = with_armadilloctl({"PATH": "/usr/bin:/bin"}, str(tmp_path / "commands"))
    shell = ["/bin/sh", "-c", "armadilloctl --help"]
    told = subprocess.run(shell, env=env, check=True, capture_output=True, text=True, timeout=60).stdout
    assert "expect-crash" in told
    assert sys.executable in (tmp_path / "commands" / "armadilloctl").read_text(encoding="utf-8")
