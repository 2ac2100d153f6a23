"""Bulk import: ``POST /_api/import`` with documents line by line, as an array, or as rows below a header."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError, message_of
from ..http.message import decode_json, encode_json, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..backend import Backend, CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request, Response
    from ..storage.operations import Operation

_BATCH = 2000
_SHOWN_LETTERS = 200
_MODES = {"error": None, "update": "update", "replace": "replace", "ignore": "ignore"}


class _Refused:
    """A line that never becomes a document, with the reason."""

    __slots__ = ("position", "reason")

    def __init__(self, position: int, reason: str) -> None:
        self.position = position
        self.reason = reason


def _is_empty(line: bytes) -> bool:
    return not line.strip()


def _lines(body: bytes) -> list[bytes]:
    lines = body.split(b"\n")
    if _is_empty(lines[-1]):
        lines.pop()
    return lines


class _Source:
    """The documents of one request's body, in order; ``empty`` counts lines without content."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.empty = 0
        kind = request.parameters.get("type")
        body = request.body
        if kind == "auto":
            kind = "array" if body.lstrip()[:1] == b"[" else "documents"
        if kind not in (None, "", "documents", "array", "list"):
            raise ArangoError(errors.BAD_PARAMETER, "invalid value for <type>")
        if kind in ("array", "list"):
            self.items = self._array(body)
        elif kind == "documents":
            self.items = self._documents(body)
        else:
            self.items = self._rows(body)

    @staticmethod
    def _array(body: bytes) -> Iterator[tuple[int, Any]]:
        values = decode_json(body)
        if not isinstance(values, list):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting a JSON array in the request")
        return iter(enumerate(values, 1))

    def _documents(self, body: bytes) -> Iterator[tuple[int, Any]]:
        for position, line in enumerate(_lines(body), 1):
            if _is_empty(line):
                self.empty += 1
                continue
            try:
                yield position, json.loads(line)
            except (ValueError, RecursionError):
                yield position, _Refused(position, f"at position {position}: invalid JSON object")

    def _rows(self, body: bytes) -> Iterator[tuple[int, Any]]:
        lines = _lines(body)
        names = decode_json(lines[0]) if lines else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not names:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "no JSON array of attribute names found in first line")
        ignore_missing = self._request.flag("ignoreMissing")

        def rows() -> Iterator[tuple[int, Any]]:
            for position, line in enumerate(lines[1:], 2):
                if _is_empty(line):
                    self.empty += 1
                    continue
                yield position, self._row(position, line, names, ignore_missing)

        return rows()

    @staticmethod
    def _row(position: int, line: bytes, names: list[str], ignore_missing: bool) -> Any:
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            return _Refused(position, f"at position {position}: no valid JSON data")
        if not isinstance(values, list):
            return _Refused(position, f"at position {position}: no valid JSON array data")
        if len(values) != len(names) and not ignore_missing:
            return _Refused(position, f"at position {position}: wrong number of data values (expected {len(names)})")
        return {name: value for name, value in zip(names, values, strict=False) if value is not None}


class _Outcome:
    """The counters of an import."""

    def __init__(self, *, complete: bool) -> None:
        self.counts = {"created": 0, "errors": 0, "empty": 0, "updated": 0, "ignored": 0}
        self.details: list[str] = []
        self._complete = complete

    def fail(self, error_num: int, detail: str) -> None:
        """Count an error. Raises ArangoError when the import must be complete."""
        if self._complete:
            raise ArangoError(error_num, detail)
        self.counts["errors"] += 1
        self.details.append(detail)

    def take(self, positions: list[int], operations: list[Operation], results: list[dict[str, Any]]) -> None:
        """Count the results of a batch."""
        for position, operation, result in zip(positions, operations, results, strict=False):
            number = result.get("error")
            if number is None:
                self.counts["ignored" if result.get("ignored") else "updated" if "oldRev" in result else "created"] += 1
                continue
            shown = encode_json(operation["doc"]).decode("utf-8", "replace")
            if len(shown) > _SHOWN_LETTERS:
                shown = shown[:_SHOWN_LETTERS] + "..."
            message = result.get("message") or message_of(number)
            self.fail(
                number,
                f"at position {position}: creating document failed with error '{message}', offending document: {shown}",
            )


class ImportApi:
    """The handler of ``/_api/import``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("POST", "/_api/import", self.run)

    async def run(self, request: Request) -> Response:
        """Import; with ``complete`` all or nothing, otherwise whatever can be stored."""
        name = request.parameters.get("collection")
        if not name:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "'collection' is missing, expecting /_api/import?collection=")
        mode = request.parameters.get("onDuplicate", "error")
        if mode not in _MODES:
            raise ArangoError(errors.BAD_PARAMETER, f"invalid value '{mode}' for <onDuplicate>")
        if self._context.read_only:
            raise ArangoError(errors.READ_ONLY)
        backend = self._context.backend_for(request)
        info = backend.collection(request.database, name)
        source = _Source(request)
        outcome = _Outcome(complete=request.flag("complete"))
        if request.flag("complete"):
            scope = backend.query_scope(request.database, read=[], write=[info.name], exclusive=[])
            async with scope as whole:
                await self._store(whole, whole.collection(request.database, name), request, source, outcome)
        else:
            await self._store(backend, info, request, source, outcome)
        outcome.counts["empty"] = source.empty
        body: dict[str, Any] = {"error": False, **outcome.counts}
        if request.flag("details"):
            body["details"] = outcome.details
        return json_response(201, body)

    async def _store(
        self, backend: Backend, info: CollectionInfo, request: Request, source: _Source, outcome: _Outcome
    ) -> None:
        if request.flag("overwrite"):
            await backend.truncate(info)
        mode = _MODES[request.parameters.get("onDuplicate", "error")]
        options = {"waitForSync": True} if request.flag("waitForSync") else {}
        prefixes = _Prefixes(request) if info.properties.get("type") == 3 else None
        positions: list[int] = []
        operations: list[Operation] = []
        for position, item in source.items:
            if isinstance(item, _Refused):
                outcome.fail(errors.HTTP_CORRUPTED_JSON, item.reason)
                continue
            if not isinstance(item, dict):
                outcome.fail(
                    errors.DOCUMENT_TYPE_INVALID,
                    f"at position {position}: invalid JSON type (expecting object, probably parse error)",
                )
                continue
            if prefixes is not None:
                prefixes.apply(item)
            positions.append(position)
            operations.append({"op": "insert", "doc": item, "mode": mode})
            if len(operations) >= _BATCH:
                outcome.take(positions, operations, await backend.execute(info, operations, options))
                positions, operations = [], []
                await asyncio.sleep(0)
        if operations:
            outcome.take(positions, operations, await backend.execute(info, operations, options))


class _Prefixes:
    """What ``fromPrefix`` and ``toPrefix`` do to the ends of edges."""

    def __init__(self, request: Request) -> None:
        self._overwrite = request.flag("overwriteCollectionPrefix")
        self._prefixes = []
        for parameter, attribute in (("fromPrefix", "_from"), ("toPrefix", "_to")):
            prefix = request.parameters.get(parameter, "")
            if prefix:
                self._prefixes.append((attribute, prefix if prefix.endswith("/") else prefix + "/"))

    def apply(self, document: dict[str, Any]) -> None:
        """Put the collections before the keys in ``_from`` and ``_to``."""
        for attribute, prefix in self._prefixes:
            value = document.get(attribute)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if not isinstance(value, str):
                continue
            if "/" not in value:
                document[attribute] = prefix + value
            elif self._overwrite:
                document[attribute] = prefix + value.rsplit("/", 1)[1]
