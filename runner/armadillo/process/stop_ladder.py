"""Stopping a process politely first, then by force."""

from __future__ import annotations

import asyncio
import signal

from .child import Child

KILL_GRACE_S = 30.0
"""How long a SIGKILL may take to show: a process that writes a core is reaped only afterwards."""


async def stop(child: Child, timeout_s: float) -> bool:
    """Sends SIGTERM once, waits `timeout_s`, then sends SIGKILL to the whole group; True if it stopped by itself.

    SIGTERM is never sent twice: arangod takes the second one as an order to die at once with exit code 1
    (Scheduler/SchedulerFeature.cpp). A suspended process is resumed, or it could not hear.
    """
    if child.status is None:
        child.signal(signal.SIGTERM)
        child.signal(signal.SIGCONT)
    try:
        await asyncio.wait_for(child.wait(), timeout_s)
    except TimeoutError:
        await _wait_while_dumping_core(child)
        if child.status is not None:
            await child.wait()
            return True
        await kill(child)
        return False
    child.signal_group(signal.SIGKILL)  # what it left behind in its group
    return True


async def kill(child: Child) -> None:
    """Sends SIGKILL to the process and its group and waits until it is gone."""
    child.signal_group(signal.SIGKILL)
    await asyncio.wait_for(child.wait(), KILL_GRACE_S)


async def _wait_while_dumping_core(child: Child) -> None:
    """The kernel writes the core before the process can be reaped (3.8 s for 512 MB): give it its time."""
    end_s = asyncio.get_running_loop().time() + KILL_GRACE_S
    while is_dumping_core(child.pid) and asyncio.get_running_loop().time() < end_s:
        try:
            await asyncio.wait_for(child.wait(), 0.1)
            return
        except TimeoutError:
            continue


def is_dumping_core(pid: int) -> bool:
    """Whether the kernel is writing a core of this process (`CoreDumping` in proc(5))."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return any(line.split() == ["CoreDumping:", "1"] for line in status)
    except OSError:
        return False


def explain_status(status: int) -> str:
    """The same with what is known of a signal that no process can send itself by a mistake."""
    text = describe_status(status)
    return (
        f"{text}, by whoever killed it, or by the kernel because memory was short"
        if status == -signal.SIGKILL
        else text
    )


def describe_status(status: int) -> str:
    """An exit status in words: "exit code 21" or "signal 11 (SIGSEGV)"."""
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"signal {-status}"
