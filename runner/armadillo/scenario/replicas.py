"""Are all copies of all shards the same? And is the cluster as it is planned?"""

from __future__ import annotations

from ..errors import ConditionTimeoutError, ConsistencyError
from ..handles.cluster import Cluster
from ..handles.collection import Collection
from ..handles.database import Database
from ..handles.shard import Shard
from ..handles.wait import Seen, wait_until
from ..observe.agency_view import shard_differences
from ..workload.copies import copy_of, differences, differing_documents, revisions_of

AS_PLANNED_TIMEOUT_S = 300.0
EQUAL_TIMEOUT_S = 60.0
REPLICAS_DIFFER = "replicas differ"
_TOLD = 3


async def wait_until_as_planned(cluster: Cluster, *, timeout_s: float = AS_PLANNED_TIMEOUT_S) -> None:
    """Waits until, in the agency, Current is what Plan wants for every shard; raises `ConditionTimeoutError`."""

    async def check() -> bool | Seen:
        problems = shard_differences(await cluster.agency.read("/arango") or {})
        return Seen("; ".join(problems)) if problems else True

    await wait_until("Plan equals Current in the agency", check, cluster.scaled(timeout_s), interval_s=0.2)


async def wait_until_equal(cluster: Cluster, database: Database, *, timeout_s: float = EQUAL_TIMEOUT_S) -> int:
    """Waits until each follower in the database holds what its leader holds; answers how many were compared.

    Compared are numbers of documents, checksums over keys, revisions and data, and indexes, asked at each dbserver by
    itself. Nobody should write meanwhile. Raises `ConsistencyError` that tells the differing documents, and
    `ConditionTimeoutError` when a copy could not be asked.
    """
    problems: list[str] = []
    compared = 0

    async def check() -> bool | Seen:
        nonlocal compared
        problems.clear()
        found = []
        compared = 0
        for name in await database.collections():
            collection = database.collection(name)
            for shard in await collection.shards():
                compared += len(shard.followers)
                found += await _differences(cluster, collection, shard)
        problems.extend(found)
        return Seen("; ".join(found)) if found else True

    try:
        await wait_until(f"equal copies of all shards of {database.name}", check, cluster.scaled(timeout_s), 0.2)
    except ConditionTimeoutError:
        if not problems:
            raise
        more = f"and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        raise ConsistencyError(
            f"{REPLICAS_DIFFER}: {problems[0]}", "\n".join([*problems[1:_TOLD], more]), anomalies=(REPLICAS_DIFFER,)
        ) from None
    return compared


async def _differences(cluster: Cluster, collection: Collection, shard: Shard) -> list[str]:
    leader, followers = cluster.leader_of(shard), cluster.followers_of(shard)
    database = collection.database.name
    held = await copy_of(leader.client.in_database(database), leader.name, shard.name)
    found = []
    for follower in followers:
        client = follower.client.in_database(database)
        copy = await copy_of(client, follower.name, shard.name)
        what = differences(held, copy)
        if (held.count, held.checksum) != (copy.count, copy.checksum):
            theirs = await revisions_of(client, shard.name)
            ours = await revisions_of(leader.client.in_database(database), shard.name)
            if ours is not None and theirs is not None:
                what.append(differing_documents((leader.name, follower.name), ours, theirs))
        if what:
            found.append(f"shard {shard.name} ({database}/{collection.name}): {'; '.join(what)}")
    return found
