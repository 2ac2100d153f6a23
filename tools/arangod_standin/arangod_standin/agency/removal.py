"""Servers that leave the cluster for good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .cluster_view import FAILED, shards_of, timestamp
from .tree import DELETE, INCREMENT

if TYPE_CHECKING:
    from .tree import AgencyTree, Transaction

_PATHS = ("Plan/DBServers", "Plan/Coordinators", "Current/DBServers", "Current/Coordinators",
          "Current/ServersRegistered", "Current/ServersKnown", "Current/MaintenanceDBServers", "Supervision/Health",
          "Target/FailedServers", "Target/MapUniqueToShortID")  # fmt: skip


def holds_shards(tree: AgencyTree, server: str) -> bool:
    """Say whether a server is planned for any shard."""
    return any(server == name.lstrip("_") for view in shards_of(tree) for name in view.plan)


def removal_of(tree: AgencyTree, server: str) -> Transaction:
    """Return the transaction that forgets a FAILED server, unless it comes back or gets a shard meanwhile."""
    operations: dict[str, Any] = {f"/arango/{path}/{server}": DELETE for path in _PATHS}
    operations["/arango/Target/CleanedServers"] = {"op": "erase", "val": server}
    operations["/arango/Plan/Version"] = INCREMENT
    version = tree.get("/arango/Plan/Version")
    return [
        operations,
        {
            f"/arango/Supervision/Health/{server}/Status": {"old": FAILED},
            "/arango/Plan/Version": {"oldEmpty": True} if version is None else {"old": version},
        },
    ]


def expired_servers(tree: AgencyTree, grace_s: float) -> list[Transaction]:
    """Return the transaction that forgets a server that is FAILED since `grace_s` and holds no shard; one at a time.

    ArangoDB does so since 3.12.4 (``--agency.supervision-expired-servers-grace-period``).
    """
    for server, record in (tree.get("/arango/Supervision/Health", {}) or {}).items():
        if record.get("Status") != FAILED or holds_shards(tree, server):
            continue
        # as texts, times compare as they do as numbers
        if record.get("Timestamp", "") <= timestamp(max(time.time() - grace_s, 0.0)):
            return [removal_of(tree, server)]
    return []
