"""A collection as a running transaction sees it: its snapshot, covered by its own uncommitted changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import encode_json
from .collection import StoredCollection
from .index_entries import byte_ranges, first_entry, index_entries
from .operations import Evaluation
from .reader import CollectionReader
from .transaction_locks import conflict, locks_of

if TYPE_CHECKING:
    from ..backend import IndexRange
    from .collection import Effect
    from .operations import Operation, Result
    from .snapshot import Snapshot
    from .transaction_locks import CollectionLocks, Slot

    # Revision and body of a changed document, None for a removed one.
    Change = tuple[str, dict[str, Any]] | None


# Only so near its limit does a transaction measure a document before it takes it.
_NEAR_LIMIT_BYTES = 64 << 20


class TransactionEvaluation(Evaluation):
    """Evaluates all operations of one transaction on one collection and locks what they write."""

    collection: TransactionCollection

    def __init__(self, collection: TransactionCollection) -> None:
        super().__init__(collection)
        self._overlay = collection.changes
        self._locks: CollectionLocks = locks_of(collection.stored)
        self.keys: set[str] = set()
        self.values: set[Slot] = set()

    def _claim(self, key: str) -> None:
        if key in self.keys:
            return
        owner = self.collection.owner
        self._locks.check_key(key, owner)
        if self.collection.must_compare:
            now, before = self.collection.stored.get(key), self.collection.base.get(key)
            if (now and now[0]) != (before and before[0]):
                raise conflict(None, key)
        self._claim_old_values(key)
        self._locks.take_key(key, owner)
        self.keys.add(key)

    def _claim_old_values(self, key: str) -> None:
        """Lock the unique values that a document of the snapshot may give up."""
        unique = [index for index in self.collection.stored_indexes if index.get("unique")]
        before = self.collection.base.get(key) if unique else None
        if before is None:
            return
        for index in unique:
            for entry in index_entries(self.collection.document(key, *before), index):
                self._claim_value(index, (int(index["objectId"]), entry))

    def _claim_value(self, index: dict[str, Any], slot: Slot) -> None:
        if slot in self.values:
            return
        owner, collection = self.collection.owner, self.collection
        self._locks.check_value(index, slot, owner)
        if collection.must_compare:
            now = set(collection.stored.unique_holder(index, slot[1]))
            if now != set(collection.base_holders(index, slot[1])):
                raise conflict(index, next(iter(now), ""))
        self._locks.take_value(slot, owner)
        self.values.add(slot)

    def _put(self, key: str, body: dict[str, Any]) -> str:
        self.collection.check_size(body)
        revision = super()._put(key, body)
        self.collection.size_bytes += len(self.effects[-1][3])
        # numbers of the autoincrement generator are given once, whatever becomes of the transaction
        stored = self.collection.stored
        stored.last_value = max(stored.last_value, self._last_value)
        return revision

    def catch_up(self) -> None:
        """Go on after the numbers others were given by the autoincrement generator."""
        self._last_value = max(self._last_value, self.collection.stored.last_value)

    def release(self) -> None:
        """Give back all locks of the transaction on this collection."""
        self._locks.release(self.collection.owner, self.keys, self.values)
        self.keys, self.values = set(), set()


class TransactionCollection(StoredCollection):
    """Reads like a stored collection; writes go into `changes` until the transaction commits."""

    def __init__(self, stored: StoredCollection, snapshot: Snapshot, owner: object, max_bytes: int) -> None:
        CollectionReader.__init__(self, snapshot, stored.id, stored.properties)
        self.stored = stored
        self.base = stored.reader(snapshot)
        self.owner = owner
        self.engine = stored.engine
        self.database = stored.database
        self.name = stored.name
        self.locks = None
        self.changes: dict[str, Change] = {}
        self.size_bytes = 0
        self._was_there: dict[str, bool] = {}
        self._max_bytes = max_bytes
        self._snapshot = snapshot
        self._evaluation: TransactionEvaluation | None = None

    @property
    def last_value(self) -> int:
        """The highest number of the autoincrement generator so far."""
        return self.stored.last_value

    @last_value.setter
    def last_value(self, value: int) -> None:
        """Numbers are given once, whatever becomes of the transaction."""
        self.stored.last_value = value

    @property
    def must_compare(self) -> bool:
        """False while nobody has changed the collection since the snapshot: then there can be no conflict."""
        return self.stored.last_write > self._snapshot.writes

    def check_size(self, body: dict[str, Any]) -> None:
        """Raise ArangoError 32 when the transaction becomes too large by one more document."""
        left = self._max_bytes - self.size_bytes
        if left < _NEAR_LIMIT_BYTES and len(encode_json(body)) > left:
            raise ArangoError(errors.RESOURCE_LIMIT, "aborting transaction because maximal transaction size is reached")

    # -- writing -----------------------------------------------------------------------------------------------------
    def evaluate(self, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations as the transaction sees the collection; reading ones need no locks."""
        if self._evaluation is None:
            if all(operation["op"] == "read" for operation in operations):
                return Evaluation(self).run_all(operations, options)
            self._evaluation = TransactionEvaluation(self)
        self._evaluation.catch_up()
        return self._evaluation.run_all(operations, options)

    def remove_all(self) -> None:
        """Remove all documents the transaction sees. Raises ArangoError 1200."""
        operations = [{"op": "remove", "key": row[0]} for row in self._all_rows(None)]
        for result in self.evaluate(operations, {"atomic": True})[-1:]:
            if "error" in result:
                raise ArangoError(result["error"], result["message"])

    def effects(self) -> list[Effect]:
        """Return what a commit has to store: the last change of each key."""
        made = self._evaluation.effects if self._evaluation is not None else []
        return list({effect[1]: effect for effect in made}.values())

    def release(self) -> None:
        """Give back all locks on the collection."""
        if self._evaluation is not None:
            self._evaluation.release()
        elif self.stored.locks is not None:
            self.stored.locks.release(self.owner, set(), set())

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """Return revision and body of a document."""
        return self.changes[key] if key in self.changes else self.base.get(key)

    def _changed_rows(self) -> list[tuple[Any, ...]]:
        return [
            (key, change[0], encode_json(change[1]).decode("utf-8", "surrogatepass"))
            for key, change in self.changes.items()
            if change is not None
        ]

    def _all_rows(self, limit: int | None) -> list[tuple[Any, ...]]:
        if not self.changes:
            return super()._all_rows(limit)
        rows = super()._all_rows(None if limit is None else limit + len(self.changes))
        changed = {row[0]: row for row in self._changed_rows()}
        merged = [changed.pop(row[0], row) for row in rows if row[0] in changed or row[0] not in self.changes]
        merged += changed.values()
        return merged if limit is None else merged[:limit]

    def rows_of(self, keys: list[str]) -> list[list[str]]:
        """Return key, revision and body text of those keys that exist."""
        rows = super().rows_of([key for key in keys if key not in self.changes])
        wanted = set(keys)
        return rows + [list(row) for row in self._changed_rows() if row[0] in wanted]

    def revisions(self) -> list[tuple[str, str]]:
        """Return key and revision of all documents, by key."""
        return sorted((row[0], row[1]) for row in self._all_rows(None))

    def count(self) -> int:
        """Return the number of documents."""
        count = self.base.count() if self.must_compare else self.stored.count()
        for key, change in self.changes.items():
            if key not in self._was_there:
                self._was_there[key] = self.base.get(key) is not None
            count += (change is not None) - self._was_there[key]
        return count

    def highest_revision(self) -> str:
        """Return the newest revision, ``0`` when there is none."""
        mine = [change[0] for change in self.changes.values() if change is not None]
        return max([CollectionReader.highest_revision(self), *mine])

    def recount(self) -> int:
        """Count the documents."""
        return self.count()

    def checksum(self, *, with_revisions: bool, with_data: bool) -> int:
        """Return the checksum of the last committed state."""
        return self.stored.checksum(with_revisions=with_revisions, with_data=with_data)

    def base_holders(self, index: dict[str, Any], entry: bytes) -> list[str]:
        """Return the keys of documents of the snapshot with this index entry; an index made later has none there."""
        if not self._snapshot.has_table(self.base.index_table(index)):
            return self.stored.unique_holder(index, entry)
        return self.base.unique_holder(index, entry)

    def unique_holder(self, index: dict[str, Any], entry: bytes) -> list[str]:
        """Return the keys of documents of the snapshot with this index entry."""
        return self.base_holders(index, entry)

    def lookup(
        self, index: dict[str, Any], ranges: list[IndexRange], *, descending: bool = False, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the documents with an entry in one of the ranges, in the index's order, each once."""
        mine = self.own_index(index) if index["type"] != "primary" else None
        if mine is not None and not self._snapshot.has_table(self.base.index_table(mine)):
            return self._lookup_by_scan(index, ranges, descending=descending, limit=limit)
        if not self.changes:
            return super().lookup(index, ranges, descending=descending, limit=limit)
        enough = None if limit is None else limit + len(self.changes)
        stretches = byte_ranges(ranges)
        found = [
            document
            for document in self.base.lookup(index, ranges, descending=descending, limit=enough)
            if document["_key"] not in self.changes
        ]
        found += [self.document(key, *change) for key, change in self.changes.items() if change is not None]
        placed = []
        for document in found:
            entry = first_entry(document, mine or index, stretches)
            if entry is not None:
                placed.append((entry, document))
        placed.sort(key=lambda pair: pair[0], reverse=descending)
        documents = [document for _, document in placed]
        return documents if limit is None else documents[:limit]
