"""The full set of collection properties, from what a client asked for."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..errors import ArangoError
from .keys import check_collection_name, check_key_options

_FALSE_FLAGS = ("cacheEnabled", "isDisjoint", "isSmart", "isSmartChild")
# Members of the properties that `GET /_api/collection/<name>` shows; the rest needs `/properties`.
BASIC = ("globallyUniqueId", "id", "isSystem", "name", "status", "statusString", "type")
CLUSTER_ONLY = ("numberOfShards", "shardKeys", "shardingStrategy", "distributeShardsLike", "minReplicationFactor")
INTERNAL = ("shards", "indexes", "failedIndexes", "publicName", "planId", "deleted")


def _positive(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ArangoError(errors.BAD_PARAMETER, f"invalid {name}: expected a number that is not negative")
    return value


def complete_properties(body: dict[str, Any], *, defaults: dict[str, Any], cluster: bool) -> dict[str, Any]:
    """Return complete properties without the id. Raises ArangoError 1208, 1218, 1232, 10."""
    system = bool(body.get("isSystem", False))
    name = check_collection_name(body.get("name"), system=system)
    kind = body.get("type", 2)
    if kind not in (2, 3):
        raise ArangoError(errors.COLLECTION_TYPE_INVALID)
    properties: dict[str, Any] = {
        "name": name,
        "type": kind,
        "isSystem": system and name.startswith("_"),
        "waitForSync": bool(body.get("waitForSync", False)),
        "keyOptions": check_key_options(body.get("keyOptions")),
        "schema": body.get("schema"),
        "computedValues": body.get("computedValues"),
        "internalValidatorType": 0,
        "syncByRevision": True,
        "usesRevisionsAsDocumentIds": True,
        **{flag: bool(body.get(flag, False)) for flag in _FALSE_FLAGS},
    }
    if body.get("schema") or body.get("computedValues"):
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: schema and computedValues are not implemented")
    if cluster:
        properties.update(_cluster_properties(body, defaults))
    else:
        properties["writeConcern"] = _positive(body, "writeConcern", 1) or 1
        properties["replicationFactor"] = _positive(body, "replicationFactor", 1) or 1
    return properties


def _cluster_properties(body: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    factor = body.get("replicationFactor", defaults["replicationFactor"])
    if factor == "satellite":
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: satellite collections are not implemented")
    factor = _positive({"replicationFactor": factor}, "replicationFactor", 1)
    shard_keys = body.get("shardKeys", ["_key"])
    if not isinstance(shard_keys, list) or not shard_keys or not all(isinstance(key, str) for key in shard_keys):
        raise ArangoError(errors.BAD_PARAMETER, "invalid shardKeys: expected a list of attribute names")
    concern = _positive(body, "writeConcern", _positive(body, "minReplicationFactor", defaults["writeConcern"]))
    shards = _positive(body, "numberOfShards", 1)
    if shards == 0:
        raise ArangoError(errors.BAD_PARAMETER, "invalid number of shards: expected at least 1")
    if defaults["forceOneShard"] and not body.get("isSystem"):
        shards = 1
    if shards > defaults["maxShards"]:
        raise ArangoError(errors.CLUSTER_TOO_MANY_SHARDS)
    minimum, maximum = defaults["minReplicationFactor"], defaults["maxReplicationFactor"]
    if factor < minimum:
        raise ArangoError(
            errors.BAD_PARAMETER,
            f"replicationFactor must not be lower than minimum allowed replicationFactor ({minimum})",
        )
    if maximum and factor > maximum:
        raise ArangoError(
            errors.BAD_PARAMETER,
            f"replicationFactor must not be higher than maximum allowed replicationFactor ({maximum})",
        )
    if concern > factor:
        raise ArangoError(errors.BAD_PARAMETER, "writeConcern must not be higher than replicationFactor")
    return {
        "replicationFactor": factor,
        "writeConcern": concern,
        "minReplicationFactor": concern,
        "numberOfShards": shards,
        "shardKeys": shard_keys,
        "shardingStrategy": body.get("shardingStrategy", "hash"),
        **({"distributeShardsLike": body["distributeShardsLike"]} if body.get("distributeShardsLike") else {}),
    }


def public_properties(properties: dict[str, Any], collection_id: str, name: str) -> dict[str, Any]:
    """Return what ``/properties`` shows."""
    shown = {key: value for key, value in properties.items() if key not in INTERNAL}
    return {
        **shown,
        "id": collection_id,
        "name": name,
        "globallyUniqueId": properties.get("globallyUniqueId", f"h{collection_id}/{name}"),
        "status": 3,
        "statusString": "loaded",
    }
