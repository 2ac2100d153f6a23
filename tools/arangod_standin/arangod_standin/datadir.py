"""The data directory: LOCK held for the life of the process, VERSION, ENGINE, UUID."""

from __future__ import annotations

import fcntl
import json
import os

from . import ARANGODB_VERSION

EXIT_LOCK_HELD = 22
EXIT_DIRECTORY_STATE = 24
UUID_PREFIXES = {"AGENT": "AGNT", "PRIMARY": "PRMR", "COORDINATOR": "CRDN", "SINGLE": "SNGL"}
ENGINE_DIRECTORY = "engine-sqlite"


class DataDirectoryError(Exception):
    """The data directory cannot be used; `exit_code` is what arangod would exit with."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def version_number(version: str) -> int:
    """Return ArangoDB's number for a version, 31210 for 3.12.10."""
    major, minor, patch = (int(part) for part in version.split("-", maxsplit=1)[0].split("."))
    return major * 10000 + minor * 100 + patch


def new_uuid() -> str:
    """Return a random UUID text (uuid4) without importing uuid."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class DataDirectory:
    """Owns the directory of one server; `close` releases the lock. Raises DataDirectoryError."""

    def __init__(self, path: str, role: str, required_state: str = "any") -> None:
        self.path = os.path.abspath(path)
        self.role = role
        self._lock_fd = -1
        self._check_state(required_state)
        try:
            os.makedirs(os.path.join(self.path, ENGINE_DIRECTORY), exist_ok=True)
        except OSError as error:
            raise DataDirectoryError(f"unable to create database directory '{path}': {error.strerror}", 1) from error
        self._take_lock()
        # a UUID without an engine behind it means that the data was lost: such a server must not claim its old shards
        self.engine_was_lost = os.path.exists(self.file("UUID")) and not os.path.exists(
            self.engine_file("data.sqlite3")
        )
        self._write_marker("ENGINE", "sqlite")
        number = version_number(ARANGODB_VERSION)
        self._write_marker("VERSION", json.dumps({"version": number, "tasks": {}}))

    def _check_state(self, required_state: str) -> None:
        exists = os.path.isdir(self.path)
        entries = os.listdir(self.path) if exists else []
        fits = {
            "any": True,
            "existing": exists,
            "non-existing": not exists,
            "empty": exists and not entries,
            "populated": bool(entries),
        }.get(required_state, True)
        if not fits:
            raise DataDirectoryError(f"database directory '{self.path}' is not {required_state}", EXIT_DIRECTORY_STATE)

    def _take_lock(self) -> None:
        descriptor = os.open(self.file("LOCK"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise DataDirectoryError(
                f"database is locked by process {holder or 'unknown'}; please check that there is no other process"
                f" using the database directory '{self.path}'",
                EXIT_LOCK_HELD,
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._lock_fd = descriptor

    def file(self, name: str) -> str:
        """Return the path of a file directly below the directory."""
        return os.path.join(self.path, name)

    def engine_file(self, name: str) -> str:
        """Return the path of a file of the storage engine."""
        return os.path.join(self.path, ENGINE_DIRECTORY, name)

    def _write_marker(self, name: str, text: str) -> None:
        if not os.path.exists(self.file(name)):
            temporary = self.file(f"{name}.tmp")
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.file(name))

    def server_id(self) -> str:
        """Return the persisted id of this server, made at the first start (``PRMR-...`` and so on)."""
        if self.engine_was_lost and self.role == "PRIMARY":
            os.unlink(self.file("UUID"))
            self.engine_was_lost = False
        self._write_marker("UUID", f"{UUID_PREFIXES[self.role]}-{new_uuid()}")
        with open(self.file("UUID"), encoding="utf-8") as file:
            return file.read().strip()

    def close(self) -> None:
        """Release the lock and remove LOCK."""
        if self._lock_fd >= 0:
            os.unlink(self.file("LOCK"))
            os.close(self._lock_fd)
            self._lock_fd = -1
