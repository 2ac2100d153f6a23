"""What the supervision does about failed servers and missing copies: pure functions from the tree to transactions.

Every transaction states what it was derived from as preconditions, so that a leader's report that comes in between
makes it fail instead of doing harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cluster_view import FAILED, GOOD, ShardView, in_maintenance, shards_of, status_of, timestamp, usable_dbservers
from .tree import INCREMENT, set_value

if TYPE_CHECKING:
    from .tree import AgencyTree, Transaction


def new_plan(shard: ShardView, plan: list[str], conditions: dict[str, Any] | None = None) -> Transaction:
    """Return the transaction that plans a shard on other servers, if nothing changed meanwhile."""
    return [
        {shard.plan_path: set_value(plan), "/arango/Plan/Version": INCREMENT},
        {shard.plan_path: {"old": shard.plan}, **(conditions or {})},
    ]


def failover(tree: AgencyTree, shard: ShardView) -> Transaction | None:
    """Return the transaction that makes an in-sync follower the leader of a shard whose leader FAILED."""
    leader = shard.plan[0].lstrip("_")
    if status_of(tree, leader) != FAILED or in_maintenance(tree, leader):
        return None
    fit = [s for s in shard.plan[1:] if s in shard.candidates and status_of(tree, s) == GOOD]
    if not fit or shard.plan[0].startswith("_"):
        return None
    plan = [fit[0], *[server for server in shard.plan if server not in (fit[0], leader)], leader]
    conditions = {
        f"{shard.current_path}/servers": {"old": shard.servers},
        f"/arango/Supervision/Health/{leader}/Status": {"old": FAILED},
        shard.lock_path: {"oldEmpty": True},
    }
    if "failoverCandidates" in shard.current:
        conditions[f"{shard.current_path}/failoverCandidates"] = {"old": shard.candidates}
    transaction = new_plan(shard, plan, conditions)
    record = {
        "type": "failedLeader",
        "database": shard.database,
        "collection": shard.collection_id,
        "shard": shard.shard,
        "fromServer": leader,
        "toServer": fit[0],
        "timeFinished": timestamp(),
    }
    version = tree.get("/arango/Plan/Version", 0)
    transaction[0][f"/arango/Target/Finished/failover-{shard.shard}-{version}"] = set_value(record)
    return transaction


def replace_failed_follower(tree: AgencyTree, shard: ShardView, usable: list[str]) -> Transaction | None:
    """Return the transaction that plans another server in place of a follower that FAILED."""
    for follower in shard.plan[1:]:
        if status_of(tree, follower) == FAILED and not in_maintenance(tree, follower):
            spare = next((server for server in usable if server not in shard.plan), None)
            if spare is not None:
                plan = [spare if server == follower else server for server in shard.plan]
                status = {f"/arango/Supervision/Health/{follower}/Status": {"old": FAILED}}
                return new_plan(shard, plan, {**status, shard.lock_path: {"oldEmpty": True}})
    return None


def add_follower(shard: ShardView, usable: list[str]) -> Transaction | None:
    """Return the transaction that plans one more copy when there are fewer than the replication factor."""
    if len(shard.plan) >= shard.wanted_copies(len(usable)) or not shard.servers:
        return None
    spare = next((server for server in usable if server not in shard.plan), None)
    if spare is None:
        return None
    return new_plan(shard, [*shard.plan, spare], {shard.lock_path: {"oldEmpty": True}})


def remove_follower(tree: AgencyTree, shard: ShardView) -> Transaction | None:
    """Return the transaction that gives up a copy too many, once enough others are in sync."""
    if len(shard.plan) <= shard.wanted_copies(len(usable_dbservers(tree))):
        return None
    useless = [server for server in shard.plan[1:] if server not in shard.servers]
    in_sync = [server for server in shard.plan if server in shard.servers and status_of(tree, server) == GOOD]
    if len(in_sync) < shard.replication_factor:
        return None
    victim = useless[-1] if useless else shard.plan[-1]
    plan = [server for server in shard.plan if server != victim]
    return new_plan(shard, plan, {shard.lock_path: {"oldEmpty": True}})


def plan_repairs(tree: AgencyTree, *, failover_enabled: bool) -> list[Transaction]:
    """Return what must be done for all shards; with `failover_enabled` off a failed leader stays the planned leader."""
    transactions = []
    locked = tree.get("/arango/Supervision/Shards", {})
    usable = usable_dbservers(tree)
    for shard in shards_of(tree):
        if shard.shard in locked:
            continue
        found = failover(tree, shard) if failover_enabled else None
        found = found or replace_failed_follower(tree, shard, usable)
        found = found or add_follower(shard, usable) or remove_follower(tree, shard)
        if found is not None:
            transactions.append(found)
            # the next shard should prefer another server
            usable = usable[1:] + usable[:1]
    return transactions
