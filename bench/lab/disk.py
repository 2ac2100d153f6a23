"""What does the disk supervisor cost: at the start of a process, and for each of its system calls?

    PYTHONPATH=runner python3 bench/lab/disk.py

The same process with and without the supervisor, in turns; the table has medians.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time

from armadillo.process.disk_control import DiskControl

_PROGRAM = """
import os, socket, sys, time
fd = os.open(sys.argv[1] + "/file", os.O_RDWR | os.O_CREAT)
count = int(sys.argv[2])
ours, theirs = socket.socketpair()
def one(what):
    began = time.perf_counter()
    for _ in range(count):
        what()
    return count / (time.perf_counter() - began)
def send_and_receive():
    ours.send(b"x"); theirs.recv(1)
data = b"x" * 4096
def synced():
    os.pwrite(fd, data, 0); os.fdatasync(fd)
print(one(lambda: os.pwrite(fd, b"x", 0)), one(lambda: os.pwrite(fd, data, 0)), one(send_and_receive))
count //= 20
print(one(synced))
"""

ROWS = ("pwrite of 1 byte", "pwrite of 4096 bytes", "send and recv on a socket", "pwrite of 4096 bytes, fdatasync")


def measure(control: DiskControl | None, directory: str, count: int) -> list[float]:
    """Calls per second for each of `ROWS`, and the seconds that the process took to start."""
    argv = [sys.executable, "-I", "-S", "-c", _PROGRAM, directory, str(count)]
    pass_fds: list[int] = []
    if control is not None:
        argv, pass_fds = control.wrap("dbserver-1", directory, argv), [control.descriptor]
    return [float(word) for word in subprocess.check_output(argv, pass_fds=pass_fds).split()]


def start_s(control: DiskControl | None, directory: str) -> float:
    """From the spawn of a process that does nothing to its end."""
    argv, pass_fds = ["/bin/true"], []
    if control is not None:
        argv, pass_fds = control.wrap("dbserver-1", directory, argv), [control.descriptor]
    began_s = time.perf_counter()
    subprocess.check_call(argv, pass_fds=pass_fds)
    return time.perf_counter() - began_s


def print_row(what: str, *values: float) -> None:
    """One line of the table; ratios are against the first value."""
    cells = " | ".join(f"{value:,.0f}/s ({value / values[0]:.2f})" for value in values)
    print(f"| {what} | {cells} |")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20000)
    options = parser.parse_args()
    control = DiskControl(dict(os.environ))
    cases: dict[str, list[list[float]]] = {"bare": [], "supervised": [], "slow by 0 s": [], "losing unsynced": []}
    starts: dict[str, list[float]] = {"bare": [], "supervised": []}
    rules = {
        "slow by 0 s": ("slow", {"write_delay_s": 0, "fsync_delay_s": 0}),
        "losing unsynced": ("lose_unsynced", {}),
    }
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(options.rounds):
            for name, measured in cases.items():
                if name in rules:
                    asyncio.run(control.impose("dbserver-1", "bench", *rules[name]))
                measured.append(measure(None if name == "bare" else control, directory, options.count))
                if name in rules:
                    asyncio.run(control.lift("dbserver-1", "bench"))
            for name, taken in starts.items():
                taken.append(start_s(None if name == "bare" else control, directory))
    control.close()
    print(f"| calls of one thread | {' | '.join(cases)} |")
    for index, row in enumerate(ROWS):
        print_row(row, *(statistics.median(one[index] for one in measured) for measured in cases.values()))
    print({name: f"{statistics.median(taken) * 1000:.1f} ms" for name, taken in starts.items()})


if __name__ == "__main__":
    main()
