"""The supervision: runs on the agency's leader, judges the servers by their heartbeats and repairs what failed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .cluster_view import BAD, FAILED, GOOD, timestamp
from .jobs import plan_jobs
from .node import NotLeader
from .removal import expired_servers
from .repairs import plan_repairs
from .tree import DELETE, set_value

if TYPE_CHECKING:
    from ..context import ServerContext
    from .node import RaftNode
    from .tree import Transaction

_DEBOUNCE_S = 0.002


def initial_tree(cluster_id: str, heartbeat_ms: int) -> dict[str, Any]:
    """Return what the first leader of a fresh agency writes below ``/arango``."""
    unlocked = {"Lock": "UNLOCKED", "Version": 1}
    return {
        "Agency": {"Definition": 1},
        "Cluster": cluster_id,
        "InitDone": True,
        "Plan": {**unlocked, "Databases": {}, "Collections": {}, "DBServers": {}, "Coordinators": {}, "Singles": {},
                 "Views": {}, "Analyzers": {}, "AsyncReplication": {}},
        "Current": {**unlocked, "Databases": {}, "Collections": {}, "DBServers": {}, "Coordinators": {}, "Singles": {},
                    "ServersRegistered": {"Version": 1}, "ServersKnown": {}, "NewServers": {}, "ShardsCopied": {},
                    "Foxxmaster": "", "MaintenanceDBServers": {}},
        "Target": {**unlocked, "ToDo": {}, "Pending": {}, "Finished": {}, "Failed": {}, "CleanedServers": [],
                   "ToBeCleanedServers": [], "FailedServers": {}, "MapUniqueToShortID": {}, "LatestDBServerId": 0,
                   "LatestCoordinatorId": 0, "NumberOfDBServers": None, "NumberOfCoordinators": None},
        "Sync": {"LatestID": 1, "HeartbeatIntervalMs": heartbeat_ms, "ServerStates": {}, "Problems": {},
                 "UserVersion": 1},
        "Supervision": {"Health": {}, "State": {"Mode": "Normal", "Timestamp": timestamp()}, "Shards": {},
                        "DBServers": {}},
    }  # fmt: skip


class Supervision:
    """Judges and repairs while this agent leads."""

    def __init__(self, context: ServerContext, node: RaftNode) -> None:
        settings = context.settings
        self._context = context
        self._node = node
        self._frequency_s = settings.number("agency.supervision-frequency", 1.0)
        self._grace_s = settings.number("agency.supervision-grace-period", 10.0)
        self._ok_s = min(settings.number("agency.supervision-ok-threshold", 5.0), self._grace_s)
        self._expired_s = settings.number("agency.supervision-expired-servers-grace-period", 3600.0)
        self._enabled = settings.boolean("agency.supervision", False)
        self._failover = settings.boolean("standin.failover", True)
        self._seen_s: dict[str, float] = {}
        self._acked: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def heartbeat_ms(self) -> int:
        """How often servers must report so that a healthy one is never judged BAD."""
        return int(min(1000, self._ok_s * 250))

    def leadership_changed(self, leading: bool) -> None:
        """Begin or end the work."""
        if leading:
            now = time.monotonic()
            # the servers' silence towards the old leader is not held against them
            self._seen_s = {
                server: now
                for server, health in (self._node.tree.get("/arango/Supervision/Health", {}) or {}).items()
                if health.get("Status") != FAILED
            }
            self._task = self._context.spawn(self._run())
        elif self._task is not None:
            self._task.cancel()
            self._task = None

    def tree_changed(self) -> None:
        """Look at the tree again soon."""
        self._wake.set()

    def heartbeat(self, server: str) -> None:
        """Note a sign of life; a server that was not GOOD is judged again at once."""
        self._seen_s[server] = time.monotonic()
        self._acked[server] = timestamp()
        if self._node.tree.get(f"/arango/Supervision/Health/{server}/Status") != GOOD:
            self._wake.set()

    def health(self) -> dict[str, Any]:
        """Return the health records of dbservers and coordinators with fresh times."""
        records = self._node.tree.get("/arango/Supervision/Health", {}) or {}
        return {
            server: {**record, "LastAckedTime": self._acked.get(server, record.get("LastAckedTime", "")),
                     "SyncTime": self._acked.get(server, record.get("SyncTime", "")), "Timestamp": timestamp()}
            for server, record in records.items()
        }  # fmt: skip

    async def _run(self) -> None:
        try:
            await self._initialise()
            while True:
                try:
                    async with asyncio.timeout(min(self._frequency_s, self._ok_s / 2)):
                        await self._wake.wait()
                    await asyncio.sleep(_DEBOUNCE_S)
                except TimeoutError:
                    pass
                self._wake.clear()
                try:
                    await self._step()
                except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                    # somebody wrote into the agency what is no plan: say so, and go on with the next round
                    self._context.log_exception("supervision", error)
        except NotLeader:
            return

    async def _initialise(self) -> None:
        from ..datadir import new_uuid

        tree = initial_tree(new_uuid(), self.heartbeat_ms)
        await self._node.write([{"/arango": set_value(tree)}, {"/arango/InitDone": {"oldEmpty": True}}])

    async def _write_all(self, transactions: list[Transaction]) -> None:
        if transactions:
            await asyncio.gather(*[self._node.write(transaction) for transaction in transactions])

    async def _step(self) -> None:
        await self._write_all(self._judge())
        if not self._enabled:
            return
        await self._write_all(self._maintenance())
        if self._node.tree.get("/arango/Supervision/State/Mode") == "Maintenance":
            return
        await self._write_all(plan_jobs(self._node.tree))
        await self._write_all(expired_servers(self._node.tree, self._expired_s))
        await self._write_all(plan_repairs(self._node.tree, failover_enabled=self._failover))

    # -- health ------------------------------------------------------------------------------------------------------
    def _status(self, server: str, now: float) -> str:
        silence_s = now - self._seen_s.get(server, float("-inf"))
        return GOOD if silence_s < self._ok_s else BAD if silence_s < self._grace_s else FAILED

    def _judge(self) -> list[Transaction]:
        tree, now = self._node.tree, time.monotonic()
        operations: dict[str, Any] = {}
        registered = tree.get("/arango/Current/ServersRegistered", {}) or {}
        for role in ("DBServers", "Coordinators"):
            for server in tree.get(f"/arango/Plan/{role}", {}) or {}:
                if server not in self._seen_s and tree.get(f"/arango/Supervision/Health/{server}") is None:
                    continue
                status = self._status(server, now)
                path = f"/arango/Supervision/Health/{server}"
                if tree.get(f"{path}/Status") == status and tree.get(f"{path}/Endpoint") == registered.get(
                    server, {}
                ).get("endpoint"):
                    continue
                operations[path] = set_value(self._record(server, status, registered.get(server, {})))
                self._log_change(server, tree.get(f"{path}/Status"), status)
                if role == "DBServers":
                    failed_path = f"/arango/Target/FailedServers/{server}"
                    if status == FAILED:
                        operations[failed_path] = set_value({})
                    elif tree.get(failed_path) is not None:
                        operations[failed_path] = DELETE
        return [[operations]] if operations else []

    def _record(self, server: str, status: str, registered: dict[str, Any]) -> dict[str, Any]:
        acked = self._acked.get(server, timestamp())
        return {
            "Status": status, "SyncStatus": "SERVING" if status == GOOD else "UNKNOWN", "LastAckedTime": acked,
            "SyncTime": acked, "Timestamp": timestamp(), "Endpoint": registered.get("endpoint", ""),
            "AdvertisedEndpoint": registered.get("advertisedEndpoint", ""), "Host": registered.get("host", ""),
            "Version": registered.get("versionString", ""), "Engine": registered.get("engine", ""),
            "ShortName": self._node.tree.get(f"/arango/Target/MapUniqueToShortID/{server}/ShortName", ""),
        }  # fmt: skip

    def _log_change(self, server: str, before: Any, after: str) -> None:
        level = "INFO" if after == GOOD else "WARNING"
        self._context.journal.log(
            level, "bbbb3", "supervision", f"server {server} is {after} (was {before or 'unknown'})"
        )

    # -- maintenance of the whole cluster ----------------------------------------------------------------------------
    def _maintenance(self) -> list[Transaction]:
        tree = self._node.tree
        until = tree.get("/arango/Supervision/Maintenance")
        if isinstance(until, str) and until <= timestamp():
            return [[{"/arango/Supervision/Maintenance": DELETE, **self._mode("Normal")}]]
        wanted = "Normal" if until is None else "Maintenance"
        if tree.get("/arango/Supervision/State/Mode") != wanted:
            return [[self._mode(wanted)]]
        return []

    @staticmethod
    def _mode(mode: str) -> dict[str, Any]:
        return {"/arango/Supervision/State": set_value({"Mode": mode, "Timestamp": timestamp()})}
