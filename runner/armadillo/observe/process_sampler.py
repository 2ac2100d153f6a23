"""What processes use, read from /proc at so little cost that ten times a second does not matter.

The files of a process stay open: one pread each instead of open, read, close. An open file of /proc belongs to this one
process, so that a reused pid is never mistaken for it: reads fail with ESRCH once it is gone (proc(5)).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from .process_family import ProcessFamily

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")
_LARGEST_FILE = 4096
_FILES_COUNTED_EVERY = 10
"""Readings between two counts of open files where the kernel makes us list them (before 6.2)."""
_SHORTEST_S = 0.05
"""Between less than some ticks of the kernel's clock a share means nothing; the one before is told again."""
_GONE = frozenset(b"ZX")


class ProcessReading(NamedTuple):
    """One process at one moment; the counters run since its start."""

    state: str
    """The letter of proc(5): "R" running, "S" sleeping, "T" stopped by a signal, "t" by a debugger ..."""
    cpu_ms: int
    """User and system time, with that of children that were waited for; as coarse as the kernel's tick (10 ms)."""
    rss_bytes: int
    """As the kernel keeps it without asking all cores: some pages behind, and 0 in the first moments."""
    threads: int
    open_files: int
    read_bytes: int
    """From storage; 0 where /proc/PID/io may not be read."""
    written_bytes: int

    @property
    def is_stopped(self) -> bool:
        """Whether somebody holds it: SIGSTOP or a debugger."""
        return self.state in "Tt"


class ProcessReader:
    """One process, by files that stay open until `close`. Raises OSError when there is no such process."""

    def __init__(self, pid: int) -> None:
        self._directory = os.open(f"/proc/{pid}", os.O_PATH | os.O_DIRECTORY)
        self._io = -1
        try:
            self._stat = os.open("stat", os.O_RDONLY, dir_fd=self._directory)
        except OSError:
            os.close(self._directory)
            raise
        with suppress(OSError):  # another user's process, or one that must not be traced
            self._io = os.open("io", os.O_RDONLY, dir_fd=self._directory)
        self._open_files = 0
        self._reads = 0

    def read(self, alone: bool = False) -> ProcessReading | None:
        """What it uses now, with or without what its children used; None when it has ended, waited for or not."""
        try:
            fields = os.pread(self._stat, _LARGEST_FILE, 0).rpartition(b")")[2].split(None, 22)
        except OSError:
            return None
        if not fields or fields[0][0] in _GONE:
            return None
        ticks = int(fields[11]) + int(fields[12])
        if not alone:
            ticks += int(fields[13]) + int(fields[14])
        read_bytes, written_bytes = self._read_io()
        return ProcessReading(
            state=fields[0].decode(),
            cpu_ms=ticks * 1000 // _TICKS_PER_S,
            rss_bytes=int(fields[21]) * _PAGE_BYTES,
            threads=int(fields[17]),
            open_files=self._count_files(),
            read_bytes=read_bytes,
            written_bytes=written_bytes,
        )

    def close(self) -> None:
        """Gives its files back; once."""
        for file in (self._directory, self._stat, self._io):
            if file >= 0:
                os.close(file)

    def _read_io(self) -> tuple[int, int]:
        if self._io < 0:
            return 0, 0
        try:
            words = os.pread(self._io, _LARGEST_FILE, 0).split()
        except OSError:
            return 0, 0
        return int(words[9]), int(words[11])

    def _count_files(self) -> int:
        """Since Linux 6.2 the directory's size is their number; before, it is 0 and they are listed now and then."""
        try:
            size = os.stat("fd", dir_fd=self._directory).st_size
            if size:
                return size
            if self._reads % _FILES_COUNTED_EVERY == 0:
                directory = os.open("fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._directory)
                try:
                    self._open_files = len(os.listdir(directory))
                finally:
                    os.close(directory)
        except OSError:
            return self._open_files
        self._reads += 1
        return self._open_files


class Watched(NamedTuple):
    """A process to be sampled: its name, which start of it this is, and its pid."""

    name: str
    incarnation: int
    pid: int
    alone: bool = False
    """Without its children: the runner's are the servers, whose time becomes its own when it waits for them."""


class Usage(NamedTuple):
    """What a watched process and the processes in its group use together."""

    watched: Watched
    reading: ProcessReading
    cpu_share: float
    """Part of one core since the sample before; 0 in the first."""


@dataclass
class _Tracked:
    readers: dict[int, ProcessReader]
    cpu_ms: int = -1
    time_s: float = 0.0
    share: float = 0.0


class ProcessSampler:
    """Samples any number of processes with their children; `close` when it is no longer needed."""

    def __init__(self) -> None:
        self._tracked: dict[Watched, _Tracked] = {}
        self._family = ProcessFamily()

    def sample(self, watched: Sequence[Watched], now_s: float) -> list[Usage]:
        """What each uses at the monotonic time `now_s`; those that have ended are left out and forgotten."""
        for one in self._tracked.keys() - set(watched):
            self._forget(one)
        children = self._family.children_of({one.pid for one in watched}, now_s)
        found = []
        for one in watched:
            usage = self._sample(one, () if one.alone else children.get(one.pid, ()), now_s)
            if usage is not None:
                found.append(usage)
        return found

    def close(self) -> None:
        """Gives all files back."""
        for one in list(self._tracked):
            self._forget(one)

    def _sample(self, watched: Watched, children: Iterable[int], now_s: float) -> Usage | None:
        tracked = self._tracked.get(watched)
        if tracked is None:
            tracked = self._tracked[watched] = _Tracked({})
        _open_new(tracked.readers, (watched.pid, *children))
        own = tracked.readers.get(watched.pid)
        reading = own.read(watched.alone) if own else None
        if reading is None:
            self._forget(watched)
            return None
        if len(tracked.readers) > 1:
            reading = _with_children(reading, tracked.readers, watched.pid)
        if tracked.cpu_ms < 0:
            tracked.cpu_ms, tracked.time_s = reading.cpu_ms, now_s
        elif now_s - tracked.time_s >= _SHORTEST_S:
            tracked.share = max(0.0, (reading.cpu_ms - tracked.cpu_ms) / 1000 / (now_s - tracked.time_s))
            tracked.cpu_ms, tracked.time_s = reading.cpu_ms, now_s
        return Usage(watched, reading, tracked.share)

    def _forget(self, watched: Watched) -> None:
        for reader in self._tracked.pop(watched).readers.values():
            reader.close()


def _open_new(readers: dict[int, ProcessReader], pids: Iterable[int]) -> None:
    for pid in pids:
        if pid not in readers:
            with suppress(OSError):  # it is gone already
                readers[pid] = ProcessReader(pid)


def _with_children(own: ProcessReading, readers: dict[int, ProcessReader], pid: int) -> ProcessReading:
    """The sum over the group; children that have ended are closed."""
    readings = [own]
    for child in [one for one in readers if one != pid]:
        reading = readers[child].read()
        if reading is None:
            readers.pop(child).close()
        else:
            readings.append(reading)
    sums = [sum(column) for column in zip(*(reading[1:] for reading in readings), strict=True)]
    return ProcessReading(own.state, *sums)
