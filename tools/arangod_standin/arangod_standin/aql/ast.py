"""The syntax tree: expressions are tuples tagged by kind, clauses are small classes.

Expression kinds: ``("literal", value)``, ``("variable", name)``, ``("collection", name)``, ``("bind", name)``,
``("collection-bind", name)``, ``("attribute", base, name)``, ``("bound-attribute", base, bind name)``,
``("index", base, expression)``, ``("expand", base, levels, filter, limit, projection)`` with the element as variable
CURRENT, ``("question", base, levels, quantity, filter)``, ``("call", NAME, arguments)``, ``("array", items)``,
``("object", [(key expression, value)])``, ``("spread", expression)`` as an item or as a member with the key None,
``("unary", op, e)``, ``("binary", op, a, b)``, ``("quantified", quantifier, op, a, b)``, ``("ternary", c, a, b)`` (a is
None for ``c ?: b``), ``("range", a, b)``, ``("subquery", Query)``. A quantifier is ALL, ANY, NONE or
``("AT LEAST", expression)``.
"""

from __future__ import annotations

from typing import Any

Expression = tuple[Any, ...]
Aggregate = tuple[str, str, list[Expression]]


class Clause:
    """Base of all clauses."""

    __slots__ = ()


class For(Clause):
    """FOR variable IN source [SEARCH search] [OPTIONS options]."""

    __slots__ = ("options", "search", "source", "variable")

    def __init__(self, variable: str, source: Expression) -> None:
        self.variable = variable
        self.source = source
        self.search: Expression | None = None
        self.options: Expression | None = None


class Traversal(Clause):
    """FOR over a graph: a traversal or a path search, told apart by `kind` (see `traversal_spec`).

    `variables` are the one to three it makes; `depth` is the expression before the direction; `edges` are directions
    (None: the general one) and collections of an anonymous graph, `graph` the name of a named one.
    """

    __slots__ = (
        "depth", "direction", "edges", "graph", "kind", "options", "prune", "prune_variable", "start", "target",
        "variables",
    )  # fmt: skip

    def __init__(self, kind: str, variables: list[str], direction: str, start: Expression) -> None:
        self.kind = kind
        self.variables = variables
        self.direction = direction
        self.start = start
        self.target: Expression | None = None
        self.depth: Expression | None = None
        self.graph: Expression | None = None
        self.edges: list[tuple[str | None, Expression]] = []
        self.prune: Expression | None = None
        self.prune_variable: str | None = None
        self.options: Expression | None = None


class Filter(Clause):
    """FILTER condition."""

    __slots__ = ("condition",)

    def __init__(self, condition: Expression) -> None:
        self.condition = condition


class Let(Clause):
    """LET variable = value."""

    __slots__ = ("value", "variable")

    def __init__(self, variable: str, value: Expression) -> None:
        self.variable = variable
        self.value = value


class Sort(Clause):
    """SORT by keys; each key is an expression and its direction: True to ascend, or an expression that says so."""

    __slots__ = ("keys",)

    def __init__(self, keys: list[tuple[Expression, bool | Expression]]) -> None:
        self.keys = keys


class Limit(Clause):
    """LIMIT offset, count."""

    __slots__ = ("count", "offset")

    def __init__(self, offset: Expression, count: Expression) -> None:
        self.offset = offset
        self.count = count


class Collect(Clause):
    """COLLECT; `known` are the variables INTO gathers, `outer` those that outlive the clause."""

    __slots__ = ("aggregates", "count_into", "groups", "into", "into_expression", "keep", "known", "options", "outer")

    def __init__(self) -> None:
        self.groups: list[tuple[str, Expression]] = []
        self.aggregates: list[Aggregate] = []
        self.into: str | None = None
        self.into_expression: Expression | None = None
        self.keep: list[str] | None = None
        self.count_into: str | None = None
        self.options: Expression | None = None
        self.known: list[str] = []
        self.outer: list[str] = []


class Window(Clause):
    """WINDOW [range value WITH] {preceding, following} AGGREGATE ..."""

    __slots__ = ("aggregates", "bounds", "range_value")

    def __init__(self, range_value: Expression | None, bounds: Expression, aggregates: list[Aggregate]) -> None:
        self.range_value = range_value
        self.bounds = bounds
        self.aggregates = aggregates


class Return(Clause):
    """RETURN [DISTINCT] value."""

    __slots__ = ("distinct", "value")

    def __init__(self, value: Expression, distinct: bool) -> None:
        self.value = value
        self.distinct = distinct


class Modify(Clause):
    """INSERT, UPDATE, REPLACE or REMOVE on a collection; `key` is the first operand of ``key WITH patch``."""

    __slots__ = ("collection", "document", "key", "kind", "options")

    def __init__(self, kind: str, key: Expression | None, document: Expression | None, collection: Expression) -> None:
        self.kind = kind
        self.key = key
        self.document = document
        self.collection = collection
        self.options: Expression | None = None


class Upsert(Clause):
    """UPSERT search INSERT document UPDATE|REPLACE change INTO collection.

    With FILTER instead of an example, `condition` speaks of ``$CURRENT`` and `search` is None. `kind` is update or
    replace.
    """

    __slots__ = ("change", "collection", "condition", "document", "kind", "options", "search")

    def __init__(self, kind: str, document: Expression, change: Expression, collection: Expression) -> None:
        self.kind = kind
        self.search: Expression | None = None
        self.condition: Expression | None = None
        self.document = document
        self.change = change
        self.collection = collection
        self.options: Expression | None = None


class Query:
    """A query or subquery: its clauses in order."""

    __slots__ = ("clauses",)

    def __init__(self) -> None:
        self.clauses: list[Clause] = []

    @property
    def modifies(self) -> bool:
        """True when the query itself (not one of its subqueries) writes."""
        return any(isinstance(clause, (Modify, Upsert)) for clause in self.clauses)
