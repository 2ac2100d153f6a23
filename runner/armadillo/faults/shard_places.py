"""Who leads the agency, and on which servers a shard is: asked of the agents, which know it also when others are dead.

Who leads: only an agent's own word counts (`/_api/agency/config`); of several that claim it, as after a partition, the
one of the greatest term. Shards: `/arango/Plan/Collections`, ids of servers by the endpoints under
`/arango/Current/ServersRegistered` (https://docs.arangodb.com/stable/deploy/architecture/data-sharding/).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import ArangoError, FaultRequestError
from ..model.role import Role
from .ground import Ground
from .parameters import nearest

_ASK_S = 2.0
_RESIGNED = "_"
"""A leader that was asked to resign has this before its id in Plan."""


class PlannedShard(NamedTuple):
    """A shard of a collection with the ids of its servers, the leader first."""

    database: str
    collection: str
    name: str
    servers: tuple[str, ...]


async def agency_leader(ground: Ground) -> str:
    """Name of the agent that leads; raises `FaultRequestError` with what the agents say when none does."""
    agents = [name for name, server in ground.servers.items() if server.plan.role is Role.AGENT]
    if not agents:
        raise FaultRequestError(f"there is no agency here; there are the servers {', '.join(ground.servers)}")
    told = await asyncio.gather(*(_claim(name, ground) for name in agents))
    leaders = [(term, name) for name, (term, _) in zip(agents, told, strict=True) if term >= 0]
    if not leaders:
        said = "; ".join(f"{name}: {words}" for name, (_, words) in zip(agents, told, strict=True))
        raise FaultRequestError(f"the agency has no leader at this moment: {said}")
    return max(leaders)[1]


async def places_of(what: str, ground: Ground) -> tuple[str, tuple[str, ...]]:
    """Leader and followers of "DATABASE/COLLECTION", "DATABASE/COLLECTION/SHARD" or "SHARD", by server names.

    Without a shard's name that of the collection with the least name is meant. Raises `FaultRequestError`.
    """
    tree = await _read_agency(ground)
    shards = list(_planned(tree))
    shard = _found(what, shards)
    names = dict(_names_by_id(tree, ground))
    unknown = [server_id for server_id in shard.servers if server_id not in names]
    if unknown:
        raise FaultRequestError(f"shard {shard.name} is on {', '.join(unknown)}, which is no server of this run")
    servers = [names[server_id] for server_id in shard.servers]
    return servers[0], tuple(servers[1:])


async def _claim(agent: str, ground: Ground) -> tuple[int, str]:
    """The term in which the agent says that it leads, -1 when it does not; and its words."""
    if not ground.servers[agent].is_alive:
        return -1, "is down"
    try:
        told = await ground.request(agent, "GET", "/_api/agency/config", timeout_s=_ASK_S)
    except (ArangoError, OSError) as error:
        return -1, str(error)
    own = told.get("configuration", {}).get("id")
    if own and told.get("leaderId") == own:
        return int(told.get("term", 0)), "leads"
    return -1, f"follows {told.get('leaderId') or 'nobody'}"


async def _read_agency(ground: Ground) -> Mapping[str, Any]:
    leader = await agency_leader(ground)
    paths = ["/arango/Plan/Collections", "/arango/Current/ServersRegistered"]
    try:
        answer = await ground.request(leader, "POST", "/_api/agency/read", json=[paths], timeout_s=_ASK_S)
    except (ArangoError, OSError) as error:
        raise FaultRequestError(f"{leader} leads the agency, but does not tell where shards are: {error}") from None
    tree: Mapping[str, Any] = answer[0].get("arango", {}) if isinstance(answer, list) and answer else {}
    return tree


def _planned(tree: Mapping[str, Any]) -> Iterator[PlannedShard]:
    for database, collections in sorted(tree.get("Plan", {}).get("Collections", {}).items()):
        for collection in collections.values():
            for shard, servers in sorted(collection.get("shards", {}).items()):
                ids = tuple(str(server).removeprefix(_RESIGNED) for server in servers)
                if ids:
                    yield PlannedShard(database, str(collection.get("name", "")), shard, ids)


def _found(what: str, shards: list[PlannedShard]) -> PlannedShard:
    words = what.split("/")
    if len(words) == 1:
        candidates = [one for one in shards if one.name == what]
    else:
        candidates = [one for one in shards if [one.database, one.collection, one.name][: len(words)] == words]
    if candidates:
        return candidates[0]
    users = [one for one in shards if not one.collection.startswith("_")]
    known = sorted({f"{one.database}/{one.collection}" for one in users})
    names = [one.name for one in users]
    listed = ", ".join(known[:20]) or "none but system collections"
    raise FaultRequestError(
        f"there is no shard or collection {what!r}{nearest(what, [*known, *names])}; there are the collections {listed}"
    )


def _names_by_id(tree: Mapping[str, Any], ground: Ground) -> Iterator[tuple[str, str]]:
    by_endpoint = {server.plan.advertised_endpoint: name for name, server in ground.servers.items()}
    for server_id, entry in tree.get("Current", {}).get("ServersRegistered", {}).items():
        with contextlib.suppress(AttributeError):  # "Version" stands among the servers
            for key in ("endpoint", "advertisedEndpoint"):
                name = by_endpoint.get(entry.get(key, ""))
                if name:
                    yield server_id, name
