"""Finding what a run has started, and what it left."""

from __future__ import annotations

import os
from pathlib import Path


def marked(value: str) -> list[int]:
    """Living processes that have `value` in their environment, except this one."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                content = Path("/proc", entry, "environ").read_bytes()
            except OSError:
                continue
            if value.encode() in content:
                found.append(int(entry))
    return found
