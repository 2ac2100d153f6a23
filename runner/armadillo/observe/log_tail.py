"""The last lines of a server's log."""

from __future__ import annotations

import os

TAIL_BYTES = 16384


def last_lines(path: str, count: int) -> list[str]:
    """The last `count` lines of a file; an empty list when there is no such file."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []


def describe_tail(title: str, path: str, count: int) -> str:
    """The last lines under a title, for error texts; "" when there are none."""
    lines = last_lines(path, count)
    return "\n".join([f"--- last {len(lines)} lines of {title}:", *lines]) if lines else ""
