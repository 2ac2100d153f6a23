"""AQL's clauses: recursive descent over the tokens; expressions are in `expression_parser`."""

from __future__ import annotations

from .. import errors
from ..errors import ArangoError
from .ast import Collect, Expression, Filter, For, Let, Limit, Modify, Query, Return, Sort
from .expression_parser import ExpressionParser

_AGGREGATES = "COUNT LENGTH SUM MIN MAX AVERAGE AVG UNIQUE SORTED_UNIQUE COUNT_DISTINCT COUNT_UNIQUE"
AGGREGATES = frozenset(_AGGREGATES.split())
_NOT_IMPLEMENTED = ("UPSERT", "WINDOW")
_TRAVERSAL = ("OUTBOUND", "INBOUND", "ANY", "SHORTEST_PATH", "K_SHORTEST_PATHS", "K_PATHS", "ALL_SHORTEST_PATHS")


class Parser(ExpressionParser):
    """Parses one query text; `parse` returns the tree, `bind_names` are the bind parameters it mentions."""

    def parse(self) -> Query:
        """Return the query. Raises ArangoError 1501, 1502, 1511."""
        if len(self.tokens) == 1:
            raise ArangoError(errors.QUERY_EMPTY)
        query = self.query(top=True)
        self.skip_operator(";")
        if self.token.kind != "end":
            raise self.unexpected()
        return query

    def query(self, *, top: bool = False) -> Query:
        """Parse clauses up to the end of the (sub)query; variables declared in it go out of scope with it."""
        query = Query()
        outer = set(self.scope)
        while True:
            if not self._clause(query):
                break
        if not query.clauses or not (isinstance(query.clauses[-1], Return) or query.modifies):
            raise self.unexpected("expecting a RETURN statement")
        if not top and not isinstance(query.clauses[-1], Return):
            query.clauses.append(Return(("literal", None), False))
        self.scope = outer
        return query

    def _clause(self, query: Query) -> bool:
        token = self.token
        if token.kind != "keyword":
            return False
        word = str(token.value)
        if word in _NOT_IMPLEMENTED:
            raise ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: {word} is not implemented")
        handler = getattr(self, f"_parse_{word.lower()}", None)
        if handler is None:
            return False
        if query.clauses and isinstance(query.clauses[-1], Return):
            raise self.unexpected()
        self.advance()
        handler(query)
        return True

    def declare(self, name: str) -> str:
        """Make a variable known. Raises ArangoError 1511 when it is already."""
        if name in self.scope:
            raise ArangoError(errors.QUERY_VARIABLE_REDECLARED, f"variable '{name}' is assigned multiple times")
        self.scope.add(name)
        return name

    def _parse_with(self, query: Query) -> None:
        # WITH only announces collections for traversals
        while True:
            self.collection_name()
            if not self.skip_operator(","):
                return

    def _parse_for(self, query: Query) -> None:
        variable = self.name("variable name")
        if self.skip_operator(","):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: graph traversals are not implemented")
        self.expect_keyword("IN")
        if self.token.kind == "keyword" and self.token.value in _TRAVERSAL:
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: graph traversals are not implemented")
        source = self.expression()
        if self.token.kind == "keyword" and self.token.value in _TRAVERSAL:
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: graph traversals are not implemented")
        if self.is_name("SEARCH"):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: SEARCH is not implemented")
        self._options()
        query.clauses.append(For(self.declare(variable), source))

    def _parse_filter(self, query: Query) -> None:
        query.clauses.append(Filter(self.expression()))

    def _parse_let(self, query: Query) -> None:
        while True:
            variable = self.name("variable name")
            self.expect_operator("=")
            value = self.expression()
            query.clauses.append(Let(self.declare(variable), value))
            if not self.skip_operator(","):
                return

    def _parse_sort(self, query: Query) -> None:
        keys = []
        while True:
            expression = self.expression()
            ascending = True
            if self.skip_keyword("DESC"):
                ascending = False
            else:
                self.skip_keyword("ASC")
            keys.append((expression, ascending))
            if not self.skip_operator(","):
                break
        query.clauses.append(Sort(keys))

    def _parse_limit(self, query: Query) -> None:
        first = self.expression()
        if self.skip_operator(","):
            query.clauses.append(Limit(first, self.expression()))
        else:
            query.clauses.append(Limit(("literal", 0), first))

    def _parse_return(self, query: Query) -> None:
        distinct = self.skip_keyword("DISTINCT")
        query.clauses.append(Return(self.expression(), distinct))

    # -- COLLECT -----------------------------------------------------------------------------------------------------
    def _parse_collect(self, query: Query) -> None:
        collect = Collect()
        collect.known = sorted(name for name in self.scope if not name.startswith("$"))
        while self.token.kind == "name" and not self.is_keyword("INTO") and self.peek().value == "=":
            variable = self.name("variable name")
            self.expect_operator("=")
            collect.groups.append((variable, self.expression()))
            if not self.skip_operator(","):
                break
        if self.skip_keyword("AGGREGATE"):
            self._aggregates(collect)
        if self.skip_keyword("WITH"):
            self.expect_name("COUNT")
            self.expect_keyword("INTO")
            collect.count_into = self.name("variable name")
        elif self.skip_keyword("INTO"):
            collect.into = self.name("variable name")
            if self.skip_operator("="):
                collect.into_expression = self.expression()
        self._options()
        if self.is_name("KEEP"):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: COLLECT ... KEEP is not implemented")
        made = [name for name, _ in collect.groups] + [name for name, _, _ in collect.aggregates]
        made += [name for name in (collect.into, collect.count_into) if name]
        if not made:
            raise self.unexpected()
        self.scope -= set(collect.known)
        for name in made:
            self.declare(name)
        query.clauses.append(collect)

    def _aggregates(self, collect: Collect) -> None:
        while True:
            variable = self.name("variable name")
            self.expect_operator("=")
            call = self.expression()
            if call[0] != "call" or call[1] not in AGGREGATES or len(call[2]) > 1:
                raise self.unexpected("aggregate function expected")
            argument = call[2][0] if call[2] else ("literal", 1)
            collect.aggregates.append((variable, call[1], argument))
            if not self.skip_operator(","):
                return

    # -- data modification -------------------------------------------------------------------------------------------
    def _options(self) -> Expression | None:
        if self.is_name("OPTIONS"):
            self.advance()
            return self.expression()
        return None

    def _target(self, *, into: bool = True) -> Expression:
        if not self.skip_keyword("IN") and not (into and self.skip_keyword("INTO")):
            raise self.unexpected("expecting IN or INTO")
        return self.collection_name()

    def _finish(self, query: Query, modify: Modify) -> None:
        modify.options = self._options()
        query.clauses.append(modify)
        self.scope |= {"OLD", "NEW"}

    def _parse_insert(self, query: Query) -> None:
        document = self.expression(stop_at_in=True)
        self._finish(query, Modify("insert", None, document, self._target()))

    def _parse_remove(self, query: Query) -> None:
        key = self.expression(stop_at_in=True)
        self._finish(query, Modify("remove", key, None, self._target()))

    def _change(self, query: Query, kind: str) -> None:
        key: Expression | None = self.expression(stop_at_in=True)
        document = key
        if self.skip_keyword("WITH"):
            document = self.expression(stop_at_in=True)
        else:
            key = None
        self._finish(query, Modify(kind, key, document, self._target()))

    def _parse_update(self, query: Query) -> None:
        self._change(query, "update")

    def _parse_replace(self, query: Query) -> None:
        self._change(query, "replace")
