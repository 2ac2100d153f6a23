"""What a test program prints: passed on to test.log as it comes, and its end kept."""

from __future__ import annotations

import asyncio
import os
import sys

_CHUNK_BYTES = 64 * 1024
_MOST_CHUNKS = 64
"""What a pipe can hold, and more: somebody may be left behind who writes for ever."""
_KEPT_BYTES = 32 * 1024
_TAIL_LINES = 40


class ProgramOutput:
    """Reads the program's stdout and stderr, which are one pipe so that their order stays."""

    def __init__(self, fd: int, passed_on_to: int | None = None) -> None:
        self._fd = fd
        self._target = sys.stdout.fileno() if passed_on_to is None else passed_on_to
        self._kept = bytearray()
        self._left_out = 0

    def start(self) -> None:
        """Reads from now on; needs the running event loop."""
        asyncio.get_running_loop().add_reader(self._fd, self._take)

    def finish(self) -> None:
        """Takes what is still in the pipe and closes it; who holds its other end is not waited for."""
        if self._fd < 0:
            return
        for _ in range(_MOST_CHUNKS):
            if not self._take():
                break
        if self._fd >= 0:
            self._close()

    @property
    def kept(self) -> str:
        """The last 32 KiB as text, and how much there was before."""
        text = self._kept.decode("utf-8", "replace")
        return f"[{self._left_out} bytes before are in test.log]\n{text}" if self._left_out else text

    @property
    def tail(self) -> str:
        """The last 40 lines of it."""
        return "\n".join(self.kept.rstrip().splitlines()[-_TAIL_LINES:])

    def _take(self) -> bool:
        """Whether there may be more."""
        try:
            chunk = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._close()
            return False
        self._kept += chunk
        surplus = len(self._kept) - _KEPT_BYTES
        if surplus > 0:
            self._left_out += surplus
            del self._kept[:surplus]
        while chunk:
            chunk = chunk[os.write(self._target, chunk) :]
        return True

    def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        self._fd = -1
