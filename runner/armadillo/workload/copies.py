"""The copies of a shard, compared: what leader and followers hold, each asked by itself.

A shard is a collection of its own at the dbserver that holds it; with superuser rights its count, its checksum (with
revisions and data) and its indexes are answered there by the collection routes, without a way over the leader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..arangodb.client import ArangoClient, url_name
from ..errors import ArangoError

_INDEX_MEMBERS = ("type", "name", "fields", "unique", "sparse", "expireAfter", "storedValues", "deduplicate")
_TOLD = 8


@dataclass(frozen=True)
class ShardCopy:
    """What one server holds of a shard: number of documents, checksum, definitions of the indexes by their id."""

    server: str
    count: int
    checksum: str
    indexes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


async def copy_of(client: ArangoClient, server: str, shard: str) -> ShardCopy:
    """Asks a dbserver for its copy of a shard; `client` talks to that server alone, in the shard's database.

    Raises `ArangoNotFoundError` when it has none, or another `ArangoError`.
    """
    path = f"/_api/collection/{url_name(shard)}"
    count = int((await client.get(f"{path}/count"))["count"])
    checksum = await client.get(f"{path}/checksum", params={"withRevisions": True, "withData": True})
    indexes = await client.get("/_api/index", params={"collection": shard})
    definitions = {
        str(index["id"]).rpartition("/")[2]: {name: index[name] for name in _INDEX_MEMBERS if name in index}
        for index in indexes["indexes"]
    }
    return ShardCopy(server, count, str(checksum["checksum"]), definitions)


def differences(leader: ShardCopy, follower: ShardCopy) -> list[str]:
    """One text for each respect in which a follower's copy is not the leader's."""
    found = []
    if leader.count != follower.count:
        found.append(f"{leader.server} (leader) has {leader.count} documents, {follower.server} {follower.count}")
    elif leader.checksum != follower.checksum:
        found.append(
            f"{leader.server} (leader) and {follower.server} have {leader.count} documents each, with the checksums "
            f"{leader.checksum} and {follower.checksum}"
        )
    for index_id in sorted({*leader.indexes, *follower.indexes}):
        one, other = leader.indexes.get(index_id), follower.indexes.get(index_id)
        if one != other:
            told = [f"{copy.server}: {_index(definition)}" for copy, definition in ((leader, one), (follower, other))]
            found.append(f"index {index_id} is not the same ({'; '.join(told)})")
    return found


def _index(definition: Mapping[str, Any] | None) -> str:
    if definition is None:
        return "not there"
    return ", ".join(f"{name} {value}" for name, value in definition.items())


async def revisions_of(client: ArangoClient, shard: str) -> dict[str, str] | None:
    """Key -> revision of a copy, by AQL at the server that holds it; None where that server refuses."""
    body = {"query": "FOR d IN @@c RETURN [d._key, d._rev]", "bindVars": {"@c": shard}, "batchSize": 1_000_000}
    try:
        return dict((await client.post("/_api/cursor", json=body))["result"])
    except ArangoError:
        return None


def differing_documents(names: Sequence[str], leader: Mapping[str, str], follower: Mapping[str, str]) -> str:
    """Which documents differ, in words; `names` are those of the two servers."""
    parts = []
    for text, keys in (
        (f"only on {names[0]}", leader.keys() - follower.keys()),
        (f"only on {names[1]}", follower.keys() - leader.keys()),
        ("with another revision", {key for key in leader.keys() & follower.keys() if leader[key] != follower[key]}),
    ):
        if keys:
            more = f" and {len(keys) - _TOLD} more" if len(keys) > _TOLD else ""
            parts.append(f"{text}: {', '.join(sorted(keys)[:_TOLD])}{more}")
    return "; ".join(parts) or "the same keys and revisions, so the data differ"
