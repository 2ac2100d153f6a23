"""A server's part in the backup of its cluster, below ``/_internal/backup``; one coordinator conducts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import FAILED, status_of
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
_LONGEST_COPY_S = 3600.0
# Where the agency names the restore that all dbservers are to do.
DECISION = "/arango/Target/HotBackup/Restore"


class BackupGateApi:
    """What every dbserver and coordinator does: stop writes for a moment."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        # who closed the gate here: server and its life
        self._conductor: tuple[str, int] | None = None
        peers.cache.listeners.append(self._watch_conductor)
        context.router.add("POST", "/_internal/backup/lock", self.lock)
        context.router.add("POST", "/_internal/backup/unlock", self.unlock)

    async def lock(self, request: Request) -> Response:
        """Let no write begin; the answer tells whether all that had begun have ended."""
        body = request.json_object()
        self._conductor = body["conductor"], self._peers.life_of(body["conductor"])
        drained = await self._peers.write_gate.close(
            body["id"], timeout_s=float(body["timeout_s"]), longest_s=float(body["timeout_s"]) + _LONGEST_S
        )
        return json_response(200, {"drained": drained})

    def _watch_conductor(self) -> None:
        """Let writes begin again when the conductor is dead."""
        if self._conductor is not None and self._peers.write_gate.closed_by:
            server, life = self._conductor
            if self._peers.life_of(server) != life or status_of(self._peers.cache.tree, server) == FAILED:
                self._peers.write_gate.open(self._peers.write_gate.closed_by)

    async def unlock(self, request: Request) -> Response:
        """Let writes begin again."""
        self._conductor = None
        self._peers.write_gate.open(request.json_object()["id"])
        return json_response(200, {})


class BackupNodeApi(BackupGateApi):
    """What a dbserver does besides: copy its data, and put a copy in place."""

    def __init__(self, context: ServerContext, peers: ClusterPeers, backend: ShardBackend, store: BackupStore) -> None:
        super().__init__(context, peers)
        self._backend = backend
        self._store = store
        self._held: dict[str, PinnedSnapshot] = {}
        self._is_decided = False
        for action in ("hold", "write", "delete", "upload", "download", "prepare", "abandon"):
            context.router.add("POST", f"/_internal/backup/{action}", getattr(self, action))
        context.router.add("POST", "/_internal/backup/list", self.list_all)

    async def hold(self, request: Request) -> Response:
        """Hold fast what is stored now."""
        backup_id = request.json_object()["id"]
        if self._peers.write_gate.closed_by != backup_id:
            raise ArangoError(errors.HOT_BACKUP_INTERNAL, "the write lock was lost before the state was held")
        await self._backend.engine.committed()
        self._held[backup_id] = self._store.snapshot()
        # the conductor may die
        asyncio.get_running_loop().call_later(_LONGEST_COPY_S, self._drop, backup_id)
        return json_response(200, {})

    def _drop(self, backup_id: str) -> None:
        snapshot = self._held.pop(backup_id, None)
        if snapshot is not None:
            snapshot.close()

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

    # -- restoring ---------------------------------------------------------------------------------------------------
    async def prepare(self, request: Request) -> Response:
        """Prepare a restore; the answer has the agency's state that belongs to it.

        The agency decides: as soon as it names this restore, the server restarts, even if the conductor has died. When
        the write lock ends before that, nothing happens.
        """
        body = request.json_object()
        previous = {**body["previous"], "serverId": self._context.server_id}
        await asyncio.to_thread(self._store.prepare_restore, body["id"], previous, body["now"], body["decision"])
        # from here on this process only waits: it must not act on the plan that belongs to the backup
        self._peers.restoring = True
        self._peers.cache.listeners.append(self._look)
        self._context.spawn(self._wait_unlocked())
        return json_response(200, {"agency": self._store.agency(body["id"])})

    def _look(self) -> None:
        """Restart when the agency has decided for the prepared restore."""
        awaited = self._store.awaited_decision()
        if awaited is None:
            self._peers.cache.listeners.remove(self._look)
        elif self._peers.cache.get(DECISION) == awaited:
            self._peers.cache.listeners.remove(self._look)
            self._decide()
            asyncio.get_running_loop().call_later(_ANSWER_S, self._context.begin_restart)

    async def _wait_unlocked(self) -> None:
        await self._peers.write_gate.enter()
        self._peers.write_gate.leave()
        await self.settle()

    async def settle(self) -> None:
        """Do or abandon what is prepared, as the agency has decided; also after a restart in the middle."""
        self._peers.restoring = True
        await self._peers.refresh()
        if self._store.awaited_decision() is None:
            # settled already, by a conductor that took it back before it unlocked
            self._peers.restoring = self._is_decided
            return
        if self._peers.cache.get(DECISION) == self._store.awaited_decision():
            self._decide()
            self._context.begin_restart()
        else:
            self._store.abandon_restore()
            self._peers.restoring = False

    def _decide(self) -> None:
        """From here on this process only waits for its restart."""
        self._is_decided = True
        self._store.decide_restore()

    async def abandon(self, request: Request) -> Response:
        """Take a prepared restore back, unless it is decided."""
        if self._store.awaited_decision() is not None:
            await self.settle()
        return json_response(200, {})
