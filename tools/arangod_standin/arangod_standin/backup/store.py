"""The backups below one data directory: ``backups/<id>/`` with META and a copy of the engine's directory.

A restore is prepared while the server runs (the copy in ``engine-sqlite.restoring``, the intent in
``RESTORE.prepared``), decided by the intent's new name ``RESTORE``, and done by the next start, which holds the
directory's lock. Whatever dies in between, the next start goes on.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from .. import errors
from ..datadir import ENGINE_DIRECTORY
from ..errors import ArangoError
from .snapshot import PinnedSnapshot, sync_file
from .transfer import copy_backup

DATABASE = "data.sqlite3"
RESTORE = "RESTORE"
_PREPARED = RESTORE + ".prepared"
_STAGING = ENGINE_DIRECTORY + ".restoring"
_META = "META"
_AGENCY = "agency.json"


def _write_file(path: str, value: Any) -> None:
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)
    sync_file(os.path.dirname(path))


def _read_file(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class BackupStore:
    """Backups of the server that owns a data directory."""

    def __init__(self, data_directory: str) -> None:
        self._data = os.path.abspath(data_directory)
        self._folder = os.path.join(self._data, "backups")

    def _path(self, backup_id: str) -> str:
        return os.path.join(self._folder, backup_id)

    def snapshot(self) -> PinnedSnapshot:
        """Hold what is committed now."""
        return PinnedSnapshot(os.path.join(self._data, ENGINE_DIRECTORY, DATABASE))

    def descriptions(self) -> dict[str, dict[str, Any]]:
        """Return the descriptions of all complete backups by id."""
        names = sorted(os.listdir(self._folder)) if os.path.isdir(self._folder) else []
        metas = {name: os.path.join(self._path(name), _META) for name in names}
        return {name: _read_file(meta) for name, meta in metas.items() if os.path.exists(meta)}

    def meta(self, backup_id: str) -> dict[str, Any]:
        """Return the description of one backup. Raises ArangoError 7007."""
        found = self.descriptions().get(backup_id)
        if found is None:
            raise ArangoError(errors.NO_SUCH_HOT_BACKUP, f"no backup '{backup_id}'", status=404)
        return found

    def agency(self, backup_id: str) -> Any:
        """Return the agency's state that belongs to a backup of a cluster."""
        return _read_file(os.path.join(self._path(backup_id), _AGENCY))

    def write(self, snapshot: PinnedSnapshot, meta: dict[str, Any], agency: Any = None) -> dict[str, Any]:
        """Store a held state as the backup ``meta["id"]``; return the complete description. Blocks: use a thread."""
        path = self._path(meta["id"])
        engine = os.path.join(path, ENGINE_DIRECTORY)
        if os.path.exists(path):
            raise ArangoError(errors.HOT_BACKUP_CONFLICT, f"there is a backup '{meta['id']}' already")
        try:
            os.makedirs(engine)
            snapshot.copy_to(os.path.join(engine, DATABASE))
            if agency is not None:
                _write_file(os.path.join(path, _AGENCY), agency)
            size_bytes = os.path.getsize(os.path.join(engine, DATABASE))
            complete = {**meta, "sizeInBytes": size_bytes, "nrFiles": 1}
            _write_file(os.path.join(path, _META), complete)
            sync_file(self._folder)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return complete

    def delete(self, backup_id: str) -> bool:
        """Remove a backup; False when there was none."""
        if backup_id not in self.descriptions():
            return False
        # without META it is no backup any more, even if the rest takes until after a crash
        os.unlink(os.path.join(self._path(backup_id), _META))
        shutil.rmtree(self._path(backup_id), ignore_errors=True)
        return True

    def upload(self, backup_id: str, repository: str, server: str) -> None:
        """Copy a backup into a directory outside. Raises ArangoError 7007. Blocks: use a thread."""
        self.meta(backup_id)
        os.makedirs(os.path.join(repository, backup_id), exist_ok=True)
        copy_backup(self._path(backup_id), os.path.join(repository, backup_id, server))

    def download(self, backup_id: str, repository: str, server: str) -> None:
        """Copy a backup from a directory outside. Raises ArangoError 7007. Blocks: use a thread."""
        source = os.path.join(repository, backup_id, server)
        if not os.path.exists(os.path.join(source, _META)):
            raise ArangoError(errors.NO_SUCH_HOT_BACKUP, f"no backup '{backup_id}' in the repository", status=404)
        os.makedirs(self._folder, exist_ok=True)
        copy_backup(source, self._path(backup_id))

    # -- restoring ---------------------------------------------------------------------------------------------------
    def prepare_restore(self, backup_id: str, previous: dict[str, Any], agency: Any = None, decision: str = "") -> None:
        """Make everything ready to put a backup in place; what is there now becomes the backup ``previous["id"]``.

        In a cluster `decision` is what the agency will say when all are to do it.
        """
        staging = os.path.join(self._data, _STAGING)
        shutil.rmtree(staging, ignore_errors=True)
        shutil.copytree(os.path.join(self._path(backup_id), ENGINE_DIRECTORY), staging)
        for name in os.listdir(staging):
            sync_file(os.path.join(staging, name))
        sync_file(staging)
        if agency is not None:
            os.makedirs(self._path(previous["id"]))
            _write_file(os.path.join(self._path(previous["id"]), _AGENCY), agency)
        intent = {"id": backup_id, "previous": previous, "decision": decision}
        _write_file(os.path.join(self._data, _PREPARED), intent)

    def awaited_decision(self) -> str | None:
        """Return the decision that a prepared restore waits for, None when none is prepared."""
        path = os.path.join(self._data, _PREPARED)
        return str(_read_file(path)["decision"]) if os.path.exists(path) else None

    def decide_restore(self) -> None:
        """Have the next start do what is prepared."""
        os.replace(os.path.join(self._data, _PREPARED), os.path.join(self._data, RESTORE))
        sync_file(self._data)

    def abandon_restore(self) -> None:
        """Take back what `prepare_restore` did."""
        if os.path.exists(os.path.join(self._data, _PREPARED)):
            os.unlink(os.path.join(self._data, _PREPARED))
        shutil.rmtree(os.path.join(self._data, _STAGING), ignore_errors=True)

    def complete_restore(self) -> str:
        """Put the prepared backup in place; called by a start that holds the directory's lock. Returns its id."""
        intent = _read_file(os.path.join(self._data, RESTORE))
        staging, engine = os.path.join(self._data, _STAGING), os.path.join(self._data, ENGINE_DIRECTORY)
        kept = os.path.join(self._path(intent["previous"]["id"]), ENGINE_DIRECTORY)
        if os.path.isdir(staging):
            if os.path.exists(os.path.join(engine, DATABASE)):
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                size_bytes = sum(os.path.getsize(os.path.join(engine, name)) for name in os.listdir(engine))
                meta = {**intent["previous"], "sizeInBytes": size_bytes, "nrFiles": len(os.listdir(engine))}
                _write_file(os.path.join(os.path.dirname(kept), _META), meta)
                os.rename(engine, kept)
            else:
                shutil.rmtree(engine, ignore_errors=True)
            os.rename(staging, engine)
            sync_file(self._data)
        os.unlink(os.path.join(self._data, RESTORE))
        return str(intent["id"])
