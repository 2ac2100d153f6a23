"""Syntax trees as JSON, in the form in which ``/_api/query`` and explained plans show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ast import (
    Clause,
    Collect,
    Filter,
    For,
    Let,
    Limit,
    Modify,
    Query,
    Return,
    Sort,
    Traversal,
    Upsert,
    Window,
)

if TYPE_CHECKING:
    from .ast import Expression

    Node = dict[str, Any]

_COMPARISONS = {"IN": "compare in", "NOT IN": "compare not in"}
_LOGICAL = {"&&": "logical and", "||": "logical or"}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "division", "%": "modulus"}
_UNARY = {"NOT": "unary not", "-": "unary minus", "+": "unary plus"}
_TYPES = {type(None): ("null", 0), bool: ("bool", 1), int: ("int", 2), float: ("double", 3), str: ("string", 4)}
_MODIFY = {"insert": "insert", "update": "update", "replace": "replace", "remove": "remove"}


def _node(kind: str, /, *subnodes: Node | None, **members: Any) -> Node:
    shown: Node = {"type": kind, **members}
    parts = [part for part in subnodes if part is not None]
    if parts:
        shown["subNodes"] = parts
    return shown


def show_value(value: Any) -> Node:
    """Return a constant as JSON of a syntax tree."""
    if isinstance(value, list):
        return _node("array", *map(show_value, value))
    if isinstance(value, dict):
        return _node(
            "object", *[_node("object element", show_value(item), name=name) for name, item in value.items()]
        )  # fmt: skip
    name, number = _TYPES[type(value)]
    return {"type": "value", "value": value, "vType": name, "vTypeID": number}


def show_expression(node: Expression) -> Node:
    """Return an expression as JSON."""
    kind = node[0]
    if kind == "literal":
        return show_value(node[1])
    if kind in ("variable", "collection"):
        return {"type": "reference" if kind == "variable" else "collection", "name": node[1]}
    if kind in ("bind", "collection-bind"):
        return {"type": "parameter" if kind == "bind" else "datasource parameter",
                "name": node[1] if kind == "bind" else "@" + node[1]}  # fmt: skip
    if kind == "attribute":
        return _node("attribute access", show_expression(node[1]), name=node[2])
    if kind == "bound-attribute":
        return _node("bound attribute access", show_expression(node[1]), {"type": "parameter", "name": node[2]})
    if kind == "call":
        return _node("function call", _node("array", *map(show_expression, node[2])), name=node[1])
    if kind == "object":
        return _node("object", *[_show_member(key, value) for key, value in node[1]])
    if kind == "array":
        return _node("array", *map(show_expression, node[1]))
    if kind == "subquery":
        return show_query(node[1], "subquery")
    return _show_operation(node)


def _show_member(key: Expression | None, value: Expression) -> Node:
    if key is None:
        return _node("spread", show_expression(value))
    if key[0] == "literal":
        return _node("object element", show_expression(value), name=str(key[1]))
    return _node("calculated object element", show_expression(key), show_expression(value))


def _show_operation(node: Expression) -> Node:
    kind = node[0]
    if kind == "binary":
        operator = node[1]
        name = _COMPARISONS.get(operator) or _LOGICAL.get(operator) or _ARITHMETIC.get(operator)
        return _node(name or f"compare {operator}", show_expression(node[2]), show_expression(node[3]))
    if kind == "unary":
        return _node(_UNARY[node[1]], show_expression(node[2]))
    if kind == "ternary":
        return _node("ternary", *[show_expression(part) for part in node[1:] if part is not None])
    if kind == "quantified":
        quantifier = node[1] if isinstance(node[1], str) else "AT LEAST"
        return _node(f"array compare {node[2].lower()}", show_expression(node[3]), show_expression(node[4]),
                     {"type": "quantifier", "quantifier": quantifier.lower()})  # fmt: skip
    if kind == "index":
        return _node("indexed access", show_expression(node[1]), show_expression(node[2]))
    if kind == "range":
        return _node("range", show_expression(node[1]), show_expression(node[2]))
    if kind == "expand":
        filter_ = _node("array filter", show_expression(node[3])) if node[3] is not None else None
        limit = _node("array limit", *map(show_expression, node[4])) if node[4] is not None else None
        return _node("expansion", show_expression(node[1]), filter_, limit, show_expression(node[5]), levels=node[2])
    if kind == "question":
        filter_ = _node("array filter", show_expression(node[4])) if node[4] is not None else None
        return _node("boolean expansion", show_expression(node[1]), filter_, levels=node[2])
    return _node(kind, show_expression(node[1]))


def _variable(name: str) -> Node:
    return {"type": "variable", "name": name}


def _show_clause(clause: Clause) -> Node:
    if isinstance(clause, For):
        return _node("for", _variable(clause.variable), show_expression(clause.source))
    if isinstance(clause, Traversal):
        return _show_traversal(clause)
    if isinstance(clause, Filter):
        return _node("filter", show_expression(clause.condition))
    if isinstance(clause, Let):
        return _node("let", _variable(clause.variable), show_expression(clause.value))
    if isinstance(clause, Sort):
        keys = [_node("sort element", show_expression(node)) for node, _ in clause.keys]
        return _node("sort", _node("array", *keys))
    if isinstance(clause, Limit):
        return _node("limit", show_expression(clause.offset), show_expression(clause.count))
    if isinstance(clause, Collect):
        return _show_collect(clause)
    if isinstance(clause, Window):
        return _node("window", show_expression(clause.bounds))
    if isinstance(clause, Modify):
        parts = [show_expression(part) for part in (clause.document, clause.key) if part is not None]
        return _node(_MODIFY[clause.kind], show_expression(clause.collection), *parts)
    if isinstance(clause, Upsert):
        parts = [show_expression(part) for part in (clause.search, clause.condition) if part is not None]
        return _node("upsert", show_expression(clause.collection), *parts, show_expression(clause.document),
                     show_expression(clause.change))  # fmt: skip
    assert isinstance(clause, Return)
    value = show_expression(clause.value)
    return _node("return", _node("distinct", value) if clause.distinct else value)


def _show_traversal(clause: Traversal) -> Node:
    name = "traversal" if clause.kind == "traversal" else "shortest path" if clause.kind == "shortest" else "k paths"
    ends = [show_expression(part) for part in (clause.start, clause.target) if part is not None]
    graph = show_expression(clause.graph) if clause.graph is not None else None
    edges = [show_expression(node) for _, node in clause.edges]
    return _node(name, *map(_variable, clause.variables), {"type": "direction", "name": clause.direction.lower()},
                 *ends, graph, *edges)  # fmt: skip


def _show_collect(clause: Collect) -> Node:
    groups = [_node("assign", _variable(name), show_expression(value)) for name, value in clause.groups]
    aggregates = [
        _node("assign", _variable(name), _node("function call", _node("array", *map(show_expression, arguments)),
                                               name=function))
        for name, function, arguments in clause.aggregates
    ]  # fmt: skip
    into = _variable(clause.into or clause.count_into or "") if clause.into or clause.count_into else None
    return _node("collect", _node("array", *groups), _node("array", *aggregates), into)


def show_query(query: Query, name: str = "root") -> Node:
    """Return a query as JSON."""
    return _node(name, *map(_show_clause, query.clauses))
