"""Parse trees of expressions to `ast` expressions: operators by precedence, names to variables or collections."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .grammar import parse_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import Token, Tree

    from .ast import Expression, Query

    Node = Tree[Token] | Token

# terminal -> (name in the syntax tree, how tightly it binds); all operators group to the left
_OPERATORS = {
    "OR": ("||", 1), "AND": ("&&", 2), "EQ": ("==", 5), "NE": ("!=", 5), "LIKE": ("LIKE", 5), "MATCHES": ("=~", 5),
    "MISMATCHES": ("!~", 5), "IN": ("IN", 6), "NOT_IN": ("NOT IN", 6), "LT": ("<", 7), "LE": ("<=", 7),
    "GT": (">", 7), "GE": (">=", 7), "RANGE": ("..", 8), "PLUS": ("+", 9), "MINUS": ("-", 9), "TIMES": ("*", 10),
    "DIV": ("/", 10), "MOD": ("%", 10),
}  # fmt: skip
_QUANTIFIED_BINDS = 3
_NEGATED_BINDS = 6
_HIGHEST_INTEGER = 2**63
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})?|.)", re.DOTALL)
CURRENT = "CURRENT"


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] == "u" and len(escape) > 1:
        return str(json.loads(f'"\\{escape}"'))
    return _ESCAPES.get(escape, escape)


def unquote(text: str) -> str:
    """Return the content of a quoted string or name; any other name as it is."""
    if text[0] in "\"'`´":
        body = text[1:-1]
        return _ESCAPED.sub(_unescaped, body) if "\\" in body else body
    return str(text)


def tree_of(node: Node) -> Tree[Token]:
    """Return a node that is known to be a tree."""
    assert not isinstance(node, str)
    return node


class ExpressionBuilder:
    """Builds expressions; `scopes` are the sets of variables visible here, innermost last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.scopes: list[set[str]] = []
        self.bind_names: set[str] = set()
        self._current_depth = 0

    def subquery(self, tree: Tree[Token]) -> Query:
        """Build a subquery; given by `StatementBuilder`."""
        raise NotImplementedError

    def visible(self, name: str) -> bool:
        """Say whether a variable of this name can be used here."""
        return any(name in scope for scope in self.scopes)

    def error(self, token: Node, what: str, error_num: int = errors.QUERY_PARSE) -> ArangoError:
        """Return an error at the place of a token."""
        return parse_error(self.text, self._position(token), what, error_num)

    def _position(self, node: Node) -> int:
        while not isinstance(node, str):
            if not node.children:
                return 0
            node = node.children[0]
        return int(getattr(node, "start_pos", 0) or 0)

    # -- tokens ------------------------------------------------------------------------------------------------------
    def expression(self, node: Node) -> Expression:
        """Return the expression of a parse tree."""
        if isinstance(node, str):
            return self._token(node)
        build: Callable[[Any], Expression] = getattr(self, "_build_" + node.data)
        return build(node.children)

    def _token(self, token: Token) -> Expression:
        kind = token.type
        if kind == "IDENT":
            return self._name(token)
        if kind == "STRING":
            return ("literal", unquote(token))
        if kind == "INTEGER":
            value = int(token, 0)
            return ("literal", value if value < _HIGHEST_INTEGER else float(value))
        if kind == "NUMBER":
            number = float(token)
            if not math.isfinite(number):
                raise ArangoError(errors.QUERY_NUMBER_OUT_OF_RANGE, f"number out of range: {token}")
            return ("literal", number)
        if kind in ("BIND", "SOURCE_BIND"):
            return self.bind(token)
        return ("literal", {"NULL": None, "TRUE": True, "FALSE": False}[kind])

    def bind(self, token: Token) -> Expression:
        """Note a bind parameter and return it."""
        name = str(token)[1:]
        self.bind_names.add(name)
        return ("collection-bind", name[1:]) if name[0] == "@" else ("bind", name)

    def _name(self, token: Token) -> Expression:
        name = unquote(token)
        if self.visible(name):
            return ("variable", name)
        if name in (CURRENT, "$CURRENT") and self.visible(CURRENT):
            return ("variable", CURRENT)
        if name in ("$OLD", "$NEW") and self.visible(name[1:]):
            return ("variable", name[1:])
        return ("collection", name)

    # -- operators ---------------------------------------------------------------------------------------------------
    def _build_chain(self, children: list[Node]) -> Expression:
        """Order a flat chain of operands and operators by precedence."""
        operands = [self.expression(children[0])]
        operators: list[tuple[int, Any]] = []

        def reduce_to(binds: int) -> None:
            while operators and operators[-1][0] >= binds:
                join = operators.pop()[1]
                right = operands.pop()
                operands[-1] = join(operands[-1], right)

        for position in range(1, len(children), 2):
            left_binds, right_binds, join = self._operator(children[position])
            reduce_to(left_binds)
            operators.append((right_binds, join))
            operands.append(self.expression(children[position + 1]))
        reduce_to(0)
        return _balanced(operands[0])

    def _operator(self, node: Node) -> tuple[int, int, Callable[[Expression, Expression], Expression]]:
        """Return how tightly an operator binds to its left, to its right, and what it makes of two operands."""
        if isinstance(node, str):
            name, binds = _OPERATORS[node.type]
            if name == "..":
                return binds, binds, lambda left, right: ("range", left, right)
            return binds, binds, lambda left, right: ("binary", name, left, right)
        if node.data == "negated":
            assert isinstance(node.children[1], str)
            name, binds = _OPERATORS[node.children[1].type]
            return _NEGATED_BINDS, binds, lambda left, right: ("unary", "NOT", ("binary", name, left, right))
        quantifier = self._quantifier(node.children[0])
        assert isinstance(node.children[1], str)
        name, binds = _OPERATORS[node.children[1].type]
        return _QUANTIFIED_BINDS, binds, lambda left, right: ("quantified", quantifier, name, left, right)

    def _quantifier(self, node: Node) -> Any:
        children = tree_of(node).children
        assert isinstance(children[0], str)
        if children[0].type == "AT_LEAST":
            return ("AT LEAST", self.expression(children[1]))
        return {"ANY_OF": "ANY"}.get(children[0].type, children[0].type)

    def _build_unary(self, children: list[Node]) -> Expression:
        assert isinstance(children[0], str)
        operator = {"MINUS": "-", "PLUS": "+", "NOT": "NOT"}[children[0].type]
        operand = self.expression(children[1])
        if operator == "-" and operand[0] == "literal" and type(operand[1]) in (int, float):
            return ("literal", -operand[1])
        return ("unary", operator, operand)

    def _build_ternary(self, children: list[Node]) -> Expression:
        return ("ternary", *[self.expression(child) for child in children])

    def _build_short_ternary(self, children: list[Node]) -> Expression:
        return ("ternary", self.expression(children[0]), None, self.expression(children[-1]))

    # -- references --------------------------------------------------------------------------------------------------
    def _build_parenthesis(self, children: list[Node]) -> Expression:
        return self._argument(children[0])

    def _argument(self, node: Node) -> Expression:
        if not isinstance(node, str) and node.data == "query":
            return ("subquery", self.subquery(node))
        return self.expression(node)

    def _build_call(self, children: list[Node]) -> Expression:
        name = "::".join(unquote(str(part)) for part in tree_of(children[0]).children)
        return ("call", name.upper(), [self._argument(child) for child in children[1:]])

    def _build_reference(self, children: list[Node]) -> Expression:
        return self._accessed(self.expression(children[0]), [tree_of(child) for child in children[1:]])

    def _accessed(self, base: Expression, accessors: list[Tree[Token]]) -> Expression:
        """Apply accessors to a base; what follows ``[*]`` applies to every element, as in ArangoDB."""
        for position, accessor in enumerate(accessors):
            children = accessor.children
            if accessor.data == "attribute":
                token = children[0]
                assert isinstance(token, str)
                if token.type == "IDENT":
                    base = ("attribute", base, unquote(token))
                else:
                    base = ("bound-attribute", base, self.bind(token)[1])
            elif accessor.data == "element":
                base = ("index", base, self.expression(children[0]))
            elif accessor.data == "expansion":
                return self._expansion(base, accessor, accessors[position + 1 :])
            else:
                base = self._question(base, accessor)
        return base

    def _expansion(self, base: Expression, accessor: Tree[Token], rest: list[Tree[Token]]) -> Expression:
        stars, condition, limit, projection = [tree_of(child) for child in accessor.children]
        # [**] and more work on the finished result of this expansion, so they end it
        stop = next((n for n, item in enumerate(rest) if _levels(item) > 1), len(rest))
        self.scopes.append({CURRENT})
        filter_ = self.expression(condition.children[-1]) if condition.children else None
        limits = [self.expression(child) for child in limit.children if not _is_word(child)]
        if len(limits) == 1:
            limits.insert(0, ("literal", 0))
        tail = self._accessed(("variable", CURRENT), rest[:stop])
        result = self.expression(projection.children[-1]) if projection.children else tail
        self.scopes.pop()
        expanded = ("expand", base, len(stars.children), filter_, tuple(limits) or None, result)
        return self._accessed(expanded, rest[stop:])

    def _question(self, base: Expression, accessor: Tree[Token]) -> Expression:
        marks, condition = [tree_of(child) for child in accessor.children]
        quantity: Any = None
        filter_ = None
        if condition.children:
            self.scopes.append({CURRENT})
            filter_ = self.expression(condition.children[-1])
            self.scopes.pop()
            first = condition.children[0]
            if not isinstance(first, str) and first.data == "quantity":
                amount = first.children[0]
                is_word = not isinstance(amount, str) and amount.data == "quantifier"
                quantity = self._quantifier(amount) if is_word else self.expression(amount)
        return ("question", base, len(marks.children), quantity, filter_)

    # -- arrays and objects ------------------------------------------------------------------------------------------
    def _build_array(self, children: list[Node]) -> Expression:
        return ("array", [self.expression(child) for child in children])

    def _build_spread(self, children: list[Node]) -> Expression:
        return ("spread", self.expression(children[0]))

    def _build_object(self, children: list[Node]) -> Expression:
        members: list[tuple[Expression | None, Expression]] = []
        for child in children:
            member = tree_of(child)
            first = member.children[0]
            if member.data == "spread":
                members.append((None, self.expression(first)))
            elif member.data == "computed_member":
                members.append((self.expression(first), self.expression(member.children[1])))
            elif member.data == "short_member":
                name = unquote(str(first))
                if not self.visible(name):
                    raise self.error(
                        first, f"use of unknown variable '{name}' in object literal", errors.QUERY_VARIABLE_NAME_UNKNOWN
                    )
                members.append((("literal", name), ("variable", name)))
            else:
                assert isinstance(first, str)
                key = self.bind(first) if first.type == "BIND" else ("literal", unquote(first))
                members.append((key, self.expression(member.children[1])))
        return ("object", members)


def _balanced(node: Expression) -> Expression:
    """Return a long chain of ORs or ANDs as a tree that is not deep: both are associative."""
    if node[0] != "binary" or node[1] not in ("||", "&&"):
        return node
    operator = node[1]
    parts: list[Expression] = []
    while node[0] == "binary" and node[1] == operator:
        parts.append(node[3])
        node = node[2]
    parts.append(node)
    parts = [_balanced(part) for part in reversed(parts)]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        rest = [parts[-1]] if len(parts) % 2 else []
        parts = [*[("binary", operator, left, right) for left, right in pairs], *rest]
    return parts[0]


def _levels(accessor: Tree[Token]) -> int:
    return len(tree_of(accessor.children[0]).children) if accessor.data in ("expansion", "array_question") else 0


def _is_word(node: Node) -> bool:
    return isinstance(node, str) and node.type == "LIMIT"
