"""Where the shards of a new collection go."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..errors import ArangoError
from ..storage.properties import SATELLITE

# What a collection takes over from the one it is distributed like.
_SHARED = ("numberOfShards", "replicationFactor", "writeConcern", "minReplicationFactor", "shardingStrategy")


def place(properties: dict[str, Any], first_shard: int, servers: list[str], leaders: int) -> dict[str, list[str]]:
    """Return the servers of each shard, the leader first, which is one of the first `leaders` servers.

    Raises ArangoError 1487 when there are too few.
    """
    factor = int(properties["replicationFactor"])
    if factor > len(servers):
        raise ArangoError(
            errors.CLUSTER_INSUFFICIENT_DBSERVERS,
            f"replicationFactor {factor} is higher than the number of available DB-Servers ({len(servers)})",
        )
    count = int(properties["numberOfShards"])
    return {f"s{first_shard + number}": spread(servers, leaders, number, factor) for number in range(count)}


def spread(servers: list[str], leaders: int, number: int, copies: int) -> list[str]:
    """Return the servers of one of many shards: each begins one server further, the first `leaders` of them lead."""
    start = number % max(leaders, 1)
    return (servers[start:] + servers[:start])[:copies]


def find_prototype(name: str, planned: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return the planned collection that another is to be distributed like. Raises ArangoError 1484, 1486, 10."""
    found: dict[str, Any] | None = next((item for item in planned.values() if item["name"] == name), None)
    if found is None:
        raise ArangoError(errors.CLUSTER_UNKNOWN_DISTRIBUTESHARDSLIKE)
    if found.get("distributeShardsLike"):
        raise ArangoError(errors.CLUSTER_CHAIN_OF_DISTRIBUTESHARDSLIKE)
    if "numberOfShards" in body and body["numberOfShards"] != found["numberOfShards"]:
        raise ArangoError(errors.BAD_PARAMETER, f"numberOfShards differs from that of '{name}', which shards alike")
    if len(body.get("shardKeys") or found["shardKeys"]) != len(found["shardKeys"]):
        raise ArangoError(errors.BAD_PARAMETER, f"another number of shardKeys than '{name}' has, which shards alike")
    return found


def place_like(prototype: dict[str, Any], first_shard: int) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the properties taken over from the prototype, and shards on the same servers as its own."""
    taken = {name: prototype[name] for name in (*_SHARED, "satellite") if name in prototype}
    shards = sorted(prototype["shards"].items(), key=lambda item: int(item[0][1:]))
    return taken, {
        f"s{first_shard + number}": [server.lstrip("_") for server in servers]
        for number, (_, servers) in enumerate(shards)
    }


def resolve_satellite(properties: dict[str, Any], servers: list[str]) -> dict[str, Any]:
    """Return the properties with a satellite's number of copies: one on each dbserver there is."""
    if properties["replicationFactor"] != SATELLITE:
        return properties
    return {**properties, "replicationFactor": max(len(servers), 1), "satellite": True}
