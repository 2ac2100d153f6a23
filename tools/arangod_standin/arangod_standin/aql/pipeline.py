"""Carries out a plan: each step is an asynchronous generator of batches of rows that pulls from the one before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .compiled import PENDING, Pending
from .grouping import collect, window
from .operators import make_range
from .query_context import estimated_bytes_of_all
from .steps import (
    CollectStep,
    FilterStep,
    GraphStep,
    LetStep,
    LimitStep,
    ListStep,
    ModifyStep,
    ReturnStep,
    ScanStep,
    SortStep,
    UpsertStep,
    WindowStep,
)
from .values import canonical, sort_token, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from .compiled import Compiled, Hoist, Row
    from .query_context import QueryContext
    from .reading import Reader
    from .steps import Plan, Step
    from .streaming import Sink
    from .writing import Writer

    Batches = AsyncIterator[list[Row]]


class Pipeline:
    """Runs the plans of one query; `reader` and `writer` are its ways to the data."""

    def __init__(self, context: QueryContext, reader: Reader, writer: Writer, statistics: dict[str, Any]) -> None:
        self.context = context
        self.statistics = statistics
        self.full_count: int | None = None
        self._reader = reader
        self._writer = writer
        self._batch_rows = context.batch_rows
        self._operators: dict[type, Callable[[Any, Batches], Batches]] = {
            ScanStep: self._scan, ListStep: self._list, GraphStep: self._graph, LetStep: self._let,
            FilterStep: self._filter, SortStep: self._sort, LimitStep: self._limit, CollectStep: self._collect,
            WindowStep: self._window, ModifyStep: self._modify, UpsertStep: self._modify,
        }  # fmt: skip

    async def run(self, plan: Plan, row: Row, sink: Sink | None = None) -> list[Any]:
        """Return the values of a query or subquery, or give them to a sink; without a RETURN there are none."""
        held_bytes = self.context.held_bytes
        try:
            return await self._run(plan, row, sink)
        finally:
            # what the query gathered is gone; its result counts again with whatever gathers that
            self.context.use_memory(held_bytes - self.context.held_bytes)

    async def _run(self, plan: Plan, row: Row, sink: Sink | None) -> list[Any]:
        outer = dict(row)
        batches = _start(row)
        looped = False
        for step in plan.steps:
            looped = looped or not isinstance(step, (LetStep, FilterStep))
            if isinstance(step, ReturnStep):
                return await self._return(step, batches, sink)
            operator = self._operators[type(step)]
            if isinstance(step, CollectStep):
                step.outer_row = outer
            batches = self._counted(step, operator(step, batches))
            if not looped:
                batches = _noted(outer, batches)
        async for _ in batches:
            pass
        return []

    async def _counted(self, step: Step, batches: Batches) -> Batches:
        """Pass batches on, counting what ``profile`` shows."""
        while True:
            started_s = time.perf_counter()
            batch = await anext(batches, None)
            step.runtime_s += time.perf_counter() - started_s
            step.calls += 1
            if batch is None:
                return
            step.items += len(batch)
            yield batch
            await self.context.breathe()

    # -- values ------------------------------------------------------------------------------------------------------
    async def value(self, part: Compiled, row: Row) -> Any:
        """Return the value of an expression for a row, asking the database for what it needs."""
        for hoist in part.hoists:
            row[hoist.slot] = await self._hoisted(hoist, row)
        if not part.lazy:
            return part.evaluate(row)
        known: dict[Any, Any] = {}
        row[PENDING] = known
        while True:
            try:
                return part.evaluate(row)
            except Pending as pending:
                known[pending.key] = await self._hoisted(pending.hoist, dict(pending.row))

    async def values(self, part: Compiled, rows: list[Row]) -> list[Any]:
        """Return the values of an expression for rows."""
        if part.is_plain:
            evaluate = part.evaluate
            return [evaluate(row) for row in rows]
        found = []
        for row in rows:
            found.append(await self.value(part, row))
            await self.context.breathe()
        return found

    async def _hoisted(self, hoist: Hoist, row: Row) -> Any:
        if hoist.kind == "subquery":
            return await self.run(hoist.argument, dict(row))
        if hoist.kind == "collection":
            return await self._reader.all_documents(hoist.argument)
        if hoist.kind == "count":
            return await self._reader.count(hoist.argument)
        name, arguments = hoist.argument
        return await self._reader.call(name, [await self.value(argument, row) for argument in arguments])

    async def _passing(self, conditions: list[Compiled], rows: list[Row]) -> list[Row]:
        """Return the rows for which all conditions are true, counting the others."""
        before = len(rows)
        for part in conditions:
            if part.is_plain:
                evaluate = part.evaluate
                rows = [row for row in rows if truth(evaluate(row))]
            else:
                rows = [row for row in rows if truth(await self.value(part, row))]
        self.statistics["filtered"] += before - len(rows)
        return rows

    # -- loops -------------------------------------------------------------------------------------------------------
    async def _looped(self, step: Step, variable: str, row: Row, values: Iterable[Any]) -> Batches:
        """Yield batches of a row with each of some values, as far as the step's conditions let them pass."""
        batch: list[Row] = []
        for value in values:
            batch.append({**row, variable: value})
            if len(batch) == self._batch_rows:
                passed = await self._passing(step.filters, batch)
                if passed:
                    yield passed
                await self.context.breathe()
                batch = []
        if batch:
            passed = await self._passing(step.filters, batch)
            if passed:
                yield passed

    async def _list(self, step: ListStep, source: Batches) -> Batches:
        node = step.source.node
        is_range = node[0] == "range" and step.source.is_plain
        async for batch in source:
            for row in batch:
                if is_range and node[1][0] == node[2][0] == "literal":
                    values: Any = make_range(node[1][1], node[2][1])
                else:
                    values = await self.value(step.source, row)
                if not isinstance(values, (list, range)):
                    raise ArangoError(
                        errors.QUERY_ARRAY_EXPECTED, "collection or array expected as operand to FOR loop"
                    )
                async for made in self._looped(step, step.variable, row, values):
                    yield made

    async def _scan(self, step: ScanStep, source: Batches) -> Batches:
        async for batch in source:
            for row in batch:
                if step.only_count:
                    count = await self._reader.count(step.collection)
                    async for made in self._looped(step, step.variable, row, ({} for _ in range(count))):
                        yield made
                    continue
                documents = await self._documents(step, row)
                size_bytes = estimated_bytes_of_all(documents)
                self.context.use_memory(size_bytes)
                async for made in self._looped(step, step.variable, row, documents):
                    yield made
                self.context.use_memory(-size_bytes)
            await self.context.breathe()

    async def _documents(self, step: ScanStep, row: Row) -> list[Any]:
        limit = None
        if step.limit is not None and not self.context.options.get("fullCount"):
            offset, count = [await self._limit_value(part, row) for part in step.limit]
            limit = None if count is None else (offset or 0) + count
        if step.access is not None:
            values = [await self.value(part, row) for part in step.access.parts]
            return await self._reader.looked_up(step.collection, step.access, values, limit)
        return await self._reader.documents(step.collection, limit, keep=step.repeats)

    async def _graph(self, step: GraphStep, source: Batches) -> Batches:
        async for batch in source:
            for row in batch:
                made: list[Row] = []
                async for found in self._reader.traverse(step, row, self.value):
                    made.append({**row, **found})
                    if len(made) == self._batch_rows:
                        yield await self._passing(step.filters, made)
                        made = []
                passed = await self._passing(step.filters, made)
                if passed:
                    yield passed

    # -- the other operators -----------------------------------------------------------------------------------------
    async def _let(self, step: LetStep, source: Batches) -> Batches:
        async for batch in source:
            values = await self.values(step.value, batch)
            yield [{**row, step.variable: value} for row, value in zip(batch, values, strict=True)]

    async def _filter(self, step: FilterStep, source: Batches) -> Batches:
        async for batch in source:
            passed = await self._passing([step.condition], batch)
            if passed:
                yield passed

    async def _gathered(self, source: Batches) -> list[Row]:
        rows: list[Row] = []
        async for batch in source:
            self.context.use_memory(estimated_bytes_of_all(batch))
            rows += batch
        return rows

    async def _sort(self, step: SortStep, source: Batches) -> Batches:
        rows = await self._gathered(source)
        columns = [await self.values(key, rows) for key, _ in step.keys]
        numbers = list(range(len(rows)))
        # sorting by the last key first: Python's sort leaves equal elements in their order
        for column, (_, ascending) in reversed(list(zip(columns, step.keys, strict=True))):
            tokens = [sort_token(value) for value in column]
            await self.context.breathe()
            numbers.sort(key=tokens.__getitem__, reverse=not ascending)
            await self.context.breathe()
        if step.keep is not None:
            offset, count = [await self._limit_value(part, {}) for part in step.keep]
            numbers = numbers if count is None else numbers[: (offset or 0) + count]
        for start in range(0, len(numbers), self._batch_rows):
            yield [rows[number] for number in numbers[start : start + self._batch_rows]]

    async def _limit_value(self, part: Compiled, row: Row) -> int | None:
        """Return a number of LIMIT; null stands for no limit (drivers send it)."""
        value = await self.value(part, row)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ArangoError(errors.QUERY_NUMBER_OUT_OF_RANGE, "LIMIT value is not a valid number")
        return int(value)

    async def _limit(self, step: LimitStep, source: Batches) -> Batches:
        offset = await self._limit_value(step.offset, {}) or 0
        count = await self._limit_value(step.count, {})
        seen = 0
        end = offset + count if count is not None else None
        if end == 0 and not step.counts_all:
            return
        async for batch in source:
            first = max(offset - seen, 0)
            last = len(batch) if end is None else max(end - seen, 0)
            seen += len(batch)
            chosen = batch[first:last]
            if chosen:
                yield chosen
            if end is not None and seen >= end and not step.counts_all:
                return
        if step.counts_all:
            self.full_count = seen

    async def _collect(self, step: CollectStep, source: Batches) -> Batches:
        rows = await self._gathered(source)
        groups = [await self.values(part, rows) for part in step.groups]
        aggregates = [await self.values(part, rows) for part in step.aggregates]
        into = await self.values(step.into, rows) if step.into is not None else None
        made = collect(step, rows, groups, aggregates, into, self.context)
        for start in range(0, len(made), self._batch_rows):
            yield made[start : start + self._batch_rows]

    async def _window(self, step: WindowStep, source: Batches) -> Batches:
        rows = await self._gathered(source)
        ranged = await self.values(step.range_value, rows) if step.range_value is not None else None
        columns = [await self.values(part, rows) for part in step.aggregates]
        made = window(step, rows, ranged, columns, self.context)
        for start in range(0, len(made), self._batch_rows):
            yield made[start : start + self._batch_rows]

    async def _modify(self, step: ModifyStep, source: Batches) -> Batches:
        if step.gathers:
            rows = await self._gathered(source)
            for start in range(0, len(rows), self._batch_rows):
                yield await self._writer.write(self, step, rows[start : start + self._batch_rows])
            return
        async for batch in source:
            yield await self._writer.write(self, step, batch)

    async def _return(self, step: ReturnStep, source: Batches, sink: Sink | None) -> list[Any]:
        result: list[Any] = []
        seen: set[Any] = set()
        async for batch in source:
            values = await self.values(step.value, batch)
            if step.distinct:
                fresh = []
                for value in values:
                    mark = canonical(value)
                    if mark not in seen:
                        seen.add(mark)
                        fresh.append(value)
                values = fresh
            step.items += len(values)
            if sink is not None:
                await sink(values)
                continue
            self.context.use_memory(estimated_bytes_of_all(values))
            result += values
            await self.context.breathe()
        return result


async def _noted(outer: Row, batches: Batches) -> Batches:
    """Keep the variables of the one row there is before the first loop: they outlive a COLLECT of nothing."""
    async for batch in batches:
        outer.update(batch[0])
        yield batch


async def _start(row: Row) -> Batches:
    yield [row]
