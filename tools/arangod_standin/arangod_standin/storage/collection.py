"""One stored collection (or shard): its rows, its indexes, and the application of effects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..http.message import encode_json
from .sortkey import index_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .engine import Engine

# What an operation does to the rows: ("put", key, revision, body text), ("del", key) or ("truncate",).
Effect = tuple[str, ...]


class StoredCollection:
    """The rows of one collection in SQLite. `name` is what the local API calls it, `public_name` what `_id` shows."""

    def __init__(
        self, engine: Engine, collection_id: str, database: str, name: str, properties: dict[str, Any]
    ) -> None:
        self.engine = engine
        self.id = collection_id
        self.database = database
        self.name = name
        self.properties = properties
        self._table = f"d_{collection_id}"
        self.last_value = self._highest_number() if self._autoincrement else 0

    @property
    def public_name(self) -> str:
        """The collection name that document ids carry."""
        return str(self.properties.get("publicName", self.name))

    @property
    def is_edge(self) -> bool:
        """True for edge collections (type 3)."""
        return self.properties.get("type") == 3

    @property
    def indexes(self) -> list[dict[str, Any]]:
        """The persistent index definitions, each with the suffix of its table in `objectId`."""
        found: list[dict[str, Any]] = self.properties.setdefault("indexes", [])
        return found

    @property
    def _autoincrement(self) -> bool:
        return bool(self.properties.get("keyOptions", {}).get("type") == "autoincrement")

    def _highest_number(self) -> int:
        try:
            row = self.engine.row(f"SELECT max(CAST(key AS INTEGER)) FROM {self._table}")
        except Exception:
            # the table is made right after construction of a new collection
            return 0
        return int(row[0] or 0) if row else 0

    # -- life --------------------------------------------------------------------------------------------------------
    def create_tables(self) -> None:
        """Make the tables of a new collection."""
        self.engine.write(
            f"CREATE TABLE {self._table} (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, rev TEXT NOT NULL,"
            " body TEXT NOT NULL)"
        )
        for index in self.indexes:
            self._create_index_table(index)

    def drop_tables(self) -> None:
        """Remove all tables of the collection."""
        self.engine.write(f"DROP TABLE IF EXISTS {self._table}")
        for index in self.indexes:
            self.engine.write(f"DROP TABLE IF EXISTS {self._index_table(index)}")

    def save_properties(self) -> None:
        """Write name and properties to the catalog table."""
        self.engine.write(
            "INSERT OR REPLACE INTO collections VALUES (?, ?, ?, ?)",
            (self.id, self.database, self.name, encode_json(self.properties).decode()),
        )

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """Return revision and body of a document."""
        row = self.engine.row(f"SELECT rev, body FROM {self._table} WHERE key=?", (key,))
        return None if row is None else (row[0], json.loads(row[1]))

    def document(self, key: str, revision: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a document with its system attributes, in ArangoDB's order."""
        return {"_key": key, "_id": f"{self.public_name}/{key}", "_rev": revision, **body}

    def documents(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return all documents in the order of their first insertion."""
        suffix = "" if limit is None else f" LIMIT {int(limit)}"
        prefix = self.public_name + "/"
        rows = self.engine.rows(f"SELECT key, rev, body FROM {self._table} ORDER BY seq{suffix}")
        return [{"_key": k, "_id": prefix + k, "_rev": r, **json.loads(b)} for k, r, b in rows]

    def rows_of(self, keys: list[str]) -> list[list[str]]:
        """Return key, revision and body text of those keys that exist."""
        found = []
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            sql = f"SELECT key, rev, body FROM {self._table} WHERE key IN ({marks})"
            found += [list(row) for row in self.engine.rows(sql, tuple(part))]
        return found

    def revisions(self) -> list[tuple[str, str]]:
        """Return key and revision of all documents, by key."""
        return [(key, rev) for key, rev in self.engine.rows(f"SELECT key, rev FROM {self._table} ORDER BY key")]

    def count(self) -> int:
        """Return the number of documents."""
        row = self.engine.row(f"SELECT count(*) FROM {self._table}")
        return int(row[0]) if row else 0

    def highest_revision(self) -> str:
        """Return the newest revision, ``0`` when there is none."""
        row = self.engine.row(f"SELECT max(rev) FROM {self._table}")
        return str(row[0]) if row and row[0] is not None else "0"

    def checksum(self, *, with_revisions: bool, with_data: bool) -> int:
        """Return an order-independent checksum over keys and, as asked, revisions and bodies."""
        import hashlib

        total = 0
        for key, rev, body in self.engine.rows(f"SELECT key, rev, body FROM {self._table}"):
            text = key + (f"\0{rev}" if with_revisions else "") + (f"\0{body}" if with_data else "")
            total ^= int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        return total

    # -- indexes -----------------------------------------------------------------------------------------------------
    def _index_table(self, index: dict[str, Any]) -> str:
        return f"x_{self.id}_{int(index['objectId'])}"

    def _create_index_table(self, index: dict[str, Any]) -> None:
        table = self._index_table(index)
        self.engine.write(f"CREATE TABLE {table} (entry BLOB, key TEXT, PRIMARY KEY (entry, key)) WITHOUT ROWID")
        self.engine.write(f"CREATE INDEX {table}_k ON {table} (key)")

    def unique_holder(self, index: dict[str, Any], entry: bytes) -> list[str]:
        """Return the keys of stored documents with this index entry."""
        return [
            row[0] for row in self.engine.rows(f"SELECT key FROM {self._index_table(index)} WHERE entry=?", (entry,))
        ]

    def add_index(self, index: dict[str, Any]) -> str | None:
        """Build an index; return the key of a document that breaks its uniqueness, None when all is well."""
        self.engine.savepoint()
        self._create_index_table(index)
        seen: set[bytes] = set()
        rows = []
        for document in self.documents():
            entry = index_entry(document, index["fields"], bool(index.get("sparse")))
            if entry is None:
                continue
            if index.get("unique") and entry in seen:
                self.engine.rollback_savepoint()
                return str(document["_key"])
            seen.add(entry)
            rows.append((entry, document["_key"]))
        self.engine.write_many(f"INSERT INTO {self._index_table(index)} VALUES (?, ?)", rows)
        self.engine.release_savepoint()
        self.indexes.append(index)
        self.save_properties()
        return None

    def drop_index(self, index: dict[str, Any]) -> None:
        """Remove an index and its table."""
        self.engine.write(f"DROP TABLE IF EXISTS {self._index_table(index)}")
        self.indexes.remove(index)
        self.save_properties()

    # -- writing -----------------------------------------------------------------------------------------------------
    def apply(self, effects: list[Effect]) -> None:
        """Carry out effects within the current transaction, all or none. Raises sqlite3.Error (a full disk)."""
        self.engine.savepoint()
        try:
            self._apply(effects)
        except BaseException:
            self.engine.rollback_savepoint()
            raise
        self.engine.release_savepoint()
        if self._autoincrement:
            for effect in effects:
                if effect[0] == "put" and effect[1].isdigit():
                    self.last_value = max(self.last_value, int(effect[1]))

    def _apply(self, effects: list[Effect]) -> None:
        for kind, group in _runs(effects):
            if kind == "truncate":
                self.truncate()
                continue
            if self.indexes:
                for effect in group:
                    self._index_effect(effect)
            if kind == "put":
                self.engine.write_many(
                    f"INSERT INTO {self._table} (key, rev, body) VALUES (?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET rev=excluded.rev, body=excluded.body",
                    [(effect[1], effect[2], effect[3]) for effect in group],
                )
            else:
                self.engine.write_many(f"DELETE FROM {self._table} WHERE key=?", [(effect[1],) for effect in group])

    def _index_effect(self, effect: Effect) -> None:
        for index in self.indexes:
            table = self._index_table(index)
            self.engine.write(f"DELETE FROM {table} WHERE key=?", (effect[1],))
            if effect[0] == "put":
                document = self.document(effect[1], effect[2], json.loads(effect[3]))
                entry = index_entry(document, index["fields"], bool(index.get("sparse")))
                if entry is not None:
                    self.engine.write(f"INSERT INTO {table} VALUES (?, ?)", (entry, effect[1]))

    def truncate(self) -> None:
        """Remove all documents."""
        self.engine.write(f"DELETE FROM {self._table}")
        for index in self.indexes:
            self.engine.write(f"DELETE FROM {self._index_table(index)}")


def _runs(effects: list[Effect]) -> Iterator[tuple[str, list[Effect]]]:
    """Group neighbouring effects of the same kind, so that each group is one statement."""
    start = 0
    for position in range(1, len(effects) + 1):
        if position == len(effects) or effects[position][0] != effects[start][0]:
            yield effects[start][0], effects[start:position]
            start = position
