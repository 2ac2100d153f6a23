"""Definitions of views: completed, merged and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..storage.index_definitions import SEGMENTS, TIER_POLICY, TIER_POLICY_4
from .analyzer_names import check_analyzers

if TYPE_CHECKING:
    from ..backend import Backend

ARANGOSEARCH, SEARCH_ALIAS = "arangosearch", "search-alias"
_LINK = {"analyzers": ["identity"], "fields": {}, "includeAllFields": False, "storeValues": "none",
         "trackListPositions": False}  # fmt: skip
_CHANGEABLE_NUMBERS = ("cleanupIntervalStep", "commitIntervalMsec", "consolidationIntervalMsec")
_FIXED_NUMBERS = ("writebufferActive", "writebufferIdle", "writebufferSizeMax")
_FIXED = (*_FIXED_NUMBERS, "primarySort", "primarySortCompression", "storedValues", "optimizeTopK", "primarySortCache",
          "primaryKeyCache")  # fmt: skip


def bad_view(message: str) -> ArangoError:
    """Return the error of a definition that is not acceptable (400/10)."""
    return ArangoError(errors.BAD_PARAMETER, message)


def _checked_numbers(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: body[name] for name in names if name in body}
    for name, value in found.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise bad_view(f"invalid view: '{name}' must be a whole number that is not negative")
    return found


def _policy(body: dict[str, Any], family: tuple[int, int]) -> dict[str, Any]:
    given = body["consolidationPolicy"]
    if not isinstance(given, dict) or given.get("type") not in ("tier", "bytes_accum"):
        raise bad_view("invalid view: 'consolidationPolicy' must be an object with the type tier or bytes_accum")
    if given["type"] == "bytes_accum":
        return {"threshold": 0.1, **given}
    return {**(TIER_POLICY if family < (4, 0) else TIER_POLICY_4), **given}


def _stored_values(values: Any) -> list[dict[str, Any]]:
    if not isinstance(values, list):
        raise bad_view("invalid view: 'storedValues' must be a list")
    found = []
    for value in values:
        fields = [value] if isinstance(value, str) else value
        item = {"fields": fields} if isinstance(fields, list) else fields
        if not isinstance(item, dict) or not isinstance(item.get("fields"), list):
            raise bad_view("invalid view: each of 'storedValues' must be a path, a list of paths or an object")
        found.append({"compression": "lz4", **item})
    return found


def _links(backend: Backend, database: str, given: Any) -> dict[str, Any]:
    """Return complete links; one that is null (to be removed) stays null. Raises ArangoError 1203, 10."""
    if not isinstance(given, dict):
        raise bad_view("invalid view: 'links' must be an object")
    found: dict[str, Any] = {}
    for name, link in given.items():
        if link is None:
            found[name] = None
            continue
        if not isinstance(link, dict):
            raise bad_view(f"invalid view: the link to '{name}' must be an object")
        found[backend.collection(database, name).name] = {**_LINK, **link}
    return found


async def complete_arangosearch(
    backend: Backend, database: str, body: dict[str, Any], family: tuple[int, int], before: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the properties of an arangosearch view from a body and what holds where the body says nothing.

    `before` is None for a new view; otherwise what can only be said at creation is ignored.
    """
    properties: dict[str, Any] = {
        **SEGMENTS,
        "consolidationPolicy": TIER_POLICY if family < (4, 0) else TIER_POLICY_4,
        "links": {},
        "optimizeTopK": [],
        "primarySort": [],
        "primarySortCompression": "lz4",
        "storedValues": [],
        **(before or {}),
        **_checked_numbers(body, _CHANGEABLE_NUMBERS),
    }
    if "consolidationPolicy" in body:
        properties["consolidationPolicy"] = _policy(body, family)
    if "links" in body:
        links = {**properties["links"], **_links(backend, database, body["links"])}
        properties["links"] = {name: link for name, link in links.items() if link is not None}
        await check_analyzers(backend, database, properties["links"])
    if before is None:
        properties.update(_checked_numbers(body, _FIXED_NUMBERS))
        for name in _FIXED[len(_FIXED_NUMBERS) :]:
            if name in body:
                properties[name] = _stored_values(body[name]) if name == "storedValues" else body[name]
    return properties


def fixed_properties(view: dict[str, Any]) -> dict[str, Any]:
    """Return what a replacement of an arangosearch view's properties leaves as it is."""
    return {name: view[name] for name in _FIXED if name in view}


def complete_search_alias(
    backend: Backend, database: str, body: dict[str, Any], before: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the properties of a search-alias view. Raises ArangoError 1203, 1212, 10."""
    given = body.get("indexes", [])
    if not isinstance(given, list):
        raise bad_view("invalid view: 'indexes' must be a list")
    found = list(before)
    for item in given:
        if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("collection", "index")):
            raise bad_view("invalid view: each of 'indexes' must be an object with 'collection' and 'index'")
        pair = {"collection": item["collection"], "index": item["index"]}
        operation = item.get("operation", "add")
        if operation == "del":
            found = [other for other in found if other != pair]
            continue
        if operation != "add":
            raise bad_view("invalid view: 'operation' must be add or del")
        info = backend.collection(database, item["collection"])
        index = next((index for index in info.properties.get("indexes", []) if item["index"] in
                      (index["name"], index["id"])), None)  # fmt: skip
        if index is None:
            raise ArangoError(errors.INDEX_NOT_FOUND)
        if index["type"] != "inverted":
            raise bad_view(f"invalid view: index '{item['index']}' is not of type inverted")
        pair["index"] = index["name"]
        if pair not in found:
            found.append(pair)
    return {"indexes": found}
