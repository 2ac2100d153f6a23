"""Calling a compiler's own tool, by which counters become lines."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from ..process.deadline import Deadline


class ToolError(Exception):
    """No lines came of it; the text says why."""


def run_tool(words: Sequence[str], deadline: Deadline, directory: str | None = None) -> tuple[int, bytes, str]:
    """Runs a tool to its end; answers its exit code, what it wrote to stdout, and the first line of its complaints.

    Raises `ToolError` where it cannot be executed or was not ready in time; it is then killed.
    """
    try:
        done = subprocess.run(
            words,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=deadline.left_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{words[0]} was not ready within {deadline.timeout_s:.0f} s") from error
    except OSError as error:
        raise ToolError(f"{words[0]} cannot be executed: {error.strerror}") from error
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return done.returncode, done.stdout, said[0] if said else ""
