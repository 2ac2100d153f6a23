"""Which processes belong to a server: those in its process group.

Each server leads a group of its own, and what it starts stays in there. The kernel's own lists of children
(/proc/PID/task/TID/children) are an option of its configuration that is not always there, and cost one file a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Set

RESCAN_S = 5.0
"""Pause between two looks at all processes; each reads only those that are new."""


class ProcessFamily:
    """Remembers which processes it has seen, so that a look costs one listing of /proc."""

    def __init__(self) -> None:
        self._group_of: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        self._looked_s = float("-inf")

    def children_of(self, leaders: Set[int], now_s: float) -> dict[int, list[int]]:
        """The other members of each leader's group, as of at most `RESCAN_S` before the monotonic time `now_s`."""
        if now_s - self._looked_s >= RESCAN_S:
            self._looked_s = now_s
            self._look(leaders)
        return self._children

    def _look(self, leaders: Set[int]) -> None:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        self._group_of = {pid: self._group_of.get(pid) or _group_of(pid) for pid in pids}
        self._children = _members(self._group_of.items(), leaders)


def _members(groups: Iterable[tuple[int, int]], leaders: Set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pid, group in groups:
        if group in leaders and pid not in leaders:
            found.setdefault(group, []).append(pid)
    return found


def _group_of(pid: int) -> int:
    """0 when it is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0
