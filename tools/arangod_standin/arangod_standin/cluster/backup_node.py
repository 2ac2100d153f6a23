"""A server's part in the backup of its cluster, below ``/_internal/backup``; one coordinator conducts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response

if TYPE_CHECKING:
    from ..backup.snapshot import PinnedSnapshot
    from ..backup.store import BackupStore
    from ..context import ServerContext
    from ..http.message import Request
    from .peers import ClusterPeers
    from .shard_backend import ShardBackend

_ANSWER_S = 0.05
_LONGEST_S = 60.0


class BackupGateApi:
    """What every dbserver and coordinator does: stop writes for a moment."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        context.router.add("POST", "/_internal/backup/lock", self.lock)
        context.router.add("POST", "/_internal/backup/unlock", self.unlock)

    async def lock(self, request: Request) -> Response:
        """Let no write begin; the answer tells whether all that had begun have ended."""
        body = request.json_object()
        drained = await self._peers.write_gate.close(
            body["id"], timeout_s=float(body["timeout_s"]), longest_s=float(body["timeout_s"]) + _LONGEST_S
        )
        return json_response(200, {"drained": drained})

    async def unlock(self, request: Request) -> Response:
        """Let writes begin again."""
        self._peers.write_gate.open(request.json_object()["id"])
        return json_response(200, {})


class BackupNodeApi(BackupGateApi):
    """What a dbserver does besides: copy its data, and put a copy in place."""

    def __init__(self, context: ServerContext, peers: ClusterPeers, backend: ShardBackend, store: BackupStore) -> None:
        super().__init__(context, peers)
        self._backend = backend
        self._store = store
        self._held: dict[str, PinnedSnapshot] = {}
        for action in ("hold", "write", "delete", "upload", "download", "prepare", "abandon", "restart"):
            context.router.add("POST", f"/_internal/backup/{action}", getattr(self, action))
        context.router.add("POST", "/_internal/backup/list", self.list_all)

    async def hold(self, request: Request) -> Response:
        """Hold fast what is stored now."""
        backup_id = request.json_object()["id"]
        if self._peers.write_gate.closed_by != backup_id:
            raise ArangoError(errors.HOT_BACKUP_INTERNAL, "the write lock was lost before the state was held")
        await self._backend.engine.committed()
        self._held[backup_id] = self._store.snapshot()
        return json_response(200, {})

    async def write(self, request: Request) -> Response:
        """Write the held state to the backup; without ``meta`` only let go of it."""
        body = request.json_object()
        snapshot = self._held.pop(body["id"], None)
        if snapshot is None:
            raise ArangoError(errors.HOT_BACKUP_INTERNAL, "no state is held for this backup")
        try:
            if body.get("meta") is None:
                return json_response(200, {})
            meta: dict[str, Any] = await asyncio.to_thread(
                self._store.write, snapshot, {**body["meta"], "serverId": self._context.server_id}, body["agency"]
            )
        finally:
            snapshot.close()
        return json_response(200, meta)

    async def list_all(self, request: Request) -> Response:
        """Return the descriptions of the backups here."""
        return json_response(200, self._store.descriptions())

    async def delete(self, request: Request) -> Response:
        """Remove a backup, if it is here."""
        deleted = await asyncio.to_thread(self._store.delete, request.json_object()["id"])
        return json_response(200, {"deleted": deleted})

    async def upload(self, request: Request) -> Response:
        """Copy the piece of a backup that is here into a directory."""
        body = request.json_object()
        await asyncio.to_thread(self._store.upload, body["id"], body["repository"], self._context.server_id)
        return json_response(200, {})

    async def download(self, request: Request) -> Response:
        """Copy this server's piece of a backup from a directory."""
        body = request.json_object()
        await asyncio.to_thread(self._store.download, body["id"], body["repository"], self._context.server_id)
        return json_response(200, {})

    async def prepare(self, request: Request) -> Response:
        """Prepare a restore; the answer has the agency's state that belongs to it."""
        body = request.json_object()
        previous = {**body["previous"], "serverId": self._context.server_id}
        await asyncio.to_thread(self._store.prepare_restore, body["id"], previous, body["now"])
        # from here on this process only waits for its end: it must not act on the plan that belongs to the backup
        self._peers.restoring = True
        return json_response(200, {"agency": self._store.agency(body["id"])})

    async def abandon(self, request: Request) -> Response:
        """Take a prepared restore back."""
        self._store.abandon_restore()
        self._peers.restoring = False
        return json_response(200, {})

    async def restart(self, request: Request) -> Response:
        """Start anew in place, which completes the restore."""
        asyncio.get_running_loop().call_later(_ANSWER_S, self._context.begin_restart)
        return json_response(200, {})
