"""The guardian: nothing of a run outlives the runner, however the runner ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.process.guardian import RUN_ID_VARIABLE, kill_marked, marked_pids

from tests.framework.runner.support.waiting import process_exists, until

RUNNER = """
import os, subprocess, sys, time
from armadillo.process.guardian import start_guardian
guardian = start_guardian({run_id!r})
env = dict(os.environ, {variable}={run_id!r})
server = subprocess.Popen([sys.executable, "-c", '''
import os, sys, time
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    open("daemon", "w").write(str(os.getpid()))
    time.sleep(3600)
open("server", "w").write(str(os.getpid()))
time.sleep(3600)
'''], env=env, start_new_session=True)
while not (os.path.exists("daemon") and os.path.exists("server")):
    time.sleep(0.01)
open("guardian", "w").write(str(guardian))
print("up", flush=True)
{end}
"""


@pytest.fixture
def run_id() -> str:
    """A mark that no other run on this machine has."""
    return secrets.token_hex(8)


def start_runner(tmp_path: Path, run_id: str, end: str) -> subprocess.Popen[str]:
    """A process that behaves as the runner does, with a server and a daemonized grandchild, all up."""
    code = RUNNER.format(run_id=run_id, variable=RUN_ID_VARIABLE, end=end)
    runner = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert runner.stdout is not None
    assert runner.stdout.readline() == "up\n"
    return runner


def pids(tmp_path: Path) -> list[int]:
    """Pids of server, daemonized grandchild and guardian."""
    return [int((tmp_path / name).read_text(encoding="ascii")) for name in ("server", "daemon", "guardian")]


def test_a_runner_killed_with_9_leaves_no_process(tmp_path: Path, run_id: str) -> None:
    """Server, daemonized grandchild in a session of its own, and the guardian itself are gone."""
    runner = start_runner(tmp_path, run_id, "time.sleep(3600)")
    assert all(process_exists(pid) for pid in pids(tmp_path))
    runner.kill()
    runner.wait()
    for pid in pids(tmp_path):
        until(f"process {pid} is gone", lambda pid=pid: not process_exists(pid))  # type: ignore[misc]
    assert marked_pids(run_id) == []


def test_a_runner_that_ends_by_itself_leaves_no_process_either(tmp_path: Path, run_id: str) -> None:
    """Also what a normal end forgot is taken away."""
    runner = start_runner(tmp_path, run_id, "sys.exit(0)")
    assert runner.wait() == 0
    for pid in pids(tmp_path):
        until(f"process {pid} is gone", lambda pid=pid: not process_exists(pid))  # type: ignore[misc]


def test_the_guardian_holds_no_output_open(tmp_path: Path, run_id: str) -> None:
    """A held test.log or pipe would make Bazel, or a shell, wait for the guardian."""
    runner = start_runner(tmp_path, run_id, "time.sleep(3600)")
    guardian = pids(tmp_path)[2]
    links = [os.readlink(f"/proc/{guardian}/fd/{name}") for name in os.listdir(f"/proc/{guardian}/fd")]
    runner.kill()
    runner.wait()
    assert sorted(set(links)) == [os.devnull, next(link for link in links if link.startswith("pipe:"))]
    assert len([link for link in links if link.startswith("pipe:")]) == 1


def test_only_the_runs_own_processes_are_killed(run_id: str) -> None:
    """A process with another run's mark, or a mark that only begins alike, lives on."""
    code = "import time; time.sleep(3600)"
    ours, theirs, alike = (
        subprocess.Popen([sys.executable, "-c", code], env={RUN_ID_VARIABLE: mark})
        for mark in (run_id, secrets.token_hex(8), f"{run_id}0")
    )
    try:
        until("our process shows its mark", lambda: marked_pids(run_id) == [ours.pid])
        kill_marked(run_id)
        assert ours.wait() == -signal.SIGKILL
        assert theirs.poll() is None
        assert alike.poll() is None
    finally:
        for other in (theirs, alike):
            other.kill()
            other.wait()


def test_a_process_in_the_middle_of_exec_is_not_missed(run_id: str) -> None:
    """A chain of programs that replace each other shows no mark for moments: it is killed all the same."""
    chain = 'n=$1; if [ $n -gt 0 ]; then exec sh -c "$0" "$0" $((n - 1)); else exec sleep 3600; fi'
    for length in range(0, 40, 4):
        process = subprocess.Popen(["sh", "-c", chain, chain, str(length)], env={**os.environ, RUN_ID_VARIABLE: run_id})
        kill_marked(run_id)
        assert process.wait(30) == -signal.SIGKILL
