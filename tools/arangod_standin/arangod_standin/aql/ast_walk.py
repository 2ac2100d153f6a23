"""Walking over syntax trees: the parts of an expression, and which variables and collections it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ast import Clause, Collect, Modify, Query, Traversal, Upsert, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .ast import Expression

# Kinds whose plain expressions stand at these positions.
_PARTS: dict[str, tuple[int, ...]] = {
    "attribute": (1,), "bound-attribute": (1,), "index": (1, 2), "expand": (1, 3, 5), "question": (1, 4),
    "spread": (1,), "unary": (2,), "binary": (2, 3), "quantified": (3, 4), "ternary": (1, 2, 3), "range": (1, 2),
}  # fmt: skip


def map_parts(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with each of its direct parts changed; subqueries are left as they are."""
    kind = node[0]
    if kind in ("call", "array"):
        items = [change(item) for item in node[-1]]
        return (*node[:-1], items)
    if kind == "object":
        return ("object", [(change(key) if key is not None else None, change(value)) for key, value in node[1]])
    positions = _PARTS.get(kind)
    if positions is None:
        return node
    parts = list(node)
    for position in positions:
        if parts[position] is not None:
            parts[position] = change(parts[position])
    if kind == "expand" and parts[4] is not None:
        parts[4] = tuple(change(part) for part in parts[4])
    if kind == "quantified" and isinstance(parts[1], tuple):
        parts[1] = (parts[1][0], change(parts[1][1]))
    if kind == "question" and isinstance(parts[3], tuple):
        parts[3] = (parts[3][0], change(parts[3][1])) if parts[3][0] == "AT LEAST" else change(parts[3])
    return tuple(parts)


def walk(thing: Any) -> Iterator[Expression]:
    """Yield all expressions in an expression, clause or query, those of subqueries too."""
    if isinstance(thing, tuple):
        if thing and isinstance(thing[0], str):
            yield thing
        if thing and thing[0] == "literal":
            return
        for part in thing:
            yield from walk(part)
    elif isinstance(thing, list):
        for part in thing:
            yield from walk(part)
    elif isinstance(thing, Query):
        yield from walk(thing.clauses)
    elif isinstance(thing, (Collect, Window)):
        # names stand beside expressions here, and a name is no expression
        yield from walk([arguments for _, _, arguments in thing.aggregates])
        if isinstance(thing, Collect):
            yield from walk([value for _, value in thing.groups])
            yield from walk([thing.into_expression, thing.options])
        else:
            yield from walk([thing.range_value, thing.bounds])
    elif isinstance(thing, Clause):
        names: tuple[str, ...] = type(thing).__slots__
        for name in names:
            yield from walk(getattr(thing, name))


def variables_of(thing: Any) -> set[str]:
    """Return the variables an expression, clause or query mentions (also those that its own subqueries make)."""
    return {node[1] for node in walk(thing) if node[0] == "variable" and len(node) == 2}


def queries_of(thing: Any) -> Iterator[Query]:
    """Yield a query's subqueries at all depths, and the query itself first."""
    if isinstance(thing, Query):
        yield thing
        thing = thing.clauses
    for node in walk(thing):
        if node[0] == "subquery" and len(node) == 2:
            yield node[1]


def modifications_of(query: Query) -> list[Modify | Upsert]:
    """Return the data modifications of a query and its subqueries."""
    return [
        clause for part in queries_of(query) for clause in part.clauses if isinstance(clause, (Modify, Upsert))
    ]  # fmt: skip


def traversals_of(query: Query) -> list[Traversal]:
    """Return the traversals and path searches of a query and its subqueries."""
    return [clause for part in queries_of(query) for clause in part.clauses if isinstance(clause, Traversal)]


def attribute_path(node: Expression) -> tuple[str, str] | None:
    """Return the variable and the dotted path of an expression like ``d.a.b``, None for any other."""
    names: list[str] = []
    while node[0] == "attribute":
        names.append(node[2])
        node = node[1]
    if node[0] != "variable" or not names:
        return None
    return node[1], ".".join(reversed(names))


def conjuncts(condition: Expression) -> list[Expression]:
    """Return the parts of a condition that must all be true."""
    if condition[0] == "binary" and condition[1] == "&&":
        return conjuncts(condition[2]) + conjuncts(condition[3])
    return [condition]
