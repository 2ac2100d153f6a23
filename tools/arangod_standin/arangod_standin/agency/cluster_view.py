"""Reading the agency tree as a cluster: servers with their health, shards with plan and current state."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tree import AgencyTree

GOOD, BAD, FAILED = "GOOD", "BAD", "FAILED"


def timestamp(now_s: float | None = None) -> str:
    """Return a time of the wall clock as ArangoDB writes it into the agency."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if now_s is None else now_s))


class ShardView:
    """One shard: where it is planned, and which servers are in sync."""

    __slots__ = ("collection", "collection_id", "current", "database", "plan", "shard")

    def __init__(
        self,
        database: str,
        collection_id: str,
        collection: dict[str, Any],
        shard: str,
        *,
        plan: list[str],
        current: dict[str, Any],
    ) -> None:
        self.database = database
        self.collection_id = collection_id
        self.collection = collection
        self.shard = shard
        self.plan = plan
        self.current = current

    @property
    def plan_path(self) -> str:
        """Where the planned servers stand."""
        return f"/arango/Plan/Collections/{self.database}/{self.collection_id}/shards/{self.shard}"

    @property
    def current_path(self) -> str:
        """Where the leader reports."""
        return f"/arango/Current/Collections/{self.database}/{self.collection_id}/{self.shard}"

    @property
    def lock_path(self) -> str:
        """Where the job that works on the shard is named."""
        return f"/arango/Supervision/Shards/{self.shard}"

    @property
    def servers(self) -> list[str]:
        """The servers in sync, leader first, as the leader reported them."""
        return list(self.current.get("servers", []))

    @property
    def candidates(self) -> list[str]:
        """The servers that hold every acknowledged write."""
        return list(self.current.get("failoverCandidates", self.servers))

    @property
    def replication_factor(self) -> int:
        """How many copies are wanted."""
        return int(self.collection.get("replicationFactor", 1))

    def wanted_copies(self, servers: int) -> int:
        """How many copies there should be when so many dbservers are usable: of a satellite, one on each."""
        return max(self.replication_factor, servers) if self.collection.get("satellite") else self.replication_factor


def shards_of(tree: AgencyTree) -> Iterator[ShardView]:
    """Yield every planned shard."""
    current = tree.get("/arango/Current/Collections", {})
    for database, collections in (tree.get("/arango/Plan/Collections", {}) or {}).items():
        for cid, collection in collections.items():
            reported = current.get(database, {}).get(cid, {})
            for shard, plan in collection.get("shards", {}).items():
                yield ShardView(database, cid, collection, shard, plan=list(plan), current=reported.get(shard, {}))


def status_of(tree: AgencyTree, server: str) -> str:
    """Return GOOD, BAD or FAILED as the supervision last wrote it; FAILED for a server without health."""
    return str(tree.get(f"/arango/Supervision/Health/{server}/Status", FAILED))


def usable_dbservers(tree: AgencyTree) -> list[str]:
    """Return healthy dbservers that may get shards, those with the fewest shards first."""
    return [server for server in _by_load(tree) if status_of(tree, server) == GOOD]


def dbservers_for_new_shards(tree: AgencyTree, copies: int) -> list[str]:
    """Return the healthy dbservers, and when they are too few, those that are silent but did not fail.

    ArangoDB plans new collections on every dbserver that is not failed; only repairs want healthy ones.
    """
    servers = _by_load(tree)
    usable = [server for server in servers if status_of(tree, server) == GOOD]
    if len(usable) >= copies:
        return usable
    return usable + [server for server in servers if status_of(tree, server) == BAD]


def _by_load(tree: AgencyTree) -> list[str]:
    leaving = {*tree.get("/arango/Target/CleanedServers", []), *tree.get("/arango/Target/ToBeCleanedServers", [])}
    load = dict.fromkeys(tree.get("/arango/Plan/DBServers", {}), 0)
    for shard in shards_of(tree):
        for server in shard.plan:
            load[server.lstrip("_")] = load.get(server.lstrip("_"), 0) + 1
    servers = [server for server in tree.get("/arango/Plan/DBServers", {}) if server not in leaving]
    return sorted(servers, key=lambda server: (load[server], server))


def in_maintenance(tree: AgencyTree, server: str) -> bool:
    """Say whether a dbserver is in its own maintenance mode."""
    entry = tree.get(f"/arango/Current/MaintenanceDBServers/{server}", {})
    return bool(entry) and entry.get("Mode") == "maintenance" and entry.get("Until", "") > timestamp()
