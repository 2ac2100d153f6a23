"""`armadilloctl` as a process, in front of the runner's services and real server processes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from armadillo.armadilloctl.command_line import parse
from armadillo.armadilloctl.verbs import VERBS
from armadillo.control.control_service import RunFacts
from armadillo.control.service_host import ServiceHost
from armadillo.process.private_directory import PrivateDirectory

from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world

TOKEN = "the token of this run"


class Said(NamedTuple):
    """How one call ended."""

    exit_code: int
    output: str
    complaint: str


class Shell:
    """Calls the command with the run's variables."""

    def __init__(self, socket_path: str, made: World) -> None:
        self.world = made
        self._env = {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ARMADILLO_CONTROL_SOCKET": socket_path,
            "ARMADILLO_CONTROL_TOKEN": TOKEN,
        }

    async def call(self, *words: str) -> Said:
        """One call."""
        command = [sys.executable, "-m", "armadillo.armadilloctl", *words]
        process = await asyncio.create_subprocess_exec(
            *command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        output, complaint = await asyncio.wait_for(process.communicate(), 60)
        return Said(process.returncode or 0, output.decode(), complaint.decode())


def in_a_run(tmp_path: Path, story: Callable[[Shell], Awaitable[None]]) -> None:
    """Plays the story in front of a single server that is ready."""

    async def play() -> None:
        private = PrivateDirectory()
        facts = RunFacts('{"mode": "SINGLE_SERVER"}', "{}", 42, "leases", "", str(tmp_path))
        try:
            async with world(tmp_path, single()) as made:
                socket_path = private.control_socket
                host = await ServiceHost.start(socket_path, TOKEN, made.hub, made.running, facts, faults=made.faults)
                try:
                    await made.running.start()
                    await story(Shell(socket_path, made))
                finally:
                    await host.stop()
        finally:
            private.remove()

    asyncio.run(play())


def test_a_server_is_listed_stopped_and_started(tmp_path: Path) -> None:
    """Each verb answers when its effect is there; `list --json` is what Describe answers."""

    async def story(shell: Shell) -> None:
        endpoint = shell.world.running.server("single-1").plan.http_endpoint
        assert (await shell.call("list")).output.split()[:4] == ["single-1", "single", "ready", endpoint]
        assert await shell.call("stop", "single-1") == Said(0, "", "")
        assert (await shell.call("list")).output.split()[2] == "exited"
        assert await shell.call("start", "single-1") == Said(0, "", "")
        assert await shell.call("wait") == Said(0, "", "")
        described = json.loads((await shell.call("list", "--json")).output)
        assert (described["seed"], described["servers"][0]["incarnation"]) == ("42", 2)

    in_a_run(tmp_path, story)


def test_a_fault_has_an_id_until_it_is_healed(tmp_path: Path) -> None:
    """`inject` prints the id alone, for `$(...)`; `heal` without one takes back all."""

    async def story(shell: Shell) -> None:
        injected = await shell.call("inject", "process.suspend", "single-1")
        assert injected == Said(0, "fault-1\n", "")
        assert (await shell.call("faults")).output.split()[:3] == ["fault-1", "process.suspend", "single-1"]
        assert await shell.call("heal") == Said(0, "", "")
        assert await shell.call("faults") == Said(0, "", "")
        assert (await shell.call("faults", "--healed")).output.split()[0] == "fault-1"

    in_a_run(tmp_path, story)


def test_a_note_is_in_the_record(tmp_path: Path) -> None:
    """Its words are one text."""

    async def story(shell: Shell) -> None:
        assert await shell.call("note", "half", "way") == Said(0, "", "")
        assert shell.world.hub.record.notes == ["half way"]

    in_a_run(tmp_path, story)


@pytest.mark.parametrize(
    ("words", "exit_code", "complaint"),
    [
        (["stop", "dbserver-1"], 2, "there is no server 'dbserver-1' in this deployment; there are: single-1"),
        (["inject", "process.tickle", "single-1"], 2, "process.suspend"),
        (["inject", "process.suspend", "single-1", "--set", "x"], 2, "expected --set NAME=VALUE, found 'x'"),
        (["heal", "fault-9"], 2, "fault-9"),
        (["start", "single-1"], 1, "single-1"),
        (["tickle"], 2, "invalid choice: 'tickle' (choose from"),
        (["kill", "single-1", "--signal=SIGNONE"], 2, "there is no signal 'SIGNONE'; examples: SIGKILL"),
        ([], 2, "the following arguments are required: COMMAND"),
    ],
)
def test_what_is_refused_has_a_reason(tmp_path: Path, words: list[str], exit_code: int, complaint: str) -> None:
    """1 where the moment was wrong, 2 where the words were; the text lists what there is."""

    async def story(shell: Shell) -> None:
        said = await shell.call(*words)
        assert (said.exit_code, said.output) == (exit_code, "")
        assert complaint in said.complaint

    in_a_run(tmp_path, story)


def test_outside_of_a_run_it_says_where_it_belongs() -> None:
    """No traceback, no waiting."""
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "armadillo.armadilloctl", "list"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("armadilloctl: expected ARMADILLO_CONTROL_SOCKET and ARMADILLO_CONTROL_TOKEN")


def test_every_command_has_a_verb() -> None:
    """What the command line takes is what can be done."""
    for command in VERBS:
        with pytest.raises(SystemExit) as ended:
            parse([command, "--help"])
        assert ended.value.code == 0


def test_words_are_understood_without_grpc() -> None:
    """Shell scripts call it often: what is heavy is loaded when it is needed."""
    assert importlib.util.find_spec("grpc") is not None
    code = (
        "import sys, armadillo.armadilloctl.__main__, armadillo.armadilloctl.command_line\n"
        "print([name for name in ('grpc', 'google.protobuf', 'asyncio') if name in sys.modules])"
    )
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
