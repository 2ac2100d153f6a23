"""The syntax tree: expressions are tuples tagged by kind, clauses are small classes.

Expression kinds: ``("literal", value)``, ``("name", text)``, ``("bind", name)``, ``("collection-bind", name)``,
``("attribute", base, name)``, ``("index", base, expression)``, ``("expand", base, filter, limit, projection)``,
``("call", NAME, arguments)``, ``("array", items)``, ``("object", [(key expression, value)])``, ``("unary", op, e)``,
``("binary", op, a, b)``, ``("quantified", quantifier, op, a, b)``, ``("ternary", c, a, b)``, ``("range", a, b)``,
``("subquery", Query)``.
"""

from __future__ import annotations

from typing import Any

Expression = tuple[Any, ...]


class Clause:
    """Base of all clauses."""

    __slots__ = ()


class For(Clause):
    """FOR variable IN source."""

    __slots__ = ("source", "variable")

    def __init__(self, variable: str, source: Expression) -> None:
        self.variable = variable
        self.source = source


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
    """SORT by keys; each key is an expression and whether it ascends."""

    __slots__ = ("keys",)

    def __init__(self, keys: list[tuple[Expression, bool]]) -> None:
        self.keys = keys


class Limit(Clause):
    """LIMIT offset, count."""

    __slots__ = ("count", "offset")

    def __init__(self, offset: Expression, count: Expression) -> None:
        self.offset = offset
        self.count = count


class Collect(Clause):
    """COLLECT groups, aggregates, INTO, WITH COUNT INTO; `known` are the variables INTO gathers."""

    __slots__ = ("aggregates", "count_into", "groups", "into", "into_expression", "known")

    def __init__(self) -> None:
        self.groups: list[tuple[str, Expression]] = []
        self.aggregates: list[tuple[str, str, Expression]] = []
        self.into: str | None = None
        self.into_expression: Expression | None = None
        self.count_into: str | None = None
        self.known: list[str] = []


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


class Query:
    """A query or subquery: its clauses in order."""

    __slots__ = ("clauses",)

    def __init__(self) -> None:
        self.clauses: list[Clause] = []

    @property
    def modifies(self) -> bool:
        """True when the query writes."""
        return any(isinstance(clause, Modify) for clause in self.clauses)
