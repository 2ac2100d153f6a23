"""A test process that hangs is asked for its stacks: the line in which the test waits is in the answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from armadillo.model.stacks_request import END_OF_STACKS, STACKS_SIGNAL, STACKS_VARIABLE, THREADS_SIGNAL
from armadillo.observe.python_stacks import place_of_test

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun
from tests.framework.runner.support.waiting import file_has, until

HEAD = """\
import asyncio
import time
import pytest

async def for_ever():
    await asyncio.Event().wait()  # line 6

async def helper():
    await for_ever()

"""
HANGS = {
    "case": "async def test_a():\n    open(READY, 'w').close()\n    await asyncio.Event().wait()\n",
    "helper": "async def test_a():\n    open(READY, 'w').close()\n    await helper()\n",
    "with_others": "async def test_a():\n    others = [asyncio.create_task(helper()) for _ in range(3)]\n"
    "    await asyncio.sleep(0)\n    open(READY, 'w').close()\n    await asyncio.gather(*others)\n",
    "fixture": "@pytest.fixture\nasync def thing():\n    open(READY, 'w').close()\n    await asyncio.Event().wait()\n"
    "    yield 1\n\nasync def test_a(thing):\n    pass\n",
    "end_of_fixture": "@pytest.fixture\nasync def thing():\n    yield 1\n    open(READY, 'w').close()\n"
    "    await asyncio.Event().wait()\n\nasync def test_a(thing):\n    pass\n",
    "plain": "def test_a():\n    open(READY, 'w').close()\n    time.sleep(3600)\n",
}
PLACES = {
    "case": "x_test.py:14 in test_a",
    "helper": "x_test.py:6 in for_ever",
    "with_others": "x_test.py:16 in test_a",
    "fixture": "x_test.py:15 in thing",
    "end_of_fixture": "x_test.py:16 in thing",
    "plain": "x_test.py:14 in test_a",
}


@pytest.mark.parametrize("where", HANGS)
def test_the_line_of_a_hang_is_told(where: str, tmp_path: Path) -> None:
    """In a coroutine, in what it awaits, in a fixture's set-up or tear-down, and in a plain test."""
    play = PluginRun(tmp_path)
    stacks, ready = tmp_path / "stacks.txt", tmp_path / "ready"
    play.environment[STACKS_VARIABLE] = str(stacks)
    play.file("pkg/x_test.py", f"{HEAD}READY = {str(ready)!r}\n{HANGS[where]}")
    with play.runner:
        process = play.start()
        try:
            until("the test hangs", ready.exists)
            # It has said so a moment before it waits: asked again until it does.
            until("the line is told", lambda: _asked(process.pid, stacks) == PLACES[where])
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()


def _asked(pid: int, stacks: Path) -> str:
    stacks.write_text("")
    os.kill(pid, STACKS_SIGNAL)
    until("it has answered", lambda: file_has(stacks, END_OF_STACKS))
    return place_of_test(stacks.read_text(), "test_a")


IN_A_LIBRARY = """\
    import ctypes

    def test_a():
        library = ctypes.PyDLL(None)  # which keeps the interpreter's lock
        open({ready!r}, "w").close()
        library.pause()
        library.pause()
"""


def test_a_process_whose_interpreter_hangs_tells_its_threads(tmp_path: Path) -> None:
    """In a library no Python code runs: to the second signal faulthandler answers, and the first one has no answer."""
    play = PluginRun(tmp_path)
    stacks, ready = tmp_path / "stacks.txt", tmp_path / "ready"
    play.environment[STACKS_VARIABLE] = str(stacks)
    play.file("pkg/x_test.py", IN_A_LIBRARY.format(ready=str(ready)))
    with play.runner:
        process = play.start()
        try:
            until("the test hangs", ready.exists)
            until("nobody runs", lambda: all(state == "S" for state in _states(process.pid)))
            os.kill(process.pid, THREADS_SIGNAL)
            until("its threads are told", lambda: place_of_test(stacks.read_text()) == "x_test.py:6 in test_a")
            assert END_OF_STACKS not in stacks.read_text()
        finally:
            process.kill()
            process.communicate()


def _states(pid: int) -> list[str]:
    """The state of each thread."""
    return [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").iterdir()]
