"""Expressions of computed values: AQL's ``RETURN <expression>`` about ``@doc``, compiled to a function."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Callable

    # From a document to the value and the warnings of its computation.
    Expression = Callable[[dict[str, Any]], tuple[Any, list[dict[str, Any]]]]

_VARIABLE = "doc"


def _bad(message: str) -> ArangoError:
    return ArangoError(errors.BAD_PARAMETER, f"invalid computed value expression: {message}")


def _with_variable(node: Any) -> Any:
    """Return the tree of an expression with the bind parameter ``@doc`` replaced by a variable."""
    if isinstance(node, tuple):
        if node[:1] == ("bind",):
            if node[1] != _VARIABLE:
                raise _bad(f"bind parameter '@{node[1]}' is unknown, only '@doc' is there")
            return ("variable", _VARIABLE)
        if node[:1] == ("bound-attribute",):
            raise _bad(f"bind parameter '@{node[2]}' is unknown, only '@doc' is there")
        if node[:1] in (("subquery",), ("collection",), ("collection-bind",)):
            raise _bad("collections and subqueries are not allowed")
        return tuple(_with_variable(part) for part in node)
    if isinstance(node, list):
        return [_with_variable(part) for part in node]
    return node


def compile_expression(text: str) -> Expression:
    """Return the function of an expression. Raises ArangoError 1501 (no AQL), 10 (more than one expression).

    Nothing that needs other documents is allowed: no collection, no subquery, no DOCUMENT().
    """
    # imported here, since most servers never compute a value
    from ..aql.ast import Return
    from ..aql.compiler import Compiler
    from ..aql.parser import parse_query
    from ..aql.query_context import QueryContext

    class DocumentContext(QueryContext):
        """A context that outlives one evaluation: the time is that of each use."""

        @property
        def now_ms(self) -> int:
            return time.time_ns() // 1_000_000

    clauses = parse_query(text).query.clauses
    if len(clauses) != 1 or not isinstance(clauses[0], Return) or clauses[0].distinct:
        raise _bad("expected 'RETURN <expression>' and nothing else")
    context = DocumentContext({})
    compiler = Compiler({}, context)
    compiled = compiler.compile(_with_variable(clauses[0].value))
    if not compiled.is_plain or compiler.collections:
        raise _bad("functions that read documents are not allowed")
    constant = list(context.warnings)

    def evaluate(document: dict[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
        context.warnings.clear()
        value = compiled.evaluate({_VARIABLE: document})
        return value, constant + context.warnings

    return evaluate
