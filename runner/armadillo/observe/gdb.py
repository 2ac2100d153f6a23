"""Stacks of all threads by gdb in batch mode: of a core with its program, or of a living process.

gdb runs a script in its own Python that writes JSON into a file; its printed text is never parsed, because warnings
come in between. About 200 ms for a program of 60 MB.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from .thread_stacks import ProcessStacks, stacks_from_json

DEFAULT_TIMEOUT_S = 20.0
_MOST_FRAMES = 100
_SCRIPT = """
import gdb, json, os

def frames_of(thread):
    thread.switch()
    frame, found = gdb.newest_frame(), []
    while frame is not None and len(found) < int(os.environ["ARMADILLO_GDB_FRAMES"]):
        place, library = frame.find_sal(), None
        try:
            library = gdb.solib_name(frame.pc())
        except Exception:
            pass
        found.append({
            "function": "<signal handler called>" if frame.type() == gdb.SIGTRAMP_FRAME else frame.name(),
            "file": place.symtab.fullname() if place and place.symtab else None,
            "line": place.line if place else 0,
            "library": library,
        })
        try:
            frame = frame.older()
        except gdb.error:
            break
    return found

def build_id():
    for objfile in gdb.objfiles():
        if objfile.username == gdb.current_progspace().filename:
            return objfile.build_id
    return None

def sender():
    # SI_USER: another process sent the signal, so where the thread was says nothing. To be asked of the thread that
    # got it. A crash handler sends it again to its own process: that is no other one.
    try:
        information = gdb.parse_and_eval("$_siginfo")
        pid = int(information["_sifields"]["_kill"]["si_pid"]) if int(information["si_code"]) == 0 else None
        return None if pid == gdb.selected_inferior().pid else pid
    except gdb.error:
        return None

selected, sent_by_pid = gdb.selected_thread(), sender()
threads = []
for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
    try:
        frames = frames_of(thread)
    except gdb.error as error:
        frames = [{"function": "?? " + str(error)}]
    threads.append({
        "number": thread.num, "lwp": thread.ptid[1] or thread.ptid[0], "name": thread.name, "frames": frames,
        "crashed": os.environ.get("ARMADILLO_GDB_CORE") == "1" and selected is not None and thread.num == selected.num,
    })
with open(os.environ["ARMADILLO_GDB_OUTPUT"], "w") as output:
    json.dump({"threads": threads, "build_id": build_id(), "sent_by_pid": sent_by_pid}, output)
"""


class DebuggerError(Exception):
    """No stacks could be had; the text says why and what to do."""


async def stacks_of_core(program: str, core: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> ProcessStacks:
    """The stacks in a core. Raises `DebuggerError`."""
    return await _run([program, core], True, timeout_s)


async def stacks_of_process(pid: int, timeout_s: float = DEFAULT_TIMEOUT_S) -> ProcessStacks:
    """The stacks of a living process, which stands still meanwhile. Raises `DebuggerError`."""
    return await _run(["-p", str(pid)], False, timeout_s)


async def _run(words: list[str], is_core: bool, timeout_s: float) -> ProcessStacks:
    gdb = shutil.which("gdb")
    if gdb is None:
        raise DebuggerError("expected gdb on PATH to read stacks, found none; install the package gdb")
    with tempfile.TemporaryDirectory(prefix="armadillo-gdb-") as folder:
        script, output = os.path.join(folder, "stacks.py"), os.path.join(folder, "stacks.json")
        await asyncio.to_thread(Path(script).write_text, _SCRIPT, encoding="utf-8")
        options = ["-nx", "-batch", "-iex", "set debuginfod enabled off", "-iex", "set auto-load off"]
        process = await asyncio.create_subprocess_exec(
            gdb, *options, *words, "-x", script,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "HOME": folder, "LC_ALL": "C.UTF-8",
                 "ARMADILLO_GDB_OUTPUT": output, "ARMADILLO_GDB_FRAMES": str(_MOST_FRAMES),
                 "ARMADILLO_GDB_CORE": "1" if is_core else "0"},
            start_new_session=True,
        )  # fmt: skip
        try:
            _, errors = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError:
            raise DebuggerError(f"gdb did not end within {timeout_s:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return _read(output, errors)


def _read(output: str, errors: bytes) -> ProcessStacks:
    try:
        with open(output, encoding="utf-8") as file:
            stacks = stacks_from_json(json.load(file))
        if stacks.threads:
            return stacks
        raise ValueError("no thread")
    except (OSError, ValueError):
        told = errors.decode("utf-8", "replace").strip().splitlines()
        raise DebuggerError(f"gdb gave no stacks: {told[-1] if told else 'it said nothing'}") from None
