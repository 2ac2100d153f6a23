"""How a server of the cluster reaches the others: by id, with the superuser's token, under a deadline."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import FAILED, ShardView
from ..errors import ArangoError
from ..http.client import HttpClient, Unreachable
from .agency_client import AgencyCache, AgencyClient
from .write_gate import WriteGate

if TYPE_CHECKING:
    from ..context import ServerContext

_AGENCY_RETRY_S = 0.2
_TICK_S = 0.25
# A process that stood still this long may have been deposed meanwhile and must ask before it answers as a leader.
_FROZEN_S = 1.0
# Heartbeats come at least once a second; nobody is deposed before a silence of the grace period, which is longer.
_SILENT_S = 2.0


class ClusterPeers:
    """Client, agency and cache of one dbserver or coordinator."""

    def __init__(self, context: ServerContext) -> None:
        assert context.authenticator is not None
        self.context = context
        self.server_id = context.server_id
        self.client = HttpClient(context.authenticator.superuser_header())
        self.agency = AgencyClient(self.client, context.settings.agency_endpoints)
        self.cache = AgencyCache(context, self.agency)
        self.write_gate = WriteGate()
        # true while this dbserver only waits for the restart that puts a backup in place
        self.restoring = False
        self._alive_s = self._asked_s = time.monotonic()
        self._failed: set[str] = set()
        self.replication_timeout_s = context.settings.number("standin.replication-timeout-s", 5.0)

    def start(self) -> None:
        """Follow the agency, and notice when this process stood still."""
        self.cache.listeners.append(self._drop_failed)
        self.cache.start()
        self.context.spawn(self._tick())

    def _drop_failed(self) -> None:
        """Do not wait any longer for servers that the supervision declared FAILED."""
        health = self.cache.get("/arango/Supervision/Health", {}) or {}
        failed = {server for server, record in health.items() if record.get("Status") == FAILED}
        for server in failed - self._failed:
            self.client.abort(health[server].get("Endpoint", ""))
        self._failed = failed

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            await self.check_not_frozen()

    async def check_not_frozen(self) -> None:
        """Return at once in ordinary times; after a standstill (SIGSTOP, swapped out) first look into the agency."""
        now = time.monotonic()
        if now - self._alive_s > _FROZEN_S:
            seen = self.cache.index
            self.context.journal.warning(
                "1a2b3", "cluster", f"this process stood still for {now - self._alive_s:.1f} s"
            )
            while True:
                try:
                    index = await self.agency.write({"/arango/Sync/Ping": 0}, timeout_s=2.0)
                    await self.cache.wait_index(index, 2.0)
                    break
                except ArangoError:
                    await asyncio.sleep(_AGENCY_RETRY_S)
            self.context.journal.info("1a2b4", "cluster", f"agency seen up to {self.cache.index} (was {seen})")
            now = time.monotonic()
        self._alive_s = max(self._alive_s, now)

    async def check_current(self) -> None:
        """Return at once when the agency was heard of lately; otherwise ask it first whether this server still leads.

        Heartbeats keep every server in contact, so a silence means that the network was cut or the agency is gone. In
        the second case nobody can have been made the leader instead, and what is here is answered.
        """
        await self.check_not_frozen()
        now = time.monotonic()
        if now - max(self.agency.last_contact_s, self._asked_s) > _SILENT_S:
            await self.refresh()
            self._asked_s = time.monotonic()

    def life_of(self, server: str) -> int:
        """Return the number of a server's present life, which grows with each of its starts."""
        return int(self.cache.get(f"/arango/Current/ServersKnown/{server}/rebootId", 0))

    def endpoint_of(self, server: str) -> str:
        """Return a server's endpoint. Raises ArangoError 1478 when it is not registered."""
        endpoint = self.cache.get(f"/arango/Current/ServersRegistered/{server}/endpoint")
        if not isinstance(endpoint, str):
            raise ArangoError(errors.CLUSTER_BACKEND_UNAVAILABLE, f"server {server} is not registered")
        return endpoint

    async def call(self, server: str, action: str, body: object, *, timeout_s: float) -> Any:
        """Call an internal route of a dbserver. Raises ArangoError with the other side's number, or Unreachable."""
        status, _, answer = await self.client.request(
            self.endpoint_of(server), "POST", f"/_internal/shard/{action}", body, timeout_s=timeout_s
        )
        if status >= 400:
            number = answer.get("errorNum", errors.INTERNAL) if isinstance(answer, dict) else errors.INTERNAL
            message = answer.get("errorMessage") if isinstance(answer, dict) else str(answer)
            raise ArangoError(number, message, status=status)
        return answer

    def shard(self, name: str) -> ShardView | None:
        """Return the cache's view of a shard, None when it is not planned."""
        plan = self.cache.get("/arango/Plan/Collections", {}) or {}
        for database, collections in plan.items():
            for cid, collection in collections.items():
                servers = collection.get("shards", {}).get(name)
                if servers is not None:
                    path = f"/arango/Current/Collections/{database}/{cid}/{name}"
                    return ShardView(
                        database, cid, collection, name, plan=list(servers), current=self.cache.get(path, {})
                    )
        return None

    async def refresh(self) -> None:
        """Bring the cache at least to the agency's present state, as far as the agency can be reached."""
        try:
            index = await self.agency.write({"/arango/Sync/Ping": 0}, timeout_s=2.0)
            await self.cache.wait_index(index, 2.0)
        except ArangoError:
            await asyncio.sleep(_AGENCY_RETRY_S)

    async def agency_write_forever(self, operations: dict[str, Any], preconditions: dict[str, Any]) -> int:
        """Write to the agency and do not give up while it cannot be reached; 0 means a failed precondition."""
        while True:
            try:
                return await self.agency.write(operations, preconditions, timeout_s=10.0)
            except (ArangoError, Unreachable):
                await asyncio.sleep(_AGENCY_RETRY_S)

    async def unique_ids(self, count: int) -> int:
        """Reserve numbers for the whole cluster; return the first."""
        while True:
            latest = int(self.cache.get("/arango/Sync/LatestID", 1))
            index = await self.agency.write(
                {"/arango/Sync/LatestID": {"op": "set", "new": latest + count}},
                {"/arango/Sync/LatestID": {"old": latest}},
            )
            if index:
                await self.cache.wait_index(index)
                return latest
            await self.refresh()
