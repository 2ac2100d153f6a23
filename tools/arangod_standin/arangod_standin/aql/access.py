"""Which index answers which conditions of a FOR over a collection."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ..backend import IndexRange
from .ast_walk import attribute_path, variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..backend import CollectionInfo
    from .ast import Expression
    from .compiled import Compiled

_FLIPPED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SORTED_TYPES = ("persistent", "hash", "skiplist", "ttl")
_MOST_RANGES = 10_000
_ELEMENTS = "[*]"


def _is_sparse(index: dict[str, Any]) -> bool:
    """Say whether documents may be missing in an index: ttl indexes leave out what never expires."""
    return bool(index.get("sparse")) or index["type"] == "ttl"


class Condition:
    """One comparison of an attribute of the loop's documents with something that does not depend on them."""

    __slots__ = ("node", "operator", "path", "value")

    def __init__(self, path: str, operator: str, value: Expression, node: Expression) -> None:
        self.path = path
        self.operator = operator
        self.value = value
        self.node = node


def conditions_on(variable: str, nodes: list[Expression]) -> list[Condition]:
    """Return the comparisons with attributes of a variable among conditions that must all be true."""
    found = []
    for node in nodes:
        if node[0] != "binary":
            continue
        operator = node[1]
        held = attribute_path(node[3])
        if operator == "IN" and held is not None and held[0] == variable and variable not in variables_of(node[2]):
            # an index over the elements of an array
            found.append(Condition(f"{held[1]}{_ELEMENTS}", "==", node[2], node))
            continue
        for this, other, seen in ((node[2], node[3], operator), (node[3], node[2], _FLIPPED.get(operator))):
            path = attribute_path(this)
            if path is None or path[0] != variable or seen is None or variable in variables_of(other):
                continue
            if seen in _FLIPPED or (seen == "IN" and this is node[2]):
                found.append(Condition(path[1], seen, other, node))
                break
    return found


class Access:
    """An index, the values its first fields must have, and the bounds of the field after them."""

    def __init__(self, index: dict[str, Any]) -> None:
        self.index = index
        self.equal: list[tuple[Condition, Compiled]] = []
        self.lower: tuple[Compiled, bool] | None = None
        self.upper: tuple[Compiled, bool] | None = None
        self.used: list[Expression] = []
        self.for_sort = False
        self.descending = False

    @property
    def is_primary(self) -> bool:
        """True for the look-up of documents by key or id."""
        return bool(self.index["type"] == "primary")

    @property
    def bounds(self) -> int:
        """How many bounds the field after the equal ones has."""
        return (self.lower is not None) + (self.upper is not None)

    @property
    def is_single_range(self) -> bool:
        """True when the look-up gives one stretch of the index, hence in its order."""
        return all(condition.operator == "==" for condition, _ in self.equal)

    @property
    def is_certain(self) -> bool:
        """True when the look-up will not turn out to need a scan instead: a sparse index does when asked for null."""
        if not _is_sparse(self.index):
            return True
        asked = [value for _, value in self.equal] + ([self.lower[0]] if self.lower is not None else [])
        return all(
            part.is_constant and part.node[1] is not None
            and not (isinstance(part.node[1], list) and None in part.node[1])
            for part in asked
        )  # fmt: skip

    @property
    def parts(self) -> list[Compiled]:
        """The expressions whose values `ranges` needs, in its order."""
        found = [value for _, value in self.equal]
        return found + [bound[0] for bound in (self.lower, self.upper) if bound is not None]

    def ranges(self, values: Sequence[Any]) -> list[IndexRange] | None:
        """Return the stretches to look up; None when only a scan gives the right answer (nulls, a sparse index)."""
        choices: list[list[Any]] = []
        for (condition, _), value in zip(self.equal, values, strict=False):
            if condition.operator == "==":
                choices.append([value])
            else:
                choices.append(list(value) if isinstance(value, list) else [])
        lower = upper = None
        rest = list(values[len(self.equal) :])
        if self.lower is not None:
            lower = (rest.pop(0),)
        if self.upper is not None:
            upper = (rest.pop(0),)
        if _is_sparse(self.index) and (
            any(value is None for choice in choices for value in choice) or (lower is not None and lower[0] is None)
        ):
            return None
        ranges: list[IndexRange] = []
        for prefix in itertools.product(*choices):
            if len(ranges) >= _MOST_RANGES:
                return None
            ranges.append(
                IndexRange(
                    list(prefix), lower, upper,
                    lower_included=self.lower is None or self.lower[1],
                    upper_included=self.upper is None or self.upper[1],
                )
            )  # fmt: skip
        return ranges


def indexes_of(info: CollectionInfo) -> list[dict[str, Any]]:
    """Return the indexes of a collection that a query can use."""
    found: list[dict[str, Any]] = [
        {"id": "0", "name": "primary", "type": "primary", "fields": ["_key"], "unique": True, "sparse": False}
    ]
    if info.properties.get("type") == 3:
        found.append({"id": "1", "name": "edge", "type": "edge", "fields": ["_from", "_to"], "unique": False,
                      "sparse": False})  # fmt: skip
    for index in info.properties.get("indexes") or ():
        fields = index.get("fields") or ()
        if index.get("type") in _SORTED_TYPES and all(isinstance(f, str) and _ELEMENTS not in f[:-3] for f in fields):
            found.append(index)
    return found


def _primary(conditions: list[Condition], compile_: Callable[[Expression], Compiled]) -> Access | None:
    for condition in conditions:
        if condition.path in ("_key", "_id") and condition.operator in ("==", "IN"):
            access = Access({"id": "0", "name": "primary", "type": "primary", "fields": [condition.path],
                             "unique": True, "sparse": False})  # fmt: skip
            access.equal = [(condition, compile_(condition.value))]
            access.used = [condition.node]
            return access
    return None


def _edge(conditions: list[Condition], compile_: Callable[[Expression], Compiled]) -> Access | None:
    for condition in conditions:
        if condition.path in ("_from", "_to") and condition.operator in ("==", "IN"):
            access = Access({"id": "1" if condition.path == "_from" else "2", "name": "edge", "type": "edge",
                             "fields": [condition.path], "unique": False, "sparse": False})  # fmt: skip
            access.equal = [(condition, compile_(condition.value))]
            access.used = [condition.node]
            return access
    return None


def _sorted(
    index: dict[str, Any], conditions: list[Condition], compile_: Callable[[Expression], Compiled]
) -> Access | None:
    access = Access(index)
    fields = list(index["fields"])
    by_path: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_path.setdefault(condition.path, []).append(condition)
    while fields:
        equal = next((item for item in by_path.get(fields[0], ()) if item.operator in ("==", "IN")), None)
        if equal is None:
            break
        access.equal.append((equal, compile_(equal.value)))
        if not fields.pop(0).endswith(_ELEMENTS):
            # an array's index has an entry for no array, too, so its condition is checked again
            access.used.append(equal.node)
    for condition in by_path.get(fields[0], ()) if fields else ():
        bound = (compile_(condition.value), condition.operator in ("<=", ">=")) if condition.operator != "IN" else None
        if condition.operator in (">", ">=") and access.lower is None:
            access.lower = bound
            access.used.append(condition.node)
        elif condition.operator in ("<", "<=") and access.upper is None:
            access.upper = bound
            access.used.append(condition.node)
    bounded = len(access.equal) + (access.bounds > 0)
    if _is_sparse(index) and (bounded < len(index["fields"]) or (access.bounds and access.lower is None)):
        # documents without a value are not in the index, but could belong to the answer
        return None
    return access if bounded else None


def choose_access(
    info: CollectionInfo, conditions: list[Condition], compile_: Callable[[Expression], Compiled], hint: dict[str, Any]
) -> Access | None:
    """Return the best index for some conditions, None when a scan is needed; `hint` are the loop's OPTIONS."""
    if hint.get("disableIndex"):
        return None
    names = hint.get("indexHint")
    hinted = [names] if isinstance(names, str) else list(names or ()) if isinstance(names, list) else []
    candidates: list[tuple[Any, Access]] = []
    for order, index in enumerate(indexes_of(info)):
        if index["type"] == "primary":
            access = _primary(conditions, compile_)
        elif index["type"] == "edge":
            access = _edge(conditions, compile_)
        else:
            access = _sorted(index, conditions, compile_)
        if access is None:
            continue
        wanted = hinted.index(index["name"]) if index.get("name") in hinted else len(hinted)
        unique = index.get("unique") and len(access.equal) == len(access.index["fields"])
        candidates.append(((wanted, not unique, -len(access.equal), -access.bounds, order), access))
    return min(candidates, key=lambda item: item[0])[1] if candidates else None


def access_for_sort(info: CollectionInfo, variable: str, keys: list[tuple[Expression, bool]]) -> Access | None:
    """Return an index that has a collection's documents in the order of SORT keys."""
    for index in indexes_of(info):
        if index["type"] in ("primary", "edge") or _is_sparse(index):
            continue
        access = Access(index)
        if sorts(access, variable, keys):
            access.for_sort = True
            return access
    return None


def sorts(access: Access, variable: str, keys: list[tuple[Expression, bool]]) -> bool:
    """Say whether a look-up gives its documents in the order of SORT keys, and note the direction."""
    if access.index["type"] in ("primary", "edge") or not access.is_single_range or not keys:
        return False
    if any(_ELEMENTS in field for field in access.index["fields"]):
        # a document has several entries
        return False
    fields = list(access.index["fields"])
    fixed = set(fields[: len(access.equal)])
    fields = fields[len(access.equal) :]
    directions = set()
    for node, ascending in keys:
        path = attribute_path(node)
        if path is None or path[0] != variable:
            return False
        if path[1] in fixed:
            continue
        if not fields or fields.pop(0) != path[1]:
            return False
        directions.add(ascending)
    if len(directions) > 1:
        return False
    access.descending = directions == {False}
    return True
