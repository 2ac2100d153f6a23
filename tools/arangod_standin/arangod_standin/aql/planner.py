"""From a syntax tree to a plan: conditions move to their loops, loops find indexes, sorts and limits their scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from . import functions
from .access import access_for_sort, choose_access, conditions_on, sorts
from .ast import Collect, Filter, For, Let, Limit, Modify, Return, Sort, Traversal, Upsert, Window
from .ast_walk import conjuncts, variables_of, walk
from .compiled import Compiled
from .compiler import Compiler
from .geo_conditions import as_indexed
from .plan_writes import WritePlanner
from .repeatable import is_repeatable
from .steps import (
    CollectStep,
    FilterStep,
    GraphStep,
    LetStep,
    LimitStep,
    ListStep,
    Plan,
    ReturnStep,
    ScanStep,
    SortStep,
    Step,
    WindowStep,
)
from .values import to_text, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backend import CollectionInfo
    from .ast import Clause, Expression, Query
    from .query_context import QueryContext

_LOOPS = (For, Traversal)
_PASSED = (For, Traversal, Let, Filter, Sort)
_DISTANT = 10**9


class Planner:
    """Plans one query; `info_of` gives the collection of a name, `rules` are the optimizer's that were applied."""

    def __init__(self, bind: dict[str, Any], context: QueryContext, info_of: Callable[[str], CollectionInfo]) -> None:
        self.compiler = Compiler(bind, context, self._subplan)
        self.compiler.check_collection = info_of
        self.rules: list[str] = []
        self._info_of = info_of
        self._context = context
        self._disabled = _disabled_rules(context.options)
        self._parents: list[Plan] = []
        self._answered_sorts: list[Clause] = []
        self.writes = WritePlanner(self.compiler, self.constant_options)

    def plan(self, query: Query) -> Plan:
        """Return the plan of a query. Raises ArangoError for whatever is wrong with it before it runs."""
        plan = Plan()
        self._parents.append(plan)
        self.writes.enter(query)
        clauses = self._moved(query.clauses)
        for position, (clause, filters) in enumerate(clauses):
            step = self._step(clause, filters, clauses[position + 1 :], plan)
            if step is not None:
                plan.steps.append(step)
        if not plan.steps or not isinstance(plan.steps[-1], ReturnStep):
            nothing = Return(("literal", None), False)
            if len(self._parents) > 1:
                plan.steps.append(ReturnStep(nothing, self.compiler.compile(nothing.value), False))
        self._cut_sorts(plan)
        self._parents.pop()
        return plan

    def _subplan(self, query: Query) -> Plan:
        plan = self.plan(query)
        self._parents[-1].subplans.append(plan)
        return plan

    def applied(self, rule: str) -> None:
        """Note that an optimizer rule was applied."""
        if rule not in self.rules:
            self.rules.append(rule)

    def _allows(self, rule: str) -> bool:
        return rule not in self._disabled and ("all" not in self._disabled or f"+{rule}" in self._disabled)

    # -- conditions --------------------------------------------------------------------------------------------------
    def _moved(self, clauses: list[Clause]) -> list[tuple[Clause, list[Expression]]]:
        """Return the clauses, each loop with the conditions that can be checked in it."""
        result: list[tuple[Clause, list[Expression]]] = []
        for clause in clauses:
            if not isinstance(clause, Filter):
                result.append((clause, []))
                continue
            staying = []
            for condition in conjuncts(self.compiler.fold(clause.condition)):
                place = self._place(condition, result)
                if place is None:
                    staying.append(condition)
                    continue
                if place < len(result) - 1:
                    self.applied("move-filters-up")
                result[place][1].append(condition)
            if staying:
                whole = staying[0]
                for condition in staying[1:]:
                    whole = ("binary", "&&", whole, condition)
                result.append((Filter(whole), []))
        return result

    def _place(self, condition: Expression, before: list[tuple[Clause, list[Expression]]]) -> int | None:
        """Return the loop that a condition can be attached to; None when it has to stay where it is."""
        if not _is_movable(condition):
            return None
        wanted = variables_of(condition)
        for position in range(len(before) - 1, -1, -1):
            clause = before[position][0]
            if isinstance(clause, _LOOPS):
                made = {clause.variable} if isinstance(clause, For) else {*clause.variables, clause.prune_variable}
                if wanted & made:
                    return position
            elif not isinstance(clause, _PASSED) or (isinstance(clause, Let) and clause.variable in wanted):
                return None
        return None

    # -- steps -------------------------------------------------------------------------------------------------------
    def _step(
        self, clause: Clause, filters: list[Expression], following: list[tuple[Clause, list[Expression]]], plan: Plan
    ) -> Step | None:
        if isinstance(clause, For):
            return self._for(clause, filters, following, plan)
        if isinstance(clause, Traversal):
            step = self._graph(clause, [item for item, _ in following])
            step.filters = [self.compiler.compile(condition) for condition in filters]
            return step
        if isinstance(clause, Let):
            return LetStep(clause, clause.variable, self.compiler.compile(clause.value))
        if isinstance(clause, Filter):
            return FilterStep(clause, self.compiler.compile(clause.condition))
        if isinstance(clause, Sort):
            return self._sort(clause)
        if isinstance(clause, Limit):
            return self._limit(clause, following)
        if isinstance(clause, Collect):
            return self._collect(clause)
        if isinstance(clause, Window):
            return self._window(clause, plan)
        if isinstance(clause, (Modify, Upsert)):
            return self.writes.step(clause, [item for item, _ in following], bool(plan.steps))
        assert isinstance(clause, Return)
        return ReturnStep(clause, self.compiler.compile(clause.value), clause.distinct)

    def _for(
        self, clause: For, filters: list[Expression], following: list[tuple[Clause, list[Expression]]], plan: Plan
    ) -> Step:
        source = self.compiler.fold(clause.source)
        hint = self.constant_options(clause.options)
        if source[0] == "collection":
            name = self.compiler.collection_of(source)
            self.writes.reads(name)
            info = self._info_of(name)
            if clause.search is not None:
                raise ArangoError(errors.QUERY_PARSE, "AQL: SEARCH condition used on non-view (while parsing)")
            step = ScanStep(clause, clause.variable, name)
            filters = [as_indexed(info, clause.variable, condition) for condition in filters]
            step.repeats = len(self._parents) > 1 or any(not isinstance(item, LetStep) for item in plan.steps)
            if self._allows("use-indexes"):
                conditions = conditions_on(clause.variable, [f for f in filters if _is_movable(f)])
                step.access = choose_access(info, conditions, self.compiler.compile, hint)
            if step.access is not None:
                self.applied("use-indexes")
                if set(map(id, filters)) <= set(map(id, step.access.used)):
                    self.applied("remove-filter-covered-by-index")
            elif hint.get("forceIndexHint") and hint.get("indexHint"):
                raise ArangoError(errors.QUERY_FORCED_INDEX_HINT_UNUSABLE)
            self._shorten(step, info, filters, following)
            step.filters = [self.compiler.compile(condition) for condition in filters]
            return step
        if clause.search is not None:
            raise ArangoError(errors.QUERY_PARSE, "AQL: SEARCH condition used on non-view (while parsing)")
        looped = ListStep(clause, clause.variable, self.compiler.compile(source))
        looped.filters = [self.compiler.compile(condition) for condition in filters]
        return looped

    def _shorten(
        self, step: ScanStep, info: CollectionInfo, filters: list[Expression],
        following: list[tuple[Clause, list[Expression]]],
    ) -> None:  # fmt: skip
        """Let the scan give its documents sorted, only as many as LIMIT needs, or only their number."""
        covered = set(map(id, filters)) <= {id(node) for node in (step.access.used if step.access else ())}
        position = 0
        after = following[0][0] if following else None
        if isinstance(after, Sort) and not step.repeats and self._allows("use-index-for-sort"):
            keys = [(self.compiler.fold(node), self._direction(way)) for node, way in after.keys]
            if step.access is None and not filters:
                step.access = access_for_sort(info, step.variable, keys)
            if step.access is not None and step.access.is_certain and sorts(step.access, step.variable, keys):
                self.applied("use-index-for-sort")
                step.access.for_sort = True
                self._answered_sorts.append(after)
                position = 1
                after = following[1][0] if len(following) > 1 else None
        certain = step.access is None or step.access.is_certain
        if isinstance(after, Limit) and covered and certain and (position or not isinstance(following[0][0], Sort)):
            step.limit = (self.compiler.compile(after.offset), self.compiler.compile(after.count))
        if isinstance(after, Collect) and not filters and after.count_into and not after.groups and not position:
            self.applied("optimize-count")
            step.only_count = not after.aggregates

    def _sort(self, clause: Sort) -> Step | None:
        if clause in self._answered_sorts:
            return None
        keys = [(self.compiler.compile(node), self._direction(way)) for node, way in clause.keys]
        kept = [(key, ascending) for key, ascending in keys if not key.is_constant]
        if not kept:
            self.applied("remove-redundant-sorts")
            return None
        return SortStep(clause, kept)

    def _direction(self, way: bool | Expression) -> bool:
        if isinstance(way, bool):
            return way
        value = self.compiler.fold(way)[1]
        if isinstance(value, str) and value.upper() in ("ASC", "DESC"):
            return value.upper() == "ASC"
        return truth(value)

    def _limit(self, clause: Limit, following: list[tuple[Clause, list[Expression]]]) -> LimitStep:
        step = LimitStep(clause, self.compiler.compile(clause.offset), self.compiler.compile(clause.count))
        is_last = not any(isinstance(later, Limit) for later, _ in following)
        step.counts_all = bool(self._context.options.get("fullCount")) and is_last and len(self._parents) == 1
        return step

    def _cut_sorts(self, plan: Plan) -> None:
        """Tell a SORT that LIMIT follows, so that it need not keep more."""
        for this, after in zip(plan.steps, plan.steps[1:], strict=False):
            if isinstance(this, SortStep) and isinstance(after, LimitStep) and not after.counts_all:
                this.keep = (after.offset, after.count)
                self.applied("sort-limit")

    def _collect(self, clause: Collect) -> CollectStep:
        step = CollectStep(clause)
        step.groups = [self.compiler.compile(node) for _, node in clause.groups]
        for _, name, arguments in clause.aggregates:
            step.aggregates.append(self._aggregated(name, arguments))
        if clause.into_expression is not None:
            step.into = self.compiler.compile(clause.into_expression)
        self.constant_options(clause.options)
        return step

    def _aggregated(self, name: str, arguments: list[Expression]) -> Compiled:
        if len(arguments) > 1 or (not arguments and name not in ("COUNT", "LENGTH")):
            functions.resolve(name, len(arguments))
        return self.compiler.compile(arguments[0] if arguments else ("literal", None))

    def _window(self, clause: Window, plan: Plan) -> WindowStep:
        if any(step.__class__.__name__ in ("ModifyStep", "UpsertStep") for step in plan.steps):
            raise ArangoError(errors.QUERY_WINDOW_AFTER_MODIFICATION)
        step = WindowStep(clause)
        bounds = self.compiler.fold(clause.bounds)
        if bounds[0] != "literal":
            raise ArangoError(errors.QUERY_COMPILE_TIME_OPTIONS)
        step.bounds = bounds[1]
        if not step.bounds or not set(step.bounds) <= {"preceding", "following"}:
            raise ArangoError(
                errors.QUERY_PARSE, "At least one WINDOW bound must be specified ('preceding'/'following')"
            )
        if clause.range_value is not None:
            step.range_value = self.compiler.compile(clause.range_value)
        for variable, name, arguments in clause.aggregates:
            step.names.append((variable, name))
            step.aggregates.append(self._aggregated(name, arguments))
        return step

    # -- graphs ------------------------------------------------------------------------------------------------------
    def _graph(self, clause: Traversal, following: list[Clause]) -> GraphStep:
        step = GraphStep(clause)
        compile_ = self.compiler.compile
        step.depth = compile_(clause.depth) if clause.depth is not None else None
        step.start = compile_(clause.start)
        step.target = compile_(clause.target) if clause.target is not None else None
        step.prune = compile_(clause.prune) if clause.prune is not None else None
        step.options = self.constant_options(clause.options)
        if clause.graph is not None:
            name = self.compiler.fold(clause.graph)[1]
            if not isinstance(name, str):
                raise ArangoError(errors.QUERY_BIND_PARAMETER_TYPE, "bind parameter for a graph's name has no string")
            step.name = name
        for own, node in clause.edges:
            name = self.compiler.collection_of(node)
            self.writes.reads(name)
            step.edges.append((name, own or clause.direction))
        used = set().union(*(variables_of(later) for later in following)) if following else set()
        asked = variables_of(clause.prune) if clause.prune is not None else set()
        used |= asked | (set(clause.variables) if any(_gathers(later) for later in following) else set())
        step.needs_edge = len(clause.variables) > 1 and clause.variables[1] in used
        step.needs_path = len(clause.variables) > 2 and clause.variables[2] in used
        return step

    def constant_options(self, node: Expression | None) -> dict[str, Any]:
        """Return the value of an OPTIONS object. Raises ArangoError 1575 when it is not known before the query runs."""
        if node is None:
            return {}
        folded = self.compiler.fold(node)
        if folded[0] != "literal" or not isinstance(folded[1], dict):
            raise ArangoError(errors.QUERY_COMPILE_TIME_OPTIONS)
        return folded[1]


def _gathers(clause: Clause) -> bool:
    return isinstance(clause, Collect) and clause.into is not None


def _is_movable(condition: Expression) -> bool:
    """Say whether a condition may be checked earlier, or oftener, than it is written."""
    return is_repeatable(condition) and not any(node[0] in ("subquery", "collection") for node in walk(condition))


def _disabled_rules(options: dict[str, Any]) -> set[str]:
    """Return the optimizer rules that the request switches off (and, with ``-all``, those it switches on as ``+x``)."""
    optimizer = options.get("optimizer")
    rules = optimizer.get("rules") if isinstance(optimizer, dict) else None
    disabled: set[str] = set()
    for rule in map(to_text, rules if isinstance(rules, list) else ()):
        if rule == "+all":
            disabled.clear()
        elif rule.startswith("+"):
            disabled.discard(rule[1:])
            disabled.add(rule)
        elif rule.startswith("-"):
            disabled.add(rule[1:])
    return disabled
