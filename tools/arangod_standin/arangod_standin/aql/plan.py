"""A parsed query to a plan: compiled clauses in order, with the few shortcuts that matter.

Shortcuts: ``FILTER d._key == constant`` right after ``FOR d IN collection`` becomes a look-up, ``LIMIT`` right after it
limits the scan, and ``COLLECT WITH COUNT INTO`` right after it becomes a count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .ast import Collect, Filter, For, Let, Limit, Modify, Query, Return, Sort

if TYPE_CHECKING:
    from .ast import Clause, Expression
    from .compiler import Compiled, Compiler


class Step:
    """One compiled clause; `parts` hold what its kind needs."""

    __slots__ = ("clause", "collection", "key", "limit", "only_count", "parts", "uses_new", "uses_old", "variable")

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.variable = ""
        self.collection: str | None = None
        self.key: Compiled | None = None
        self.limit: tuple[Compiled, Compiled] | None = None
        self.only_count = False
        self.parts: list[Compiled] = []
        self.uses_old = False
        self.uses_new = False


def _constant(node: Expression, scope: set[str]) -> bool:
    """Say whether an expression depends neither on a collection nor on the loop variable just declared."""
    return (
        node[0] in ("literal", "bind")
        or (node[0] == "attribute" and _constant(node[1], scope))
        or (node[0] == "name" and node[1] in scope)
    )


def _key_lookup(condition: Expression, variable: str, scope: set[str]) -> Expression | None:
    if condition[0] != "binary":
        return None
    if condition[1] == "&&":
        return _key_lookup(condition[2], variable, scope) or _key_lookup(condition[3], variable, scope)
    if condition[1] != "==":
        return None
    key = ("attribute", ("name", variable), "_key")
    for this, other in ((condition[2], condition[3]), (condition[3], condition[2])):
        if this == key and _constant(other, scope):
            found: Expression = other
            return found
    return None


def _plan_for(clause: For, following: list[Clause], compiler: Compiler, scope: set[str]) -> Step:
    step = Step(clause)
    step.variable = clause.variable
    source = clause.source
    if source[0] == "collection-bind" or (source[0] == "name" and source[1] not in scope):
        step.collection = compiler.collection_of(source)
        after = following[0] if following else None
        if isinstance(after, Filter):
            key = _key_lookup(after.condition, clause.variable, scope)
            step.key = compiler.compile(key, scope) if key is not None else None
        elif isinstance(after, Limit):
            step.limit = (compiler.compile(after.offset, scope), compiler.compile(after.count, scope))
        elif isinstance(after, Collect) and after.count_into and not after.groups and not after.aggregates:
            step.only_count = True
    else:
        step.parts = [compiler.compile(source, scope)]
    scope.add(clause.variable)
    return step


def _plan_collect(clause: Collect, compiler: Compiler, scope: set[str]) -> Step:
    step = Step(clause)
    step.parts = [compiler.compile(node, scope) for _, node in clause.groups]
    step.parts += [compiler.compile(node, scope) for _, _, node in clause.aggregates]
    if clause.into_expression is not None:
        step.parts.append(compiler.compile(clause.into_expression, scope))
    scope -= set(clause.known)
    scope |= {name for name, _ in clause.groups} | {name for name, _, _ in clause.aggregates}
    scope |= {name for name in (clause.into, clause.count_into) if name}
    return step


def _plan_modify(clause: Modify, following: list[Clause], compiler: Compiler, scope: set[str]) -> Step:
    step = Step(clause)
    step.collection = compiler.collection_of(clause.collection)
    nodes = [clause.key or ("literal", None), clause.document or ("literal", None), clause.options or ("object", [])]
    step.parts = [compiler.compile(node, scope) for node in nodes]
    step.uses_old = any(_mentions(later, "OLD") for later in following)
    step.uses_new = any(_mentions(later, "NEW") for later in following)
    scope |= {"OLD", "NEW"}
    return step


def _mentions(node: Any, name: str) -> bool:
    """Say whether a name occurs anywhere in a clause or expression."""
    if isinstance(node, tuple) and len(node) == 2 and node[0] == "name":
        return bool(node[1] == name)
    if isinstance(node, (tuple, list)):
        return any(_mentions(part, name) for part in node)
    if isinstance(node, Query):
        return any(_mentions(clause, name) for clause in node.clauses)
    slots = getattr(type(node), "__slots__", ())
    return any(_mentions(getattr(node, slot), name) for slot in slots)


def plan_query(query: Query, compiler: Compiler, scope: set[str]) -> list[Step]:
    """Return the steps of a query. Raises ArangoError for unknown functions and bad bind parameters."""
    steps = []
    for position, clause in enumerate(query.clauses):
        following = query.clauses[position + 1 :]
        if isinstance(clause, For):
            step = _plan_for(clause, following, compiler, scope)
        elif isinstance(clause, Let):
            step = Step(clause)
            step.variable = clause.variable
            step.parts = [compiler.compile(clause.value, scope)]
            scope.add(clause.variable)
        elif isinstance(clause, Filter):
            step = Step(clause)
            step.parts = [compiler.compile(clause.condition, scope)]
        elif isinstance(clause, Sort):
            step = Step(clause)
            step.parts = [compiler.compile(node, scope) for node, _ in clause.keys]
        elif isinstance(clause, Limit):
            step = Step(clause)
            step.parts = [compiler.compile(clause.offset, scope), compiler.compile(clause.count, scope)]
        elif isinstance(clause, Collect):
            step = _plan_collect(clause, compiler, scope)
        elif isinstance(clause, Modify):
            step = _plan_modify(clause, following, compiler, scope)
        elif isinstance(clause, Return):
            step = Step(clause)
            step.parts = [compiler.compile(clause.value, scope)]
        else:
            raise ArangoError(errors.NOT_IMPLEMENTED)
        steps.append(step)
    return steps
