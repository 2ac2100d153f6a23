"""What a call that was handed over is about: files, ranges and paths, read from the calling process in /proc."""

from __future__ import annotations

import os
import struct

from .disk_calls import O_CREAT, O_TRUNC, WRITE_MODE_FLAGS, Call

_PAGE_BYTES = 4096
_LONGEST_PATH_BYTES = 4096
_IOVEC_BYTES = 16
_LARGEST_VECTOR = 1024
_AT_FDCWD = -100
_O_APPEND = 0o2000
_O_DSYNC = 0o10000


class Look:
    """One call of one thread; each question is answered when it is asked. OSError means that the thread is gone."""

    def __init__(self, call: Call, thread: int, arguments: tuple[int, ...]) -> None:
        self.call = call
        self._thread = thread
        self._arguments = arguments

    @property
    def action(self) -> str:
        """ "write", "resize", "sync", "open" or "change", see `disk_calls.Call`."""
        return self.call.action

    @property
    def descriptor_path(self) -> str:
        """Where /proc shows the file that the call's descriptor stands for."""
        return f"/proc/{self._thread}/fd/{self._arguments[self.call.fd]}"

    def paths(self) -> list[str]:
        """Real paths of the files that it would change."""
        if self.call.fd >= 0:
            return [os.readlink(self.descriptor_path)]
        found = []
        for folder, path in self.call.paths:
            name = os.fsdecode(self._string(self._arguments[path]))
            base = self._folder(self._arguments[folder] if folder >= 0 else _AT_FDCWD)
            parent, last = os.path.split(os.path.join(base, name))
            found.append(os.path.join(os.path.realpath(parent), last))
        return found

    @property
    def changes_data(self) -> bool:
        """Whether an open(2) makes or empties a file, rather than only being able to write."""
        return self.call.flags < 0 or bool(self._arguments[self.call.flags] & (O_CREAT | O_TRUNC))

    @property
    def empties(self) -> bool:
        """Whether it is an open(2) that cuts the file to nothing."""
        return self.call.name == "creat" or (
            self.call.flags >= 0 and self._arguments[self.call.flags] & O_TRUNC == O_TRUNC
        )

    @property
    def opens_for_writing(self) -> bool:
        """Whether it is an open(2) that may change something."""
        return self.call.flags < 0 or bool(self._arguments[self.call.flags] & WRITE_MODE_FLAGS)

    def length(self) -> int:
        """Bytes that a write or an allocation is about."""
        if self.call.vector < 0:
            return self._arguments[self.call.length]
        count = min(self._arguments[self.call.length], _LARGEST_VECTOR)
        vector = self._memory(self._arguments[self.call.vector], count * _IOVEC_BYTES)
        return sum(length for _, length in struct.iter_unpack("=QQ", vector))

    def offset(self, size: int) -> int:
        """Where it begins to write; `size` is the file's, for those that append."""
        if self.call.offset >= 0 and not self._is_current_position():
            return self._arguments[self.call.offset]
        position, flags = self._position()
        return size if flags & _O_APPEND else position

    @property
    def is_synchronous(self) -> bool:
        """Whether the file was opened so that each write is on disk when it returns (O_DSYNC, O_SYNC)."""
        return bool(self._position()[1] & _O_DSYNC)

    def _is_current_position(self) -> bool:
        # pwritev2(2) takes -1 for "where the file stands".
        return self.call.name == "pwritev2" and self._arguments[self.call.offset] == (1 << 64) - 1

    def _position(self) -> tuple[int, int]:
        """Position and flags of the open file."""
        with open(f"/proc/{self._thread}/fdinfo/{self._arguments[self.call.fd]}", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
        return int(fields[b"pos"]), int(fields[b"flags"], 8)

    def _folder(self, descriptor: int) -> str:
        number = descriptor & 0xFFFFFFFF
        if number == _AT_FDCWD & 0xFFFFFFFF:
            return os.readlink(f"/proc/{self._thread}/cwd")
        return os.readlink(f"/proc/{self._thread}/fd/{number}")

    def _string(self, address: int) -> bytes:
        """A C string; read page by page, the next page may not exist."""
        found = b""
        while len(found) < _LONGEST_PATH_BYTES:
            found += self._memory(address + len(found), _PAGE_BYTES - (address + len(found)) % _PAGE_BYTES)
            end = found.find(b"\0")
            if end >= 0:
                return found[:end]
        return found

    def _memory(self, address: int, length: int) -> bytes:
        descriptor = os.open(f"/proc/{self._thread}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, length, address)
        finally:
            os.close(descriptor)
