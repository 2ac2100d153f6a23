"""The quick look at stacks by a real eu-stack, and what it prints."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from armadillo.observe.eu_stack import parse_eu_stack, quick_stacks_of_process
from armadillo.observe.gdb import DebuggerError
from armadillo.observe.idle_threads import IDLE_THREADS
from armadillo.observe.stack_frame import Frame

from tests.framework.runner.support.waiting import until

SAMPLE = Path(__file__).parent / "samples" / "eu_stack_of_core.txt"
WITH_MODULES = """\
PID 23255 - process
TID 23255:
#0  0x00007f2eafea3f16 __futex_abstimed_wait_common - /usr/lib/x86_64-linux-gnu/libc.so.6
#1  0x00005583c09bb23a main - /usr/sbin/arangod
TID 23256:
#0  0x00007f2eafea412b __GI___lll_lock_wait - /usr/lib/x86_64-linux-gnu/libc.so.6
#1  0x00005583c09bb1f2 arangodb::operator-(arangodb::Key const&, int) - /usr/sbin/arangod
#2  0x00007f2eb00d44a3 - /usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30
eu-stack: dwfl_thread_getframes tid 23256 at 0x7f: no matching address range
"""
_FUTEX = {"x86_64": 202, "aarch64": 98}
"""The number of the system call futex(), from the kernel's tables."""
PROGRAM = """
#include <mutex>
#include <thread>
std::mutex held;
void asks_for_it() { std::lock_guard<std::mutex> guard(held); }
int main() { held.lock(); std::thread other(asks_for_it); other.join(); }
"""


def test_a_sample_is_read() -> None:
    """Eight threads of a real program, six of them equal; frames without a name keep their place."""
    stacks = parse_eu_stack(SAMPLE.read_text())
    assert len(stacks.threads) == 8
    assert stacks.threads[0].frames[1] == Frame("??")
    assert stacks.threads[1].frames[2] == Frame("waiter(int)")
    assert "6 threads: 2, 3, 4, 5, 6, 7\n" in stacks.render(IDLE_THREADS)


def test_modules_are_told_apart_from_functions() -> None:
    """Function names may have blanks and dashes; foreign modules make foreign frames; errors between are no frames."""
    first, second = parse_eu_stack(WITH_MODULES).threads
    assert [frame.function for frame in second.frames] == [
        "__GI___lll_lock_wait",
        "arangodb::operator-(arangodb::Key const&, int)",
        "??",
    ]
    assert [frame.is_own for frame in (*first.frames, *second.frames)] == [False, True, False, True, False]
    assert (first.lwp, second.lwp) == (23255, 23256)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small program with a thread that waits for a lock for ever."""
    if shutil.which("g++") is None or shutil.which("eu-stack") is None:
        pytest.skip("g++ and eu-stack are needed")
    folder = tmp_path_factory.mktemp("program")
    (folder / "program.cpp").write_text(PROGRAM)
    subprocess.run(["g++", "-g", "-O0", "-pthread", "-o", "program", "program.cpp"], cwd=folder, check=True)
    return folder / "program"


def state_of(task: Path) -> str:
    """The letter of the state of a process or a thread."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def waits_for_a_lock(task: Path) -> bool:
    """Whether a thread sleeps in futex(), so it has come to its end of the way."""
    number = (task / "syscall").read_text().split()[0]
    return state_of(task) == "S" and number == str(_FUTEX[platform.machine()])


def test_a_stopped_process_is_looked_at_and_stays_stopped(program: Path) -> None:
    """The thread that waits for the lock is seen with the function that asked for it."""
    with subprocess.Popen([program]) as process:
        try:
            folder = Path(f"/proc/{process.pid}")
            until("its second thread is there", lambda: len(list((folder / "task").iterdir())) == 2)
            until("both wait", lambda: all(waits_for_a_lock(task) for task in (folder / "task").iterdir()))
            process.send_signal(signal.SIGSTOP)
            until("it is stopped", lambda: state_of(folder) == "T")
            stacks = asyncio.run(quick_stacks_of_process(process.pid, 30))
            functions = [frame.function for thread in stacks.threads for frame in thread.frames]
            assert "asks_for_it()" in functions
            assert stacks.threads[0].name == "program"
            assert state_of(folder) == "T"
        finally:
            process.kill()


def test_a_process_that_is_gone_is_told_in_eu_stacks_words(program: Path) -> None:
    """So is one that may not be looked at."""
    with subprocess.Popen([program]) as process:
        process.kill()
    with pytest.raises(DebuggerError, match=r"eu-stack gave no stacks: .*No such"):
        asyncio.run(quick_stacks_of_process(process.pid, 30))


def test_without_eu_stack_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller may go on without the quick look."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DebuggerError, match="install the package elfutils"):
        asyncio.run(quick_stacks_of_process(os.getpid(), 30))
