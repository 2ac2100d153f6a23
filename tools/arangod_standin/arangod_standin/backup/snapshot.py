"""A state of the database held fast, to be copied while the server goes on."""

from __future__ import annotations

import os
import sqlite3


class PinnedSnapshot:
    """What was committed when this was made. The copying may run in another thread."""

    def __init__(self, database: str) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.execute("BEGIN")
        # only the first read fixes what the transaction sees
        self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def copy_to(self, path: str) -> None:
        """Write the state into a new database file and bring it to the disk."""
        with open(path, "x", encoding="ascii"):
            pass
        target = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.backup(target)
        finally:
            target.close()
        sync_file(path)

    def close(self) -> None:
        """Let go of the state."""
        self._connection.close()


def sync_file(path: str) -> None:
    """Bring a file or the entries of a directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
