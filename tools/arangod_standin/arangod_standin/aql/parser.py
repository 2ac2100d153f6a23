"""From a query's text to its syntax tree; the trees of recent texts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from .ast_walk import modifications_of, traversals_of
from .grammar import parse
from .repeatable import is_repeatable
from .statement_builder import StatementBuilder

if TYPE_CHECKING:
    from .ast import Query

_KEPT = 256
_KEPT_TEXT_LENGTH = 8192


class ParsedQuery:
    """A syntax tree, which nobody changes, and what is always true of it.

    `bind_names` are the bind parameters it mentions (those of collections with ``@``), `modifications` the clauses that
    write, `is_repeatable` says whether it gives the same again while the collections it names stay the same.
    """

    __slots__ = ("bind_names", "is_repeatable", "modifications", "query", "text")

    def __init__(self, text: str, query: Query, bind_names: frozenset[str]) -> None:
        self.text = text
        self.query = query
        self.bind_names = bind_names
        self.modifications = modifications_of(query)
        self.is_repeatable = not traversals_of(query) and is_repeatable(query)


_parsed: dict[str, ParsedQuery] = {}


def parse_query(text: str) -> ParsedQuery:
    """Parse a query. Raises ArangoError 1501, 1502, 1504, 1511, 1512, 1524, 1574."""
    found = _parsed.pop(text, None)
    if found is None:
        try:
            builder = StatementBuilder(text)
            found = ParsedQuery(text, builder.build(parse(text)), frozenset(builder.bind_names))
        except RecursionError:
            raise ArangoError(errors.QUERY_TOO_MUCH_NESTING) from None
    if len(text) <= _KEPT_TEXT_LENGTH:
        _parsed[text] = found
        if len(_parsed) > _KEPT:
            del _parsed[next(iter(_parsed))]
    return found
