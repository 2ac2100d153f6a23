"""What can be known of an expression before the query runs: bind parameters, constant parts, ORs that are an IN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .ast_walk import attribute_path, map_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ast import Expression

_FOLDED = frozenset(("binary", "unary", "ternary", "array", "object", "index", "attribute", "quantified", "spread"))
_NEVER_FOLDED = frozenset(("FAIL", "ASSERT", "WARN", "NOOPT", "NOEVAL", "CALL", "APPLY", "RAND", "SLEEP"))


def _is_literal(node: Any) -> bool:
    return node is None or node[0] == "literal"


class Folder:
    """Folds expressions; `compute` gives the value of one that is made of literals only."""

    def __init__(self, bind: dict[str, Any], compute: Callable[[Expression], Any]) -> None:
        self._bind = bind
        self._compute = compute
        self.rules: set[str] = set()

    def fold(self, node: Expression) -> Expression:
        """Return the folded expression. Raises ArangoError 1551, 1553."""
        kind = node[0]
        if kind in ("literal", "variable", "collection", "subquery"):
            return node
        if kind == "bind":
            return ("literal", self._value(node[1]))
        if kind == "collection-bind":
            return self._collection(node[1])
        if kind == "bound-attribute":
            return self._bound_attribute(node)
        node = map_parts(node, self.fold)
        if kind == "binary" and node[1] == "||":
            node = self._as_membership(node)
        if self._is_foldable(node):
            return ("literal", self._compute(node))
        if kind == "ternary" and _is_literal(node[1]) and node[2] is not None:
            from .values import truth

            chosen: Expression = node[2] if truth(node[1][1]) else node[3]
            return chosen
        return node

    def _value(self, name: str) -> Any:
        if name not in self._bind:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_MISSING, f"no value specified for declared bind parameter '{name}'"
            )
        return self._bind[name]

    def _collection(self, name: str) -> Expression:
        value = self._value("@" + name)
        if not isinstance(value, str) or not value:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '@{name}' has an invalid value or type"
            )
        return ("collection", value)

    def _bound_attribute(self, node: Expression) -> Expression:
        """Return ``base.@name``: the value is a name or an array of names, a path."""
        result = self.fold(node[1])
        value = self._value(node[2])
        for name in value if isinstance(value, list) else [value]:
            if not isinstance(name, str):
                raise ArangoError(
                    errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '{node[2]}' has an invalid value or type"
                )
            result = ("attribute", result, name)
        return result

    def _is_foldable(self, node: Expression) -> bool:
        kind = node[0]
        if kind == "call":
            name = node[1]
            if name in _NEVER_FOLDED or not all(item[0] == "literal" for item in node[2]):
                return False
            function = functions.find(name)
            return (
                function is not None and function.deterministic and len(node[2]) >= function.minimum
                and (function.maximum is None or len(node[2]) <= function.maximum)
            )  # fmt: skip
        if kind not in _FOLDED or kind == "spread":
            return False
        if kind == "array":
            return all(item[0] == "literal" for item in node[1])
        if kind == "object":
            return all(key is not None and key[0] == "literal" and value[0] == "literal" for key, value in node[1])
        if kind == "quantified" and isinstance(node[1], tuple):
            return False
        return all(_is_literal(part) for part in node[1:] if isinstance(part, tuple) or part is None)

    def _as_membership(self, node: Expression) -> Expression:
        """Turn ``d.x == 1 || d.x == 2`` into ``d.x IN [1, 2]``."""
        left, right = _alternatives(node[2]), _alternatives(node[3])
        if left is None or right is None or left[0] != right[0]:
            return node
        self.rules.add("replace-or-with-in")
        return ("binary", "IN", left[0], ("literal", left[1] + right[1]))


def _alternatives(node: Expression) -> tuple[Expression, list[Any]] | None:
    """Return the attribute and the values of an equality or membership with constants."""
    if node[0] != "binary":
        return None
    if node[1] == "IN" and node[3][0] == "literal" and isinstance(node[3][1], list) and attribute_path(node[2]):
        return node[2], node[3][1]
    if node[1] != "==":
        return None
    for this, other in ((node[2], node[3]), (node[3], node[2])):
        if other[0] == "literal" and attribute_path(this):
            return this, [other[1]]
    return None
