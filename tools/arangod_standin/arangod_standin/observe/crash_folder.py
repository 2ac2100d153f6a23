"""The dumps that crashes left in the data directory: ``crashes/<id>/`` with a few text files each."""

from __future__ import annotations

import os


class CrashFolder:
    """The folder ``crashes`` of one data directory, which is there only after a crash."""

    def __init__(self, database_directory: str) -> None:
        self._path = os.path.join(database_directory, "crashes")

    def ids(self) -> list[str]:
        """Return the ids of the crashes that are kept."""
        return sorted(entry.name for entry in os.scandir(self._path) if entry.is_dir()) if self._exists() else []

    def _exists(self) -> bool:
        return os.path.isdir(self._path)

    def read(self, crash_id: str) -> dict[str, str]:
        """Return the texts of a crash, by file name."""
        files = {}
        for entry in os.scandir(os.path.join(self._path, crash_id)):
            with open(entry.path, encoding="utf-8", errors="replace") as file:
                files[entry.name] = file.read()
        return files

    def remove(self, crash_id: str) -> None:
        """Remove a crash's folder."""
        folder = os.path.join(self._path, crash_id)
        for entry in list(os.scandir(folder)):
            os.unlink(entry.path)
        os.rmdir(folder)
