"""One stored collection (or shard): its rows, its indexes, and the application of effects."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS
from ..http.message import encode_json
from .index_entries import index_entries, is_stored
from .reader import CollectionReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .engine import Engine
    from .reader import RowSource
    from .transaction_locks import CollectionLocks

# What an operation does to the rows: ("put", key, revision, body text), ("del", key) or ("truncate",).
Effect = tuple[str, ...]
# seq, key, revision, body text
_Row = tuple[int, str, str, str]
_PART = 500


class StoredCollection(CollectionReader):
    """The rows of one collection in SQLite. `name` is what the local API calls it, `public_name` what `_id` shows."""

    def __init__(
        self, engine: Engine, collection_id: str, database: str, name: str, properties: dict[str, Any]
    ) -> None:
        super().__init__(engine, collection_id, properties)
        self.engine = engine
        self.database = database
        self.name = name
        # known only while `_generation` is the engine's: a rolled back transaction makes them unknown
        self._count = self._last_seq = 0
        self._newest = "0"
        self._generation = -1
        self._estimates: tuple[object, dict[str, float]] | None = None
        # what running transactions have written, None while there never was one
        self.locks: CollectionLocks | None = None
        # the engine's count of writes after the last change of a document
        self.last_write = engine.writes
        self.dropped = False
        self._counter = f"last:{collection_id}"
        self.last_value = self._highest_number() if self._autoincrement else 0

    def reader(self, source: RowSource) -> CollectionReader:
        """Return the reading half of this collection for another source of rows, such as a snapshot."""
        return CollectionReader(source, self.id, self.properties)

    @property
    def _autoincrement(self) -> bool:
        return bool(self.properties.get("keyOptions", {}).get("type") == "autoincrement")

    def _highest_number(self) -> int:
        try:
            row = self.engine.row(f"SELECT max(CAST(key AS INTEGER)) FROM {self._table}")
        except sqlite3.OperationalError:
            # the table is made right after construction of a new collection
            return int(self.properties["keyOptions"].get("lastValue", 0))
        kept = int(self.engine.get_meta(self._counter) or "0")
        return max(kept, int(row[0] or 0) if row else 0)

    # -- life --------------------------------------------------------------------------------------------------------
    def create_tables(self) -> None:
        """Make the tables of a new collection."""
        self.engine.write(
            f"CREATE TABLE {self._table} (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, rev TEXT NOT NULL,"
            " body TEXT NOT NULL)"
        )
        for index in self.stored_indexes:
            self._create_index_table(index)

    def drop_tables(self) -> None:
        """Remove all tables of the collection."""
        self.dropped = True
        self.engine.write(f"DROP TABLE IF EXISTS {self._table}")
        if self._autoincrement:
            self.engine.write("DELETE FROM meta WHERE name=?", (self._counter,))
        for index in self.stored_indexes:
            self.engine.write(f"DROP TABLE IF EXISTS {self.index_table(index)}")

    def save_properties(self) -> None:
        """Write name and properties to the catalog table."""
        self.engine.write(
            "INSERT OR REPLACE INTO collections VALUES (?, ?, ?, ?)",
            (self.id, self.database, self.name, encode_json(self.properties).decode()),
        )

    # -- what is known without a scan --------------------------------------------------------------------------------
    def _load_state(self) -> None:
        if self._generation != self.engine.generation:
            self._count = super().count()
            self._newest = super().highest_revision()
            row = self.engine.row(f"SELECT max(seq) FROM {self._table}")
            self._last_seq = int(row[0] or 0) if row else 0
            self._generation = self.engine.generation

    def count(self) -> int:
        """Return the number of documents; it is kept in memory."""
        self._load_state()
        return self._count

    def highest_revision(self) -> str:
        """Return the newest revision, ``0`` when there was never a document; it is kept in memory."""
        self._load_state()
        return self._newest

    def recount(self) -> int:
        """Count the rows again and return their number."""
        self._generation = -1
        return self.count()

    # -- indexes -----------------------------------------------------------------------------------------------------
    def _create_index_table(self, index: dict[str, Any]) -> None:
        table = self.index_table(index)
        self.engine.write(f"CREATE TABLE {table} (entry BLOB, seq INTEGER, PRIMARY KEY (entry, seq)) WITHOUT ROWID")

    def add_index(self, index: dict[str, Any]) -> str | None:
        """Build an index; return the key of a document that breaks its uniqueness, None when all is well."""
        if is_stored(index):
            self.engine.savepoint()
            broken = self._fill_index(index)
            if broken is not None:
                self.engine.rollback_savepoint()
                return broken
            self.engine.release_savepoint()
        self.indexes.append(index)
        self.save_properties()
        return None

    def _fill_index(self, index: dict[str, Any]) -> str | None:
        self._create_index_table(index)
        seen: set[bytes] = set()
        rows = []
        for seq, key, rev, body in self.engine.rows(f"SELECT seq, key, rev, body FROM {self._table}"):
            try:
                entries = index_entries(self.document(key, rev, json.loads(body)), index)
            except ArangoError:
                return str(key)
            if index.get("unique"):
                if not seen.isdisjoint(entries):
                    return str(key)
                seen.update(entries)
            rows += [(entry, seq) for entry in entries]
        rows.sort()
        self.engine.write_many(f"INSERT OR IGNORE INTO {self.index_table(index)} VALUES (?, ?)", rows)
        return None

    def drop_index(self, index: dict[str, Any]) -> None:
        """Remove an index and its table."""
        if is_stored(index):
            self.engine.write(f"DROP TABLE IF EXISTS {self.index_table(index)}")
        self.indexes.remove(index)
        self.save_properties()

    def estimates(self) -> dict[str, float]:
        """Return by index id how many different entries there are per document, counted when documents changed."""
        state = (self.count(), self._newest, len(self.indexes))
        if self._estimates is None or self._estimates[0] != state:
            found: dict[str, float] = {}
            for index in self.stored_indexes:
                row = self.engine.row(f"SELECT count(DISTINCT entry), count(*) FROM {self.index_table(index)}")
                share = row[0] / row[1] if row and row[1] else 1.0
                found[index["id"]] = min(share, found.get(index["id"], 1.0))
            self._estimates = (state, found)
        return self._estimates[1]

    # -- writing -----------------------------------------------------------------------------------------------------
    def apply(self, effects: list[Effect]) -> None:
        """Carry out effects within the current transaction, all or none. Raises sqlite3.Error (a full disk)."""
        FAILURE_POINTS.check("TransactionWriteCommitMarker")
        if len(effects) == 1 and effects[0][0] == "put" and not self.stored_indexes:
            # a single statement undoes itself when it fails
            self._apply(effects)
        else:
            self.engine.savepoint()
            try:
                self._apply(effects)
            except BaseException:
                self.engine.rollback_savepoint()
                raise
            self.engine.release_savepoint()
        self.last_write = self.engine.writes
        if self._autoincrement:
            numbers = [int(effect[1]) for effect in effects if effect[0] == "put" and effect[1].isdigit()]
            self.last_value = max([self.last_value, *numbers])
            if numbers:
                # kept, since the number is not given again when its document is gone
                self.engine.set_meta(self._counter, str(self.last_value))

    def _apply(self, effects: list[Effect]) -> None:
        self._load_state()
        for kind, group in _runs(effects):
            if kind == "truncate":
                self.truncate()
            elif kind == "put":
                self._put({effect[1]: effect for effect in group})
            else:
                self._delete([effect[1] for effect in group])

    def _put(self, effects: dict[str, Effect]) -> None:
        """Store the last effect of each key."""
        indexes = self.stored_indexes
        if not indexes:
            self._put_unindexed(list(effects.values()))
            return
        stored = self._stored_rows(list(effects), with_body=True)
        rows: list[_Row] = []
        gone: list[_Row] = []
        for key, effect in effects.items():
            before = stored.get(key)
            if before is None:
                self._last_seq += 1
                seq = self._last_seq
            else:
                seq = before[0]
                gone.append(before)
            rows.append((seq, key, effect[2], effect[3]))
        self.engine.write_many(
            f"INSERT INTO {self._table} (seq, key, rev, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (seq) DO UPDATE SET rev=excluded.rev, body=excluded.body",
            rows,
        )
        self._move_entries(indexes, gone, rows)
        self._count += len(rows) - len(gone)
        self._newest = rows[-1][2]

    def _put_unindexed(self, effects: list[Effect]) -> None:
        """Store documents without looking at what is there: nearly all are new."""
        first = self._last_seq + 1
        self._last_seq += len(effects)
        rows = [(seq, effect[1], effect[2], effect[3]) for seq, effect in enumerate(effects, first)]
        made = self.engine.write_many(
            f"INSERT INTO {self._table} (seq, key, rev, body) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING", rows
        )
        if made < len(rows):
            self.engine.write_many(
                f"UPDATE {self._table} SET rev=?, body=? WHERE key=?",
                [(effect[2], effect[3], effect[1]) for effect in effects],
            )
        self._count += made
        self._newest = effects[-1][2]

    def _delete(self, keys: list[str]) -> None:
        indexes = self.stored_indexes
        stored = self._stored_rows(keys, with_body=bool(indexes))
        self.engine.write_many(f"DELETE FROM {self._table} WHERE seq=?", [(row[0],) for row in stored.values()])
        if indexes:
            self._move_entries(indexes, list(stored.values()), [])
        self._count -= len(stored)

    def _stored_rows(self, keys: list[str], *, with_body: bool) -> dict[str, _Row]:
        """Return the rows of those keys that are stored."""
        found: dict[str, _Row] = {}
        columns = "seq, key, rev, body" if with_body else "seq, key, '', ''"
        for start in range(0, len(keys), _PART):
            part = keys[start : start + _PART]
            where = "key=?" if len(part) == 1 else f"key IN ({','.join('?' * len(part))})"
            for row in self.engine.rows(f"SELECT {columns} FROM {self._table} WHERE {where}", tuple(part)):
                found[row[1]] = (row[0], row[1], row[2], row[3])
        return found

    def _move_entries(self, indexes: list[dict[str, Any]], gone: list[_Row], come: list[_Row]) -> None:
        """Take the entries of some rows out of the indexes and put those of others in."""
        old = [(seq, self.document(key, rev, json.loads(body))) for seq, key, rev, body in gone]
        new = [(seq, self.document(key, rev, json.loads(body))) for seq, key, rev, body in come]
        for index in indexes:
            table = self.index_table(index)
            before = {(entry, seq) for seq, document in old for entry in index_entries(document, index)}
            after = {(entry, seq) for seq, document in new for entry in index_entries(document, index)}
            if before - after:
                self.engine.write_many(f"DELETE FROM {table} WHERE entry=? AND seq=?", list(before - after))
            if after - before:
                self.engine.write_many(f"INSERT INTO {table} VALUES (?, ?)", sorted(after - before))

    def truncation(self) -> list[Effect]:
        """Return the effect of removing all documents. Raises ArangoError 1200 when a transaction has written here."""
        if self.locks is not None:
            self.locks.check_unwritten()
        return [("truncate",)]

    def truncate(self) -> None:
        """Remove all documents."""
        self._load_state()
        self.engine.write(f"DELETE FROM {self._table}")
        for index in self.stored_indexes:
            self.engine.write(f"DELETE FROM {self.index_table(index)}")
        self.last_write = self.engine.writes
        self._count = 0


def _runs(effects: list[Effect]) -> Iterator[tuple[str, list[Effect]]]:
    """Group neighbouring effects of the same kind, so that each group is one statement."""
    start = 0
    for position in range(1, len(effects) + 1):
        if position == len(effects) or effects[position][0] != effects[start][0]:
            yield effects[start][0], effects[start:position]
            start = position
