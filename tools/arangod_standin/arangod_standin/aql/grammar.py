"""The parser of AQL's grammar, made when the first query comes, and its errors in ArangoDB's words.

A packed server carries the parser's tables ready made (`serialized`), which saves most of the 150 ms they take.
"""

from __future__ import annotations

import io
import pkgutil
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedToken

RESOURCE = "aql_parser.bin"
_SNIPPET_LENGTH = 32
_NAMES = {
    "$END": "end of query string", "IDENT": "identifier", "STRING": "quoted string", "INTEGER": "integer number",
    "NUMBER": "number", "BIND": "bind parameter", "SOURCE_BIND": "bind data source parameter", "EQUAL": "assignment",
    "ASC": "ASC keyword", "DESC": "DESC keyword", "IN": "IN keyword", "WITH": "WITH keyword", "INTO": "INTO keyword",
    "AGGREGATE": "AGGREGATE keyword", "GRAPH": "GRAPH keyword", "DISTINCT": "DISTINCT modifier",
    "NULL": "null", "TRUE": "true", "FALSE": "false", "NOT": "not operator", "AND": "and operator",
    "OR": "or operator", "NOT_IN": "not in operator", "MATCHES": "~= operator", "MISMATCHES": "~! operator",
    "EQ": "== operator", "NE": "!= operator", "LT": "< operator", "GT": "> operator", "LE": "<= operator",
    "GE": ">= operator", "LIKE": "like operator", "PLUS": "+ operator", "MINUS": "- operator", "TIMES": "* operator",
    "DIV": "/ operator", "MOD": "% operator", "AT_LEAST": "at least modifier", "ANY_OF": "any modifier",
}  # fmt: skip
for _word in ("OUTBOUND", "INBOUND", "ANY", "ALL", "NONE"):
    _NAMES[_word] = f"{_word.lower()} modifier"
for _word in ("FOR", "LET", "FILTER", "RETURN", "COLLECT", "SORT", "LIMIT", "WINDOW"):
    _NAMES[_word] = f"{_word} declaration"
for _word in ("REMOVE", "INSERT", "UPDATE", "REPLACE", "UPSERT"):
    _NAMES[_word] = f"{_word} command"
for _word in ("SHORTEST_PATH", "K_SHORTEST_PATHS", "K_PATHS", "ALL_SHORTEST_PATHS"):
    _NAMES[_word] = f"{_word} keyword"
_MOST_EXPECTED = 3

_parser: Lark | None = None


def _build() -> Lark:
    from lark import Lark

    from .grammar_text import GRAMMAR

    return Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def serialized() -> bytes:
    """Return the parser's tables for a packed server, to be stored as the resource `RESOURCE` of this package."""
    buffer = io.BytesIO()
    _build().save(buffer)
    return buffer.getvalue()


def parser() -> Lark:
    """Return the parser; the first call loads or builds it."""
    global _parser  # noqa: PLW0603
    if _parser is None:
        try:
            data = pkgutil.get_data(__package__, RESOURCE)
        except OSError:
            data = None
        if data is None:
            _parser = _build()
        else:
            from lark import Lark

            _parser = Lark.load(io.BytesIO(data))
    return _parser


def parse_error(text: str, position: int, what: str, error_num: int = errors.QUERY_PARSE) -> ArangoError:
    """Return a parse error with ArangoDB's wording: what, near which text, at which line and column."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    near = text[position : position + _SNIPPET_LENGTH]
    if position + _SNIPPET_LENGTH < len(text):
        near += "..."
    return ArangoError(error_num, f"{what} near '{near}' at position {line}:{column}")


def parse(text: str) -> Tree[Token]:
    """Return the parse tree of a query. Raises ArangoError 1501, or 1502 for a text without a query."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return parser().parse(text)
    except UnexpectedToken as error:
        position = len(text) if error.token.type == "$END" else int(error.token.start_pos or 0)
        what = _named(error.token.type, str(error.token))
        if error.token.type == "$END" and _is_blank(error):
            raise ArangoError(errors.QUERY_EMPTY) from None
        expected = sorted({_named(name, "") for name in error.accepts or error.expected})
        hint = f", expecting {' or '.join(expected)}" if 0 < len(expected) <= _MOST_EXPECTED else ""
        raise parse_error(text, position, f"syntax error, unexpected {what}{hint}") from None
    except UnexpectedCharacters as error:
        raise _bad_character(text, error.pos_in_stream or 0) from None


def _is_blank(error: UnexpectedToken) -> bool:
    """Say whether nothing was read yet: only at the very beginning both WITH and FOR may come."""
    return {"WITH", "FOR"} <= set(error.expected)


def _named(terminal: str, text: str) -> str:
    if terminal in _NAMES:
        return _NAMES[terminal]
    definition = next((item.pattern.value for item in parser().terminals if item.name == terminal), text)
    return f'"{definition}"' if not definition.isalnum() else definition


def _bad_character(text: str, position: int) -> ArangoError:
    letter = text[position]
    if letter in "\"'":
        return parse_error(text, position, "unexpected end of query string: unterminated string literal")
    if letter in "`´":
        return parse_error(text, position, "unexpected end of query string: unterminated quoted name")
    if text.startswith("/*", position):
        return parse_error(text, position, "unexpected end of query string: unterminated comment")
    return parse_error(text, position, f"syntax error, unexpected character '{letter}'")
