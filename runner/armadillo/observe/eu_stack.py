"""A quick look at the stacks of a living process by eu-stack of elfutils: 14 ms, against 200 ms and more for gdb.

It tells functions and modules, no source lines. A process that is stopped stays so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from contextlib import suppress

from .gdb import DebuggerError
from .stack_frame import Frame
from .thread_stacks import ProcessStacks, ThreadStack

_MOST_FRAMES = 100
_THREAD = re.compile(r"^TID (?P<lwp>\d+):$")
_FRAME = re.compile(r"^#\d+ +0x[0-9a-f]+(?: (?P<function>.*?))??(?: - (?P<module>/.*))?$")


def has_eu_stack() -> bool:
    """Whether there is an eu-stack on PATH (Debian: elfutils)."""
    return shutil.which("eu-stack") is not None


async def quick_stacks_of_process(pid: int, timeout_s: float) -> ProcessStacks:
    """The stacks of a living process. Raises `DebuggerError` with eu-stack's words, also where there is none."""
    program = shutil.which("eu-stack")
    if program is None:
        raise DebuggerError("expected eu-stack on PATH for a quick look, found none; install the package elfutils")
    process = await asyncio.create_subprocess_exec(
        program, "-p", str(pid), "-m", "-n", str(_MOST_FRAMES),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # without DEBUGINFOD_URLS: nothing is fetched from anywhere
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}, start_new_session=True,
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError:
        raise DebuggerError(f"eu-stack did not end within {timeout_s:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    stacks = parse_eu_stack(output.decode("utf-8", "replace"))
    if not any(thread.frames for thread in stacks.threads):
        told = errors.decode("utf-8", "replace").strip().splitlines()
        raise DebuggerError(f"eu-stack gave no stacks: {told[-1] if told else 'it said nothing'}")
    return stacks


def parse_eu_stack(text: str) -> ProcessStacks:
    """Reads what eu-stack printed, with or without modules; lines that are neither thread nor frame are passed over."""
    threads: list[tuple[int, list[Frame]]] = []
    for line in text.splitlines():
        thread, frame = _THREAD.match(line), _FRAME.match(line)
        if thread:
            threads.append((int(thread["lwp"]), []))
        elif frame and threads:
            threads[-1][1].append(Frame((frame["function"] or "").strip() or "??", frame["module"] or ""))
    return ProcessStacks(
        tuple(
            ThreadStack(number=number, lwp=lwp, name=_name_of(lwp), frames=tuple(frames))
            for number, (lwp, frames) in enumerate(threads, 1)
        )
    )


def _name_of(lwp: int) -> str:
    """The thread's name as the kernel has it; "" when it is gone."""
    try:
        with open(f"/proc/{lwp}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
