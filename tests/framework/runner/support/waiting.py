"""Waiting for what happens in other processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

DEFAULT_TIMEOUT_S = 30.0


def until(condition: str, holds: Callable[[], bool], timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
    """Returns as soon as `holds` answers True; raises AssertionError naming the condition after `timeout_s`."""
    end_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end_s:
            raise AssertionError(f"waited {timeout_s:g} s in vain for: {condition}")
        time.sleep(0.01)


def process_exists(pid: int) -> bool:
    """Whether a process with this pid runs; a zombie does not run any more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def file_has(path: str | os.PathLike[str], text: str) -> bool:
    """Whether a file is there and has the text in it."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return text in file.read()
    except FileNotFoundError:
        return False
