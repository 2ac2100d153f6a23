"""Stacks by a real gdb: of a real core, of a living process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from armadillo.observe.core_pattern import read_core_pattern
from armadillo.observe.core_store import store_core
from armadillo.observe.gdb import DebuggerError, stacks_of_core, stacks_of_process
from armadillo.observe.idle_threads import IDLE_THREADS
from armadillo.observe.stack_frame import Frame
from armadillo.observe.thread_stacks import ProcessStacks, ThreadStack
from armadillo.process.limits import raise_soft_limits

PROGRAM = """
#include <csignal>
#include <thread>
#include <vector>
#include <mutex>
#include <condition_variable>
#include <unistd.h>
std::mutex mutex; std::condition_variable never;
void waiter() { std::unique_lock<std::mutex> lock(mutex); never.wait(lock, [] { return false; }); }
void handle_crash(int number) { std::signal(number, SIG_DFL); kill(getpid(), number); for (;;) pause(); }
void break_it(volatile int *where) { *where = 1; }
int main(int count, char **) {
  if (count > 2) std::signal(SIGSEGV, handle_crash);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(waiter);
  if (count > 1) { usleep(50000); break_it(nullptr); }
  pause();
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small program with threads that wait, built with debug information."""
    if shutil.which("g++") is None or shutil.which("gdb") is None:
        pytest.skip("g++ and gdb are needed")
    folder = tmp_path_factory.mktemp("program")
    (folder / "program.cpp").write_text(PROGRAM)
    subprocess.run(["g++", "-g", "-O0", "-pthread", "-o", "program", "program.cpp"], cwd=folder, check=True)
    return folder / "program"


@pytest.fixture
def core(program: Path, tmp_path: Path) -> Path:
    """A core of the crashed program."""
    pattern = read_core_pattern()
    if not pattern.can_be_had:
        pytest.skip(pattern.reason)
    raise_soft_limits()
    with subprocess.Popen([program, "crash"], cwd=tmp_path) as process:
        assert process.wait() == -signal.SIGSEGV
        candidates = pattern.candidates(str(tmp_path), process.pid)
    if not candidates:
        pytest.skip("the machine wrote no core here")
    return Path(candidates[0])


def test_a_core_tells_who_crashed_and_where(program: Path, core: Path) -> None:
    """The crashed thread's first own frame has function and source line; the waiting threads are folded into one."""
    stacks = asyncio.run(stacks_of_core(str(program), str(core)))
    assert stacks.crashed is not None
    function, _, place = stacks.where.partition(" ")
    assert function.startswith("break_it")
    assert "program.cpp:11" in place
    assert len(stacks.threads) == 4
    assert "3 threads: " in stacks.render(())
    assert stacks.build_id


def test_a_crash_handler_that_sends_the_signal_again_is_not_to_blame(program: Path, tmp_path: Path) -> None:
    """As ArangoDB's does: the place is that below the handler's frames, and nobody else has sent the signal."""
    pattern = read_core_pattern()
    if not pattern.can_be_had:
        pytest.skip(pattern.reason)
    raise_soft_limits()
    with subprocess.Popen([program, "crash", "handled"], cwd=tmp_path) as process:
        assert process.wait() == -signal.SIGSEGV
        candidates = pattern.candidates(str(tmp_path), process.pid)
    if not candidates:
        pytest.skip("the machine wrote no core here")
    stacks = asyncio.run(stacks_of_core(str(program), candidates[0]))
    assert stacks.where.startswith("break_it")
    assert stacks.sent_by_pid is None
    assert stacks.crashed is not None
    assert any(frame.function.startswith("handle_crash") for frame in stacks.crashed.frames)


def test_a_signal_from_outside_blames_no_thread(program: Path, tmp_path: Path) -> None:
    """A process that somebody killed by a signal with a core was doing nothing wrong: no frame is named."""
    pattern = read_core_pattern()
    if not pattern.can_be_had:
        pytest.skip(pattern.reason)
    raise_soft_limits()
    with subprocess.Popen([program], cwd=tmp_path) as process:
        process.send_signal(signal.SIGABRT)
        assert process.wait() == -signal.SIGABRT
        candidates = pattern.candidates(str(tmp_path), process.pid)
    if not candidates:
        pytest.skip("the machine wrote no core here")
    stacks = asyncio.run(stacks_of_core(str(program), candidates[0]))
    assert stacks.sent_by_pid == os.getpid()
    assert stacks.where == ""
    assert f"sent by the process {os.getpid()}" in stacks.render(())


def test_a_living_process_goes_on_after_its_stacks(program: Path) -> None:
    """Its threads are seen, nobody has crashed, and it still runs."""
    with subprocess.Popen([program]) as process:
        try:
            deadline = 100
            while len(os.listdir(f"/proc/{process.pid}/task")) < 4 and deadline:
                deadline -= 1
                os.sched_yield()
            stacks = asyncio.run(stacks_of_process(process.pid))
            assert stacks.crashed is None
            assert any("waiter" in frame.function for thread in stacks.threads for frame in thread.frames)
            assert process.poll() is None
        finally:
            process.kill()


def test_a_file_that_is_no_core_is_refused_in_words(program: Path, tmp_path: Path) -> None:
    """gdb's own last words are in the error."""
    (tmp_path / "core").write_text("nothing")
    with pytest.raises(DebuggerError, match="gdb gave no stacks"):
        asyncio.run(stacks_of_core(str(program), str(tmp_path / "core")))


def test_without_gdb_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """No debugger is no crash of ours."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DebuggerError, match="install the package gdb"):
        asyncio.run(stacks_of_process(os.getpid()))


def test_a_core_is_packed_below_its_limit(tmp_path: Path) -> None:
    """Holes take no room in the archive; what is too large in spite of that is removed, and said."""
    with open(tmp_path / "core", "wb") as file:
        file.truncate(1 << 30)
        file.seek(1 << 29)
        file.write(os.urandom(100_000))
    said = asyncio.run(store_core(str(tmp_path / "core"), str(tmp_path / "kept")))
    (archive,) = tmp_path.glob("kept.tar.*")
    assert archive.stat().st_size < 200_000
    assert archive.name in said
    said = asyncio.run(store_core(str(tmp_path / "core"), str(tmp_path / "kept"), limit_bytes=1000))
    assert "was not kept: packed it has" in said
    assert list(tmp_path.glob("kept.tar.*")) == []


def test_idle_threads_are_counted_and_not_shown() -> None:
    """A thread whose topmost functions are in the list of idle ones is left out, the crashed one never."""
    idle = (Frame("syscall"), Frame("arangodb::SupervisedScheduler::getWork()"))
    stacks = ProcessStacks(
        (
            ThreadStack(1, 11, "a", idle),
            ThreadStack(2, 12, "b", idle, is_crashed=True),
            ThreadStack(3, 13, "c", (Frame("f"),)),
        )
    )
    shown = stacks.render(IDLE_THREADS)
    assert "1 thread: 2 [b] (crashed)" in shown
    assert "1 thread: 3 [c]" in shown
    assert "1 idle threads are left out" in shown
