"""Cores that systemd-coredump took: coredumpctl hands them out again, by process id.

The process id is that of the machine, not of a namespace, so inside of a sandbox with pids of its own nothing is found.
"""

from __future__ import annotations

import asyncio
import os

_TIMEOUT_S = 10.0


async def fetch_core(pid: int, path: str) -> bool:
    """Writes the core of a process to a file; False when coredumpctl is not there, has none, or takes too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            "coredumpctl", "--quiet", f"--output={path}", "dump", str(pid),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    try:
        code = await asyncio.wait_for(process.wait(), _TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return code == 0 and await asyncio.to_thread(os.path.isfile, path)
