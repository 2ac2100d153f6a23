"""Geo conditions on attributes with a geo index that stores latitude before longitude.

GEO_CONTAINS and its like read a pair of numbers as longitude and latitude. Where ArangoDB answers such a condition by
a geo index without ``geoJson``, the index decides: it takes its attribute as latitude and longitude. The stand-in
looks at all documents, and gives the same results by turning the pair round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from .ast import Expression

_FUNCTIONS = frozenset(("GEO_CONTAINS", "GEO_DISTANCE", "GEO_INTERSECTS"))


def as_indexed(info: CollectionInfo, variable: str, condition: Expression) -> Expression:
    """Return a condition on `variable`'s documents as the collection's geo indexes would answer it."""
    pairs: dict[Expression, Expression] = {}
    for index in info.properties.get("indexes") or ():
        if index.get("type") != "geo":
            continue
        attributes = [_attribute(variable, field) for field in index["fields"]]
        if len(attributes) == 2:
            pairs["array", tuple(attributes)] = ("array", attributes[::-1])
        elif not index.get("geoJson"):
            place = attributes[0]
            pairs[place] = ("ternary", ("call", "IS_ARRAY", [place]), ("call", "REVERSE", [place]), place)
    found: Expression = _turned(condition, pairs) if pairs else condition
    return found


def _attribute(variable: str, field: str) -> Expression:
    node: Expression = ("variable", variable)
    for part in field.split("."):
        node = ("attribute", node, part)
    return node


def _turned(node: Any, pairs: dict[Expression, Expression]) -> Any:
    if isinstance(node, list):
        items = [_turned(item, pairs) for item in node]
        return node if all(new is old for new, old in zip(items, node, strict=True)) else items
    if not isinstance(node, tuple) or (node and node[0] in ("literal", "subquery")):
        return node
    if node and node[0] == "call" and node[1] in _FUNCTIONS:
        return ("call", node[1], [pairs.get(_frozen(argument), argument) for argument in node[2]])
    turned = tuple(_turned(item, pairs) for item in node)
    # what did not change keeps its identity, by which the planner knows the conditions an index answers
    return node if all(new is old for new, old in zip(turned, node, strict=True)) else turned


def _frozen(node: Expression) -> Any:
    """Return an argument in a form that can be looked up; None for what is no place."""
    if node and node[0] == "array" and all(item[0] == "attribute" and _is_path(item) for item in node[1]):
        return "array", tuple(node[1])
    return node if node and node[0] == "attribute" and _is_path(node) else None


def _is_path(node: Any) -> bool:
    while node[0] == "attribute":
        node = node[1]
    return bool(node[0] == "variable")
