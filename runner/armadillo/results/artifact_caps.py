"""How much of a run's evidence is kept: caps by kind, and a record of everything that was left out.

Bazel packs or copies the undeclared outputs after each test, so a run that logs without end must not fill a disk. What
is vital (test.xml, results.json, event log, report, stacks, snapshots) is never cut, and kept small where it is made;
logs keep their head and their tail, and cores beyond their budget are removed, the first crash's last. If everything
together is still too large, whole files go: later cores, then histories of operations and what tests wrote themselves,
the largest first, then the first core.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .artifact_kinds import kind_of

MEBIBYTE = 1024 * 1024
LOG_CAP_BYTES = 32 * MEBIBYTE
"""Of one log file; less when all logs together are above their budget."""
LOGS_BUDGET_BYTES = 128 * MEBIBYTE
CORES_BUDGET_BYTES = 256 * MEBIBYTE
TOTAL_BUDGET_BYTES = 400 * MEBIBYTE
"""Of all files together."""
REPORT_CAP_BYTES = 8 * MEBIBYTE
"""Of one file of stacks, of a sanitizer or of a look at a hang: they repeat themselves long before."""
_HEAD_SHARE = 0.25
_SMALLEST_CAP_BYTES = 64 * 1024
_COPY_BYTES = MEBIBYTE
_CAPPED_FOLDERS = (os.path.join("servers", ""), os.path.join("hang", ""))
_LOGS = ("arangod.log", "output.log")
_CORES = ("core.tar.zst", "core.tar.gz")
_RESERVE_BYTES = 16 * MEBIBYTE
"""For the page and the timeline, which are written after the plan is made."""
_REPORTS = ("sanitizer.", "stacks.txt", "hang.txt")
_VOLUMES = ("history/*.jsonl*",)
"""The runner's own files that may be as large as those of a test."""


@dataclass(frozen=True)
class Cut:
    """What is done to one file: its first and last bytes stay, or nothing of it does (`is_removed`)."""

    path: str
    size_bytes: int
    head_bytes: int
    tail_bytes: int

    @property
    def left_out_bytes(self) -> int:
        """How much of the file is gone afterwards."""
        return self.size_bytes - self.head_bytes - self.tail_bytes

    @property
    def is_removed(self) -> bool:
        """Whether nothing of the file stays."""
        return self.left_out_bytes == self.size_bytes


def plan_cuts(
    outputs_directory: str,
    logs_budget_bytes: int = LOGS_BUDGET_BYTES,
    cores_budget_bytes: int = CORES_BUDGET_BYTES,
    total_budget_bytes: int = TOTAL_BUDGET_BYTES,
) -> list[Cut]:
    """Which files are too large, by kind and all together. Nothing is changed; paths are relative to the outputs."""
    files = _files(outputs_directory)
    logs: list[tuple[str, int]] = []
    cores: list[tuple[float, str, int]] = []
    cuts: list[Cut] = []
    for path, size, time_s in files:
        name = os.path.basename(path)
        if not path.startswith(_CAPPED_FOLDERS):
            continue
        if name in _LOGS:
            logs.append((path, size))
        elif name in _CORES:
            cores.append((time_s, path, size))
        elif name.startswith(_REPORTS) and size > REPORT_CAP_BYTES:
            cuts.append(_head_and_tail(path, size, REPORT_CAP_BYTES))
    cap = _fair_cap([size for _, size in logs], logs_budget_bytes)
    cuts += [_head_and_tail(path, size, cap) for path, size in logs if size > cap]
    left = cores_budget_bytes
    for _, path, size in sorted(cores):
        if size > left:
            cuts.append(Cut(path, size, 0, 0))
        else:
            left -= size
    gone = {cut.path for cut in cuts if cut.is_removed}
    kept_cores = [(path, size) for _, path, size in sorted(cores) if path not in gone]
    kept_bytes = sum(size for _, size, _ in files) - sum(cut.left_out_bytes for cut in cuts)
    cuts += _dropped(kept_bytes + _RESERVE_BYTES - total_budget_bytes, kept_cores, _volumes(files))
    return sorted(cuts, key=lambda cut: cut.path)


def _volumes(files: Sequence[tuple[str, int, float]]) -> list[tuple[str, int]]:
    """What a test wrote, and what is as large: the largest first."""
    found = [
        (path, size)
        for path, size, _ in files
        if not kind_of(path) or any(fnmatch.fnmatchcase(path, pattern) for pattern in _VOLUMES)
    ]
    return sorted(found, key=lambda file: -file[1])


def _dropped(excess_bytes: int, cores: Sequence[tuple[str, int]], volumes: Sequence[tuple[str, int]]) -> Iterator[Cut]:
    """Whole files, the least missed first, until nothing is too much."""
    for path, size in (*reversed(cores[1:]), *volumes, *cores[:1]):
        if excess_bytes <= 0:
            return
        excess_bytes -= size
        yield Cut(path, size, 0, 0)


def apply_cuts(outputs_directory: str, cuts: Sequence[Cut]) -> None:
    """Cuts the files where they lie: that needs no room on a disk that may be full. Raises OSError.

    Between head and tail stands a line that says how many bytes and lines are missing.
    """
    for cut in cuts:
        path = os.path.join(outputs_directory, cut.path)
        if cut.is_removed:
            os.unlink(path)
        else:
            _cut_out(path, cut)


def _files(root: str) -> list[tuple[str, int, float]]:
    """Path, size and time of change of all regular files among the outputs."""
    found = []
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                status = os.stat(path)
                found.append((os.path.relpath(path, root), status.st_size, status.st_mtime))
    return found


def _fair_cap(sizes: Sequence[int], budget_bytes: int) -> int:
    """The largest cap up to `LOG_CAP_BYTES` with which all files fit: small ones leave their share to large ones."""
    left, cap = budget_bytes, LOG_CAP_BYTES
    for index, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - index)
        if size > share:
            cap = min(cap, share)
            break
        left -= size
    return max(cap, _SMALLEST_CAP_BYTES)


def _head_and_tail(path: str, size_bytes: int, cap_bytes: int) -> Cut:
    head = int(cap_bytes * _HEAD_SHARE)
    return Cut(path, size_bytes, head, cap_bytes - head)


def _cut_out(path: str, cut: Cut) -> None:
    """Moves the tail down behind the head and shortens the file."""
    with open(path, "r+b") as file:
        file.seek(cut.head_bytes)
        lines, left = 0, cut.left_out_bytes
        while left:
            block = file.read(min(left, _COPY_BYTES))
            if not block:
                return  # it has become shorter: nothing to cut
            lines += block.count(b"\n")
            left -= len(block)
        told = (
            f"\n--- truncated: {cut.left_out_bytes} bytes with {lines} ends of lines are left out here ---\n".encode()
        )
        if len(told) >= cut.left_out_bytes:
            return
        source, target = cut.head_bytes + cut.left_out_bytes, cut.head_bytes + len(told)
        file.seek(cut.head_bytes)
        file.write(told)
        while True:
            file.seek(source)
            block = file.read(_COPY_BYTES)
            if not block:
                break
            file.seek(target)
            file.write(block)
            source, target = source + len(block), target + len(block)
        file.truncate(target)
