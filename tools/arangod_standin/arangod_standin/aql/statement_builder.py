"""Parse trees of statements to `ast` clauses, with the scopes of their variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from . import traversal_spec
from .ast import Collect, Filter, For, Let, Limit, Modify, Query, Return, Sort, Traversal, Upsert, Window
from .expression_builder import CURRENT, ExpressionBuilder, tree_of, unquote

if TYPE_CHECKING:
    from lark import Token, Tree

    from .ast import Aggregate, Expression
    from .expression_builder import Node

_PATHS = {
    "shortest_path": (traversal_spec.SHORTEST_PATH, 2, "SHORTEST_PATH must have one or two return variables"),
    "k_shortest_paths": (traversal_spec.K_SHORTEST_PATHS, 1, "K_SHORTEST_PATHS only has one return variable"),
    "k_paths": (traversal_spec.K_PATHS, 1, "K_PATHS only has one return variable"),
    "all_shortest_paths": (traversal_spec.ALL_SHORTEST_PATHS, 1, "ALL_SHORTEST_PATHS only has one return variable"),
}
_AGGREGATES = frozenset(
    [
        "COUNT",
        "LENGTH",
        "SUM",
        "MIN",
        "MAX",
        "AVERAGE",
        "AVG",
        "UNIQUE",
        "SORTED_UNIQUE",
        "COUNT_DISTINCT",
        "COUNT_UNIQUE",
        "VARIANCE",
        "VARIANCE_POPULATION",
        "VARIANCE_SAMPLE",
        "STDDEV",
        "STDDEV_POPULATION",
        "STDDEV_SAMPLE",
        "BIT_AND",
        "BIT_OR",
        "BIT_XOR",
        "PUSH",
    ]
)


class StatementBuilder(ExpressionBuilder):
    """Builds the query of one parse tree; a frame of `scopes` per query, FOR and COLLECT."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._bases: list[int] = []

    def build(self, tree: Tree[Token]) -> Query:
        """Return the query of a whole parse tree. Raises ArangoError 1501, 1511, 1512, 1524, 1574."""
        for child in tree.children[:-1]:
            for source in tree_of(child).children[1:]:
                token = tree_of(source).children[0]
                if isinstance(token, str) and token.type != "IDENT":
                    self.bind(token)
        return self.subquery(tree_of(tree.children[-1]))

    def subquery(self, tree: Tree[Token]) -> Query:
        """Build a query or subquery; variables declared in it go out of scope with it."""
        query = Query()
        depth = len(self.scopes)
        self._bases.append(depth)
        self.scopes.append(set())
        for child in tree.children:
            statement = tree_of(child)
            getattr(self, "_add_" + statement.data)(query, statement.children)
        del self.scopes[depth:]
        self._bases.pop()
        return query

    def declare(self, token: Node) -> str:
        """Make a variable known in the innermost scope. Raises ArangoError 1511 when it is already."""
        name = unquote(str(token))
        if self.visible(name):
            raise self.error(token, f"variable '{name}' is assigned multiple times", errors.QUERY_VARIABLE_REDECLARED)
        self.scopes[-1].add(name)
        return name

    def _word(self, token: Node, *expected: str) -> str:
        word = str(token).upper()
        if word not in expected:
            wanted = " or ".join(f"'{name}'" for name in expected)
            raise self.error(token, f"unexpected qualifier '{token}', expecting {wanted}")
        return word

    def _options(self, node: Node) -> Expression | None:
        children = tree_of(node).children
        if not children:
            return None
        self._word(children[0], "OPTIONS")
        return self.expression(children[1])

    # -- FOR ---------------------------------------------------------------------------------------------------------
    def _add_for_each(self, query: Query, children: list[Node]) -> None:
        names = tree_of(children[1]).children
        if len(names) != 1:
            raise self.error(names[1], "Collections and views FOR loops only allow a single return variable")
        source = self.expression(children[3])
        self.scopes.append(set())
        clause = For(self.declare(names[0]), source)
        qualifiers = tree_of(children[4]).children
        for position in range(0, len(qualifiers), 2):
            expected = ("SEARCH", "OPTIONS") if len(qualifiers) == 2 else (("SEARCH", "OPTIONS")[position // 2],)
            value = self.expression(qualifiers[position + 1])
            if self._word(qualifiers[position], *expected) == "SEARCH":
                clause.search = value
            elif value[0] != "object":
                raise self.error(qualifiers[position + 1], "'OPTIONS' have to be an object")
            else:
                clause.options = value
        query.clauses.append(clause)

    def _names(self, node: Node, most: int, message: str) -> list[str]:
        names = tree_of(node).children
        if len(names) > most:
            raise self.error(names[most], message)
        self.scopes.append(set())
        return [self.declare(name) for name in names]

    def _steps(self, node: Node) -> tuple[Expression | None, str]:
        children = tree_of(node).children
        direction = str(tree_of(children[-1]).children[0]).upper()
        return (self.expression(children[0]) if len(children) > 1 else None), direction

    def _graph(self, clause: Traversal, node: Node) -> None:
        tree = tree_of(node)
        if tree.data == "named_graph":
            token = tree.children[1]
            assert isinstance(token, str)
            is_bind = token.type in ("BIND", "SOURCE_BIND")
            clause.graph = self.bind(token) if is_bind else ("literal", unquote(token))
            return
        for source in tree.children:
            children = tree_of(source).children
            own = str(tree_of(children[0]).children[0]).upper() if len(children) > 1 else None
            clause.edges.append((own, self._source(children[-1])))

    def _source(self, token: Node) -> Expression:
        assert isinstance(token, str)
        if token.type in ("BIND", "SOURCE_BIND"):
            kind, name = self.bind(token)
            return ("collection-bind", name) if kind == "collection-bind" else ("bind", name)
        return ("collection", unquote(token))

    def _add_traversal(self, query: Query, children: list[Node]) -> None:
        depth, direction = self._steps(children[3])
        start = self.expression(children[4])
        names = self._names(children[1], 3, "Traversals only have one, two or three return variables")
        clause = Traversal(traversal_spec.TRAVERSAL, names, direction, start)
        clause.depth = depth
        self._graph(clause, children[5])
        prunes = tree_of(children[6]).children
        if prunes and self._word(prunes[0], "PRUNE", "OPTIONS") == "OPTIONS" and len(prunes) == 2:
            clause.options = self.expression(tree_of(prunes[1]).children[0])
        elif prunes:
            self._word(prunes[0], "PRUNE")
            condition = tree_of(prunes[1])
            clause.prune = self.expression(condition.children[-1])
            if condition.data == "prune_as":
                clause.prune_variable = self.declare(condition.children[0])
            if len(prunes) > 2:
                self._word(prunes[2], "OPTIONS")
                clause.options = self.expression(prunes[3])
        query.clauses.append(clause)

    def _add_path(self, rule: str, query: Query, children: list[Node]) -> None:
        kind, most, message = _PATHS[rule]
        node = tree_of(children[3])
        depth, direction = self._steps(node) if node.data == "steps" else (None, str(node.children[0]).upper())
        self._word(children[6], "TO")
        start, target = self.expression(children[5]), self.expression(children[7])
        names = self._names(children[1], most, message)
        clause = Traversal(kind, names, direction, start)
        clause.depth, clause.target = depth, target
        self._graph(clause, children[8])
        clause.options = self._options(children[9])
        query.clauses.append(clause)

    def _add_shortest_path(self, query: Query, children: list[Node]) -> None:
        self._add_path("shortest_path", query, children)

    def _add_k_shortest_paths(self, query: Query, children: list[Node]) -> None:
        self._add_path("k_shortest_paths", query, children)

    def _add_k_paths(self, query: Query, children: list[Node]) -> None:
        self._add_path("k_paths", query, children)

    def _add_all_shortest_paths(self, query: Query, children: list[Node]) -> None:
        self._add_path("all_shortest_paths", query, children)

    # -- simple statements -------------------------------------------------------------------------------------------
    def _add_filter(self, query: Query, children: list[Node]) -> None:
        query.clauses.append(Filter(self.expression(children[1])))

    def _add_let(self, query: Query, children: list[Node]) -> None:
        for child in children[1:]:
            variable, value = tree_of(child).children
            expression = self.expression(value)
            query.clauses.append(Let(self.declare(variable), expression))

    def _add_sort(self, query: Query, children: list[Node]) -> None:
        keys: list[tuple[Expression, bool | Expression]] = []
        for child in children[1:]:
            parts = tree_of(child).children
            ascending: bool | Expression = True
            if len(parts) > 1:
                word = parts[1]
                is_keyword = isinstance(word, str) and word.type in ("ASC", "DESC")
                ascending = str(word).upper() == "ASC" if is_keyword else self.expression(word)
            keys.append((self.expression(parts[0]), ascending))
        query.clauses.append(Sort(keys))

    def _add_limit(self, query: Query, children: list[Node]) -> None:
        values = [self.expression(child) for child in children[1:]]
        query.clauses.append(Limit(*(values if len(values) > 1 else [("literal", 0), values[0]])))

    def _add_return(self, query: Query, children: list[Node]) -> None:
        query.clauses.append(Return(self.expression(children[-1]), len(children) > 2))

    # -- COLLECT and WINDOW ------------------------------------------------------------------------------------------
    def _add_collect(self, query: Query, children: list[Node]) -> None:
        collect = Collect()
        into: list[Node] = []
        for child in children[1:-1]:
            node = tree_of(child)
            if node.data == "assignments":
                collect.groups = [self._assignment(item) for item in node.children]
            elif node.data == "aggregate":
                collect.aggregates = self._aggregates(node)
            elif node.data == "count_into":
                self._word(node.children[1], "COUNT")
                collect.count_into = unquote(str(node.children[3]))
            elif node.data == "into":
                into = node.children
            else:
                collect.keep = self._keep(node, bool(into))
        if len(into) > 2:
            collect.into_expression = self.expression(into[2])
        collect.options = self._options(children[-1])
        self._start_collect_scope(collect)
        made = [name for name, _ in collect.groups] + [name for name, _, _ in collect.aggregates]
        if collect.count_into:
            made.append(collect.count_into)
        if into:
            collect.into = unquote(str(into[1]))
            made.append(collect.into)
        for name in made:
            if self.visible(name):
                raise self.error(
                    children[0], f"variable '{name}' is assigned multiple times", errors.QUERY_VARIABLE_REDECLARED
                )
            self.scopes[-1].add(name)
        query.clauses.append(collect)

    def _assignment(self, node: Node) -> tuple[str, Expression]:
        variable, value = tree_of(node).children
        return unquote(str(variable)), self.expression(value)

    def _keep(self, node: Tree[Token], into: bool) -> list[str]:
        self._word(node.children[0], "KEEP")
        if not into:
            raise self.error(node.children[0], "use of 'KEEP' without 'INTO'")
        names = []
        for token in tree_of(node.children[1]).children:
            name = unquote(str(token))
            if not self.visible(name):
                raise self.error(
                    token, f"use of unknown variable '{name}' for KEEP", errors.QUERY_VARIABLE_NAME_UNKNOWN
                )
            names.append(name)
        return names

    def _start_collect_scope(self, collect: Collect) -> None:
        """Let the variables made since the first FOR of this query go: only groups and aggregates stay."""
        base = self._bases[-1]
        gone = self.scopes[base + 1 :]
        collect.known = sorted(set().union(*(gone or self.scopes[base:])))
        if gone:
            del self.scopes[base + 1 :]
            self.scopes.append(set())
        collect.outer = sorted(set().union(*self.scopes))

    def _aggregates(self, node: Tree[Token]) -> list[Aggregate]:
        found: list[Aggregate] = []
        for item in node.children[1:]:
            name, call = self._assignment(item)
            if call[0] != "call":
                raise self.error(
                    item, "aggregate expression must be a function call", errors.QUERY_INVALID_AGGREGATE_EXPRESSION
                )
            if call[1] not in _AGGREGATES:
                raise self.error(item, "unknown aggregate function used", errors.QUERY_INVALID_AGGREGATE_EXPRESSION)
            found.append((name, call[1], call[2]))
        return found

    def _add_window(self, query: Query, children: list[Node]) -> None:
        aggregates = self._aggregates(tree_of(children[-1]))
        range_value = self.expression(children[1]) if len(children) > 3 else None
        query.clauses.append(Window(range_value, self.expression(children[-2]), aggregates))
        for name, _, _ in aggregates:
            if self.visible(name):
                raise self.error(
                    children[0], f"variable '{name}' is assigned multiple times", errors.QUERY_VARIABLE_REDECLARED
                )
            self.scopes[-1].add(name)

    # -- data modification -------------------------------------------------------------------------------------------
    def _target(self, node: Node) -> Expression:
        token = tree_of(node).children[1]
        assert isinstance(token, str)
        return ("collection", unquote(token)) if token.type == "STRING" else self._source(token)

    def _finish(self, query: Query, clause: Modify | Upsert, options: Node, old: bool, new: bool) -> None:
        clause.options = self._options(options)
        query.clauses.append(clause)
        self.scopes[-1] |= ({"OLD"} if old else set()) | ({"NEW"} if new else set())

    def _add_insert(self, query: Query, children: list[Node]) -> None:
        clause = Modify("insert", None, self.expression(children[1]), self._target(children[2]))
        self._finish(query, clause, children[3], True, True)

    def _add_remove(self, query: Query, children: list[Node]) -> None:
        clause = Modify("remove", self.expression(children[1]), None, self._target(children[2]))
        self._finish(query, clause, children[3], True, False)

    def _change(self, kind: str, query: Query, children: list[Node]) -> None:
        first = self.expression(children[1])
        if len(children) > 4:
            clause = Modify(kind, first, self.expression(children[3]), self._target(children[4]))
        else:
            clause = Modify(kind, None, first, self._target(children[2]))
        self._finish(query, clause, children[-1], True, True)

    def _add_update(self, query: Query, children: list[Node]) -> None:
        self._change("update", query, children)

    def _add_replace(self, query: Query, children: list[Node]) -> None:
        self._change("replace", query, children)

    def _add_upsert(self, query: Query, children: list[Node]) -> None:
        by = tree_of(children[1])
        condition = search = None
        if by.data == "upsert_filter":
            self.scopes.append({CURRENT})
            condition = self.expression(by.children[1])
            self.scopes.pop()
        else:
            search = self.expression(by.children[0])
        document = self.expression(children[3])
        kind = str(tree_of(children[4]).children[0]).lower()
        self.scopes.append({"OLD"})
        change = self.expression(children[5])
        self.scopes.pop()
        clause = Upsert(kind, document, change, self._target(children[6]))
        clause.search, clause.condition = search, condition
        self._finish(query, clause, children[7], True, True)
