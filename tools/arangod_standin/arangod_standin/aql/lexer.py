"""AQL text to tokens."""

from __future__ import annotations

import json
import re

from .. import errors
from ..errors import ArangoError

_KEYWORDS = (
    "AGGREGATE ALL ALL_SHORTEST_PATHS AND ANY ASC COLLECT DESC DISTINCT FALSE FILTER FOR GRAPH IN INBOUND INSERT INTO"
    " K_PATHS K_SHORTEST_PATHS LET LIKE LIMIT NONE NOT NULL OR OUTBOUND REMOVE REPLACE RETURN SHORTEST_PATH SORT TRUE"
    " UPDATE UPSERT WINDOW WITH"
)
KEYWORDS = frozenset(_KEYWORDS.split())
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<number>(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?:0|[1-9][0-9]*)(?:\.(?!\.)[0-9]+)?(?:[eE][-+]?[0-9]+)?))
  | (?P<bind>@@?[A-Za-z0-9_]+)
  | (?P<name>[A-Za-z_$][A-Za-z0-9_]*)
  | (?P<quoted>`(?:\\.|[^`\\])*`|´(?:\\.|[^´\\])*´)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<operator>\.\.|==|!=|<=|>=|=~|!~|&&|\|\||::|\?\.|[-+*/%<>!?:=.,;(){}\[\]])
""",
    re.VERBOSE | re.DOTALL,
)


class Token:
    """One token: `kind` is keyword, name, number, string, bind, operator or end."""

    __slots__ = ("kind", "position", "value")

    def __init__(self, kind: str, value: object, position: int) -> None:
        self.kind = kind
        self.value = value
        self.position = position


def parse_error(text: str, position: int, what: str) -> ArangoError:
    """Return a parse error with ArangoDB's wording: what, near which text, at which line and column."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    near = text[position : position + 30] or "end of query string"
    return ArangoError(errors.QUERY_PARSE, f"syntax error, {what} near '{near}' at position {line}:{column}")


def _unescape(body: str) -> str:
    def replace(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] == "u" and len(escape) == 5:
            return str(json.loads(f'"\\{escape}"'))
        return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(escape, escape)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", replace, body, flags=re.DOTALL)


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    if text[:2].lower() == "0b":
        return int(text[2:], 2)
    return float(text) if any(letter in text for letter in ".eE") else int(text)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a query with an end token. Raises ArangoError 1501."""
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise parse_error(text, position, f"unexpected character '{text[position]}'")
        kind, word = str(match.lastgroup), match[0]
        if kind == "name" and word.upper() in KEYWORDS:
            tokens.append(Token("keyword", word.upper(), position))
        elif kind == "quoted":
            tokens.append(Token("name", _unescape(word[1:-1]), position))
        elif kind == "string":
            tokens.append(Token("string", _unescape(word[1:-1]), position))
        elif kind == "number":
            tokens.append(Token("number", _number(word), position))
        elif kind != "space":
            tokens.append(Token(kind, word, position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens
