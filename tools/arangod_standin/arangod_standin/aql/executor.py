"""Runs a plan: each clause turns a list of rows into a list of rows; whatever needs data asks the backend."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..storage.operations import error_of
from . import functions
from .ast import Collect, Filter, For, Let, Limit, Modify, Return, Sort
from .compiler import Compiler
from .parser import Parser
from .plan import plan_query
from .values import SortKey, canonical, to_number, truth

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo
    from ..storage.operations import Operation
    from .compiler import Compiled, Hoist
    from .plan import Step

    Row = dict[str, Any]

_YIELD_EVERY_S = 0.02


class QueryResult:
    """What a query gave: values, warnings and statistics."""

    __slots__ = ("full_count", "modifies", "statistics", "values", "warnings")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.warnings: list[dict[str, Any]] = []
        self.modifies = False
        self.full_count: int | None = None
        self.statistics: dict[str, Any] = {
            "writesExecuted": 0, "writesIgnored": 0, "scannedFull": 0, "scannedIndex": 0, "filtered": 0,
            "httpRequests": 0, "peakMemoryUsage": 0, "intermediateCommits": 0,
        }  # fmt: skip


def check_bind(names: set[str], bind: dict[str, Any]) -> None:
    """Raise ArangoError 1551 for a missing and 1552 for an undeclared bind parameter."""
    for name in sorted(names):
        if name not in bind:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_MISSING, f"no value specified for declared bind parameter '{name}'"
            )
    for name in sorted(bind):
        if name not in names:
            raise ArangoError(
                errors.QUERY_BIND_PARAMETER_UNDECLARED, f"bind parameter '{name}' was not declared in the query"
            )
        if name.startswith("@") and not isinstance(bind[name], str):
            raise ArangoError(errors.QUERY_BIND_PARAMETER_TYPE, f"bind parameter '{name}' has an invalid value or type")


class Executor:
    """Executes one query on one database."""

    def __init__(self, backend: Backend, database: str, bind: dict[str, Any], options: dict[str, Any]) -> None:
        self._backend = backend
        self._database = database
        self._bind = bind
        self._options = options
        self._cache: dict[str, list[dict[str, Any]]] = {}
        self._infos: dict[str, CollectionInfo] = {}
        self._compiler = Compiler(bind)
        self._last_yield_s = time.monotonic()
        self.result = QueryResult()

    async def run(self, text: str) -> QueryResult:
        """Parse, check and execute. Raises ArangoError."""
        started = time.perf_counter()
        parser = Parser(text)
        query = parser.parse()
        check_bind(parser.bind_names, self._bind)
        steps = plan_query(query, self._compiler, set())
        for name in self._compiler.collections:
            self._info(name)
        self.result.modifies = query.modifies
        self.result.values = await self._query(steps, {})
        self.result.warnings = self._compiler.warnings
        self.result.statistics["executionTime"] = time.perf_counter() - started
        if self.result.full_count is not None:
            self.result.statistics["fullCount"] = self.result.full_count
        return self.result

    def _info(self, name: str) -> CollectionInfo:
        if name not in self._infos:
            self._infos[name] = self._backend.collection(self._database, name)
        return self._infos[name]

    async def _query(self, steps: list[Step], row: Row) -> list[Any]:
        rows = [row]
        for position, step in enumerate(steps):
            if isinstance(step.clause, Return):
                return await self._return(step, rows)
            rows = await self._step(
                step, rows, last_limit=not any(isinstance(s.clause, Limit) for s in steps[position + 1 :])
            )
        return []

    async def _step(self, step: Step, rows: list[Row], *, last_limit: bool) -> list[Row]:
        clause = step.clause
        if isinstance(clause, For):
            return await self._for(step, rows)
        if isinstance(clause, Let):
            return [{**row, step.variable: value} for row, value in await self._values(step.parts[0], rows)]
        if isinstance(clause, Filter):
            kept = [row for row, value in await self._values(step.parts[0], rows) if truth(value)]
            self.result.statistics["filtered"] += len(rows) - len(kept)
            return kept
        if isinstance(clause, Sort):
            for part, (_, ascending) in reversed(list(zip(step.parts, clause.keys, strict=True))):
                keyed = [(SortKey(value), row) for row, value in await self._values(part, rows)]
                keyed.sort(key=lambda pair: pair[0], reverse=not ascending)
                rows = [row for _, row in keyed]
            return rows
        if isinstance(clause, Limit):
            offset, count = [await self._limit_value(part) for part in step.parts]
            if last_limit and self._options.get("fullCount"):
                self.result.full_count = len(rows)
            start = offset or 0
            return rows[start:] if count is None else rows[start : start + count]
        if isinstance(clause, Collect):
            return await self._collect(step, clause, rows)
        assert isinstance(clause, Modify)
        return await self._modify(step, clause, rows)

    async def _limit_value(self, part: Compiled) -> int | None:
        """Return a number of LIMIT; null stands for no limit (drivers send it)."""
        value = (await self._values(part, [{}]))[0][1]
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ArangoError(errors.QUERY_NUMBER_OUT_OF_RANGE, "LIMIT value is not a valid number")
        return int(value)

    # -- values ------------------------------------------------------------------------------------------------------
    async def _values(self, part: Compiled, rows: list[Row]) -> list[tuple[Row, Any]]:
        """Return each row with the value of an expression, filling hoisted slots first."""
        evaluate, hoists = part.evaluate, part.hoists
        if not hoists and len(rows) < 500:
            return [(row, evaluate(row)) for row in rows]
        found = []
        for row in rows:
            for hoist in hoists:
                row[hoist.slot] = await self._hoisted(hoist, row)
            found.append((row, evaluate(row)))
            if len(found) % 200 == 0:
                await self._breathe()
        return found

    async def _breathe(self) -> None:
        """Let other requests run when this query has held the event loop for long."""
        if time.monotonic() - self._last_yield_s > _YIELD_EVERY_S:
            await asyncio.sleep(0)
            self._last_yield_s = time.monotonic()

    async def _hoisted(self, hoist: Hoist, row: Row) -> Any:
        if hoist.kind == "subquery":
            return await self._query(hoist.argument, dict(row))
        if hoist.kind == "collection":
            return await self._documents(hoist.argument)
        if hoist.kind == "count":
            return (await self._backend.statistics(self._info(hoist.argument)))["count"]
        if hoist.kind == "sleep":
            await asyncio.sleep(max(float(to_number(hoist.argument(row))), 0.0))
            return None
        return await self._document([argument(row) for argument in hoist.argument])

    async def _documents(self, name: str, limit: int | None = None) -> list[dict[str, Any]]:
        if name in self._cache:
            return self._cache[name]
        found = await self._backend.scan(self._info(name), limit=limit)
        self.result.statistics["scannedFull"] += len(found)
        if limit is None:
            self._cache[name] = found
        return found

    async def _document(self, arguments: list[Any]) -> Any:
        collection = arguments[0] if len(arguments) == 2 else None
        wanted = arguments[-1]
        if isinstance(wanted, list):
            found = [await self._document([*arguments[:-1], item]) for item in wanted]
            return [document for document in found if document is not None]
        text = wanted if isinstance(wanted, str) else wanted.get("_id") if isinstance(wanted, dict) else None
        if not isinstance(text, str):
            return None
        name, separator, key = text.partition("/")
        if not separator:
            name, key = str(collection), text
        info = self._backend.collection(self._database, name)
        result = (await self._backend.execute(info, [{"op": "read", "key": key}], {}))[0]
        return result.get("document")

    # -- clauses -----------------------------------------------------------------------------------------------------
    async def _for(self, step: Step, rows: list[Row]) -> list[Row]:
        variable = step.variable
        result: list[Row] = []
        if step.collection is None:
            for row, values in await self._values(step.parts[0], rows):
                if not isinstance(values, list):
                    raise ArangoError(
                        errors.QUERY_ARRAY_EXPECTED, "collection or array expected as operand to FOR loop"
                    )
                result += [{**row, variable: value} for value in values]
            return result
        info = self._info(step.collection)
        for row in rows:
            if step.key is not None:
                key = (await self._values(step.key, [row]))[0][1]
                documents = await self._backend.scan(info, key=key) if isinstance(key, str) else []
                self.result.statistics["scannedIndex"] += len(documents)
            elif step.only_count:
                documents = [{}] * int((await self._backend.statistics(info))["count"])
            else:
                documents = await self._documents(step.collection, await self._scan_limit(step, row))
            result += [{**row, variable: document} for document in documents]
            await self._breathe()
        return result

    async def _scan_limit(self, step: Step, row: Row) -> int | None:
        if step.limit is None or self._options.get("fullCount") or step.collection in self._cache:
            return None
        offset, count = [await self._limit_value(part) for part in step.limit]
        return None if count is None else (offset or 0) + count

    async def _return(self, step: Step, rows: list[Row]) -> list[Any]:
        values = [value for _, value in await self._values(step.parts[0], rows)]
        clause = step.clause
        if isinstance(clause, Return) and clause.distinct:
            values = list({canonical(value): value for value in reversed(values)}.values())[::-1]
        return values

    async def _collect(self, step: Step, clause: Collect, rows: list[Row]) -> list[Row]:
        columns = [[value for _, value in await self._values(part, rows)] for part in step.parts]
        group_count, aggregate_count = len(clause.groups), len(clause.aggregates)
        groups: dict[Any, list[int]] = {}
        for number in range(len(rows)):
            group = tuple(canonical(columns[column][number]) for column in range(group_count))
            groups.setdefault(group, []).append(number)
        if not clause.groups:
            groups = {(): list(range(len(rows)))}
        outer = {name: value for name, value in (rows[0] if rows else {}).items() if name not in clause.known}
        made = []
        for members in groups.values():
            row: Row = {name: value for name, value in outer.items() if not name.startswith("$")}
            for column, (name, _) in enumerate(clause.groups):
                row[name] = columns[column][members[0]]
            for column, (name, aggregate, _) in enumerate(clause.aggregates):
                values = [columns[group_count + column][number] for number in members]
                function = functions.resolve(aggregate, 1)
                context = [self._compiler] if function.pass_context else []
                row[name] = function.call(*context, values)
            if clause.count_into:
                row[clause.count_into] = len(members)
            if clause.into:
                if clause.into_expression is not None:
                    row[clause.into] = [columns[group_count + aggregate_count][number] for number in members]
                else:
                    row[clause.into] = [{name: rows[number][name] for name in clause.known if name in rows[number]}
                                        for number in members]  # fmt: skip
            made.append(row)
        made.sort(key=lambda row: SortKey([row[name] for name, _ in clause.groups]))
        return made

    async def _modify(self, step: Step, clause: Modify, rows: list[Row]) -> list[Row]:
        assert step.collection is not None
        info = self._info(step.collection)
        given = (await self._values(step.parts[2], [{}]))[0][1] or {}
        options = {name: given[name] for name in ("waitForSync", "keepNull", "mergeObjects") if name in given}
        options.update(
            {"atomic": not given.get("ignoreErrors"), "returnOld": step.uses_old, "returnNew": step.uses_new}
        )
        keys = await self._values(step.parts[0], rows)
        documents = await self._values(step.parts[1], rows)
        operations = [
            self._operation(clause, key, document, given)
            for (_, key), (_, document) in zip(keys, documents, strict=True)
        ]
        results = await self._backend.execute(info, operations, options) if operations else []
        self._cache.pop(step.collection, None)
        changed = []
        for row, result in zip(rows, results, strict=False):
            if "error" in result:
                if not given.get("ignoreErrors"):
                    raise error_of(result)
                self.result.statistics["writesIgnored"] += 1
                continue
            self.result.statistics["writesExecuted"] += 1
            changed.append({**row, "OLD": result.get("old"), "NEW": result.get("new")})
        return changed

    @staticmethod
    def _operation(clause: Modify, key: Any, document: Any, given: dict[str, Any]) -> Operation:
        if clause.kind == "insert":
            mode = given.get("overwriteMode") or ("replace" if given.get("overwrite") else None)
            return {"op": "insert", "doc": document, "mode": mode}
        source = key if clause.key is not None else document
        name = source.get("_key") if isinstance(source, dict) else source
        if isinstance(name, str) and "/" in name:
            name = name.split("/", 1)[1]
        revision = source.get("_rev") if isinstance(source, dict) and given.get("ignoreRevs") is False else None
        return {"op": clause.kind, "key": name, "doc": document if clause.kind != "remove" else {}, "rev": revision}
