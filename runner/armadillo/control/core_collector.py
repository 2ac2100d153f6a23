"""From a crashed server's core to stacks and an archive among its evidence."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

from ..arangodb.server_plan import Incarnation
from ..observe.core_pattern import CorePattern
from ..observe.core_store import store_core
from ..observe.coredumpctl import fetch_core
from ..observe.gdb import DebuggerError, stacks_of_core
from ..observe.idle_threads import IDLE_THREADS

_CLOCK_STEP_S = 1.0
"""Some file systems know the time of a file to the second only."""

STACKS_NAME = "stacks.txt"
CORE_STEM = "core"


class CoreSummary(NamedTuple):
    """`where` is the crashed thread's first own frame, "" if unknown; `text` the stacks and what was kept."""

    where: str
    text: str


async def collect_core(incarnation: Incarnation, program: str, pid: int, pattern: CorePattern) -> CoreSummary | None:
    """Stacks first, then the archive; the raw core is removed. None when there is no core to be found.

    Never raises: a debugger that is missing or fails is told in the text.
    """
    core = await _find_core(incarnation, pid, pattern)
    if not core:
        return None
    where, text = "", ""
    try:
        stacks = await stacks_of_core(program, core)
        where, text = stacks.where, stacks.render(IDLE_THREADS)
    except (DebuggerError, OSError) as error:
        text = f"no stacks: {error}\n"
    try:
        await asyncio.to_thread(Path(incarnation.directory, STACKS_NAME).write_text, text, encoding="utf-8")
        text += await store_core(core, os.path.join(incarnation.directory, CORE_STEM))
    except OSError as error:
        text += f"the core was not kept: {error}"
    finally:
        await asyncio.to_thread(Path(core).unlink, missing_ok=True)
    return CoreSummary(where, text)


async def _find_core(incarnation: Incarnation, pid: int, pattern: CorePattern) -> str:
    started_s = await asyncio.to_thread(_changed_s, incarnation.command_path)
    if pattern.is_systemd:
        fetched = os.path.join(incarnation.working_directory, "core")
        return fetched if await fetch_core(incarnation.working_directory, started_s, fetched) else ""
    # In a namespace of their own pids are small, and those of other runs are the same: an old core is another's.
    found = await asyncio.to_thread(pattern.candidates, incarnation.working_directory, pid)
    return next((path for path in found if _changed_s(path) >= started_s - _CLOCK_STEP_S), "")


def _changed_s(path: str) -> float:
    """When a file was last written, in seconds since the epoch; 0 when it is not there."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
