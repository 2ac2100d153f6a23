"""``/_admin/backup``: create, list, delete and restore hot backups; on single servers and on coordinators."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from .. import errors
from ..backup.description import backup_id_of, check_version, created, failsafe_meta, new_meta
from ..backup.transfer import TransferLog, repository_path
from ..errors import ArangoError
from ..http.message import Response, success
from ..permissions import require_admin

if TYPE_CHECKING:
    from ..backup.store import BackupStore
    from ..context import ServerContext
    from ..http.message import Request

# The answer to a restore leaves before the server that sends it restarts.
_ANSWER_S = 0.05


class Backups(Protocol):
    """Makes and restores the backups of a single server, or of a cluster through its coordinators."""

    async def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup; return its description."""

    async def descriptions(self) -> dict[str, dict[str, Any]]:
        """Return the descriptions by id."""

    async def delete(self, backup_id: str) -> None:
        """Remove a backup. Raises ArangoError when there is none."""

    async def restore(self, backup_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put a backup in place; return what the API answers."""

    async def transfer(self, kind: str, backup_id: str, repository: str) -> list[str]:
        """Copy to (kind ``upload``) or from (``download``) a directory; return the servers that did."""


class LocalBackups:
    """The backups of a single server."""

    def __init__(self, context: ServerContext, store: BackupStore) -> None:
        self._context = context
        self._store = store
        self._version = context.settings.arangodb_version

    async def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup of what is committed; writes go on meanwhile."""
        meta = new_meta(body.get("label"), version=self._version, dbservers=1)
        snapshot = self._store.snapshot()
        try:
            return await asyncio.to_thread(self._store.write, snapshot, meta)
        finally:
            snapshot.close()

    async def descriptions(self) -> dict[str, dict[str, Any]]:
        """Return the descriptions by id."""
        return self._store.descriptions()

    async def delete(self, backup_id: str) -> None:
        """Remove a backup. Raises ArangoError 14 when there is none."""
        if not await asyncio.to_thread(self._store.delete, backup_id):
            raise ArangoError(errors.FILE_NOT_FOUND, f"no backup '{backup_id}'", status=404)

    async def restore(self, backup_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Prepare the backup and restart in place."""
        check_version(self._store.meta(backup_id), self._version, body)
        previous = failsafe_meta(version=self._version, dbservers=1)
        await asyncio.to_thread(self._store.prepare_restore, backup_id, previous)
        self._store.decide_restore()
        asyncio.get_running_loop().call_later(_ANSWER_S, self._context.begin_restart)
        return {"id": backup_id, "isCluster": False, "previous": previous["id"]}

    async def transfer(self, kind: str, backup_id: str, repository: str) -> list[str]:
        """Copy to or from a directory."""
        copy = self._store.upload if kind == "upload" else self._store.download
        await asyncio.to_thread(copy, backup_id, repository, self._context.server_id)
        return [self._context.server_id]


class BackupApi:
    """Handlers below ``/_admin/backup``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._transfers = TransferLog()
        if context.role not in ("SINGLE", "COORDINATOR"):
            return
        self._backups: Backups
        if context.make_backups is not None:
            self._backups = context.make_backups()
        else:
            from ..backup.store import BackupStore

            self._backups = LocalBackups(context, BackupStore(context.settings.database_directory))
        add = context.router.add
        add("POST", "/_admin/backup/create", self.create)
        add("POST", "/_admin/backup/list", self.list_all)
        add("POST", "/_admin/backup/delete", self.delete)
        add("POST", "/_admin/backup/restore", self.restore)
        add("POST", "/_admin/backup/upload", self.upload)
        add("POST", "/_admin/backup/download", self.download)

    def _body(self, request: Request) -> dict[str, Any]:
        require_admin(self._context, request)
        if request.database != "_system":
            raise ArangoError(errors.FORBIDDEN, "backups are made in the database _system")
        return request.json_object() if request.body else {}

    async def create(self, request: Request) -> Response:
        """POST /_admin/backup/create {label, timeout, allowInconsistent, force}."""
        body = self._body(request)
        timeout_s = body.get("timeout", 120)
        if isinstance(timeout_s, bool) or not isinstance(timeout_s, (int, float)) or timeout_s < 0:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "timeout must be a number of seconds")
        async with self._lock:
            return success(201, {"result": created(await self._backups.create(body))})

    async def list_all(self, request: Request) -> Response:
        """POST /_admin/backup/list {id}: one backup, several, or all."""
        wanted = self._body(request).get("id")
        found = await self._backups.descriptions()
        if wanted is not None:
            ids = wanted if isinstance(wanted, list) else [wanted]
            if not all(isinstance(name, str) for name in ids):
                raise ArangoError(errors.HTTP_BAD_PARAMETER, "id must be the id of a backup, or an array of such ids")
            missing = [name for name in ids if name not in found]
            if missing or not ids:
                raise ArangoError(errors.NO_SUCH_HOT_BACKUP, f"no backup '{', '.join(map(str, missing))}'", status=404)
            found = {name: found[name] for name in ids}
        return success(200, {"result": {"server": self._context.server_id, "list": found}})

    async def delete(self, request: Request) -> Response:
        """POST /_admin/backup/delete {id}."""
        backup_id = backup_id_of(self._body(request))
        async with self._lock:
            await self._backups.delete(backup_id)
        return success(200, {"result": {}})

    async def restore(self, request: Request) -> Response:
        """POST /_admin/backup/restore {id, ignoreVersion}: the servers with data restart in place."""
        body = self._body(request)
        backup_id = backup_id_of(body)
        async with self._lock:
            return success(200, {"result": await self._backups.restore(backup_id, body)})

    async def upload(self, request: Request) -> Response:
        """POST /_admin/backup/upload {id, remoteRepository, config}, or {uploadId} to ask for its state."""
        return await self._transfer(request, "upload")

    async def download(self, request: Request) -> Response:
        """POST /_admin/backup/download {id, remoteRepository, config}, or {downloadId} to ask for its state."""
        return await self._transfer(request, "download")

    async def _transfer(self, request: Request, kind: str) -> Response:
        body = self._body(request)
        name = f"{kind}Id"
        if name in body:
            found = self._transfers.find(body[name])
            return success(200, {"result": {**found, name[0].upper() + name[1:]: body[name]}})
        backup_id, repository = backup_id_of(body), repository_path(body)
        async with self._lock:
            servers = await self._backups.transfer(kind, backup_id, repository)
        return success(202, {"result": {name: self._transfers.add(backup_id, servers)}})
