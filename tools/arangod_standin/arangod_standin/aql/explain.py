"""Plans as JSON: what ``/_api/explain`` shows and a profiled query carries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import steps
from .ast_walk import variables_of, walk
from .expression_show import show_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from .compiled import Compiled
    from .executor import QueryResult
    from .steps import Plan, Step

_FILTERED_SHARE = 0.1
_GRAPH_NODES = {"traversal": "TraversalNode", "shortest": "ShortestPathNode"}


class PlanShow:
    """Makes the nodes of a plan; `counts` are the numbers of documents of the collections."""

    def __init__(self, database: str, counts: dict[str, int]) -> None:
        self._database = database
        self._counts = counts
        self._nodes: list[dict[str, Any]] = []
        self._variables: dict[str, int] = {}
        self._made: list[dict[str, Any]] = []
        self._last: int | None = None
        self._cost = 1.0
        self._items = 1.0
        self.profile: list[dict[str, Any]] = []
        self._handlers: dict[type, Callable[[Any], None]] = {
            steps.ScanStep: self._scan, steps.ListStep: self._list, steps.GraphStep: self._graph,
            steps.LetStep: self._let, steps.FilterStep: self._filter, steps.SortStep: self._sort,
            steps.LimitStep: self._limit, steps.CollectStep: self._collect, steps.WindowStep: self._window,
            steps.ModifyStep: self._modify, steps.UpsertStep: self._upsert, steps.ReturnStep: self._return,
        }  # fmt: skip

    def show(self, result: QueryResult) -> dict[str, Any]:
        """Return the plan of a query that was planned."""
        assert result.plan is not None
        self._add("SingletonNode", None)
        self._steps(result.plan)
        return {
            "nodes": self._nodes,
            "rules": result.rules,
            "collections": [{"name": name, "type": access} for name, access in result.collections],
            "variables": self._made,
            "estimatedCost": self._cost,
            "estimatedNrItems": int(self._items),
            "isModificationQuery": result.modifies,
        }

    def _steps(self, plan: Plan) -> None:
        for step in plan.steps:
            self._handlers[type(step)](step)

    # -- parts -------------------------------------------------------------------------------------------------------
    def _add(self, kind: str, step: Step | None, **members: Any) -> None:
        number = len(self._nodes) + 1
        node = {
            "type": kind, "dependencies": [self._last] if self._last is not None else [], "id": number,
            "estimatedCost": self._cost, "estimatedNrItems": int(self._items), **members,
        }  # fmt: skip
        self._nodes.append(node)
        self._last = number
        calls, items, runtime_s = (step.calls, step.items, step.runtime_s) if step is not None else (1, 1, 0.0)
        self.profile.append({"id": number, "calls": calls, "items": items, "filtered": 0, "runtime": runtime_s})

    def _variable(self, name: str) -> dict[str, Any]:
        if name not in self._variables:
            self._variables[name] = len(self._variables)
            self._made.append({"id": self._variables[name], "name": name, "isDataFromCollection": False,
                               "isFullDocumentFromCollection": False})  # fmt: skip
        return {"id": self._variables[name], "name": name}

    def _calculated(self, part: Compiled, name: str | None = None) -> dict[str, Any]:
        """Add the node that computes an expression, unless it is a variable already; return the variable."""
        if part.node[0] == "variable" and name is None:
            return self._variable(part.node[1])
        for hoist in part.hoists:
            if hoist.kind == "subquery":
                self._subquery(hoist.argument, hoist.slot)
        variable = self._variable(name if name is not None else str(len(self._variables)))
        self._cost += self._items
        used = [self._variable(one) for one in sorted(variables_of(part.node)) if one in self._variables]
        self._add("CalculationNode", None, expression=show_expression(part.node), outVariable=variable,
                  inVariables=used, canThrow=False, expressionType="simple")  # fmt: skip
        return variable

    def _subquery(self, plan: Plan, slot: str) -> None:
        variable = self._variable(slot)
        items = self._items
        self._add("SubqueryStartNode", None, subqueryOutVariable=variable)
        self._steps(plan)
        self._items = items
        self._add("SubqueryEndNode", None, outVariable=variable)

    def _conditions(self, step: Step) -> None:
        for condition in step.filters:
            variable = self._calculated(condition)
            self._items = max(self._items * _FILTERED_SHARE, 1.0) if self._items else 0.0
            self._add("FilterNode", None, inVariable=variable)

    # -- steps -------------------------------------------------------------------------------------------------------
    def _scan(self, step: steps.ScanStep) -> None:
        count = self._counts.get(step.collection, 0)
        access = step.access
        common = {"database": self._database, "collection": step.collection, "satellite": False,
                  "outVariable": self._variable(step.variable), "projections": [], "filterProjections": [],
                  "count": step.only_count, "producesResult": not step.only_count, "readOwnWrites": False,
                  "useCache": True, "maxProjections": 5, "indexHint": {"forced": False, "type": "none"},
                  "isSatellite": False, "isSatelliteOf": None}  # fmt: skip
        if access is None:
            self._items *= count
            self._cost += self._items
            self._add("EnumerateCollectionNode", step, random=False, **common)
            self._conditions(step)
            return
        found = 1.0 if access.index.get("unique") and access.equal else max(count * _FILTERED_SHARE, 1.0)
        self._items *= min(found, max(count, 1)) if access.parts else count
        self._cost += self._items * (1.0 + math.log2(max(count, 2)) / 10)
        condition = None
        for node in access.used:
            shown = show_expression(node)
            condition = shown if condition is None else {"type": "n-ary and", "subNodes": [condition, shown]}
        index = {name: access.index.get(name) for name in ("id", "type", "name", "fields", "unique", "sparse")}
        self._add(
            "IndexNode", step, **common, indexes=[index], condition=condition or {}, sorted=True,
            ascending=not access.descending, reverse=access.descending, evalFCalls=True, limit=0,
            needsGatherNodeSort=False,
            indexCoversProjections=False, indexCoversFilterProjections=False,
            allCoveredByOneIndex=False,
        )  # fmt: skip
        covered = {id(node) for node in access.used}
        rest = [part for part in step.filters if id(part.node) not in covered]
        step_filters, step.filters = step.filters, rest
        self._conditions(step)
        step.filters = step_filters

    def _list(self, step: steps.ListStep) -> None:
        source = self._calculated(step.source)
        node = step.source.node
        self._items *= len(node[1]) if node[0] == "literal" and isinstance(node[1], list) else 100
        self._cost += self._items
        self._add("EnumerateListNode", step, inVariable=source, outVariable=self._variable(step.variable),
                  mode="array")  # fmt: skip
        self._conditions(step)

    def _graph(self, step: steps.GraphStep) -> None:
        clause = step.graph
        self._items *= 10
        self._cost += self._items
        variables = [self._variable(name) for name in clause.variables]
        names = ("vertexOutVariable", "edgeOutVariable", "pathOutVariable")
        if clause.kind not in _GRAPH_NODES:
            names = ("pathOutVariable",)  # type: ignore[assignment]
        self._add(
            _GRAPH_NODES.get(clause.kind, "EnumeratePathsNode"), step, database=self._database,
            graph=step.name if step.name is not None else [name for name, _ in step.edges],
            directions=[direction for _, direction in step.edges], defaultDirection=clause.direction,
            options=step.options, **dict(zip(names, variables, strict=False)),
        )  # fmt: skip
        self._conditions(step)

    def _let(self, step: steps.LetStep) -> None:
        self._calculated(step.value, step.variable)

    def _filter(self, step: steps.FilterStep) -> None:
        variable = self._calculated(step.condition)
        self._items = max(self._items * _FILTERED_SHARE, 1.0)
        self._add("FilterNode", step, inVariable=variable)

    def _sort(self, step: steps.SortStep) -> None:
        elements = [{"inVariable": self._calculated(key), "ascending": ascending} for key, ascending in step.keys]
        self._cost += self._items * math.log2(max(self._items, 2))
        strategy = "constrained-heap" if step.keep is not None else "standard"
        self._add("SortNode", step, elements=elements, stable=False, limit=0, strategy=strategy)

    def _limit(self, step: steps.LimitStep) -> None:
        offset, count = (part.node[1] if part.is_constant else 0 for part in (step.offset, step.count))
        if isinstance(count, (int, float)):
            self._items = min(self._items, float(count))
        self._cost += self._items
        self._add("LimitNode", step, offset=offset or 0, limit=count, fullCount=step.counts_all)

    def _collect(self, step: steps.CollectStep) -> None:
        clause = step.collect
        groups = [
            {"outVariable": self._variable(name), "inVariable": self._calculated(part)}
            for (name, _), part in zip(clause.groups, step.groups, strict=True)
        ]
        aggregates = [
            {"outVariable": self._variable(name), "inVariable": self._calculated(part), "type": function}
            for (name, function, _), part in zip(clause.aggregates, step.aggregates, strict=True)
        ]
        members: dict[str, Any] = {}
        for name in (clause.into, clause.count_into):
            if name:
                members["outVariable"] = self._variable(name)
        self._items = max(self._items * 0.8, 1.0) if clause.groups else 1.0
        self._cost += self._items
        method = "hash" if clause.groups else "count" if clause.count_into else "sorted"
        self._add("CollectNode", step, groups=groups, aggregates=aggregates, isDistinctCommand=False, specialized=True,
                  collectOptions={"method": method}, **members)  # fmt: skip

    def _window(self, step: steps.WindowStep) -> None:
        aggregates = [
            {"outVariable": self._variable(name), "inVariable": self._calculated(part), "type": function}
            for (name, function), part in zip(step.names, step.aggregates, strict=True)
        ]
        members = {"rangeVariable": self._calculated(step.range_value)} if step.range_value is not None else {}
        self._cost += self._items
        self._add("WindowNode", step, aggregates=aggregates, **step.bounds, **members)

    def _written(self, step: steps.ModifyStep) -> dict[str, Any]:
        self._cost += self._items
        return {"database": self._database, "collection": step.collection, "indexes": [], "countStats": True,
                "modificationFlags": step.options, "readOwnWrites": isinstance(step, steps.UpsertStep),
                "outVariableOld": self._variable("OLD"), "outVariableNew": self._variable("NEW")}  # fmt: skip

    def _modify(self, step: steps.ModifyStep) -> None:
        members = {}
        if step.document is not None:
            members["inDocVariable"] = self._calculated(step.document)
        if step.key is not None:
            members["inKeyVariable"] = self._calculated(step.key)
        self._add(f"{step.kind.capitalize()}Node", step, **members, **self._written(step))

    def _upsert(self, step: steps.UpsertStep) -> None:
        assert step.document is not None
        assert step.change is not None
        members = {"insertVariable": self._calculated(step.document), "updateVariable": self._calculated(step.change),
                   "isReplace": step.kind == "replace"}  # fmt: skip
        self._add("UpsertNode", step, **members, **self._written(step))

    def _return(self, step: steps.ReturnStep) -> None:
        variable = self._calculated(step.value)
        if step.distinct:
            self._add("CollectNode", None, groups=[{"outVariable": variable, "inVariable": variable}], aggregates=[],
                      isDistinctCommand=True, specialized=True, collectOptions={"method": "hash"})  # fmt: skip
        self._cost += self._items
        self._add("ReturnNode", step, inVariable=variable, count=True)


def collections_of(thing: Any) -> set[str]:
    """Return the collections a query's text names (bind parameters with their ``@``)."""
    found = set()
    for node in walk(thing):
        if len(node) == 2 and node[0] in ("collection", "collection-bind") and isinstance(node[1], str):
            found.add(node[1] if node[0] == "collection" else "@" + node[1])
    return found
