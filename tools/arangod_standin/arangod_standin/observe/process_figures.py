"""What the operating system knows of this process, from ``/proc``: memory, time, threads, faults."""

from __future__ import annotations

import os
from typing import Any


def process_figures() -> dict[str, Any]:
    """Return ``resident_bytes``, ``virtual_bytes``, ``user_s``, ``system_s``, ``threads``, faults and memory share."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    page = os.sysconf("SC_PAGE_SIZE")
    resident = int(fields[21]) * page
    physical = os.sysconf("SC_PHYS_PAGES") * page
    return {
        "minor_faults": int(fields[7]),
        "major_faults": int(fields[9]),
        "user_s": int(fields[11]) / ticks,
        "system_s": int(fields[12]) / ticks,
        "threads": int(fields[17]),
        "virtual_bytes": int(fields[20]),
        "resident_bytes": resident,
        "physical_bytes": physical,
        "resident_share": resident / physical,
        "cores": os.cpu_count() or 1,
    }
