"""Limits of a living process: set from outside by prlimit(2), read back from /proc.

Only soft limits are changed: everybody may raise his own again, a hard one only root.
"""

from __future__ import annotations

import os
import resource

MEMORY = resource.RLIMIT_DATA
"""Private writable memory (heap, anonymous maps, thread stacks), VmData of /proc/PID/status.

Not RLIMIT_AS: allocators and sanitizers reserve address space by the terabyte that they never touch.
"""

OPEN_FILES = resource.RLIMIT_NOFILE
"""One more than the highest descriptor that can be given out."""

_NAMES = {MEMORY: "Max data size", OPEN_FILES: "Max open files"}


def set_soft_limit(pid: int, kind: int, value: int) -> int:
    """Sets a soft limit and answers the one before; raises OSError (also where it is above the hard limit)."""
    before, hard = resource.prlimit(pid, kind)
    if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
        value = hard
    resource.prlimit(pid, kind, (value, hard))
    return before


def soft_limit(pid: int, kind: int) -> int:
    """The soft limit as /proc/PID/limits shows it, -1 for none; raises OSError when the process is gone."""
    with open(f"/proc/{pid}/limits", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(_NAMES[kind]):
                word = line[len(_NAMES[kind]) :].split()[0]
                return resource.RLIM_INFINITY if word == "unlimited" else int(word)
    raise OSError(f"/proc/{pid}/limits has no line {_NAMES[kind]!r}")


def data_bytes(pid: int) -> int:
    """VmData: what `MEMORY` limits; raises OSError when the process is gone."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    raise OSError(f"process {pid} has no memory any more")


def lowest_free_descriptor(pid: int) -> int:
    """The number that the next open(2) would get; raises OSError when the process is gone."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(used) + 1) if number not in used)


def set_affinity(pid: int, cores: set[int]) -> None:
    """Binds all threads of a process to cores, also those that it starts meanwhile; raises OSError when it is gone."""
    done: set[str] = set()
    while True:
        threads = set(os.listdir(f"/proc/{pid}/task")) - done
        if not threads:
            return
        for thread in threads:
            try:
                os.sched_setaffinity(int(thread), cores)
            except ProcessLookupError:
                continue  # a thread that has ended
        done |= threads
