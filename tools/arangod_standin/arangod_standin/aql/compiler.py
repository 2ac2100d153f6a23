"""Expressions to Python closures over a row (a dict of variables).

What needs the database (collections, subqueries, DOCUMENT) cannot run inside a closure, because the coordinator must
ask other servers. Such parts become *hoists*: the executor fills their slot of the row before it calls the closure.
Those that may not be needed (a branch of a condition) or need the CURRENT element raise `Pending` instead: the executor
computes what is missing and calls the closure again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .compiled import PENDING, Compiled, Hoist, Pending
from .folding import Folder
from .operators import (
    COMPARISONS,
    arithmetic,
    constant_set,
    contains,
    flatten,
    get_element,
    matches_quantity,
    merge_spread,
    quantified,
    range_array,
)
from .repeatable import DATABASE_FUNCTIONS
from .values import canonical, compare, to_number, to_text, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ast import Expression, Query
    from .compiled import Evaluate, Row
    from .query_context import QueryContext

_NAMES_A_COLLECTION = frozenset(("DOCUMENT", "COLLECTION_COUNT", "SCHEMA_GET", "NEAR", "WITHIN", "WITHIN_RECTANGLE",
                                 "FULLTEXT", "SHARD_ID"))  # fmt: skip


class Compiler:
    """Compiles the expressions of one query with its bind parameters.

    `plan_subquery` makes what a subquery's hoist carries.
    """

    def __init__(
        self, bind: dict[str, Any], context: QueryContext, plan_subquery: Callable[[Query], Any] | None = None
    ) -> None:
        self.bind = bind
        self.context = context
        self.collections: set[str] = set()
        # raises the error for a collection that does not exist
        self.check_collection: Callable[[str], object] | None = None
        self._plan_subquery = plan_subquery
        self._folder = Folder(bind, self._constant)
        self._slots = 0
        self._hoists: list[Hoist] = []
        self._lazy = False
        self._conditional = 0

    @property
    def rules(self) -> set[str]:
        """The optimizer rules that expressions were simplified by."""
        return self._folder.rules

    def collection_of(self, node: Expression) -> str:
        """Return the collection a name or bind parameter stands for. Raises ArangoError 1553."""
        name = self._folder.fold(node)[1]
        if not isinstance(name, str) or not name:
            raise ArangoError(errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '@{node[1]}' has an invalid type")
        self.collections.add(name)
        return name

    def fold(self, node: Expression) -> Expression:
        """Return an expression with its bind parameters filled in and its constant parts computed."""
        return self._folder.fold(node)

    def compile(self, node: Expression) -> Compiled:
        """Return the compiled form of an expression. Raises ArangoError 1540, 1541, 1551, 1553."""
        outer = self._hoists, self._lazy, self._conditional
        self._hoists, self._lazy, self._conditional = [], False, 0
        try:
            folded = self._folder.fold(node)
            evaluate = self._expression(folded)
            return Compiled(folded, evaluate, self._hoists, self._lazy)
        finally:
            self._hoists, self._lazy, self._conditional = outer

    def _constant(self, node: Expression) -> Any:
        """Compute an expression of literals only."""
        return self._expression(node)({})

    def _expression(self, node: Expression) -> Evaluate:
        handler: Callable[[Expression], Evaluate] = getattr(self, "_" + node[0])
        return handler(node)

    def _branch(self, node: Expression) -> Evaluate:
        """Compile a part that may not be needed."""
        self._conditional += 1
        try:
            return self._expression(node)
        finally:
            self._conditional -= 1

    def _hoist(self, kind: str, argument: Any) -> Evaluate:
        self._slots += 1
        slot = f"${self._slots}"
        hoist = Hoist(slot, kind, argument)
        if not self._conditional:
            self._hoists.append(hoist)
            return lambda row: row[slot]
        self._lazy = True

        def evaluate(row: Row) -> Any:
            key = (slot, canonical(row.get("CURRENT")))
            found = row[PENDING]
            if key not in found:
                raise Pending(key, hoist, row)
            return found[key]

        return evaluate

    # -- leaves ------------------------------------------------------------------------------------------------------
    def _literal(self, node: Expression) -> Evaluate:
        value = node[1]
        return lambda row: value

    def _variable(self, node: Expression) -> Evaluate:
        name = node[1]
        return lambda row: row[name]

    def _collection(self, node: Expression) -> Evaluate:
        return self._hoist("collection", self.collection_of(node))

    def _attribute(self, node: Expression) -> Evaluate:
        name = node[2]
        if node[1][0] == "variable":
            variable = node[1][1]
            return lambda row: value.get(name) if type(value := row[variable]) is dict else None
        base = self._operand(node[1])
        return lambda row: value.get(name) if type(value := base(row)) is dict else None

    def _operand(self, node: Expression) -> Evaluate:
        if node[0] == "collection":
            if self.check_collection is not None:
                self.check_collection(node[1])
            raise ArangoError(errors.QUERY_COLLECTION_USED_IN_EXPRESSION,
                              f"collection '{node[1]}' used as expression operand")  # fmt: skip
        return self._expression(node)

    def _index(self, node: Expression) -> Evaluate:
        base, name = self._operand(node[1]), self._expression(node[2])
        return lambda row: get_element(base(row), name(row))

    def _spread(self, node: Expression) -> Evaluate:
        return self._expression(node[1])

    # -- arrays and objects ------------------------------------------------------------------------------------------
    def _array(self, node: Expression) -> Evaluate:
        if any(item[0] == "spread" for item in node[1]):
            parts = [(item[0] == "spread", self._expression(item)) for item in node[1]]

            def evaluate(row: Row) -> list[Any]:
                result: list[Any] = []
                for is_spread, part in parts:
                    value = part(row)
                    if not is_spread:
                        result.append(value)
                    elif isinstance(value, list):
                        result += value
                return result

            return evaluate
        items = [self._expression(item) for item in node[1]]
        return lambda row: [item(row) for item in items]

    def _object(self, node: Expression) -> Evaluate:
        if all(key is not None and key[0] == "literal" for key, _ in node[1]):
            named = [(to_text(key[1]), self._expression(value)) for key, value in node[1]]
            return lambda row: {name: value(row) for name, value in named}
        members = [
            (self._expression(key) if key is not None else None, self._expression(value)) for key, value in node[1]
        ]

        def evaluate(row: Row) -> dict[str, Any]:
            result: dict[str, Any] = {}
            for key, value in members:
                if key is None:
                    merge_spread(result, value(row))
                else:
                    result[to_text(key(row))] = value(row)
            return result

        return evaluate

    def _range(self, node: Expression) -> Evaluate:
        first, last = self._operand(node[1]), self._operand(node[2])
        return lambda row: range_array(first(row), last(row))

    def _expand(self, node: Expression) -> Evaluate:
        base = self._expression(node[1])
        levels = node[2] - 1
        limits = [self._expression(part) for part in node[4] or ()]
        condition = self._branch(node[3]) if node[3] is not None else None
        projection = self._branch(node[5])

        def evaluate(row: Row) -> list[Any]:
            values = base(row)
            if not isinstance(values, list):
                return []
            inside = dict(row)
            kept = []
            for value in flatten(values, levels):
                inside["CURRENT"] = value
                if condition is None or truth(condition(inside)):
                    kept.append(value)
            if limits:
                offset, count = [int(to_number(limit(row))) for limit in limits]
                kept = kept[max(offset, 0) :][: max(count, 0)]
            result = []
            for value in kept:
                inside["CURRENT"] = value
                result.append(projection(inside))
            return result

        return evaluate

    def _question(self, node: Expression) -> Evaluate:
        base = self._expression(node[1])
        levels = node[2] - 1
        condition = self._branch(node[4]) if node[4] is not None else None
        quantity = least = None
        if isinstance(node[3], tuple):
            least = self._expression(node[3][1] if node[3][0] == "AT LEAST" else node[3])
            quantity = "AT LEAST" if node[3][0] == "AT LEAST" else None
        word = quantity or (node[3] if isinstance(node[3], str) else None)

        def evaluate(row: Row) -> bool:
            values = base(row)
            values = flatten(values, levels) if isinstance(values, list) else []
            amount = least(row) if least is not None else None
            matching = len(values)
            if condition is not None:
                inside = dict(row)
                matching = 0
                for value in values:
                    inside["CURRENT"] = value
                    matching += truth(condition(inside))
            return matches_quantity(word if word is not None else amount, amount, matching, len(values))

        return evaluate

    # -- calls and subqueries ----------------------------------------------------------------------------------------
    def _call(self, node: Expression) -> Evaluate:
        name, arguments = node[1], node[2]
        if name in ("LENGTH", "COUNT") and len(arguments) == 1 and arguments[0][0] == "collection":
            return self._hoist("count", self.collection_of(arguments[0]))
        if name in DATABASE_FUNCTIONS:
            return self._database_call(name, arguments)
        if name in ("CALL", "APPLY"):
            return self._dynamic_call(name, arguments)
        if "::" in name:
            raise ArangoError(errors.QUERY_FUNCTION_NAME_UNKNOWN, f"usage of unknown function '{name}()'")
        function = functions.resolve(name, len(arguments))
        compiled = [self._expression(argument) for argument in arguments]
        call = function.call
        return self._guarded(name, partial(call, self.context) if function.pass_context else call, compiled)

    def _guarded(self, name: str, call: Callable[..., Any], arguments: list[Evaluate]) -> Evaluate:
        """Return the closure of a call; what Python cannot compute is null with a warning."""
        warn = self.context.warn

        def evaluate(row: Row) -> Any:
            values = [argument(row) for argument in arguments]
            try:
                return call(*values)
            except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError):
                warn(
                    errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH,
                    f"invalid argument type in call to function '{name}()'",
                )
                return None

        return evaluate

    def _database_call(self, name: str, arguments: list[Expression]) -> Evaluate:
        least, most = DATABASE_FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise ArangoError(
                errors.QUERY_FUNCTION_ARGUMENT_NUMBER_MISMATCH,
                f"invalid number of arguments for function '{name}()', expected number of arguments: minimum: {least},"
                f" maximum: {most}",
            )
        if name == "V8":
            return self._expression(arguments[0])
        if name in _NAMES_A_COLLECTION and arguments[0][0] == "collection":
            arguments = [("literal", arguments[0][1]), *arguments[1:]]
        # each on its own: what an argument needs of the database is asked for before the call
        return self._hoist("call", (name, [self.compile(argument) for argument in arguments]))

    def _dynamic_call(self, name: str, arguments: list[Expression]) -> Evaluate:
        if not arguments:
            raise ArangoError(errors.QUERY_FUNCTION_ARGUMENT_NUMBER_MISMATCH,
                              f"invalid number of arguments for function '{name}()'")  # fmt: skip
        compiled = [self._expression(argument) for argument in arguments]
        context = self.context

        def evaluate(row: Row) -> Any:
            values = [argument(row) for argument in compiled]
            wanted = to_text(values[0]).upper()
            given = values[1:]
            if name == "APPLY":
                given = given[0] if given and isinstance(given[0], list) else []
            if wanted in DATABASE_FUNCTIONS or wanted in ("CALL", "APPLY"):
                raise ArangoError(errors.QUERY_DISALLOWED_DYNAMIC_CALL, f"disallowed dynamic call to '{wanted}'")
            function = functions.resolve(wanted, len(given))
            return function.call(context, *given) if function.pass_context else function.call(*given)

        return evaluate

    def _subquery(self, node: Expression) -> Evaluate:
        assert self._plan_subquery is not None
        return self._hoist("subquery", self._plan_subquery(node[1]))

    # -- operators ---------------------------------------------------------------------------------------------------
    def _ternary(self, node: Expression) -> Evaluate:
        condition, no = self._expression(node[1]), self._branch(node[3])
        if node[2] is None:
            return lambda row: value if truth(value := condition(row)) else no(row)
        yes = self._branch(node[2])
        return lambda row: yes(row) if truth(condition(row)) else no(row)

    def _unary(self, node: Expression) -> Evaluate:
        operand = self._operand(node[2])
        if node[1] == "NOT":
            return lambda row: not truth(operand(row))
        if node[1] == "-":
            return lambda row: -to_number(operand(row))
        return lambda row: to_number(operand(row))

    def _quantified(self, node: Expression) -> Evaluate:
        operator = node[2]
        left, right = self._operand(node[3]), self._expression(node[4])
        if isinstance(node[1], tuple):
            least = self._expression(node[1][1])
            return lambda row: quantified("AT LEAST", least(row), operator, left(row), right(row))
        quantifier = node[1]
        return lambda row: quantified(quantifier, None, operator, left(row), right(row))

    def _binary(self, node: Expression) -> Evaluate:
        operator = node[1]
        left = self._operand(node[2])
        if operator == "&&":
            right = self._branch(node[3])
            return lambda row: right(row) if truth(value := left(row)) else value
        if operator == "||":
            right = self._branch(node[3])
            return lambda row: value if truth(value := left(row)) else right(row)
        if operator in ("LIKE", "=~", "!~"):
            call = self._call(("call", "LIKE" if operator == "LIKE" else "REGEX_TEST", [node[2], node[3]]))
            return (lambda row: not call(row)) if operator == "!~" else call
        if operator in ("IN", "NOT IN"):
            return self._membership(operator == "IN", left, node[3])
        right = self._operand(node[3])
        if operator == "==":
            return lambda row: compare(left(row), right(row)) == 0
        if operator in COMPARISONS:
            decide = COMPARISONS[operator]
            return lambda row: decide(left(row), right(row))
        warn = self.context.warn
        return lambda row: arithmetic(operator, left(row), right(row), warn)

    def _membership(self, positive: bool, left: Evaluate, node: Expression) -> Evaluate:
        if node[0] == "literal" and isinstance(node[1], list):
            values = constant_set(node[1])
            return lambda row: (canonical(left(row)) in values) is positive
        right = self._expression(node)
        return lambda row: contains(left(row), right(row)) is positive
