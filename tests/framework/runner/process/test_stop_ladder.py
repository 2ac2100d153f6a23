"""Stopping: politely, once, and then by force."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from armadillo.process import stop_ladder
from armadillo.process.child import Child
from armadillo.process.spawn import spawn

from tests.framework.runner.support.waiting import file_has, process_exists, until

COUNTS_SIGTERM = """
import signal, sys, time
def on_sigterm(number, frame):
    print("SIGTERM", flush=True)
    if {ends}:
        sys.exit(0)
signal.signal(signal.SIGTERM, on_sigterm)
print("up", flush=True)
while True:
    time.sleep(3600)
"""


def start(tmp_path: Path, code: str) -> Child:
    """A process that runs `code` and has said "up"."""
    log = tmp_path / "output.log"
    child = Child(
        spawn("child", [sys.executable, "-c", code], cwd=str(tmp_path), env=dict(os.environ), output_path=str(log))
    )
    until("the child is up", lambda: file_has(log, "up"))
    return child


def test_a_child_that_listens_to_sigterm_stops_by_itself_after_one(tmp_path: Path) -> None:
    """SIGTERM is sent exactly once: arangod takes a second one as an order to die at once."""

    async def story() -> None:
        child = start(tmp_path, COUNTS_SIGTERM.format(ends=True))
        assert await stop_ladder.stop(child, 30)
        assert await child.wait() == 0

    asyncio.run(story())
    assert (tmp_path / "output.log").read_text(encoding="utf-8").count("SIGTERM") == 1


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """After the time limit comes SIGKILL, and the answer says that force was needed."""

    async def story() -> None:
        child = start(tmp_path, COUNTS_SIGTERM.format(ends=False))
        assert not await stop_ladder.stop(child, 0.2)
        assert await child.wait() == -signal.SIGKILL

    asyncio.run(story())
    assert (tmp_path / "output.log").read_text(encoding="utf-8").count("SIGTERM") == 1


def test_a_suspended_child_is_resumed_so_that_it_can_hear(tmp_path: Path) -> None:
    """A server that a test left suspended stops politely all the same."""

    async def story() -> None:
        child = start(tmp_path, COUNTS_SIGTERM.format(ends=True))
        child.signal(signal.SIGSTOP)
        await asyncio.to_thread(os.waitid, os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        assert await stop_ladder.stop(child, 30)
        assert await child.wait() == 0

    asyncio.run(story())


@pytest.mark.parametrize("is_forced", [False, True])
def test_what_a_child_leaves_in_its_group_goes_with_it(tmp_path: Path, is_forced: bool) -> None:
    """Workers of a server end with the server, whether it stopped by itself or was killed."""
    code = (
        "import subprocess, sys\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        f"open('worker', 'w').write(str(worker.pid))\n{COUNTS_SIGTERM.format(ends=not is_forced)}"
    )

    async def story() -> None:
        child = start(tmp_path, code)
        assert await stop_ladder.stop(child, 0.2 if is_forced else 30) is not is_forced

    asyncio.run(story())
    worker = int((tmp_path / "worker").read_text(encoding="ascii"))
    until("the worker is gone", lambda: not process_exists(worker))


def test_stopping_a_child_that_has_ended_is_a_success(tmp_path: Path) -> None:
    """Nothing is sent, nothing is waited for."""

    async def story() -> None:
        child = start(tmp_path, "print('up')")
        await child.wait()
        assert await stop_ladder.stop(child, 30)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "exit code 0"),
        (21, "exit code 21"),
        (-9, "signal 9 (SIGKILL)"),
        (-11, "signal 11 (SIGSEGV)"),
        (-63, "signal 63"),
    ],
)
def test_a_status_in_words_names_the_signal(status: int, text: str) -> None:
    """The number alone helps nobody; a real-time signal without a name stays a number."""
    assert stop_ladder.describe_status(status) == text


def test_a_running_process_is_not_dumping_core() -> None:
    """The question is answered for any pid, also for one that does not exist."""
    assert not stop_ladder.is_dumping_core(os.getpid())
    assert not stop_ladder.is_dumping_core(2**22 + 1)


def test_a_kill_is_explained() -> None:
    """Nobody sends himself SIGKILL by a mistake, so the text says who may have; other ends speak for themselves."""
    assert "because memory was short" in stop_ladder.explain_status(-9)
    assert stop_ladder.explain_status(-11) == stop_ladder.describe_status(-11)
    assert stop_ladder.explain_status(3) == "exit code 3"
