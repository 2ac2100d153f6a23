"""What a power cut would take: the previous bytes of everything that was written to files and not synced since.

A process that is killed loses nothing that it wrote: the kernel's page cache has it. This log makes the loss: before a
write goes on, what stands there is kept; fsync(2) or fdatasync(2) of the file drops it; `lose` puts it back. Names are
taken as durable at once (ext4 with its journal is as good as that): a file that was made and never synced is left
behind empty. Writes by mmap(2) are not seen.
"""

from __future__ import annotations

import os
import stat

LARGEST_LOG_BYTES = 256 * 1024 * 1024
"""Beyond it the file with the longest log counts as written back by the kernel, which may happen at any time."""

_COPY_BYTES = 1024 * 1024


class _File:
    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.saved: list[tuple[int, bytes, int]] = []
        self.saved_bytes = 0

    def undo(self) -> None:
        for offset, previous, size in reversed(self.saved):
            done = 0
            while done < len(previous):
                done += os.pwrite(self.descriptor, previous[done : done + _COPY_BYTES], offset + done)
            os.ftruncate(self.descriptor, size)

    def close(self) -> None:
        os.close(self.descriptor)


class UndoLog:
    """Of the files of one server; `written_back` counts files that counted as synced because the log grew too long."""

    def __init__(self, largest_bytes: int = LARGEST_LOG_BYTES) -> None:
        self.written_back = 0
        self._largest_bytes = largest_bytes
        self._saved_bytes = 0
        self._files: dict[tuple[int, int], _File] = {}

    @property
    def files(self) -> int:
        """How many files have writes that are not synced."""
        return len(self._files)

    @property
    def writes(self) -> int:
        """How many writes are not synced."""
        return sum(len(file.saved) for file in self._files.values())

    def keep(self, path: str, offset: int, length: int) -> None:
        """Keeps what the range of an existing file holds, and the file's size; `path` may be one below /proc/PID/fd.

        Raises OSError when it cannot be read.
        """
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return
        key = (status.st_dev, status.st_ino)
        file = self._files.get(key)
        if file is None:
            file = self._files[key] = _File(path)
        previous = b""
        if offset < status.st_size:
            previous = os.pread(file.descriptor, min(length, status.st_size - offset), offset)
        file.saved.append((offset, previous, status.st_size))
        file.saved_bytes += len(previous)
        self._saved_bytes += len(previous)
        if self._saved_bytes > self._largest_bytes:
            self._drop(max(self._files, key=lambda one: self._files[one].saved_bytes))
            self.written_back += 1

    def synced(self, path: str) -> None:
        """What was written to this file is on disk now."""
        status = os.stat(path)
        self._drop((status.st_dev, status.st_ino))

    def forget(self) -> None:
        """All of it counts as on disk."""
        for key in list(self._files):
            self._drop(key)

    def lose(self) -> tuple[int, int]:
        """Takes back every write that was not synced; answers how many files and writes that were."""
        lost = (self.files, self.writes)
        for file in self._files.values():
            file.undo()
        self.forget()
        return lost

    def _drop(self, key: tuple[int, int]) -> None:
        file = self._files.pop(key, None)
        if file is not None:
            self._saved_bytes -= file.saved_bytes
            file.close()
