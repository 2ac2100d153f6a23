"""Storage of a single server in this process, with transactions that tests run step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from arangod_standin.backend import CollectionInfo, IndexRange, TransactionalBackend, TransactionOptions
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.local_backend import LocalBackend

_Value = TypeVar("_Value")
Document = dict[str, Any]


class TransactionStore:
    """One collection ``c``; every method takes a transaction, or none for what is outside of all."""

    def __init__(self, folder: Path, *, index_field: str, unique: bool = False) -> None:
        self._loop = asyncio.new_event_loop()
        self._engine = Engine(str(folder / "data.sqlite3"))
        self.backend = LocalBackend(Catalog(self._engine))
        self.run(self._prepare(index_field, unique))

    async def _prepare(self, field: str, unique: bool) -> None:
        self.backend.bootstrap()
        info = await self.backend.create_collection("_system", {"name": "c"}, {})
        index = {"type": "persistent", "name": "i", "fields": [field], "unique": unique, "sparse": True}
        await self.backend.create_index(info, index)

    def run(self, coroutine: Coroutine[Any, Any, _Value]) -> _Value:
        """Run one step on the store's event loop."""
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        """Close the storage."""
        self._engine.close()
        self._loop.close()

    def begin(self, *, exclusive: bool = False, lock_timeout_s: float = 5.0) -> TransactionalBackend:
        """Begin a transaction that may write the collection."""
        write, alone = ([], ["c"]) if exclusive else (["c"], [])
        options = TransactionOptions("_system", [], write, alone)
        options.lock_timeout_s = lock_timeout_s
        return self.run(self.backend.begin_transaction(options))

    def commit(self, transaction: TransactionalBackend) -> None:
        """Commit."""
        self.run(transaction.commit())

    def abort(self, transaction: TransactionalBackend) -> None:
        """Abort."""
        self.run(transaction.abort())

    def _info(self) -> CollectionInfo:
        return self.backend.collection("_system", "c")

    def operate(self, transaction: TransactionalBackend | None, operation: Document) -> Document:
        """Run one operation; return its result."""
        backend = transaction or self.backend
        result: Document = self.run(backend.execute(self._info(), [operation], {}))[0]
        return result

    def put(self, transaction: TransactionalBackend | None, key: str, **body: Any) -> int | None:
        """Insert or replace a document; return the error number, None when all went well."""
        operation = {"op": "insert", "doc": {"_key": key, **body}, "mode": "replace"}
        number: int | None = self.operate(transaction, operation).get("error")
        return number

    def remove(self, transaction: TransactionalBackend | None, key: str) -> int | None:
        """Remove a document; return the error number, None when all went well."""
        number: int | None = self.operate(transaction, {"op": "remove", "key": key}).get("error")
        return number

    def get(self, transaction: TransactionalBackend | None, key: str) -> Document | None:
        """Return a document without its system attributes, None when there is none."""
        found = self.operate(transaction, {"op": "read", "key": key}).get("document")
        return None if found is None else _plain(found)

    def state(self, transaction: TransactionalBackend | None) -> dict[str, Document]:
        """Return all documents by key, as a scan sees them."""
        backend = transaction or self.backend
        found = self.run(backend.scan(self._info()))
        return {document["_key"]: _plain(document) for document in found}

    def lookup(
        self,
        transaction: TransactionalBackend | None,
        least: int,
        *,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Document]:
        """Return the documents whose indexed value is at least `least`, in the index's order."""
        backend, info = transaction or self.backend, self._info()
        index = info.properties["indexes"][0]
        wanted = [IndexRange([], lower=(least,))]
        return self.run(backend.lookup(info, index, wanted, descending=descending, limit=limit))

    def count(self, transaction: TransactionalBackend | None) -> int:
        """Return the number of documents."""
        backend = transaction or self.backend
        return int(self.run(backend.statistics(self._info()))["count"])


def _plain(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("_")}
