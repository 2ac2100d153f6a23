"""What an agency's tree says about a cluster, in words: shards that are not as planned, servers that are not GOOD.

Plan is what supervision wants, Current what dbservers report; a shard is as planned when leader and set of followers
are the same (ArangoDB's Kubernetes operator judges so, pkg/deployment/agency/state/shards_in_sync.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Tree = Mapping[str, Any]
_RESIGNED = "_"
"""A leader that supervision asked to resign has this before its id in Plan."""


def shard_differences(arango: Tree) -> list[str]:
    """One text for each shard that is not as planned, those of system collections last; `arango` is "/arango"."""
    names = short_names(arango)
    found: list[str] = []
    of_system: list[str] = []
    current = _at(arango, "Current", "Collections")
    for database, collections in sorted(_at(arango, "Plan", "Collections").items()):
        for collection_id, collection in sorted(_tree(collections).items()):
            reported = _at(current, database, collection_id)
            for shard, planned in sorted(_at(collection, "shards").items()):
                what = "; ".join(_differences(planned, reported.get(shard), names))
                if what:
                    name = str(collection.get("name", collection_id))
                    (of_system if name.startswith("_") else found).append(f"shard {shard} ({database}/{name}): {what}")
    return found + of_system


def servers_not_good(arango: Tree) -> list[str]:
    """ "DBServer0001 is FAILED" for each server that supervision does not see as GOOD."""
    names = short_names(arango)
    health = _at(arango, "Supervision", "Health")
    return [
        f"{names.get(server, server)} is {entry.get('Status', '?')}"
        for server, entry in sorted(health.items())
        if isinstance(entry, Mapping) and entry.get("Status") != "GOOD"
    ]


def when_all_is_well(arango: Tree) -> tuple[str, str]:
    """What is said of shards and of servers when nothing is wrong with them; also that there are none yet."""
    shards = any(_at(arango, "Plan", "Collections").values())
    return (
        "every shard is as planned" if shards else "no shard is planned yet",
        "every server is GOOD" if _at(arango, "Supervision", "Health") else "supervision knows no server yet",
    )


def unfinished_jobs(arango: Tree) -> list[str]:
    """Jobs of the supervision that wait or run: type and what they are about."""
    return [
        f"{queue}: {job.get('type', 'job')} {job_id} " + " ".join(f"{key}={job[key]}" for key in _TELLING if key in job)
        for queue in ("ToDo", "Pending")
        for job_id, job in sorted(_at(arango, "Target", queue).items())
        if isinstance(job, Mapping)
    ]


def short_names(arango: Tree) -> dict[str, str]:
    """ "DBServer0001" and its like by id."""
    found = {
        server: str(entry.get("ShortName") or server)
        for server, entry in _at(arango, "Supervision", "Health").items()
        if isinstance(entry, Mapping)
    }
    for server, entry in _at(arango, "Target", "MapUniqueToShortID").items():
        if isinstance(entry, Mapping) and entry.get("ShortName"):
            found[server] = str(entry["ShortName"])
    return found


_TELLING = ("database", "collection", "shard", "server", "fromServer", "toServer", "reason")


def _differences(planned: Sequence[str], reported: Any, names: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(reported, Mapping):
        yield "planned, but no server reports it"
        return
    if reported.get("error"):
        yield f"its leader reports an error: {reported.get('errorMessage') or reported.get('errorNum')}"
    servers = [str(server) for server in reported.get("servers", [])]
    leader, now = (planned[:1] or [""])[0], (servers[:1] or [""])[0]
    is_resigning = leader.startswith(_RESIGNED)
    if leader.removeprefix(_RESIGNED) != now.removeprefix(_RESIGNED) or is_resigning:
        told = f"{_named([leader.removeprefix(_RESIGNED)], names)}{' (to resign)' if is_resigning else ''}"
        yield f"leader planned {told}, current {_named([now.removeprefix(_RESIGNED)], names)}"
    if set(planned[1:]) != set(servers[1:]):
        yield f"followers planned {_named(planned[1:], names)}, in sync {_named(servers[1:], names)}"


def _named(servers: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names.get(server, server) for server in servers if server)) or "none"


def _at(tree: Any, *path: str) -> Tree:
    for part in path:
        tree = _tree(tree).get(part)
    return _tree(tree)


def _tree(value: Any) -> Tree:
    return value if isinstance(value, Mapping) else {}
