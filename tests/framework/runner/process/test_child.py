"""Children: sessions of their own, output, waiting, signals."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from armadillo.process.child import Child
from armadillo.process.spawn import spawn


def start(tmp_path: Path, code: str, env: dict[str, str] | None = None) -> Child:
    """A Python process that runs `code`; its output goes to `output.log`."""
    return Child(
        spawn(
            "child",
            [sys.executable, "-c", code],
            cwd=str(tmp_path),
            env=env or {},
            output_path=str(tmp_path / "output.log"),
        )
    )


def run(tmp_path: Path, code: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and output of a process that ends by itself."""
    status = asyncio.run(_wait(start(tmp_path, code, env)))
    return status, (tmp_path / "output.log").read_text(encoding="utf-8")


async def _wait(child: Child) -> int:
    return await asyncio.wait_for(child.wait(), 30)


def test_a_child_leads_a_session_and_a_group_of_its_own(tmp_path: Path) -> None:
    """Bazel's SIGTERM goes to the test's process group: a server must not be in it."""
    status, output = run(tmp_path, "import os; print(os.getpid() == os.getsid(0) == os.getpgrp())")
    assert (status, output) == (0, "True\n")


def test_a_child_sees_only_the_environment_it_was_given(tmp_path: Path) -> None:
    """Nothing leaks from the runner's environment, and stdin is empty."""
    code = "import os, sys; print(os.environ.get('A'), os.environ.get('HOME'), repr(sys.stdin.read()))"
    assert run(tmp_path, code, {"A": "1"}) == (0, "1 None ''\n")


def test_stdout_and_stderr_are_appended_in_order(tmp_path: Path) -> None:
    """Both go to one file, which keeps what an earlier incarnation wrote."""
    (tmp_path / "output.log").write_text("before\n", encoding="utf-8")
    code = "import os; os.write(1, b'out\\n'); os.write(2, b'err\\n'); os.write(1, b'out again\\n')"
    assert run(tmp_path, code)[1] == "before\nout\nerr\nout again\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", 0),
        ("raise SystemExit(21)", 21),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
    ],
)
def test_wait_answers_exit_code_or_negative_signal(tmp_path: Path, code: str, status: int) -> None:
    """The status tells an exit from a death by signal, for every waiter, again and again."""

    async def story() -> None:
        child = start(tmp_path, code)
        first, second = await asyncio.gather(child.wait(), child.wait())
        assert first == second == status
        assert await child.wait() == status
        assert child.status == status

    asyncio.run(story())


def test_a_cancelled_wait_does_not_cost_the_others_theirs(tmp_path: Path) -> None:
    """A wait with a time limit may give up, while another one goes on."""

    async def story() -> None:
        child = start(tmp_path, "import time; time.sleep(3600)")
        patient = asyncio.ensure_future(child.wait())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), 0.01)
        child.signal(signal.SIGKILL)
        assert await asyncio.wait_for(patient, 30) == -signal.SIGKILL

    asyncio.run(story())


def test_signals_to_a_child_that_has_ended_do_nothing(tmp_path: Path) -> None:
    """Neither a dead child that nobody waited for nor a reaped one makes an error of a signal."""

    async def story() -> None:
        child = start(tmp_path, "")
        await asyncio.to_thread(os.waitid, os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        child.signal(signal.SIGTERM)
        assert await child.wait() == 0
        child.signal(signal.SIGTERM)
        child.signal_group(signal.SIGTERM)

    asyncio.run(story())


def test_the_representation_tells_the_truth(tmp_path: Path) -> None:
    """An error text that holds a child says whether it runs and how it ended."""

    async def story() -> None:
        child = start(tmp_path, "import time; time.sleep(3600)")
        assert repr(child) == f"<Child child running with pid {child.pid}>"
        child.signal(signal.SIGKILL)
        await child.wait()
        assert repr(child) == "<Child child ended with signal 9>"

    asyncio.run(story())


def test_waiting_leaves_no_file_open(tmp_path: Path) -> None:
    """A run with many restarts must not run out of file descriptors."""

    async def story() -> None:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            await start(tmp_path, "").wait()
        assert len(os.listdir("/proc/self/fd")) == before

    asyncio.run(story())


def test_a_program_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    """The error of the system names the program."""
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        spawn("x", ["/no-such-program"], cwd=str(tmp_path), env={}, output_path=None)
