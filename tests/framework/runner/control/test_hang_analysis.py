"""Looking at a run that does not end."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from armadillo.control.case_clock import CaseClock
from armadillo.control.hang_analysis import HangAnalysis
from armadillo.observe.python_stacks import place_of_test, readable_stacks
from armadillo.process.child import Child
from armadillo.process.spawn import spawn
from armadillo.results.hub import Hub

from tests.framework.runner.support.events import case_finished, case_started, collected
from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import world
from tests.framework.runner.support.waiting import file_has, until

HANGING_TEST = """
import signal, threading
from armadillo.model.stacks_request import STACKS_SIGNAL, THREADS_SIGNAL
from armadillo.pytest_plugin.stacks_on_signal import write_stacks_on_signal
if {listens}:
    write_stacks_on_signal({path!r})
else:
    signal.signal(STACKS_SIGNAL, signal.SIG_IGN)
    signal.signal(THREADS_SIGNAL, signal.SIG_IGN)

def test_that_waits():
    open({ready!r}, "w").write("ready")
    threading.Event().wait()

test_that_waits()
"""


def _test_process(folder: Path, *, listens: bool) -> tuple[Child, str]:
    """A process that waits for ever in a function, as a hanging test does."""
    stacks, ready, script = folder / "stacks.txt", folder / "ready", folder / "test_hanging.py"
    script.write_text(HANGING_TEST.format(path=str(stacks), ready=str(ready), listens=listens))
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    spawned = spawn("test process", [sys.executable, str(script)], cwd=str(folder), env=environ, output_path=None)
    return Child(spawned), str(stacks)


async def _look(
    tmp_path: Path, *, listens: bool, budget_s: float = 20.0, server_args: Sequence[str] = ()
) -> tuple[str, str]:
    async with world(tmp_path, single(server_args=list(server_args))) as made:
        if server_args:  # one that hangs is never ready
            log = tmp_path / "servers/single-1/1/arangod.log"
            await asyncio.to_thread(until, "it listens", lambda: file_has(log, "ready for business"))
        else:
            await made.running.start()
        child, stacks = _test_process(tmp_path, listens=listens)
        try:
            await asyncio.to_thread(until, "the test process waits", lambda: file_has(tmp_path / "ready", "ready"))
            analysis = HangAnalysis(made.running, child, stacks, str(tmp_path / "outputs"))
            found = await analysis.collect(budget_s)
            assert made.running.servers["single-1"].is_alive
            return found
        finally:
            child.signal_group(9)
            await child.wait()


def test_the_line_in_which_the_test_waits_is_named(tmp_path: Path) -> None:
    """The summary has file, line and function of the test; the report has stacks of everybody, our own tasks too."""
    summary, report = asyncio.run(_look(tmp_path, listens=True))
    assert "the test waits in test_hanging.py:" in summary
    assert "in test_that_waits" in summary
    assert "--- stacks of the test process:" in report
    assert "--- tasks of the runner:" in report
    assert (tmp_path / "outputs/hang/hang.txt").read_text() == report
    if shutil.which("gdb") or shutil.which("eu-stack"):
        assert "--- stacks of single-1:" in report


def test_a_test_process_that_takes_no_signal_is_said(tmp_path: Path) -> None:
    """What cannot be had is named, and the rest is there."""
    _, report = asyncio.run(_look(tmp_path, listens=False))
    assert "no stacks of the test process: it does not take signals" in report


def test_servers_are_asked_before_they_are_stopped(tmp_path: Path) -> None:
    """What a server answered over HTTP is kept in a file of its own."""
    asyncio.run(_look(tmp_path, listens=True))
    assert "/_admin/status" in (tmp_path / "outputs/hang/single-1.json").read_text()


@pytest.mark.parametrize("tool", ["eu-stack", "gdb"])
def test_one_tool_is_enough_for_stacks_of_servers(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without gdb the quick look stays, without eu-stack there is none; only nothing at all is told."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"there is no {tool} here")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / tool).symlink_to(path)
    monkeypatch.setenv("PATH", str(tools))
    _, report = asyncio.run(_look(tmp_path, listens=True))
    assert "--- stacks of single-1:" in report
    assert "no stacks of single-1" not in report


def test_without_any_tool_the_report_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stacks of the test process need none."""
    monkeypatch.setenv("PATH", "/nowhere")
    summary, report = asyncio.run(_look(tmp_path, listens=True))
    assert "no stacks of single-1: expected gdb on PATH" in report
    assert "in test_that_waits" in summary


