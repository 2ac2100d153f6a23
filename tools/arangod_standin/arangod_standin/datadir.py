"""The data directory: LOCK held for the life of the process, VERSION, ENGINE, UUID."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config.settings import Settings
    from .logger import Logger

EXIT_UPGRADE_FAILED = 10
EXIT_UPGRADE_REQUIRED = 11
EXIT_DOWNGRADE_REQUIRED = 12
EXIT_VERSION_CHECK_FAILED = 13
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
        # a LOCK of a process that is gone: it did not end properly
        self.was_in_use = False
        self._check_state(required_state)
        try:
            os.makedirs(os.path.join(self.path, ENGINE_DIRECTORY), exist_ok=True)
        except OSError as error:
            raise DataDirectoryError(f"unable to create database directory '{path}': {error.strerror}", 1) from error
        self._take_lock()
        if os.path.exists(self.file("RESTORE")):
            from .backup.store import BackupStore

            BackupStore(self.path).complete_restore()
        # a UUID without an engine behind it means that the data was lost: such a server must not claim its old shards
        self.engine_was_lost = os.path.exists(self.file("UUID")) and not os.path.exists(
            self.engine_file("agency.sqlite3" if role == "AGENT" else "data.sqlite3")
        )
        self._had_data = os.path.exists(self.engine_file("data.sqlite3"))
        self._write_marker("ENGINE", "sqlite")

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
        self.was_in_use = os.fstat(descriptor).st_size > 0
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

    # -- version -----------------------------------------------------------------------------------------------------
    def _stored_version(self) -> int | None:
        """Return the number in VERSION, None when there is no such file. Raises ValueError when it is no such file."""
        try:
            with open(self.file("VERSION"), encoding="utf-8") as file:
                content = json.load(file)
        except FileNotFoundError:
            return None
        version = content.get("version") if isinstance(content, dict) else None
        if not isinstance(version, int):
            raise ValueError("it holds no version number")
        return version

    def check_version(self, settings: Settings, journal: Logger) -> int | None:
        """Compare VERSION with the server's; return the exit code if the process is to end here, None if it goes on.

        Only major and minor count (documentation: upgrading). ``--database.check-version`` and
        ``--database.auto-upgrade`` always end the process; ``--database.upgrade-check false`` skips the comparison.
        """
        wanted = version_number(settings.arangodb_version)
        checks = settings.boolean("database.check-version", False)
        upgrades = settings.boolean("database.auto-upgrade", False)
        try:
            stored = self._stored_version()
        except (ValueError, OSError) as error:
            journal.fatal("3c7a1", "startup", f"cannot read '{self.file('VERSION')}': {error}")
            return EXIT_UPGRADE_FAILED if upgrades else EXIT_VERSION_CHECK_FAILED
        if stored is None and self._had_data:
            journal.fatal("3c7a2", "startup", f"there is data in '{self.path}', but no file VERSION")
            return EXIT_UPGRADE_FAILED if upgrades else EXIT_VERSION_CHECK_FAILED
        if self._had_data and settings.boolean("database.init-database", False):
            journal.fatal("b75b9", "startup", f"database directory '{self.path}' is not empty")
            return EXIT_DIRECTORY_STATE
        code = 0
        if stored is not None and stored // 100 != wanted // 100 and settings.boolean("database.upgrade-check", True):
            code = EXIT_UPGRADE_REQUIRED if stored < wanted else EXIT_DOWNGRADE_REQUIRED
        if code == EXIT_DOWNGRADE_REQUIRED or (code and not upgrades):
            self._tell_versions(journal, stored or 0, wanted)
            return code
        if checks:
            journal.info("5a5f8", "startup", "database version check passed: database is up to date")
            return 0
        same_family = stored is None or stored // 100 == wanted // 100
        self._write_marker(
            "VERSION", json.dumps({"version": wanted, "tasks": {}}),
            replace=stored != wanted and (same_family or upgrades),
        )  # fmt: skip
        if not upgrades:
            return None
        journal.info("07c5a", "startup", f"database upgrade passed: from version {stored or wanted} to {wanted}")
        return 0

    @staticmethod
    def _tell_versions(journal: Logger, stored: int, wanted: int) -> None:
        if stored < wanted:
            journal.fatal("40e37", "startup", f"Database directory version ({stored}) is lower than current version"
                          f" ({wanted}). It seems like you have upgraded the ArangoDB binary. If this is what you"
                          " wanted to do, please restart with the option --database.auto-upgrade true")  # fmt: skip
        else:
            journal.fatal("d72fc", "startup", f"Database directory version ({stored}) is higher than current version"
                          f" ({wanted}). It seems like you are running ArangoDB on a database directory that was"
                          " created with a newer version of ArangoDB")  # fmt: skip

    def _write_marker(self, name: str, text: str, *, replace: bool = False) -> None:
        if replace or not os.path.exists(self.file(name)):
            temporary = self.file(f"{name}.tmp")
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.file(name))

    def server_id(self) -> str:
        """Return the persisted id of this server, made at the first start (``PRMR-...`` and so on)."""
        if self.engine_was_lost and self.role in ("PRIMARY", "AGENT"):
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
