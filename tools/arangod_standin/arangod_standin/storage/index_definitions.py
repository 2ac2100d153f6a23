"""Index definitions: from what a client asked for to what is stored and shown, by type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[dict[str, Any], tuple[int, int]], dict[str, Any]]

_MAX_STORED_VALUES = 32
_METRICS = ("cosine", "l2", "innerProduct")
# What ArangoDB adds to an inverted index (and an arangosearch view) that says nothing else.
SEGMENTS = {"cleanupIntervalStep": 2, "commitIntervalMsec": 1000, "consolidationIntervalMsec": 1000,
            "writebufferActive": 0, "writebufferIdle": 64, "writebufferSizeMax": 33554432}  # fmt: skip
TIER_POLICY = {"type": "tier", "segmentsBytesFloor": 2097152, "segmentsBytesMax": 5368709120, "segmentsMax": 10,
               "segmentsMin": 1, "minScore": 0}  # fmt: skip
TIER_POLICY_4 = {"type": "tier", "segmentsBytesMax": 8589934592, "maxSkewThreshold": 0.4, "minDeletionRatio": 0.5}


def bad_index(message: str) -> ArangoError:
    """Return the error of a definition that is not acceptable (400/10)."""
    return ArangoError(errors.BAD_PARAMETER, message)


def _flag(body: dict[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise bad_index(f"invalid index: attribute '{name}' must be a boolean")
    return value


def _number(body: dict[str, Any], name: str, default: float | None, minimum: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < minimum:
        raise bad_index(f"invalid index: attribute '{name}' must be a number that is at least {minimum}")
    return value


def _paths(body: dict[str, Any], name: str, least: int, most: int, *, expansion: bool = False) -> list[str]:
    """Return a list of different attribute paths."""
    fields = body.get(name)
    if not isinstance(fields, list) or not all(isinstance(field, str) and field for field in fields):
        raise bad_index(f"invalid index: '{name}' must be a list of attribute paths")
    if not least <= len(fields) <= most:
        raise bad_index(f"invalid index: '{name}' must have between {least} and {most} attribute paths")
    if len(set(fields)) != len(fields):
        raise bad_index(f"invalid index: '{name}' names an attribute twice")
    for field in fields:
        part = field.replace("[*]", "")
        if field.count("[*]") > int(expansion) or "[" in part or "" in part.split(".") or field.startswith("[*]"):
            raise bad_index(f"invalid index: '{field}' is not an attribute path that an index of this type takes")
        if field.split(".")[0] == "_id" and name == "fields":
            raise bad_index("invalid index: attribute '_id' cannot be indexed")
    return list(fields)


def _stored_values(body: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    if not body.get("storedValues"):
        return {}
    stored = _paths(body, "storedValues", 1, _MAX_STORED_VALUES)
    if set(stored) & set(fields):
        raise bad_index("invalid index: 'storedValues' and 'fields' must not overlap")
    return {"storedValues": stored}


def _persistent(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    fields = _paths(body, "fields", 1, _MAX_STORED_VALUES, expansion=True)
    return {
        "fields": fields,
        "unique": _flag(body, "unique", False),
        "sparse": _flag(body, "sparse", False),
        "deduplicate": _flag(body, "deduplicate", True),
        "estimates": _flag(body, "estimates", True),
        "cacheEnabled": _flag(body, "cacheEnabled", False),
        **_stored_values(body, fields),
    }


def _ttl(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    fields = _paths(body, "fields", 1, 1)
    if "expireAfter" not in body:
        raise bad_index("expireAfter attribute must be a number")
    return {"fields": fields, "unique": False, "sparse": True, "estimates": False,
            "expireAfter": _number(body, "expireAfter", None, 0)}  # fmt: skip


def _geo(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    fields = _paths(body, "fields", 1, 2)
    return {
        "fields": fields,
        "unique": False,
        "sparse": True,
        "geoJson": _flag(body, "geoJson", False) and len(fields) == 1,
        "bestIndexedLevel": 17,
        "worstIndexedLevel": 4,
        "maxNumCoverCells": 8,
        "legacyPolygons": _flag(body, "legacyPolygons", False),
    }


def _fulltext(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    return {"fields": _paths(body, "fields", 1, 1), "unique": False, "sparse": True,
            "minLength": _number(body, "minLength", 2, 1)}  # fmt: skip


def _multidimensional(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    fields = _paths(body, "fields", 1, _MAX_STORED_VALUES)
    if body.get("fieldValueTypes") != "double":
        raise bad_index("invalid index: attribute 'fieldValueTypes' must be \"double\"")
    definition = {
        "fields": fields,
        "unique": _flag(body, "unique", False),
        "sparse": _flag(body, "sparse", False),
        "estimates": _flag(body, "estimates", True),
        "fieldValueTypes": "double",
        **_stored_values(body, fields),
    }
    if body["type"] == "mdi-prefixed":
        definition["prefixFields"] = _paths(body, "prefixFields", 1, _MAX_STORED_VALUES)
        if set(definition["prefixFields"]) & set(fields):
            raise bad_index("invalid index: 'prefixFields' and 'fields' must not overlap")
    return definition


def _inverted_field(field: Any) -> dict[str, Any]:
    if isinstance(field, str):
        field = {"name": field}
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or not field["name"]:
        raise bad_index("invalid index: each of 'fields' must be an attribute path or an object with 'name'")
    return dict(field)


def _inverted(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    given = body.get("fields", [])
    if not isinstance(given, list) or (not given and not body.get("includeAllFields")):
        raise bad_index("invalid index: 'fields' must be a list that is not empty unless 'includeAllFields' is set")
    fields = [_inverted_field(field) for field in given]
    if len({field["name"] for field in fields}) != len(fields):
        raise bad_index("invalid index: 'fields' names an attribute twice")
    sort = body.get("primarySort") or {}
    if not isinstance(sort, dict) or not isinstance(sort.get("fields", []), list):
        raise bad_index("invalid index: 'primarySort' must be an object with a list 'fields'")
    policy = TIER_POLICY if family < (4, 0) else TIER_POLICY_4
    definition = {
        "fields": fields,
        "unique": False,
        "sparse": True,
        "analyzer": body.get("analyzer", "identity"),
        "features": body.get("features", ["norm", "frequency"]),
        "includeAllFields": _flag(body, "includeAllFields", False),
        "trackListPositions": _flag(body, "trackListPositions", False),
        "searchField": _flag(body, "searchField", False),
        "primarySort": {"compression": "lz4", **sort, "fields": sort.get("fields", [])},
        "storedValues": body.get("storedValues", []),
        "optimizeTopK": body.get("optimizeTopK", []),
        **{name: body.get(name, value) for name, value in SEGMENTS.items()},
        "consolidationPolicy": body.get("consolidationPolicy", policy),
        "version": 1,
    }
    for name in ("cache", "primaryKeyCache"):
        if name in body:
            definition[name] = _flag(body, name, False)
    return definition


def _vector(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    fields = _paths(body, "fields", 1, 1)
    given = body.get("params")
    if not isinstance(given, dict) or given.get("metric") not in _METRICS:
        raise bad_index(f"invalid index: 'params' must have a 'metric' out of {', '.join(_METRICS)}")
    params: dict[str, Any] = {"metric": given["metric"]}
    for name, default in (("dimension", None), ("nLists", None), ("defaultNProbe", 1), ("trainingIterations", 25)):
        value = given.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise bad_index(f"invalid index: 'params.{name}' must be a whole number above 0")
        params[name] = value
    if "factory" in given:
        params["factory"] = given["factory"]
    return {"fields": fields, "unique": False, "sparse": _flag(body, "sparse", False), "params": params,
            **_stored_values(body, fields), "trainingState": "ready"}  # fmt: skip


_MAKERS: dict[str, Maker] = {
    "persistent": _persistent,
    "hash": _persistent,
    "skiplist": _persistent,
    "ttl": _ttl,
    "geo": _geo,
    "geo1": _geo,
    "geo2": _geo,
    "fulltext": _fulltext,
    "zkd": _multidimensional,
    "mdi": _multidimensional,
    "mdi-prefixed": _multidimensional,
    "inverted": _inverted,
    "vector": _vector,
}
_ONLY_BEFORE_4 = ("fulltext", "hash", "skiplist", "geo1", "geo2")
# Of these an estimate of how selective they are is shown.
_ESTIMATED = ("persistent", "hash", "skiplist", "ttl", "mdi", "mdi-prefixed", "zkd")


def complete_index(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    """Return the complete definition, without id; `name` is empty if none was given. Raises ArangoError 10, 11, 1208.

    `family` is the family of versions whose rules count.
    """
    kind = body.get("type")
    if kind in ("primary", "edge"):
        raise ArangoError(errors.FORBIDDEN, f"indexes of type {kind} are there by themselves")
    if not isinstance(kind, str) or kind not in _MAKERS or (family >= (4, 0) and kind in _ONLY_BEFORE_4):
        raise bad_index(f"invalid index type '{kind}'")
    name = body.get("name", "")
    if not isinstance(name, str) or "/" in name or name[:1].isdigit() or len(name.encode()) > 256:
        raise ArangoError(errors.ILLEGAL_NAME, f"illegal name: index name '{name}' is not allowed")
    if name in ("primary", "edge"):
        raise ArangoError(errors.DUPLICATE_NAME, f"duplicate value for index name '{name}'")
    if body.get("unique") and kind not in ("persistent", "hash", "skiplist", "mdi", "mdi-prefixed", "zkd"):
        raise bad_index(f"indexes of type {kind} cannot be unique")
    definition = _MAKERS[kind](body, family)
    shown_kind = "geo" if kind in ("geo1", "geo2") else kind
    return {"type": shown_kind, "name": name, **definition}


def is_same(index: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether a wanted index is one that exists already, whatever the names are."""
    important = ("type", "fields", "unique", "sparse", "geoJson", "minLength", "prefixFields", "params", "analyzer",
                 "includeAllFields", "storedValues")  # fmt: skip
    return all(index.get(name) == wanted.get(name) for name in important)


def shown_index(collection: str, index: dict[str, Any], estimates: dict[str, float]) -> dict[str, Any]:
    """Return what the API shows of a stored definition; `estimates` are selectivities by index id."""
    shown = {name: value for name, value in index.items() if name not in ("objectId", "isBuilding")}
    shown["id"] = f"{collection}/{index['id']}"
    if index["type"] in _ESTIMATED and (index.get("estimates", True) or index["type"] == "ttl"):
        shown["selectivityEstimate"] = estimates.get(str(index["id"]), 1)
    return shown
