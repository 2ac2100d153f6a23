"""Upload and download of backups to a repository that is a directory (rclone's type ``local``); others are refused."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

from .. import errors
from ..datadir import new_uuid
from ..errors import ArangoError


def repository_path(body: dict[str, Any]) -> str:
    """Return the directory that ``remoteRepository`` and ``config`` of a request mean.

    As in rclone's ``name:path``, the name's entry in the configuration has the type. Raises ArangoError 501 for a type
    other than local, 400 for what is no repository at all.
    """
    repository, config = body.get("remoteRepository"), body.get("config")
    name, separator, path = repository.partition(":") if isinstance(repository, str) else ("", "", "")
    if (
        not separator
        or not path.startswith("/")
        or not isinstance(config, dict)
        or not isinstance(config.get(name), dict)
    ):
        raise ArangoError(
            errors.HTTP_BAD_PARAMETER, "expecting remoteRepository 'name:/path' and config {name: {type}}"
        )
    if config[name].get("type") != "local":
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: repositories of other types than local")
    return "/" + path.strip("/")


def copy_backup(source: str, target: str) -> None:
    """Copy a backup's directory, complete or not at all; one that is there stays. Blocks: use a thread."""
    if os.path.exists(target):
        return
    partial = f"{target}.partial-{new_uuid()[:8]}"
    shutil.copytree(source, partial)
    os.replace(partial, target)


class TransferLog:
    """The transfers that a server began, by id; they are done when the answer that names them is sent."""

    def __init__(self) -> None:
        self._transfers: dict[str, dict[str, Any]] = {}

    def add(self, backup_id: str, servers: list[str]) -> str:
        """Note a transfer that has ended; return its id."""
        transfer_id = new_uuid()
        self._transfers[transfer_id] = {
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "BackupId": backup_id,
            "Cancelled": False,
            "DBServers": {server: {"Status": "COMPLETED"} for server in servers},
        }
        return transfer_id

    def find(self, transfer_id: Any) -> dict[str, Any]:
        """Return the state of a transfer. Raises ArangoError 404."""
        found = self._transfers.get(transfer_id) if isinstance(transfer_id, str) else None
        if found is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, "no such transfer")
        return found
