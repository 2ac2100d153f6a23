"""AQL's expressions: a Pratt parser over the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from .lexer import Token, parse_error, tokenize

if TYPE_CHECKING:
    from .ast import Expression, Query

# operator -> how tightly it binds (AQL's table of precedence)
_BINARY = {
    "||": 2, "OR": 2, "&&": 3, "AND": 3, "==": 5, "!=": 5, "LIKE": 6, "=~": 6, "!~": 6, "IN": 6, "NOT": 6,
    "ALL": 5, "ANY": 5, "NONE": 5, "<": 7, "<=": 7, ">": 7, ">=": 7, "..": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
_TERNARY = 1
_NOT = 4
_UNARY = 11
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT")


class ExpressionParser:
    """The token cursor and the expression grammar; `Parser` adds the clauses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.scope: set[str] = set()
        self.bind_names: set[str] = set()

    def query(self, *, top: bool = False) -> Query:
        """Parse a subquery; given by `Parser`."""
        raise NotImplementedError

    # -- cursor ------------------------------------------------------------------------------------------------------
    @property
    def token(self) -> Token:
        """The current token."""
        return self.tokens[self.position]

    def peek(self) -> Token:
        """Return the token after the current one."""
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Return the current token and step over it."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def unexpected(self, what: str = "") -> ArangoError:
        """Return the parse error for the current token."""
        token = self.token
        found = "unexpected end of query string" if token.kind == "end" else f"unexpected {token.kind}"
        return parse_error(self.text, token.position, what or found)

    def is_keyword(self, word: str) -> bool:
        """Say whether the current token is this keyword."""
        return self.token.kind == "keyword" and self.token.value == word

    def is_name(self, word: str) -> bool:
        """Say whether the current token is a name with this spelling in any case (soft keywords)."""
        return self.token.kind == "name" and str(self.token.value).upper() == word

    def is_operator(self, text: str) -> bool:
        """Say whether the current token is this operator."""
        return self.token.kind == "operator" and self.token.value == text

    def skip_keyword(self, word: str) -> bool:
        """Step over the keyword if it is there."""
        if self.is_keyword(word):
            self.advance()
            return True
        return False

    def skip_operator(self, text: str) -> bool:
        """Step over the operator if it is there."""
        if self.is_operator(text):
            self.advance()
            return True
        return False

    def expect_keyword(self, word: str) -> None:
        """Step over the keyword. Raises ArangoError 1501 when it is not there."""
        if not self.skip_keyword(word):
            raise self.unexpected()

    def expect_operator(self, text: str) -> None:
        """Step over the operator. Raises ArangoError 1501 when it is not there."""
        if not self.skip_operator(text):
            raise self.unexpected()

    def expect_name(self, word: str) -> None:
        """Step over a soft keyword. Raises ArangoError 1501 when it is not there."""
        if not self.is_name(word):
            raise self.unexpected()
        self.advance()

    def name(self, what: str) -> str:
        """Step over a name and return it. Raises ArangoError 1501."""
        if self.token.kind != "name":
            raise self.unexpected(f"unexpected {self.token.kind}, expecting {what}")
        return str(self.advance().value)

    def collection_name(self) -> Expression:
        """Step over a collection: a name or ``@@bind``."""
        if self.token.kind == "bind":
            name = str(self.advance().value)
            self.bind_names.add(name[1:])
            return ("collection-bind", name[2:]) if name.startswith("@@") else ("bind", name[1:])
        if self.token.kind == "string":
            return ("name", str(self.advance().value))
        return ("name", self.name("collection name"))

    # -- expressions -------------------------------------------------------------------------------------------------
    def expression(self, minimum: int = 0, *, stop_at_in: bool = False) -> Expression:
        """Parse an expression; with `stop_at_in` a top-level IN ends it, as in ``REMOVE x IN collection``."""
        left = self._prefix()
        while True:
            token = self.token
            if token.kind not in ("operator", "keyword"):
                return left
            word = str(token.value)
            if word == "?":
                if minimum > _TERNARY:
                    return left
                left = self._ternary(left)
                continue
            binding = _BINARY.get(word)
            if binding is None or binding <= minimum or (stop_at_in and word == "IN"):
                return left
            if word == "NOT" and self.peek().value not in ("IN", "LIKE"):
                return left
            left = self._infix(left, word, binding)

    def _ternary(self, condition: Expression) -> Expression:
        self.advance()
        if self.skip_operator(":"):
            return ("ternary", condition, condition, self.expression(_TERNARY))
        yes = self.expression(_TERNARY)
        self.expect_operator(":")
        return ("ternary", condition, yes, self.expression())

    def _infix(self, left: Expression, word: str, binding: int) -> Expression:
        self.advance()
        if word in ("ALL", "ANY", "NONE"):
            comparison = str(self.advance().value)
            if comparison not in _COMPARISONS:
                raise self.unexpected()
            if comparison == "NOT":
                self.expect_keyword("IN")
                comparison = "NOT IN"
            return ("quantified", word, comparison, left, self.expression(binding))
        if word == "NOT":
            inner = str(self.advance().value)
            return ("unary", "NOT", ("binary", inner, left, self.expression(binding)))
        if word == "..":
            return ("range", left, self.expression(binding))
        word = {"OR": "||", "AND": "&&"}.get(word, word)
        return ("binary", word, left, self.expression(binding))

    def _prefix(self) -> Expression:
        token = self.token
        if token.kind == "operator" and token.value in ("-", "+", "!"):
            self.advance()
            operand = self.expression(_UNARY)
            if token.value == "-" and operand[0] == "literal" and isinstance(operand[1], (int, float)):
                return ("literal", -operand[1])
            return ("unary", "NOT" if token.value == "!" else str(token.value), operand)
        if token.kind == "keyword" and token.value == "NOT":
            self.advance()
            return ("unary", "NOT", self.expression(_NOT))
        return self._postfix(self._primary())

    def _primary(self) -> Expression:
        token = self.advance()
        if token.kind in ("number", "string"):
            return ("literal", token.value)
        if token.kind == "keyword" and token.value in ("TRUE", "FALSE", "NULL"):
            return ("literal", {"TRUE": True, "FALSE": False, "NULL": None}[str(token.value)])
        if token.kind == "bind":
            name = str(token.value)
            self.bind_names.add(name[1:])
            return ("collection-bind", name[2:]) if name.startswith("@@") else ("bind", name[1:])
        if token.kind == "name" or (token.kind == "keyword" and self.is_operator("(")):
            return self._name_or_call(str(token.value))
        if token.kind == "operator" and token.value == "(":
            return self._parenthesis()
        if token.kind == "operator" and token.value == "[":
            return ("array", self._items("]"))
        if token.kind == "operator" and token.value == "{":
            return self._object()
        if token.kind != "end":
            self.position -= 1
        raise self.unexpected()

    def _name_or_call(self, name: str) -> Expression:
        while self.is_operator("::"):
            self.advance()
            name += "::" + self.name("function name")
        if self.skip_operator("("):
            return ("call", name.upper(), self._items(")"))
        return ("name", name)

    def _parenthesis(self) -> Expression:
        if self.token.kind == "keyword" and self.token.value in (
            "FOR", "LET", "RETURN", "INSERT", "UPDATE", "REPLACE", "REMOVE", "WITH", "FILTER", "UPSERT",
        ):  # fmt: skip
            expression: Expression = ("subquery", self.query())
        else:
            expression = self.expression()
        self.expect_operator(")")
        return expression

    def _items(self, end: str) -> list[Expression]:
        items: list[Expression] = []
        while not self.skip_operator(end):
            if self.token.kind == "keyword" and self.token.value in ("FOR", "RETURN", "LET") and end == ")":
                items.append(("subquery", self.query()))
            else:
                items.append(self.expression())
            if not self.skip_operator(","):
                self.expect_operator(end)
                break
        return items

    def _object(self) -> Expression:
        members: list[tuple[Expression, Expression]] = []
        while not self.skip_operator("}"):
            token = self.advance()
            if token.kind == "operator" and token.value == "[":
                key = self.expression()
                self.expect_operator("]")
            elif token.kind in ("name", "string", "keyword"):
                key = ("literal", token.value if token.kind != "keyword" else self.text[token.position :][
                    : len(str(token.value))])  # fmt: skip
            elif token.kind == "bind":
                self.bind_names.add(str(token.value)[1:])
                key = ("bind", str(token.value)[1:])
            else:
                self.position -= 1
                raise self.unexpected()
            if self.skip_operator(":"):
                members.append((key, self.expression()))
            elif token.kind == "name":
                members.append((key, ("name", token.value)))
            else:
                raise self.unexpected()
            if not self.skip_operator(","):
                self.expect_operator("}")
                break
        return ("object", members)

    def _postfix(self, base: Expression) -> Expression:
        while True:
            if self.skip_operator(".") or self.skip_operator("?."):
                token = self.advance()
                if token.kind == "bind":
                    self.bind_names.add(str(token.value)[1:])
                    base = ("index", base, ("bind", str(token.value)[1:]))
                elif token.kind in ("name", "keyword"):
                    text = str(token.value)
                    if token.kind == "keyword":
                        text = self.text[token.position : token.position + len(text)]
                    base = ("attribute", base, text)
                else:
                    self.position -= 1
                    raise self.unexpected()
            elif self.is_operator("["):
                self.advance()
                if self.is_operator("*"):
                    return self._expansion(base)
                base = ("index", base, self.expression())
                self.expect_operator("]")
            else:
                return base

    def _expansion(self, base: Expression) -> Expression:
        depth = 0
        while self.skip_operator("*"):
            depth += 1
        if depth > 1:
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: [**] is not implemented")
        self.scope.add("CURRENT")
        condition = self.expression() if self.skip_keyword("FILTER") else None
        limit = self.expression() if self.skip_keyword("LIMIT") else None
        projection = self.expression() if self.skip_keyword("RETURN") else None
        self.expect_operator("]")
        tail = self._postfix(("name", "CURRENT"))
        if projection is None:
            projection = tail
        return ("expand", base, condition, limit, projection)
