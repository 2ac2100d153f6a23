"""INSERT, UPDATE, REPLACE, REMOVE and UPSERT on the rows of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..storage.operations import error_of
from .steps import UpsertStep
from .values import compare, truth

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..storage.operations import Operation, Result
    from .compiled import Row
    from .pipeline import Pipeline
    from .reading import Reader
    from .steps import ModifyStep

_PASSED_ON = ("waitForSync", "keepNull", "mergeObjects", "versionAttribute", "refillIndexCaches", "ignoreRevs")
_IGNORED = (errors.DOCUMENT_NOT_FOUND,)


class Writer:
    """Writes for one query, through the same backend that it reads from."""

    def __init__(self, reader: Reader, statistics: dict[str, Any]) -> None:
        self._reader = reader
        self._statistics = statistics

    async def write(self, pipeline: Pipeline, step: ModifyStep, rows: list[Row]) -> list[Row]:
        """Carry out a modification for some rows; return those that were written, with OLD and NEW."""
        if isinstance(step, UpsertStep):
            return await self._upsert(pipeline, step, rows)
        keys = await pipeline.values(step.key, rows) if step.key is not None else None
        documents = await pipeline.values(step.document, rows) if step.document is not None else None
        operations = [
            _operation(step, keys[number] if keys else None, documents[number] if documents else None)
            for number in range(len(rows))
        ]
        return await self._execute(step, rows, operations)

    async def _execute(self, step: ModifyStep, rows: list[Row], operations: list[Operation]) -> list[Row]:
        info = self._reader.info(step.collection)
        results = await self._apply(info, step, operations)
        written = []
        for row, operation, result in zip(rows, operations, results, strict=False):
            if "error" in result:
                self._failed(step, result)
                continue
            self._statistics["writesExecuted"] += 1
            old = result.get("old")
            new = result.get("new") if operation["op"] != "remove" else None
            written.append({**row, "OLD": old, "NEW": new})
        return written

    async def _apply(self, info: CollectionInfo, step: ModifyStep, operations: list[Operation]) -> list[Result]:
        options = {name: step.options[name] for name in _PASSED_ON if name in step.options}
        options["atomic"] = not step.options.get("ignoreErrors")
        options["returnOld"] = step.uses_old
        options["returnNew"] = step.uses_new
        options["silent"] = False
        return await self._reader.execute(info, operations, options)

    def _failed(self, step: ModifyStep, result: Result) -> None:
        """Ignore a failed write if the query wants that; raise its error otherwise."""
        if step.options.get("ignoreErrors"):
            self._statistics["writesIgnored"] += 1
            return
        raise error_of(result)

    async def _upsert(self, pipeline: Pipeline, step: UpsertStep, rows: list[Row]) -> list[Row]:
        """Write row by row: each sees what the ones before it wrote."""
        info = self._reader.info(step.collection)
        written = []
        for row in rows:
            old = await self._found(pipeline, step, row)
            if old is None:
                assert step.document is not None
                document = await pipeline.value(step.document, row)
                operation: Operation = {"op": "insert", "doc": _copied(document), "mode": None}
            else:
                assert step.change is not None
                change = await pipeline.value(step.change, {**row, "OLD": old})
                revision = change.get("_rev") if isinstance(change, dict) and _checks_revision(step) else None
                operation = {"op": step.kind, "key": old["_key"], "doc": _copied(change), "rev": revision}
            results = await self._apply(info, step, [operation])
            if "error" in results[0]:
                self._failed(step, results[0])
                continue
            self._statistics["writesExecuted"] += 1
            written.append({**row, "OLD": old, "NEW": results[0].get("new")})
            await pipeline.context.breathe()
        return written

    async def _found(self, pipeline: Pipeline, step: UpsertStep, row: Row) -> dict[str, Any] | None:
        """Return the document that UPSERT updates, None when it inserts."""
        if step.condition is not None:
            for document in await self._reader.fresh_documents(step.collection):
                if truth(await pipeline.value(step.condition, {**row, "CURRENT": document})):
                    return document
            return None
        assert step.search is not None
        example = await pipeline.value(step.search, row)
        if not isinstance(example, dict):
            raise ArangoError(errors.QUERY_PARSE, "expecting object literal for upsert search expression")
        for document in await self._reader.by_example(step.collection, example):
            if all(_matches(document, name, value) for name, value in example.items()):
                return document
        return None


def _matches(document: Any, name: str, value: Any) -> bool:
    """Say whether an attribute equals an example's; objects in examples name the attributes that count."""
    found = document.get(name) if isinstance(document, dict) else None
    if isinstance(value, dict) and value:
        return all(_matches(found, inner, wanted) for inner, wanted in value.items())
    return compare(found, value) == 0


def _copied(document: Any) -> Any:
    return dict(document) if isinstance(document, dict) else document


def _checks_revision(step: ModifyStep) -> bool:
    return step.options.get("ignoreRevs") is False


def _operation(step: ModifyStep, key: Any, document: Any) -> Operation:
    options = step.options
    if step.kind == "insert":
        mode = options.get("overwriteMode") or ("replace" if options.get("overwrite") else None)
        return {"op": "insert", "doc": _copied(document), "mode": mode}
    source = key if step.key is not None else document
    name = source.get("_key") if isinstance(source, dict) else source
    if name is None and isinstance(source, dict) and isinstance(source.get("_id"), str):
        name = source["_id"]
    if isinstance(name, str) and "/" in name:
        name = name.split("/", 1)[1]
    revision = source.get("_rev") if isinstance(source, dict) and _checks_revision(step) else None
    return {"op": step.kind, "key": name, "doc": {} if step.kind == "remove" else _copied(document), "rev": revision}
