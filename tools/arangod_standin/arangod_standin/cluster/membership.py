"""Joining the cluster: registration in the agency, short names, heartbeats."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..agency.cluster_view import timestamp
from ..agency.tree import INCREMENT, set_value
from ..config.version_text import hostname
from ..datadir import version_number
from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS

if TYPE_CHECKING:
    from ..context import ServerContext
    from .agency_client import AgencyCache, AgencyClient

_ROLES = {"PRIMARY": ("DBServers", "DBServer"), "COORDINATOR": ("Coordinators", "Coordinator")}
_START_TIMEOUT_S = 600.0


class Membership:
    """This server as a member of the cluster."""

    def __init__(self, context: ServerContext, agency: AgencyClient, cache: AgencyCache) -> None:
        self._context = context
        self._agency = agency
        self._cache = cache
        self._section, self._short_prefix = _ROLES[context.role]

    @property
    def short_name(self) -> str:
        """The name like DBServer0001 that the agency gave."""
        return str(self._cache.get(f"/arango/Target/MapUniqueToShortID/{self._context.server_id}/ShortName", ""))

    async def join(self) -> None:
        """Register; returns when the own copy of the agency's tree shows it. Waits for an agency as long as needed."""
        await self._cache.wait_for(lambda: bool(self._cache.get("/arango/InitDone")), _START_TIMEOUT_S)
        index = 0
        while not index:
            operations, preconditions = self._registration()
            index = await self._agency.write(operations, preconditions, timeout_s=_START_TIMEOUT_S)
            if not index:
                await self._cache.wait_change(0.5)
        await self._cache.wait_index(index)
        known = self._cache.get(f"/arango/Current/ServersKnown/{self._context.server_id}/rebootId", 1)
        self._context.reboot_id = int(known)
        self._context.journal.info("f7b44", "cluster", f"registered as {self._context.server_id} ({self.short_name})")
        self._context.spawn(self._heartbeats())

    def _registration(self) -> tuple[dict[str, Any], dict[str, Any]]:
        context, server = self._context, self._context.server_id
        settings = context.settings
        registered = {
            "endpoint": settings.my_address,
            "advertisedEndpoint": settings.advertised_endpoint,
            "host": hostname(),
            "version": version_number(settings.arangodb_version),
            "versionString": settings.arangodb_version,
            "engine": "rocksdb",
            "timestamp": timestamp(),
        }
        operations: dict[str, Any] = {
            f"/arango/Plan/{self._section}/{server}": set_value("none"),
            f"/arango/Current/{self._section}/{server}": set_value("none"),
            f"/arango/Current/ServersRegistered/{server}": set_value(registered),
            "/arango/Current/ServersRegistered/Version": INCREMENT,
            f"/arango/Current/ServersKnown/{server}/rebootId": INCREMENT,
            "/arango/Plan/Version": INCREMENT,
            "/arango/Current/Version": INCREMENT,
        }
        preconditions: dict[str, Any] = {}
        short_path = f"/arango/Target/MapUniqueToShortID/{server}"
        if self._cache.get(short_path) is None:
            latest_path = f"/arango/Target/Latest{self._short_prefix}Id"
            latest = int(self._cache.get(latest_path, 0))
            short = {"TransactionID": latest + 1, "ShortName": f"{self._short_prefix}{latest + 1:04d}"}
            operations[short_path] = set_value(short)
            operations[latest_path] = set_value(latest + 1)
            preconditions = {latest_path: {"old": latest}, short_path: {"oldEmpty": True}}
        return operations, preconditions

    async def _heartbeats(self) -> None:
        interval_s = int(self._cache.get("/arango/Sync/HeartbeatIntervalMs", 1000)) / 1000
        path = f"/arango/Sync/ServerStates/{self._context.server_id}"
        while True:
            state = {"status": "SERVING" if self._context.is_open else self._context.state, "time": timestamp(),
                     "rebootId": self._context.reboot_id}  # fmt: skip
            try:
                FAILURE_POINTS.check("HeartbeatThread::sendServerState")
                # a frozen agent must not keep this server silent for as long as makes it BAD, four intervals at least
                await self._agency.transient({path: set_value(state)}, timeout_s=interval_s * 2, answer_s=interval_s)
            except ArangoError as error:
                self._context.journal.warning("7e050", "heartbeat", f"heartbeat could not be sent: {error.message}")
            await asyncio.sleep(interval_s)
