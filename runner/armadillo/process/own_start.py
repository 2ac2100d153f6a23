"""How long this process has been there: limits set from outside count from its begin, not from ours."""

from __future__ import annotations

import os

_START_FIELD = 22


def seconds_since_start() -> float:
    """Since the process was made, in steps of a clock tick (10 ms); 0 where /proc does not tell (proc(5))."""
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as stat, open("/proc/uptime") as uptime:
            # the second field is a name in parentheses, with whatever in it
            ticks = int(stat.read().rpartition(")")[2].split()[_START_FIELD - 3])
            return max(0.0, float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return 0.0
