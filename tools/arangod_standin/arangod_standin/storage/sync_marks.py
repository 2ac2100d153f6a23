"""Losing what was not synced, as a machine does that loses power: the misbehaviour ``--standin.lose-unsynced-writes``.

``kill -9`` alone loses nothing that SQLite has committed, because the kernel keeps what was written. With the option a
small file beside the database says up to where the write-ahead log was on disk, and a start cuts the log there.
"""

from __future__ import annotations

import os

_SALTS = slice(16, 24)
_HEADER_BYTES = 32


class SyncMarks:
    """Knows how much of one write-ahead log is synced. The log must not be checkpointed while the server runs."""

    def __init__(self, database: str) -> None:
        self._log = database + "-wal"
        self._file = database + "-synced"

    def _salts(self) -> str:
        """Return what tells one life of the log from another."""
        with open(self._log, "rb") as file:
            return file.read(_HEADER_BYTES)[_SALTS].hex()

    def forget_unsynced(self) -> int:
        """Cut off what was not synced before the last end of the server; return how many bytes that were."""
        if not os.path.exists(self._log):
            return 0
        synced_bytes = 0
        if os.path.exists(self._file):
            with open(self._file, encoding="ascii") as file:
                salts, _, size = file.read().partition(" ")
            synced_bytes = int(size) if salts == self._salts() else 0
        lost_bytes = max(os.path.getsize(self._log) - synced_bytes, 0)
        if lost_bytes:
            os.truncate(self._log, synced_bytes)
        return lost_bytes

    def size(self) -> int:
        """Return the log's size in bytes; ask before a sync, and give it to `synced` after it."""
        return os.path.getsize(self._log)

    def synced(self, size_bytes: int) -> None:
        """Note that the log is on disk up to a size."""
        temporary = self._file + ".tmp"
        with open(temporary, "w", encoding="ascii") as file:
            file.write(f"{self._salts()} {size_bytes}")
        os.replace(temporary, self._file)
