"""Reading the rows of one stored collection, from the engine or from another source of the same tables."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Protocol

from .index_entries import EDGE_INDEXES, byte_ranges, edge_index, first_entry, is_array_index, is_stored

if TYPE_CHECKING:
    from ..backend import IndexRange

_PART = 500
# documents that are parsed in one turn of the event loop, a few milliseconds
_TURN = 2500


class RowSource(Protocol):
    """Where rows come from: the engine (what is newest), or a connection that sees one snapshot."""

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all rows."""

    def row(self, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """Run a query and return its first row."""


def documents_text(prefix: str, rows: list[tuple[Any, ...]]) -> str:
    """Return the JSON text of an array of documents from rows that begin with key, revision and body text.

    Keys and revisions need no escaping in JSON; `prefix` is what ``_id`` has before the key.
    """
    head = json.dumps(prefix)[1:-1]
    parts = [
        f'{{"_key":"{row[0]}","_id":"{head}{row[0]}","_rev":"{row[1]}"{"," if len(row[2]) > 2 else ""}{row[2][1:]}'
        for row in rows
    ]
    return f"[{','.join(parts)}]"


class CollectionReader:
    """The reading half of a stored collection; `source` decides which state of the rows is seen."""

    def __init__(self, source: RowSource, collection_id: str, properties: dict[str, Any]) -> None:
        self.source = source
        self.id = collection_id
        self.properties = properties
        self._table = f"d_{collection_id}"

    @property
    def public_name(self) -> str:
        """The collection name that document ids carry."""
        return str(self.properties.get("publicName") or self.properties["name"])

    @property
    def is_edge(self) -> bool:
        """True for edge collections (type 3)."""
        return self.properties.get("type") == 3

    @property
    def indexes(self) -> list[dict[str, Any]]:
        """The index definitions besides primary and edge, each with the suffix of its table in `objectId`."""
        found: list[dict[str, Any]] = self.properties.setdefault("indexes", [])
        return found

    @property
    def stored_indexes(self) -> list[dict[str, Any]]:
        """The indexes that have a table of entries, with both halves of the edge index."""
        stored = [index for index in self.indexes if is_stored(index)]
        return [*EDGE_INDEXES, *stored] if self.is_edge else stored

    # -- documents ---------------------------------------------------------------------------------------------------
    def get(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """Return revision and body of a document."""
        row = self.source.row(f"SELECT rev, body FROM {self._table} WHERE key=?", (key,))
        return None if row is None else (row[0], json.loads(row[1]))

    def document(self, key: str, revision: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a document with its system attributes, in ArangoDB's order."""
        return {"_key": key, "_id": f"{self.public_name}/{key}", "_rev": revision, **body}

    def _documents(self, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(documents_text(self.public_name + "/", rows))
        return found

    def _all_rows(self, limit: int | None) -> list[tuple[Any, ...]]:
        suffix = "" if limit is None else f" LIMIT {int(limit)}"
        return self.source.rows(f"SELECT key, rev, body FROM {self._table} ORDER BY seq{suffix}")

    def documents(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return all documents in the order of their first insertion."""
        return self._documents(self._all_rows(limit))

    async def documents_in_turns(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return what `documents` does; while many are parsed, other requests have their turns."""
        rows = self._all_rows(limit)
        found = self._documents(rows[:_TURN])
        for start in range(_TURN, len(rows), _TURN):
            await asyncio.sleep(0)
            found += self._documents(rows[start : start + _TURN])
        return found

    def documents_json(self, limit: int | None = None) -> bytes:
        """Return all documents as the text of a JSON array."""
        return documents_text(self.public_name + "/", self._all_rows(limit)).encode("utf-8", "surrogatepass")

    def rows_after(self, position: int, limit: int) -> list[tuple[Any, ...]]:
        """Return position, key, revision and body text of the documents after a position, in the same order."""
        sql = f"SELECT seq, key, rev, body FROM {self._table} WHERE seq>? ORDER BY seq LIMIT ?"
        return self.source.rows(sql, (position, limit))

    def rows_of(self, keys: list[str]) -> list[list[str]]:
        """Return key, revision and body text of those keys that exist."""
        found = []
        for start in range(0, len(keys), _PART):
            part = keys[start : start + _PART]
            marks = ",".join("?" * len(part))
            sql = f"SELECT key, rev, body FROM {self._table} WHERE key IN ({marks})"
            found += [list(row) for row in self.source.rows(sql, tuple(part))]
        return found

    def revisions(self) -> list[tuple[str, str]]:
        """Return key and revision of all documents, by key."""
        return [(key, rev) for key, rev in self.source.rows(f"SELECT key, rev FROM {self._table} ORDER BY key")]

    def count(self) -> int:
        """Return the number of documents."""
        row = self.source.row(f"SELECT count(*) FROM {self._table}")
        return int(row[0]) if row else 0

    def highest_revision(self) -> str:
        """Return the newest revision, ``0`` when there is none."""
        row = self.source.row(f"SELECT max(rev) FROM {self._table}")
        return str(row[0]) if row and row[0] is not None else "0"

    def figures(self) -> dict[str, int]:
        """Return the bytes of documents and of index entries."""
        row = self.source.row(f"SELECT total(length(key) + length(rev) + length(body)) FROM {self._table}")
        indexes = 0.0
        for index in self.stored_indexes:
            found = self.source.row(f"SELECT total(length(entry) + 8) FROM {self.index_table(index)}")
            indexes += found[0] if found else 0.0
        return {"documentsSize": int(row[0]) if row else 0, "indexesSize": int(indexes)}

    def checksum(self, *, with_revisions: bool, with_data: bool) -> int:
        """Return an order-independent checksum over keys and, as asked, revisions and bodies."""
        import hashlib

        total = 0
        for key, rev, body in self.source.rows(f"SELECT key, rev, body FROM {self._table}"):
            text = key + (f"\0{rev}" if with_revisions else "") + (f"\0{body}" if with_data else "")
            digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            total ^= int.from_bytes(digest, "big")
        return total

    # -- indexes -----------------------------------------------------------------------------------------------------
    def index_table(self, index: dict[str, Any]) -> str:
        """Return the name of the table that holds an index's entries: ``entry`` and the document's ``seq``."""
        suffix = index["fields"][0][1:] if index["type"] == "edge" else str(int(index["objectId"]))
        return f"x_{self.id}_{suffix}"

    def own_index(self, index: dict[str, Any]) -> dict[str, Any] | None:
        """Return this collection's definition of an index somebody names by its id; None while it is not there."""
        if index["type"] == "edge":
            return edge_index(index["fields"])
        return next((mine for mine in self.indexes if mine["id"] == index.get("id") and is_stored(mine)), None)

    def unique_holder(self, index: dict[str, Any], entry: bytes) -> list[str]:
        """Return the keys of stored documents with this index entry."""
        sql = f"SELECT d.key FROM {self.index_table(index)} x JOIN {self._table} d ON d.seq=x.seq WHERE x.entry=?"
        return [row[0] for row in self.source.rows(sql, (entry,))]

    def lookup(
        self, index: dict[str, Any], ranges: list[IndexRange], *, descending: bool = False, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the documents with an entry in one of the ranges, in the index's order, each once."""
        if index["type"] == "primary":
            return self._primary_lookup(index, ranges, descending=descending, limit=limit)
        mine = self.own_index(index)
        if mine is None:
            return self._lookup_by_scan(index, ranges, descending=descending, limit=limit)
        direction = "DESC" if descending else "ASC"
        sql = (
            f"SELECT d.key, d.rev, d.body FROM {self.index_table(mine)} x CROSS JOIN {self._table} d ON d.seq=x.seq"
            f" WHERE x.entry>=? AND x.entry<? ORDER BY x.entry {direction}, x.seq {direction} LIMIT ?"
        )
        several = is_array_index(mine)
        rows: list[tuple[Any, ...]] = []
        stretches = byte_ranges(ranges)
        for low, high in reversed(stretches) if descending else stretches:
            left = -1 if limit is None or several else limit - len(rows)
            rows += self.source.rows(sql, (low, high, left))
            if limit is not None and not several and len(rows) >= limit:
                break
        if several:
            rows = list({row[0]: row for row in rows}.values())
        return self._documents(rows if limit is None else rows[:limit])

    def _primary_lookup(
        self, index: dict[str, Any], ranges: list[IndexRange], *, descending: bool, limit: int | None
    ) -> list[dict[str, Any]]:
        if not all(wanted.prefix for wanted in ranges):
            return self._lookup_by_scan(index, ranges, descending=descending, limit=limit)
        keys = [wanted.prefix[0] for wanted in ranges if isinstance(wanted.prefix[0], str)]
        if index["fields"] == ["_id"]:
            start = self.public_name + "/"
            keys = [value.removeprefix(start) for value in keys if value.startswith(start)]
        found = sorted(self.rows_of(list(dict.fromkeys(keys))), reverse=descending)
        return self._documents([tuple(row) for row in (found if limit is None else found[:limit])])

    def _lookup_by_scan(
        self, index: dict[str, Any], ranges: list[IndexRange], *, descending: bool, limit: int | None
    ) -> list[dict[str, Any]]:
        stretches = byte_ranges(ranges)
        found = []
        for document in self.documents():
            entry = first_entry(document, index, stretches)
            if entry is not None:
                found.append((entry, document))
        found.sort(key=lambda item: item[0], reverse=descending)
        documents = [document for _, document in found]
        return documents if limit is None else documents[:limit]