def test_with_a_second_left_the_servers_are_seen(tmp_path: Path) -> None:
    """A server that does not answer costs a third of the time at most, and the quick look comes before gdb."""
    if shutil.which("eu-stack") is None:
        pytest.skip("there is no eu-stack here")
    (tmp_path / "hang").touch()
    args = ["--tiny.hang-file", str(tmp_path / "hang")]
    summary, report = asyncio.run(_look(tmp_path, listens=True, budget_s=1.5, server_args=args))
    assert "single-1 does not answer" in summary
    assert "--- stacks of single-1:" in report
    assert "the test waits in test_hanging.py:" in summary


def test_the_analysis_keeps_to_its_time(tmp_path: Path) -> None:
    """With hardly any time something is told all the same."""
    _, report = asyncio.run(_look(tmp_path, listens=True, budget_s=0.01))
    assert report


@pytest.mark.parametrize("finishes", [True, False])
def test_a_case_has_its_own_limit(finishes: bool, tmp_path: Path) -> None:
    """The clock of a case runs from its begin to its end, and says which one took too long."""

    async def story() -> None:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
        clock = CaseClock(hub, 0.1)
        hub.publish(collected("test_a"), case_started("test_a"))
        if finishes:
            hub.publish(case_finished("test_a"))
        done, _ = await asyncio.wait([clock.expired], timeout=0.5)
        assert bool(done) is not finishes
        if done:
            assert clock.expired.result() == "tests/x/test_y.py::test_a"
        clock.close()

    asyncio.run(story())


def test_without_a_limit_no_clock_runs(tmp_path: Path) -> None:
    """0 means none."""

    async def story() -> None:
        hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
        clock = CaseClock(hub, 0)
        hub.publish(collected("test_a"), case_started("test_a"))
        done, _ = await asyncio.wait([clock.expired], timeout=0.05)
        assert not done
        clock.close()

    asyncio.run(story())


TASKS = """\
Current thread (most recent call first):
  File "/lib/python3.11/selectors.py", line 468 in select

Task Task-1 (most recent await first):
  File "/x/armadillo/tests/x_test.py", line 90 in pump

Task Task-2 (most recent await first):
  File "/x/armadillo/tests/helper.py", line 5 in wait
  File "/x/armadillo/tests/x_test.py", line 14 in test_a

Thread pool (most recent call first):
  File "/x/armadillo/tests/other.py", line 1 in work

--- end of stacks
"""


def test_the_task_of_the_case_tells_where_an_async_test_waits() -> None:
    """The main thread has only the event loop then; other tasks come after that of the case, threads last."""
    assert place_of_test(TASKS, "test_a") == "helper.py:5 in wait"
    assert place_of_test(TASKS) == "x_test.py:90 in pump"
    assert place_of_test(TASKS.replace("Task ", "Thread ")) == "x_test.py:90 in pump"
    assert [line[:11] for line in readable_stacks(TASKS, "test_a").split("\n\n")] == [
        "Current thr",
        "Task Task-2",
        "Task Task-1",
        "Thread pool",
    ]


STACKS = """\
Thread 0x0001 (most recent call first):
  File "/lib/python3.11/threading.py", line 982 in run
  File "/x/armadillo/tests/helper.py", line 5 in pump

Current thread 0x0002 (most recent call first):
  File "<frozen runpy>", line 88 in _run_code
  File "armadillo/handles/wait.py", line 30 in until
  File "/x/armadillo/tests/x_test.py", line 14 in test_a
  File "/x/site-packages/_pytest/python.py", line 187 in pytest_pyfunc_call
"""


def test_the_main_thread_tells_where_the_test_waits() -> None:
    """Its innermost frame that is the test's own counts, wherever the workspace is; other threads come after it."""
    assert place_of_test(STACKS) == "x_test.py:14 in test_a"
    assert place_of_test(STACKS.replace("x_test.py", "site-packages")) == "helper.py:5 in pump"
    assert place_of_test("") == ""


def test_stacks_begin_with_the_main_thread_and_have_short_paths() -> None:
    """What a reader looks for comes first, without the parts of paths that are gone with the sandbox."""
    text = (
        'Thread 0x1 (most recent call first):\n  File "/usr/lib/python3.11/threading.py", line 5 in run\n\n'
        "Current thread 0x2 (most recent call first):\n"
        '  File "/a/b/x_test.runfiles/ws/suite/x_test.py", line 15 in test_slow\n'
        '  File "/a/b/x_test.runfiles/deps/site-packages/_pytest/python.py", line 1 in call\n'
    )
    assert readable_stacks(text) == (
        'Current thread 0x2 (most recent call first):\n  File "suite/x_test.py", line 15 in test_slow\n'
        '  File "_pytest/python.py", line 1 in call\n\n'
        'Thread 0x1 (most recent call first):\n  File "threading.py", line 5 in run\n'
    )
