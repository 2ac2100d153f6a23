"""The full set of collection properties, from what a client asked for."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..errors import ArangoError
from .document_rules import check_computed_values, check_schema
from .keys import check_collection_name, check_key_options

_FLAGS = ("waitForSync", "cacheEnabled", "isDisjoint", "isSmart", "isSmartChild")
# Members of the properties that `GET /_api/collection/<name>` shows; the rest needs `/properties`.
BASIC = ("globallyUniqueId", "id", "isSystem", "name", "status", "statusString", "type")
CLUSTER_ONLY = ("numberOfShards", "shardKeys", "shardingStrategy", "distributeShardsLike", "minReplicationFactor")
INTERNAL = ("shards", "indexes", "failedIndexes", "publicName", "planId", "deleted", "satellite")
SATELLITE = "satellite"
CHANGEABLE = ("waitForSync", "cacheEnabled", "schema", "computedValues")
CHANGEABLE_IN_CLUSTERS = ("replicationFactor", "writeConcern", "minReplicationFactor")
_STRATEGIES = ("hash", "community-compat", "enterprise-compat", "enterprise-smart-edge-compat",
               "enterprise-hash-smart-edge")  # fmt: skip


def _bad(message: str) -> ArangoError:
    return ArangoError(errors.BAD_PARAMETER, message)


def _positive(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _bad(f"invalid {name}: expected a number that is not negative")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise _bad(f"invalid {name}: expected a boolean")
    return bool(value)


def complete_properties(body: dict[str, Any], *, defaults: dict[str, Any], cluster: bool) -> dict[str, Any]:
    """Return complete properties without the id. Raises ArangoError 1208, 1218, 1232, 1621, 10."""
    system = _flag(body, "isSystem")
    name = check_collection_name(body.get("name"), system=system)
    kind = body.get("type", 2)
    if kind not in (2, 3) or isinstance(kind, bool):
        raise ArangoError(errors.COLLECTION_TYPE_INVALID)
    properties: dict[str, Any] = {
        "name": name,
        "type": kind,
        "isSystem": system and name.startswith("_"),
        "keyOptions": check_key_options(body.get("keyOptions")),
        "schema": check_schema(body.get("schema")),
        "internalValidatorType": 0,
        "syncByRevision": True,
        "usesRevisionsAsDocumentIds": True,
        **{flag: _flag(body, flag) for flag in _FLAGS},
    }
    if cluster:
        properties.update(_cluster_properties(body, defaults))
    else:
        properties["writeConcern"] = _positive(body, "writeConcern", 1) or 1
        factor = body.get("replicationFactor", 1)
        properties["replicationFactor"] = 1 if factor == SATELLITE else _positive(body, "replicationFactor", 1) or 1
    shard_keys = properties.get("shardKeys", [])
    properties["computedValues"] = check_computed_values(body.get("computedValues"), shard_keys)
    return properties


def _shard_keys(body: dict[str, Any]) -> list[str]:
    shard_keys = body.get("shardKeys", ["_key"])
    if not isinstance(shard_keys, list) or not all(isinstance(key, str) and key for key in shard_keys):
        raise _bad("invalid shardKeys: expected a list of attribute names")
    if not 1 <= len(shard_keys) <= 8 or len(set(shard_keys)) != len(shard_keys):
        raise _bad("invalid shardKeys: expected one to eight different attribute names")
    return shard_keys


def _cluster_properties(body: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    if body.get("isSmart") or body.get("smartGraphAttribute"):
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: smart collections are not implemented")
    strategy = body.get("shardingStrategy") or "hash"
    if strategy not in _STRATEGIES:
        raise _bad(f"invalid shardingStrategy '{strategy}'")
    found = {
        **_copies(body, defaults),
        "numberOfShards": _number_of_shards(body, defaults),
        "shardKeys": _shard_keys(body),
        "shardingStrategy": strategy,
    }
    like = body.get("distributeShardsLike")
    if like:
        if not isinstance(like, str):
            raise _bad("invalid distributeShardsLike: expected the name of a collection")
        found["distributeShardsLike"] = like
    join = body.get("smartJoinAttribute")
    if join is not None:
        if not isinstance(join, str) or found["shardKeys"] not in ([join + ":"], [":" + join]):
            raise _bad("smartJoinAttribute needs shardKeys that hold this attribute with a colon")
        found["smartJoinAttribute"] = join
    return found


def _copies(body: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return replication factor and write concern; the number of copies of a satellite is known only later."""
    if body.get("replicationFactor") in (SATELLITE, 0):
        if _positive(body, "numberOfShards", 1) > 1:
            raise _bad("a satellite collection has a single shard")
        return {"replicationFactor": SATELLITE, "writeConcern": 1, "minReplicationFactor": 1}
    factor = _positive(body, "replicationFactor", defaults["replicationFactor"])
    concern = _positive(body, "writeConcern", _positive(body, "minReplicationFactor", defaults["writeConcern"]))
    minimum, maximum = defaults["minReplicationFactor"], defaults["maxReplicationFactor"]
    if factor < minimum:
        raise _bad(f"replicationFactor must not be lower than minimum allowed replicationFactor ({minimum})")
    if maximum and factor > maximum:
        raise _bad(f"replicationFactor must not be higher than maximum allowed replicationFactor ({maximum})")
    if concern > factor:
        raise _bad("writeConcern must not be higher than replicationFactor")
    return {"replicationFactor": factor, "writeConcern": concern, "minReplicationFactor": concern}


def _number_of_shards(body: dict[str, Any], defaults: dict[str, Any]) -> int:
    shards = _positive(body, "numberOfShards", 1)
    if shards == 0:
        raise _bad("invalid number of shards: expected at least 1")
    if defaults["forceOneShard"] and not body.get("isSystem"):
        shards = 1
    if shards > defaults["maxShards"]:
        raise ArangoError(errors.CLUSTER_TOO_MANY_SHARDS)
    return shards


def property_changes(body: dict[str, Any], properties: dict[str, Any], *, cluster: bool) -> dict[str, Any]:
    """Return what ``PUT /properties`` changes. Raises ArangoError 10, 1621."""
    changes: dict[str, Any] = {flag: _flag(body, flag) for flag in ("waitForSync", "cacheEnabled") if flag in body}
    if "schema" in body:
        changes["schema"] = check_schema(body["schema"])
    if "computedValues" in body:
        changes["computedValues"] = check_computed_values(body["computedValues"], properties.get("shardKeys", []))
    if cluster:
        changes.update({name: body[name] for name in CHANGEABLE_IN_CLUSTERS if name in body})
        same = properties.get("replicationFactor")
        if changes.get("replicationFactor") == SATELLITE and properties.get("satellite"):
            changes["replicationFactor"] = same
    return changes


def public_properties(
    properties: dict[str, Any], collection_id: str, name: str, *, family: tuple[int, int] = (3, 12)
) -> dict[str, Any]:
    """Return what ``/properties`` shows; `status` is a thing of the families before 4.0."""
    shown = {key: value for key, value in properties.items() if key not in INTERNAL}
    if properties.get("satellite"):
        shown["replicationFactor"] = SATELLITE
    letter = "c" if "shards" in properties else "h"
    unique = name if properties.get("isSystem") else f"{letter}{collection_id}/{collection_id}"
    status = {"status": 3, "statusString": "loaded"} if family < (4, 0) else {}
    return {
        **shown,
        "id": collection_id,
        "name": name,
        "globallyUniqueId": properties.get("globallyUniqueId", unique),
        **status,
    }
