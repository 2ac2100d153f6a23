"""The last lines of a server's log."""

from __future__ import annotations

import os

from .log_line import parse_log

TAIL_BYTES = 16384
_LINES_OF_AN_END = 100


def tail_text(path: str, limit_bytes: int) -> str:
    """At most the last `limit_bytes` of a file as text; "" when it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - limit_bytes))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_lines(path: str, count: int) -> list[str]:
    """The last `count` lines of a file; an empty list when there is no such file."""
    return tail_text(path, TAIL_BYTES).splitlines()[-count:]


def last_fatal(path: str) -> str:
    """The last FATAL line of a log in short; "" when there is none."""
    entries = [line for line in parse_log(last_lines(path, _LINES_OF_AN_END)) if line.level == "FATAL"]
    return str(entries[-1]).partition("\n")[0] if entries else ""


def describe_tail(title: str, path: str, count: int) -> str:
    """The last lines under a title, for error texts; "" when there are none."""
    lines = last_lines(path, count)
    return "\n".join([f"--- last {len(lines)} lines of {title}:", *lines]) if lines else ""
