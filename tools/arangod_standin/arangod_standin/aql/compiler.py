"""Expressions to Python closures over a row (a dict of variables).

What needs the database (collections, subqueries, DOCUMENT) cannot run inside a closure, because the coordinator must
ask other servers. Such parts become *hoists*: the executor fills their slot of the row before it calls the closure.
"""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .functions.patterns import like_pattern
from .values import compare, finite, to_number, to_text, truth

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .ast import Expression, Query

    Row = dict[str, Any]
    Evaluate = Callable[[Row], Any]

_ORDER: dict[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


class Hoist:
    """A part of an expression that the executor computes: `kind` is collection, count, subquery or document."""

    __slots__ = ("argument", "kind", "slot")

    def __init__(self, slot: str, kind: str, argument: Any) -> None:
        self.slot = slot
        self.kind = kind
        self.argument = argument


class Compiled:
    """A compiled expression: its closure and what must be hoisted first."""

    __slots__ = ("evaluate", "hoists")

    def __init__(self, evaluate: Evaluate, hoists: list[Hoist]) -> None:
        self.evaluate = evaluate
        self.hoists = hoists


def contains(needle: Any, values: Any) -> bool:
    """Return AQL's IN."""
    return isinstance(values, list) and any(compare(needle, value) == 0 for value in values)


def get_attribute(value: Any, name: Any) -> Any:
    """Return an attribute or element; null where there is none."""
    if isinstance(value, dict):
        return value.get(name if isinstance(name, str) else to_text(name))
    if isinstance(value, list) and isinstance(name, (int, float)) and not isinstance(name, bool):
        index = int(name)
        return value[index] if -len(value) <= index < len(value) else None
    return None


class Compiler:
    """Compiles the expressions of one query with its bind parameters."""

    def __init__(self, bind: dict[str, Any]) -> None:
        self.bind = bind
        self.warnings: list[dict[str, Any]] = []
        self.collections: set[str] = set()
        self.now_ms = int(time.time() * 1000)
        self._slots = 0

    @property
    def random(self) -> random.Random:
        """The query's source of randomness."""
        import random

        return random.Random()

    def warn(self, number: int, message: str | None = None) -> None:
        """Add a warning to the query's result, once per text."""
        warning = {"code": number, "message": message or errors.message_of(number)}
        if warning not in self.warnings:
            self.warnings.append(warning)

    def collection_of(self, node: Expression) -> str:
        """Return the collection a name or bind parameter stands for. Raises ArangoError 1553."""
        name = node[1]
        if node[0] in ("collection-bind", "bind"):
            name = self.bind.get("@" + node[1] if node[0] == "collection-bind" else node[1])
        if not isinstance(name, str) or not name:
            raise ArangoError(errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '@{node[1]}' has an invalid type")
        self.collections.add(name)
        return name

    def compile(self, node: Expression, scope: set[str]) -> Compiled:
        """Return the compiled form of an expression; `scope` holds the variables a row has here."""
        hoists: list[Hoist] = []
        return Compiled(self._expression(node, scope, hoists), hoists)

    def _hoist(self, hoists: list[Hoist], kind: str, argument: Any) -> Evaluate:
        self._slots += 1
        slot = f"${self._slots}"
        hoists.append(Hoist(slot, kind, argument))
        return lambda row: row[slot]

    def _expression(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        handler = getattr(self, "_" + node[0].replace("-", "_"))
        compiled: Evaluate = handler(node, scope, hoists)
        return compiled

    def _literal(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        value = node[1]
        return lambda row: value

    def _bind(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        value = self.bind[node[1]]
        return lambda row: value

    def _name(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        name = node[1]
        if name in scope:
            return lambda row: row[name]
        return self._hoist(hoists, "collection", self.collection_of(node))

    def _collection_bind(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        return self._hoist(hoists, "collection", self.collection_of(node))

    def _attribute(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        base, name = self._expression(node[1], scope, hoists), node[2]

        def evaluate(row: Row) -> Any:
            value = base(row)
            return value.get(name) if isinstance(value, dict) else None

        return evaluate

    def _index(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        base, name = self._expression(node[1], scope, hoists), self._expression(node[2], scope, hoists)
        return lambda row: get_attribute(base(row), name(row))

    def _expand(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        inner = scope | {"CURRENT"}
        count = len(hoists)
        base = self._expression(node[1], scope, hoists)
        condition = self._expression(node[2], inner, hoists) if node[2] is not None else None
        limit = self._expression(node[3], scope, hoists) if node[3] is not None else None
        projection = self._expression(node[4], inner, hoists)
        if any(hoist.kind != "collection" for hoist in hoists[count:]) and node[1][0] != "subquery":
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: subqueries inside [*] are not implemented")

        def evaluate(row: Row) -> list[Any]:
            values = base(row)
            inside = dict(row)
            result: list[Any] = []
            most = to_number(limit(row)) if limit is not None else None
            for value in values if isinstance(values, list) else []:
                if most is not None and len(result) >= most:
                    break
                inside["CURRENT"] = value
                if condition is None or truth(condition(inside)):
                    result.append(projection(inside))
            return result

        return evaluate

    def _call(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        name, arguments = node[1], node[2]
        is_collection = arguments and arguments[0][0] in ("name", "collection-bind") and arguments[0][1] not in scope
        if name in ("LENGTH", "COUNT") and len(arguments) == 1 and is_collection:
            return self._hoist(hoists, "count", self.collection_of(arguments[0]))
        if name == "DOCUMENT" and 1 <= len(arguments) <= 2:
            if arguments[0][0] == "name" and is_collection:
                arguments = [("literal", arguments[0][1]), arguments[1]]
            return self._hoist(hoists, "document", [self._expression(item, scope, hoists) for item in arguments])
        if name == "SLEEP" and len(arguments) == 1:
            return self._hoist(hoists, "sleep", self._expression(arguments[0], scope, hoists))
        function = functions.resolve(name, len(arguments))
        implementation = partial(function.call, self) if function.pass_context else function.call
        compiled = [self._expression(argument, scope, hoists) for argument in arguments]

        def evaluate(row: Row) -> Any:
            try:
                return implementation(*[argument(row) for argument in compiled])
            except (TypeError, ValueError, OverflowError, ZeroDivisionError):
                self.warn(
                    errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH,
                    f"invalid argument type in call to function '{name}()'",
                )
                return None

        return evaluate

    def _array(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        items = [self._expression(item, scope, hoists) for item in node[1]]
        return lambda row: [item(row) for item in items]

    def _object(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        members = [
            (self._expression(key, scope, hoists), self._expression(value, scope, hoists)) for key, value in node[1]
        ]
        return lambda row: {to_text(key(row)): value(row) for key, value in members}

    def _range(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        first, last = self._expression(node[1], scope, hoists), self._expression(node[2], scope, hoists)

        def evaluate(row: Row) -> list[int]:
            start, stop = int(to_number(first(row))), int(to_number(last(row)))
            step = 1 if start <= stop else -1
            return list(range(start, stop + step, step))

        return evaluate

    def _ternary(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        condition, yes, no = (self._expression(part, scope, hoists) for part in node[1:])
        return lambda row: yes(row) if truth(condition(row)) else no(row)

    def _subquery(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        from .plan import plan_query

        query: Query = node[1]
        return self._hoist(hoists, "subquery", plan_query(query, self, set(scope)))

    def _unary(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        operand = self._expression(node[2], scope, hoists)
        if node[1] == "NOT":
            return lambda row: not truth(operand(row))
        if node[1] == "-":
            return lambda row: -to_number(operand(row))
        return lambda row: to_number(operand(row))

    def _quantified(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        quantifier, operator = node[1], node[2]
        left, right = self._expression(node[3], scope, hoists), self._expression(node[4], scope, hoists)

        def matches(value: Any, other: Any) -> bool:
            if operator in ("IN", "NOT IN"):
                return contains(value, other) == (operator == "IN")
            decided: bool = _ORDER[operator](compare(value, other))
            return decided

        def evaluate(row: Row) -> bool:
            values, other = left(row), right(row)
            found = [matches(value, other) for value in (values if isinstance(values, list) else [])]
            return {"ALL": all(found), "ANY": any(found), "NONE": not any(found)}[quantifier]

        return evaluate

    def _binary(self, node: Expression, scope: set[str], hoists: list[Hoist]) -> Evaluate:
        operator = node[1]
        left, right = self._expression(node[2], scope, hoists), self._expression(node[3], scope, hoists)
        if operator == "&&":
            return lambda row: right(row) if truth(value := left(row)) else value
        if operator == "||":
            return lambda row: value if truth(value := left(row)) else right(row)
        if operator in _ORDER:
            decide = _ORDER[operator]
            return lambda row: decide(compare(left(row), right(row)))
        if operator == "IN":
            return lambda row: contains(left(row), right(row))
        if operator in ("LIKE", "=~", "!~"):
            return self._text_match(operator, left, right)
        return self._arithmetic(operator, left, right)

    @staticmethod
    def _text_match(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
        if operator == "LIKE":
            return lambda row: like_pattern(to_text(right(row)), insensitive=False).fullmatch(
                to_text(left(row))
            ) is not None  # fmt: skip
        negated = operator == "!~"

        def evaluate(row: Row) -> bool:
            try:
                found = re.search(to_text(right(row)), to_text(left(row))) is not None
            except re.error as error:
                raise ArangoError(1543, f"invalid regular expression: {error}") from None
            return found != negated

        return evaluate

    def _arithmetic(self, operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(row: Row) -> Any:
            first, second = to_number(left(row)), to_number(right(row))
            try:
                if operator == "+":
                    return finite(first + second)
                if operator == "-":
                    return finite(first - second)
                if operator == "*":
                    return finite(first * second)
                if second == 0:
                    self.warn(errors.QUERY_DIVISION_BY_ZERO, "division by zero")
                    return None
                if operator == "/":
                    quotient = first / second
                    return int(quotient) if quotient.is_integer() and abs(quotient) < 2**53 else finite(quotient)
                return finite(first - second * int(first / second))
            except OverflowError:
                return None

        return evaluate
