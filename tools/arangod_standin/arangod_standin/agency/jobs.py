"""Jobs of the supervision: moveShard, resignLeadership, cleanOutServer.

Jobs live below ``Target``: ToDo, Pending, Finished, Failed. A job has no state besides the tree: each step looks at
plan and current state of its shard and does the next thing, so a new agency leader goes on where the old one stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cluster_view import FAILED, ShardView, shards_of, status_of, timestamp, usable_dbservers
from .repairs import new_plan
from .tree import DELETE, set_value

if TYPE_CHECKING:
    from .tree import AgencyTree, Transaction

_TARGET = "/arango/Target"


def _end(tree: AgencyTree, job_id: str, job: dict[str, Any], *, failed: str = "") -> Transaction:
    """Return the transaction that moves a job to Finished or Failed and gives its shard free."""
    state = "Failed" if failed else "Finished"
    record = {**job, "timeFinished": timestamp(), **({"reason": failed} if failed else {})}
    operations: dict[str, Any] = {
        f"{_TARGET}/{state}/{job_id}": set_value(record),
        f"{_TARGET}/Pending/{job_id}": DELETE,
        f"{_TARGET}/ToDo/{job_id}": DELETE,
    }
    shard = job.get("shard")
    if shard and tree.get(f"/arango/Supervision/Shards/{shard}") == job_id:
        operations[f"/arango/Supervision/Shards/{shard}"] = DELETE
    return [operations]


def _find_shard(tree: AgencyTree, shard: str) -> ShardView | None:
    return next((view for view in shards_of(tree) if view.shard == shard), None)


# -- moveShard ---------------------------------------------------------------------------------------------------------
def _begin_move(tree: AgencyTree, job_id: str, job: dict[str, Any]) -> Transaction | None:
    view = _find_shard(tree, job["shard"])
    if view is None:
        return _end(tree, job_id, job, failed="no such shard")
    if job.get("abort"):
        return _end(tree, job_id, job, failed="cancelled")
    if tree.get(view.lock_path) is not None:
        return None
    plan = [server.lstrip("_") for server in view.plan]
    if job["fromServer"] not in plan:
        return _end(tree, job_id, job, failed="fromServer does not hold the shard")
    if job["toServer"] in plan and plan[0] != job["fromServer"]:
        return _end(tree, job_id, job, failed="toServer holds the shard already")
    if status_of(tree, job["toServer"]) == FAILED or job["toServer"] == job["fromServer"]:
        return _end(tree, job_id, job, failed="toServer cannot take the shard")
    started = {**job, "timeStarted": timestamp(), "isLeader": plan[0] == job["fromServer"]}
    return [
        {
            f"{_TARGET}/ToDo/{job_id}": DELETE,
            f"{_TARGET}/Pending/{job_id}": set_value(started),
            view.lock_path: set_value(job_id),
        },
        {view.lock_path: {"oldEmpty": True}, view.plan_path: {"old": view.plan}},
    ]


def _move(tree: AgencyTree, job_id: str, job: dict[str, Any]) -> Transaction | None:
    view = _find_shard(tree, job["shard"])
    if view is None:
        return _end(tree, job_id, job, failed="the shard was dropped")
    source, target = job["fromServer"], job["toServer"]
    plain = [server.lstrip("_") for server in view.plan]
    failed = FAILED in (status_of(tree, target), status_of(tree, plain[0]))
    if failed or job.get("abort"):
        # go back to an ordinary plan; failover takes over from there
        back = new_plan(view, plain)
        back[0].update(_end(tree, job_id, job, failed="a server failed meanwhile" if failed else "cancelled")[0])
        return back
    if target not in view.plan:
        return new_plan(view, [*view.plan, target])
    if target not in view.servers:
        return None
    if plain[0] != source:
        rest = [server for server in view.plan if server != source]
        done = new_plan(view, rest)
    elif view.plan[0] == source:
        return new_plan(view, ["_" + source, *view.plan[1:]], {f"{view.current_path}/servers": {"old": view.servers}})
    elif view.servers[0] != "_" + source:
        return None
    else:
        rest = [server for server in view.plan[1:] if server != target]
        keep = [source] if job.get("remainsFollower") else []
        done = new_plan(view, [target, *rest, *keep], {f"{view.current_path}/servers": {"old": view.servers}})
    done[0].update(_end(tree, job_id, job)[0])
    return done


def _sub_job(job_id: str, number: int, view: ShardView, source: str, target: str, *, remains: bool) -> Transaction:
    sub_id = f"{job_id}-{number}"
    job = {"type": "moveShard", "jobId": sub_id, "creator": job_id, "database": view.database, "fromServer": source,
           "collection": view.collection_id, "shard": view.shard, "toServer": target, "remainsFollower": remains,
           "timeCreated": timestamp()}  # fmt: skip
    unused = {"oldEmpty": True}
    states = ("ToDo", "Pending", "Finished", "Failed")
    return [
        {f"{_TARGET}/ToDo/{sub_id}": set_value(job)},
        {f"{_TARGET}/{state}/{sub_id}": unused for state in states},
    ]


def _children(tree: AgencyTree, job_id: str, state: str) -> list[str]:
    prefix = job_id + "-"
    return [name for name in tree.get(f"{_TARGET}/{state}", {}) if name.startswith(prefix)]


def _next_number(tree: AgencyTree, job_id: str) -> int:
    return sum(len(_children(tree, job_id, state)) for state in ("ToDo", "Pending", "Finished", "Failed"))


def _busy_shards(tree: AgencyTree, job_id: str) -> set[str]:
    return {
        tree.get(f"{_TARGET}/{state}/{child}")["shard"]
        for state in ("ToDo", "Pending", "Failed")
        for child in _children(tree, job_id, state)
    }


def _abort_children(tree: AgencyTree, job_id: str) -> list[Transaction]:
    """Return the transactions that call off the moves a job has ordered."""
    return [
        [{f"{_TARGET}/{state}/{child}/abort": set_value(True)}, {f"{_TARGET}/{state}/{child}": {"oldEmpty": False}}]
        for state in ("ToDo", "Pending")
        for child in _children(tree, job_id, state)
    ]


# -- resignLeadership, cleanOutServer ----------------------------------------------------------------------------------
def _resign(tree: AgencyTree, job_id: str, job: dict[str, Any]) -> list[Transaction]:
    server = job["server"]
    number, busy = _next_number(tree, job_id), _busy_shards(tree, job_id)
    made: list[Transaction] = []
    if job.get("abort"):
        return [*_abort_children(tree, job_id), _end(tree, job_id, job, failed="cancelled")]
    for view in shards_of(tree):
        if view.plan[0].lstrip("_") != server or view.shard in busy:
            continue
        follower = next((s for s in view.plan[1:] if s in view.servers and status_of(tree, s) != FAILED), None)
        if follower is not None:
            made.append(_sub_job(job_id, number + len(made), view, server, follower, remains=True))
    if made or _children(tree, job_id, "ToDo") or _children(tree, job_id, "Pending"):
        return made
    return [_end(tree, job_id, job)]


def _clean_out(tree: AgencyTree, job_id: str, job: dict[str, Any]) -> list[Transaction]:
    server = job["server"]
    number, busy = _next_number(tree, job_id), _busy_shards(tree, job_id)
    usable = [name for name in usable_dbservers(tree) if name != server]
    made: list[Transaction] = []
    if job.get("abort"):
        return [*_abort_children(tree, job_id), _clean_out_ended(tree, job_id, job, failed="cancelled")]
    held = False
    for view in shards_of(tree):
        plain = [name.lstrip("_") for name in view.plan]
        if server not in plain:
            continue
        held = True
        if view.shard in busy:
            continue
        target = next((name for name in usable if name not in plain), None)
        if target is None:
            return [_clean_out_ended(tree, job_id, job, failed="not enough servers to take the shards")]
        usable = [name for name in usable if name != target] + [target]
        made.append(_sub_job(job_id, number + len(made), view, server, target, remains=False))
    if _children(tree, job_id, "Failed"):
        return [_clean_out_ended(tree, job_id, job, failed="a shard could not be moved")]
    return made if held else [_clean_out_ended(tree, job_id, job)]


def _clean_out_ended(tree: AgencyTree, job_id: str, job: dict[str, Any], *, failed: str = "") -> Transaction:
    transaction = _end(tree, job_id, job, failed=failed)
    transaction[0][f"{_TARGET}/ToBeCleanedServers"] = {"op": "erase", "val": job["server"]}
    if not failed:
        transaction[0][f"{_TARGET}/CleanedServers"] = {"op": "push", "new": job["server"]}
    return transaction


def _begin_server_job(tree: AgencyTree, job_id: str, job: dict[str, Any]) -> Transaction:
    operations: dict[str, Any] = {
        f"{_TARGET}/ToDo/{job_id}": DELETE,
        f"{_TARGET}/Pending/{job_id}": set_value({**job, "timeStarted": timestamp()}),
    }
    if job["type"] == "cleanOutServer":
        if job["server"] in tree.get(f"{_TARGET}/CleanedServers", []):
            return _end(tree, job_id, job)
        operations[f"{_TARGET}/ToBeCleanedServers"] = {"op": "push", "new": job["server"]}
    return [operations]


def plan_jobs(tree: AgencyTree) -> list[Transaction]:
    """Return the next step of every job."""
    transactions: list[Transaction] = []
    for job_id, job in list((tree.get(f"{_TARGET}/Pending", {}) or {}).items()):
        if job.get("type") == "moveShard":
            step = _move(tree, job_id, job)
            transactions += [step] if step is not None else []
        elif job.get("type") == "resignLeadership":
            transactions += _resign(tree, job_id, job)
        elif job.get("type") == "cleanOutServer":
            transactions += _clean_out(tree, job_id, job)
    for job_id, job in list((tree.get(f"{_TARGET}/ToDo", {}) or {}).items()):
        if job.get("type") == "moveShard":
            step = _begin_move(tree, job_id, job)
        elif job.get("type") in ("resignLeadership", "cleanOutServer"):
            step = _begin_server_job(tree, job_id, job)
        else:
            step = _end(tree, job_id, job, failed=f"unknown type of job '{job.get('type')}'")
        transactions += [step] if step is not None else []
    return transactions
