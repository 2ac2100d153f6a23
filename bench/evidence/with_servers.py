"""Crashes and hangs of eight real processes, from the moment itself to the finished report."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from armadillo.control.hang_analysis import HangAnalysis
from armadillo.model.deployment import Deployment
from armadillo.process.child import Child
from armadillo.process.limits import raise_soft_limits
from armadillo.process.spawn import spawn
from armadillo.report.run_report import write_run_report
from armadillo.results.verdict import decide

from tests.framework.runner.support.plans import cluster
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.waiting import file_has, until

_PROGRAM = r"""
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>
volatile int *nowhere = nullptr;
__attribute__((noinline)) void waits() { for (;;) std::this_thread::sleep_for(std::chrono::seconds(1)); }
int main() {
  std::vector<char> used(60 << 20);
  memset(used.data(), 7, used.size());
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; i++) threads.emplace_back(waits);
  waits();
}
"""
_TEST = """
import faulthandler, os, signal, threading
file = os.open({stacks!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
faulthandler.register(signal.SIGRTMAX - 1, file=file, all_threads=True)
open({ready!r}, "w").write("ready")
threading.Event().wait()
"""


def eight_servers() -> Deployment:
    """Three agents, three dbservers, two coordinators."""
    return cluster(dbservers=3, coordinators=2)


def compile_program(folder: Path) -> str:
    """A program of 60 MB with 17 threads; "" without g++."""
    if not shutil.which("g++"):
        return ""
    source, program = folder / "program.cpp", folder / "program"
    source.write_text(_PROGRAM)
    subprocess.run(["g++", "-O1", "-g", "-pthread", str(source), "-o", str(program)], check=True)
    return str(program)


async def crash(folder: Path, program: str) -> dict[str, float]:
    """One of eight dies by SIGSEGV: until its finding is there (core, stacks, archive), and until the report is."""
    raise_soft_limits()
    async with world(folder, eight_servers(), executable=program) as made:
        _spawn_the_others(made)
        victim = made.running.servers["dbserver-1"]
        await asyncio.to_thread(until, "17 threads and 60 MB are in use", lambda: _is_warm(victim.pid))
        for server in made.running.servers.values():
            server.mark_ready()
        began_s = time.perf_counter()
        os.kill(victim.pid, signal.SIGSEGV)
        await victim.wait_exited()
        await victim.wait_examined()
        found_s = time.perf_counter()
        await asyncio.gather(*[one.kill(0, "runner") for one in made.running.servers.values() if one.is_alive])
        stopped_s = time.perf_counter()  # the run's usual end, not the crash's
        verdict = decide(made.hub.record)
        made.hub.finish()
        problems = write_run_report(made.hub.record, str(folder))
        ended_s = time.perf_counter()
    stacks = folder / "servers/dbserver-1/1/stacks.txt"
    assert verdict.headline.startswith("dbserver-1 died unasked"), verdict
    assert not problems, problems
    assert "waits" in stacks.read_text(), stacks.read_text()
    return {
        "found_s": found_s - began_s,
        "report_s": ended_s - stopped_s,
        "total_s": ended_s - stopped_s + found_s - began_s,
    }


async def hang(folder: Path) -> dict[str, float]:
    """Eight servers that answer, and a test process that waits: until the analysis is written."""
    async with world(folder, eight_servers()) as made:
        await made.running.start()
        stacks, ready, script = folder / "stacks.txt", folder / "ready", folder / "waiting.py"
        script.write_text(_TEST.format(stacks=str(stacks), ready=str(ready)))
        argv = [sys.executable, str(script)]
        child = Child(spawn("test process", argv, cwd=str(folder), env=dict(os.environ), output_path=None))
        try:
            await asyncio.to_thread(until, "the test process waits", lambda: file_has(ready, "ready"))
            began_s = time.perf_counter()
            analysis = HangAnalysis(made.running, child, str(stacks), str(folder / "outputs"))
            _, report = await analysis.collect(30.0)
            took_s = time.perf_counter() - began_s
        finally:
            child.signal_group(signal.SIGKILL)
            await child.wait()
    assert report.count("--- stacks of ") == 9, report
    return {"total_s": took_s}


def _spawn_the_others(made: World) -> None:
    for server in made.running.servers.values():
        if not server.is_alive:
            server.spawn()


def _is_warm(pid: int) -> bool:
    """Whether the program has done all that it does before it waits: the threads come after the memory."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        rss_bytes = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return rss_bytes > 60 << 20 and len(os.listdir(f"/proc/{pid}/task")) == 17
