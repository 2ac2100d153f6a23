"""How a query reads: whole collections, look-ups by an index, graphs, and the functions that ask the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import IndexRange
from ..errors import ArangoError
from .ast_walk import variables_of
from .database_functions import DatabaseFunctions
from .traversal_spec import EdgeSource, TraversalSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ..backend import Backend, CollectionInfo
    from ..storage.operations import Operation, Result
    from .access import Access
    from .compiled import Compiled, Row
    from .graph_view import GraphViews
    from .query_context import QueryContext
    from .steps import GraphStep

_UNBOUNDED_DEPTH = 2**31
_MOST_KEYS_ONE_BY_ONE = 8


class Reader:
    """Reads for one query. `infos` are the collections it names; others may be named by values only."""

    def __init__(
        self, backend: Backend, database: str, context: QueryContext, statistics: dict[str, Any], user: str
    ) -> None:
        self.backend = backend
        self.database = database
        self.context = context
        self.statistics = statistics
        self.user = user
        self.shard_value: Any = context.options.get("forceOneShardAttributeValue")
        self._infos: dict[str, CollectionInfo] = {}
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._graphs: GraphViews | None = None
        self._functions = DatabaseFunctions(self)

    def info(self, name: str) -> CollectionInfo:
        """Return a collection. Raises ArangoError 1203; 9 for a view, which nothing can search here."""
        if name not in self._infos:
            try:
                self._infos[name] = self.backend.collection(self.database, name)
            except ArangoError as error:
                if error.error_num == errors.DATA_SOURCE_NOT_FOUND:
                    self._refuse_view(name)
                raise
        return self._infos[name]

    def _refuse_view(self, name: str) -> None:
        try:
            views = self.backend.views(self.database)
        except NotImplementedError:
            return
        if any(view.get("name") == name for view in views):
            raise ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: view '{name}' cannot be searched")

    def use(self, backend: Backend) -> None:
        """Read through another backend from now on: that of the query's scope."""
        self.backend = backend
        self._infos.clear()
        self._graphs = None

    def _asked(self) -> None:
        if self.backend.is_cluster:
            self.statistics["httpRequests"] += 1

    # -- documents ---------------------------------------------------------------------------------------------------
    async def documents(self, name: str, limit: int | None = None, *, keep: bool = False) -> list[dict[str, Any]]:
        """Return the documents of a collection, at most `limit`; with `keep` they are read only once per query."""
        if name in self._kept:
            found = self._kept[name]
            self.statistics["scannedFull"] += len(found)
            return found if limit is None else found[:limit]
        self._asked()
        whole = limit if self.shard_value is None else None
        found = self._of_one_shard(name, await self.backend.scan(self.info(name), limit=whole))
        self.statistics["scannedFull"] += len(found)
        if keep and limit is None:
            self._kept[name] = found
        return found

    def _of_one_shard(self, name: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return only what the option forceOneShardAttributeValue admits."""
        info = self.info(name)
        shard_keys = info.properties.get("shardKeys") or ["_key"]
        if self.shard_value is None or not self.backend.is_cluster or len(shard_keys) != 1:
            return documents
        wanted = self.backend.responsible_shard(info, {shard_keys[0]: self.shard_value})
        return [item for item in documents if self.backend.responsible_shard(info, item) == wanted]

    async def all_documents(self, name: str) -> list[dict[str, Any]]:
        """Return all documents of a collection that is used as an array."""
        return await self.documents(name, keep=True)

    async def fresh_documents(self, name: str) -> list[dict[str, Any]]:
        """Return all documents with what this query has written so far."""
        self._asked()
        return await self.backend.scan(self.info(name))

    async def count(self, name: str) -> int:
        """Return the number of documents."""
        self._asked()
        return int((await self.backend.statistics(self.info(name)))["count"])

    async def looked_up(self, name: str, access: Access, values: list[Any], limit: int | None) -> list[dict[str, Any]]:
        """Return the documents that an index finds for the values of its fields."""
        info = self.info(name)
        if access.is_primary:
            found = await self._by_keys(info, access, values[0], limit)
        else:
            ranges = access.ranges(values)
            if ranges is None:
                return await self.documents(name, keep=True)
            if not access.parts:
                ranges = [IndexRange([])]
            self._asked()
            found = await self.backend.lookup(
                info, access.index, ranges, descending=access.descending, limit=limit
            ) if ranges else []  # fmt: skip
        self.statistics["scannedIndex"] += len(found)
        return self._of_one_shard(name, found)

    async def _by_keys(self, info: CollectionInfo, access: Access, value: Any, limit: int | None) -> list[Any]:
        is_list = access.equal[0][0].operator == "IN"
        wanted = value if is_list and isinstance(value, list) else [] if is_list else [value]
        keys: dict[str, None] = {}
        for item in wanted:
            if not isinstance(item, str):
                continue
            if access.index["fields"] == ["_id"]:
                collection, _, key = item.partition("/")
                if collection != info.name:
                    continue
            else:
                key = item
            keys[key] = None
        if len(keys) <= _MOST_KEYS_ONE_BY_ONE:
            found: list[Any] = []
            for key in keys:
                self._asked()
                found += await self.backend.scan(info, key=key)
        else:
            self._asked()
            results = await self.backend.execute(info, [{"op": "read", "key": key} for key in keys], {})
            found = [result["document"] for result in results if result.get("document") is not None]
        return found if limit is None else found[:limit]

    async def by_example(self, name: str, example: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the documents that may equal an example, with what this query has written so far."""
        info = self.info(name)
        key = example.get("_key")
        if isinstance(key, str):
            self._asked()
            return await self.backend.scan(info, key=key)
        for index in info.properties.get("indexes") or ():
            fields = index.get("fields") or ()
            if index.get("type") != "persistent" or not all(isinstance(field, str) for field in fields):
                continue
            values = [example.get(field) for field in fields]
            if all(field in example for field in fields) and None not in values:
                self._asked()
                return await self.backend.lookup(info, index, [IndexRange(values)])
        return await self.fresh_documents(name)

    async def execute(self, info: CollectionInfo, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run write operations."""
        self._asked()
        self._kept.pop(info.name, None)
        return await self.backend.execute(info, operations, options) if operations else []

    async def call(self, name: str, arguments: list[Any]) -> Any:
        """Return the value of a function that asks the database."""
        return await self._functions.call(name, arguments)

    # -- graphs ------------------------------------------------------------------------------------------------------
    async def traverse(
        self, step: GraphStep, row: Row, value: Callable[[Compiled, Row], Awaitable[Any]]
    ) -> AsyncIterator[Row]:
        """Yield the variables of a FOR over a graph, one row per vertex or path."""
        from . import traversal
        from .graph_view import GraphViews

        spec = await self._spec(step, row, value)
        assert step.start is not None
        start = await value(step.start, row)
        target = await value(step.target, row) if step.target is not None else None
        names = step.graph.variables
        prune = _pruning(step, row)
        if self._graphs is None:
            self._graphs = GraphViews(self.backend, self.database, self.context.warn, self.statistics, self.context)
        async for found in traversal.run(self._graphs, spec, start, target, prune):
            made = dict(zip(names, found, strict=False))
            if step.graph.prune_variable is not None and prune is not None:
                made[step.graph.prune_variable] = prune(*found)
            yield made
            await self.context.breathe()

    async def _spec(self, step: GraphStep, row: Row, value: Callable[[Compiled, Row], Awaitable[Any]]) -> TraversalSpec:
        least = most = 1
        if step.depth is not None:
            depth = await value(step.depth, row)
            bounds = depth if isinstance(depth, list) else [depth]
            if not bounds or not all(type(bound) in (int, float) and bound >= 0 for bound in bounds):
                raise ArangoError(errors.QUERY_PARSE, "invalid traversal depth (while instantiating plan)")
            least, most = int(min(bounds)), min(int(max(bounds)), _UNBOUNDED_DEPTH)
        spec = TraversalSpec(
            step.graph.kind,
            step.graph.direction,
            graph=step.name,
            edges=[EdgeSource(name, direction) for name, direction in step.edges],
            minimum=least,
            maximum=most,
            options=step.options,
        )
        spec.needs_edge, spec.needs_path = step.needs_edge, step.needs_path
        return spec


def _pruning(step: GraphStep, row: Row) -> Callable[[Any, Any, Any], Any] | None:
    """Return the PRUNE condition as a function of vertex, edge and path."""
    part = step.prune
    if part is None:
        return None
    if not part.is_plain:
        raise ArangoError(errors.QUERY_PARSE, "PRUNE condition must not use a subquery")
    names = step.graph.variables
    inside = dict(row)
    evaluate = part.evaluate
    wanted = [(position, name) for position, name in enumerate(names) if name in variables_of(part.node)]

    def prune(*found: Any) -> Any:
        for position, name in wanted:
            inside[name] = found[position]
        return bool(_truth(evaluate(inside)))

    return prune


def _truth(value: Any) -> bool:
    from .values import truth

    return truth(value)
