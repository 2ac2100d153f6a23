"""Backups of a whole cluster, conducted by the coordinator that is asked.

Create: all servers stop writes for a moment, the agency is read and every dbserver holds its state fast; writes go on
while the states are copied. Restore: every dbserver prepares its copy, the agency gets the plan that belongs to it, and
the dbservers restart in place.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import FAILED, status_of, timestamp
from ..agency.tree import DELETE, INCREMENT, set_value
from ..backup.description import check_version, failsafe_meta, new_meta
from ..errors import ArangoError
from ..http.client import Unreachable
from .backup_node import DECISION

if TYPE_CHECKING:
    from ..context import ServerContext
    from .peers import ClusterPeers

_CALL_S = 60.0
_COPY_S = 3600.0
_RESTART_S = 120.0
# The supervision rests while dbservers restart; should this coordinator die, no longer than this.
_MAINTENANCE_S = 240.0
_LOCK = "/arango/Target/HotBackup/Create"
_RESTORED_PLAN = ("Databases", "Collections", "Views", "Analyzers")


class BackupConductor:
    """Asks all servers for their part."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        self._cache = peers.cache
        self._version = context.settings.arangodb_version

    # -- the servers -------------------------------------------------------------------------------------------------
    def _dbservers(self) -> list[str]:
        """Return all dbservers. Raises ArangoError 7012 when one has FAILED."""
        servers = sorted(self._cache.get("/arango/Plan/DBServers", {}) or {})
        dead = [server for server in servers if status_of(self._cache.tree, server) == FAILED]
        if dead or not servers:
            raise ArangoError(errors.HOT_BACKUP_DBSERVERS_AWOL, f"DB-Servers that do not answer: {', '.join(dead)}")
        return servers

    def _coordinators(self) -> list[str]:
        known = self._cache.get("/arango/Plan/Coordinators", {}) or {}
        return [server for server in known if status_of(self._cache.tree, server) != FAILED]

    async def _call(self, server: str, action: str, body: dict[str, Any], timeout_s: float = _CALL_S) -> Any:
        try:
            status, _, answer = await self._peers.client.request(
                self._peers.endpoint_of(server), "POST", f"/_internal/backup/{action}", body, timeout_s=timeout_s
            )
        except Unreachable as error:
            raise ArangoError(errors.HOT_BACKUP_DBSERVERS_AWOL, f"{action}: {error}") from None
        if status >= 400:
            number = answer.get("errorNum", errors.HOT_BACKUP_INTERNAL) if isinstance(answer, dict) else status
            message = answer.get("errorMessage") if isinstance(answer, dict) else str(answer)
            raise ArangoError(number, f"{server}: {message}", status=status)
        return answer

    async def _all(
        self, servers: list[str], action: str, body: dict[str, Any], timeout_s: float = _CALL_S
    ) -> list[Any]:
        """Ask all servers at once; raises the first error after all have answered."""
        found = await asyncio.gather(
            *[self._call(server, action, body, timeout_s) for server in servers], return_exceptions=True
        )
        for item in found:
            if isinstance(item, BaseException):
                raise item
        return found

    async def _quietly(self, servers: list[str], action: str, body: dict[str, Any]) -> None:
        await asyncio.gather(*[self._call(server, action, body) for server in servers], return_exceptions=True)

    # -- create ------------------------------------------------------------------------------------------------------
    async def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup on all dbservers; return its description."""
        servers = self._dbservers()
        meta = new_meta(body.get("label"), version=self._version, dbservers=len(servers))
        claim = {"id": meta["id"], "by": self._context.server_id, "life": self._peers.life_of(self._context.server_id)}
        await self._claim(claim, float(body.get("timeout", 120)) + 2 * _CALL_S)
        try:
            agency = await self._hold_all(servers, meta, body)
            payload = {"id": meta["id"], "meta": meta, "agency": agency}
            try:
                written = await self._all(servers, "write", payload, _COPY_S)
            except ArangoError:
                await self._quietly(servers, "delete", {"id": meta["id"]})
                raise
        finally:
            await self._peers.agency.write({_LOCK: DELETE}, {_LOCK: {"old": claim}})
        return _together({str(number): {meta["id"]: part} for number, part in enumerate(written)}, len(servers))[
            meta["id"]
        ]

    async def _claim(self, claim: dict[str, Any], longest_s: float) -> None:
        """Note in the agency that a backup is being made. Raises ArangoError 7011 when another one is."""
        before = self._cache.get(_LOCK)
        condition: dict[str, Any] = {"oldEmpty": True}
        if isinstance(before, dict) and (
            self._peers.life_of(before["by"]) != before["life"] or status_of(self._cache.tree, before["by"]) == FAILED
        ):
            # who made that one has died
            condition = {"old": before}
        operation = {"op": "set", "new": claim, "ttl": longest_s}
        if not await self._peers.agency.write({_LOCK: operation}, {_LOCK: condition}):
            raise ArangoError(errors.HOT_BACKUP_CONFLICT)

    async def _hold_all(self, servers: list[str], meta: dict[str, Any], body: dict[str, Any]) -> Any:
        """Have all dbservers hold the same moment; return the agency's state of that moment."""
        owner = {"id": meta["id"]}
        everybody = [*self._coordinators(), *servers]
        lock = {**owner, "conductor": self._context.server_id, "timeout_s": float(body.get("timeout", 120))}
        try:
            # commits that span shards end on the coordinators before the shards stop
            answers = await self._all(self._coordinators(), "lock", lock, lock["timeout_s"] + _CALL_S)
            answers += await self._all(servers, "lock", lock, lock["timeout_s"] + _CALL_S)
            if not all(answer["drained"] for answer in answers):
                if not body.get("allowInconsistent") and not body.get("force"):
                    raise ArangoError(errors.LOCK_TIMEOUT, "writes did not end in time for a consistent backup")
                meta["potentiallyInconsistent"] = True
            agency = await self._peers.agency.read(["/arango"])
            await self._all(servers, "hold", owner)
        except ArangoError:
            await self._quietly(servers, "write", {**owner, "meta": None})
            raise
        finally:
            await self._quietly(everybody, "unlock", owner)
        return agency

    # -- list, delete ------------------------------------------------------------------------------------------------
    async def descriptions(self) -> dict[str, dict[str, Any]]:
        """Return the descriptions by id; a backup is available when all its pieces are."""
        servers = self._dbservers()
        return _together(dict(zip(servers, await self._all(servers, "list", {}), strict=True)), len(servers))

    async def delete(self, backup_id: str) -> None:
        """Remove a backup from all dbservers. Raises ArangoError 404 when it is nowhere."""
        answers = await self._all(self._dbservers(), "delete", {"id": backup_id})
        if not any(answer["deleted"] for answer in answers):
            raise ArangoError(errors.HTTP_NOT_FOUND, f"no backup '{backup_id}'")

    async def transfer(self, kind: str, backup_id: str, repository: str) -> list[str]:
        """Have all dbservers copy their pieces to or from a directory."""
        servers = self._dbservers()
        await self._all(servers, kind, {"id": backup_id, "repository": repository}, _COPY_S)
        return servers

    # -- restore -----------------------------------------------------------------------------------------------------
    async def restore(self, backup_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put a backup in place on all dbservers; returns when they have restarted."""
        servers = self._dbservers()
        found = (await self.descriptions()).get(backup_id)
        if found is None:
            raise ArangoError(errors.NO_SUCH_HOT_BACKUP, f"no backup '{backup_id}'", status=404)
        check_version(found, self._version, body)
        if not found["available"] or found["nrDBServers"] != len(servers):
            raise ArangoError(
                errors.BACKUP_TOPOLOGY, f"the backup needs the {found['nrDBServers']} DB-Servers it is of"
            )
        previous = failsafe_meta(version=self._version, dbservers=len(servers))
        path = "/arango/Supervision/Maintenance"
        before = self._cache.get(path)
        await self._peers.agency.write({path: set_value(timestamp(time.time() + _MAINTENANCE_S))})
        try:
            mode = "/arango/Supervision/State/Mode"
            await self._cache.wait_for(lambda: self._cache.get(mode) == "Maintenance", _CALL_S)
            await self._put_in_place(servers, backup_id, previous)
        finally:
            await self._peers.agency.write({path: DELETE if before is None else set_value(before)})
        return {"id": backup_id, "isCluster": True, "previous": previous["id"]}

    async def _put_in_place(self, servers: list[str], backup_id: str, previous: dict[str, Any]) -> None:
        decision = f"{backup_id} for {previous['id']}"
        owner = {"id": decision, "conductor": self._context.server_id, "timeout_s": _CALL_S}
        everybody = [*self._coordinators(), *servers]
        try:
            await self._all(self._coordinators(), "lock", owner)
            await self._all(servers, "lock", owner)
            # the safety copy gets an agency state of its own, so that it can be restored, too
            now = await self._peers.agency.read(["/arango"])
            order = {"id": backup_id, "previous": previous, "now": now, "decision": decision}
            prepared = await self._all(servers, "prepare", order, _COPY_S)
            lives = {server: self._peers.life_of(server) for server in servers}
            await self._restore_agency(prepared[0]["agency"], decision)
            await self._wait_restarted(lives)
        except ArangoError:
            await self._quietly(servers, "abandon", {})
            raise
        finally:
            await self._quietly(everybody, "unlock", {"id": owner["id"]})

    async def _wait_restarted(self, lives: dict[str, int]) -> None:
        await self._cache.wait_for(
            lambda: all(self._peers.life_of(server) > before for server, before in lives.items()), _RESTART_S
        )

    async def _restore_agency(self, dump: Any, decision: str) -> None:
        """Plan what was planned, with the in-sync sets of that moment: the copies are those of that moment, too.

        The same transaction has the decision, for which the dbservers wait.
        """
        tree = dump["arango"]
        operations: dict[str, Any] = {
            f"/arango/Plan/{name}": set_value(tree["Plan"].get(name, {})) for name in _RESTORED_PLAN
        }
        operations["/arango/Current/Collections"] = set_value(tree["Current"].get("Collections", {}))
        operations[DECISION] = set_value(decision)
        operations["/arango/Supervision/Shards"] = set_value({})
        for state in ("ToDo", "Pending"):
            operations[f"/arango/Target/{state}"] = set_value({})
        for path in ("Plan/Version", "Current/Version", "Sync/UserVersion"):
            operations[f"/arango/{path}"] = INCREMENT
        index = await self._peers.agency.write(json.loads(json.dumps(operations)))
        await self._cache.wait_index(index)


def _together(parts: dict[str, dict[str, dict[str, Any]]], servers: int) -> dict[str, dict[str, Any]]:
    """Return one description per backup from those of its pieces, by server."""
    found: dict[str, dict[str, Any]] = {}
    for backups in parts.values():
        for backup_id, meta in backups.items():
            whole = found.setdefault(backup_id, {**meta, "sizeInBytes": 0, "nrFiles": 0, "nrPiecesPresent": 0})
            whole["sizeInBytes"] += meta["sizeInBytes"]
            whole["nrFiles"] += meta["nrFiles"]
            whole["nrPiecesPresent"] += 1
    for whole in found.values():
        whole.pop("serverId", None)
        whole["available"] = whole["nrPiecesPresent"] >= whole["nrDBServers"]
    return found
