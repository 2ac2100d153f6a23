"""What a query is carried out as: one step per clause, compiled, with the shortcuts the planner found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .access import Access
    from .ast import Clause, Collect, Traversal
    from .compiled import Compiled


class Step:
    """Base of all steps; `number` is the id of its node in an explained plan, `calls`, `items` and `runtime_s` are
    counted while it runs.
    """

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.filters: list[Compiled] = []
        self.calls = 0
        self.items = 0
        self.runtime_s = 0.0


class ScanStep(Step):
    """FOR over a collection, by an index if `access` is set.

    `limit` (offset, count) bounds what is read, `only_count` says that nobody looks at the documents, `repeats` that
    the step may run several times in one query.
    """

    def __init__(self, clause: Clause, variable: str, collection: str) -> None:
        super().__init__(clause)
        self.variable = variable
        self.collection = collection
        self.access: Access | None = None
        self.limit: tuple[Compiled, Compiled] | None = None
        self.only_count = False
        self.repeats = False
        self.shard_value: Any = None


class ListStep(Step):
    """FOR over an array or a range."""

    def __init__(self, clause: Clause, variable: str, source: Compiled) -> None:
        super().__init__(clause)
        self.variable = variable
        self.source = source


class GraphStep(Step):
    """FOR over a graph."""

    def __init__(self, clause: Traversal) -> None:
        super().__init__(clause)
        self.graph = clause
        self.depth: Compiled | None = None
        self.start: Compiled | None = None
        self.target: Compiled | None = None
        self.prune: Compiled | None = None
        self.name: str | None = None
        self.edges: list[tuple[str, str]] = []
        self.options: dict[str, Any] = {}
        self.needs_edge = True
        self.needs_path = True


class LetStep(Step):
    """LET variable = value."""

    def __init__(self, clause: Clause, variable: str, value: Compiled) -> None:
        super().__init__(clause)
        self.variable = variable
        self.value = value


class FilterStep(Step):
    """FILTER condition; the conditions that could be attached to a loop are not steps."""

    def __init__(self, clause: Clause, condition: Compiled) -> None:
        super().__init__(clause)
        self.condition = condition


class SortStep(Step):
    """SORT by keys; each with whether it ascends. Only the first `keep` rows are needed, if that is set."""

    def __init__(self, clause: Clause, keys: list[tuple[Compiled, bool]]) -> None:
        super().__init__(clause)
        self.keys = keys
        self.keep: tuple[Compiled, Compiled] | None = None


class LimitStep(Step):
    """LIMIT offset, count; `counts_all` says that the rows it cuts off are counted for ``fullCount``."""

    def __init__(self, clause: Clause, offset: Compiled, count: Compiled) -> None:
        super().__init__(clause)
        self.offset = offset
        self.count = count
        self.counts_all = False


class CollectStep(Step):
    """COLLECT; `columns` are the expressions of groups, of aggregates and of INTO, in this order."""

    def __init__(self, clause: Collect) -> None:
        super().__init__(clause)
        self.collect = clause
        self.groups: list[Compiled] = []
        self.aggregates: list[Compiled] = []
        self.into: Compiled | None = None
        self.outer_row: dict[str, Any] = {}


class WindowStep(Step):
    """WINDOW; `bounds` are how much precedes and follows, in rows or (with `range_value`) in its unit."""

    def __init__(self, clause: Clause) -> None:
        super().__init__(clause)
        self.range_value: Compiled | None = None
        self.names: list[tuple[str, str]] = []
        self.aggregates: list[Compiled] = []
        self.bounds: dict[str, Any] = {}


class ModifyStep(Step):
    """INSERT, UPDATE, REPLACE, REMOVE; `gathers` says that all rows must be known before the first is written."""

    def __init__(self, clause: Clause, kind: str, collection: str) -> None:
        super().__init__(clause)
        self.kind = kind
        self.collection = collection
        self.key: Compiled | None = None
        self.document: Compiled | None = None
        self.options: dict[str, Any] = {}
        self.uses_old = False
        self.uses_new = False
        self.gathers = False


class UpsertStep(ModifyStep):
    """UPSERT: `search` gives the example, `condition` decides about one document (as CURRENT), `change` the patch."""

    def __init__(self, clause: Clause, kind: str, collection: str) -> None:
        super().__init__(clause, kind, collection)
        self.search: Compiled | None = None
        self.condition: Compiled | None = None
        self.change: Compiled | None = None


class ReturnStep(Step):
    """RETURN [DISTINCT] value."""

    def __init__(self, clause: Clause, value: Compiled, distinct: bool) -> None:
        super().__init__(clause)
        self.value = value
        self.distinct = distinct


class Plan:
    """The steps of a query or subquery; the plans of its own subqueries are in `subplans`."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.subplans: list[Plan] = []
