"""Cores that systemd-coredump took: coredumpctl hands them out again, by the process's working directory.

Not by process id: systemd knows that of the machine, and the runner that of the lab's or the sandbox's namespace. A
server's working directory belongs to one incarnation, and has the same path in all of them.
"""

from __future__ import annotations

import asyncio
import os

_TIMEOUT_S = 10.0


async def fetch_core(working_directory: str, since_unix_s: float, path: str) -> bool:
    """Writes the last core of a process that ran in this directory, and died after a time, to a file.

    False when coredumpctl is not there, has none, or takes too long.
    """
    match = await asyncio.to_thread(_match, working_directory)
    try:
        process = await asyncio.create_subprocess_exec(
            "coredumpctl", "--quiet", f"--since=@{int(since_unix_s)}", f"--output={path}", "dump", match,
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


def _match(working_directory: str) -> str:
    return f"COREDUMP_CWD={os.path.realpath(working_directory)}"
