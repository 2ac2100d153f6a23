"""The durable part of a Raft member in SQLite: term, vote, log entries, the newest snapshot."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, term INTEGER, payload TEXT);
"""
Entry = tuple[int, Any]


class RaftLog:
    """Entries in memory and in SQLite; changes become durable with `flush`. ``path`` may be ``:memory:`` for tests."""

    def __init__(self, path: str, *, wait_for_sync: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={'FULL' if wait_for_sync else 'NORMAL'}")
        self._connection.executescript(_SCHEMA)
        stored = dict(self._connection.execute("SELECT name, value FROM state").fetchall())
        self.term = int(stored.get("term", "0"))
        self.voted_for: str | None = stored.get("vote") or None
        self.snapshot_index = int(stored.get("snapshot_index", "0"))
        self.snapshot_term = int(stored.get("snapshot_term", "0"))
        # A member that lost its log must not vote before it has a leader's whole log again: it may have promised to
        # keep what it no longer has.
        self.learner = stored.get("learner") == "1"
        self.learned = stored.get("learner") == "0"
        self.pool: dict[str, str] = json.loads(stored.get("pool", "{}"))
        self._snapshot_state: Any = json.loads(stored["snapshot"]) if "snapshot" in stored else None
        rows = self._connection.execute(
            "SELECT term, payload FROM log WHERE number > ? ORDER BY number", (self.snapshot_index,)
        )
        self._entries: list[Entry] = [(term, json.loads(payload)) for term, payload in rows]
        self._dirty = False

    def _execute(self, sql: str, parameters: tuple[Any, ...] = ()) -> None:
        if not self._dirty:
            self._connection.execute("BEGIN IMMEDIATE")
            self._dirty = True
        self._connection.execute(sql, parameters)

    def _store(self, name: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def flush(self) -> None:
        """Commit all changes; call it before any message that depends on them leaves."""
        if self._dirty:
            self._connection.execute("COMMIT")
            self._dirty = False

    @property
    def last_index(self) -> int:
        """Index of the newest entry."""
        return self.snapshot_index + len(self._entries)

    def term_at(self, index: int) -> int:
        """Return the term of an entry (0 before the first; the snapshot's for everything it covers)."""
        if index <= self.snapshot_index:
            return self.snapshot_term if index == self.snapshot_index else 0
        return self._entries[index - self.snapshot_index - 1][0]

    def entry(self, index: int) -> Entry:
        """Return term and payload of an entry that is not yet in the snapshot."""
        return self._entries[index - self.snapshot_index - 1]

    def entries_from(self, index: int, most: int) -> list[Entry]:
        """Return entries from an index on."""
        start = index - self.snapshot_index - 1
        return self._entries[start : start + most]

    def set_term(self, term: int, voted_for: str | None) -> None:
        """Store term and vote."""
        self.term, self.voted_for = term, voted_for
        self._store("term", str(term))
        self._store("vote", voted_for or "")

    def set_learner(self, learner: bool) -> None:
        """Store that the log was lost, or that it is complete again (`learned`)."""
        self.learner, self.learned = learner, not learner
        self._store("learner", "1" if learner else "0")

    def set_pool(self, pool: dict[str, str]) -> None:
        """Store which member id was seen at which endpoint."""
        self.pool = pool
        self._store("pool", json.dumps(pool))

    def append(self, entries: list[Entry]) -> int:
        """Add entries at the end; return the index of the last."""
        for term, payload in entries:
            self._entries.append((term, payload))
            text = json.dumps(payload, separators=(",", ":"))
            self._execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?)", (self.last_index, term, text))
        return self.last_index

    def truncate(self, index: int) -> None:
        """Remove an entry and all after it."""
        if index <= self.last_index:
            del self._entries[index - self.snapshot_index - 1 :]
            self._execute("DELETE FROM log WHERE number >= ?", (index,))

    def snapshot(self) -> tuple[int, int, Any]:
        """Return index, term and state of the newest snapshot."""
        return self.snapshot_index, self.snapshot_term, self._snapshot_state

    def compact(self, index: int, state: Any) -> None:
        """Replace everything up to an applied index by a snapshot of the state after it."""
        term = self.term_at(index)
        self._entries = self._entries[index - self.snapshot_index :]
        self._save_snapshot(index, term, json.dumps(state))
        self._execute("DELETE FROM log WHERE number <= ?", (index,))

    def install(self, index: int, term: int, state: Any) -> None:
        """Take a leader's snapshot instead of the whole own log."""
        keep = index <= self.last_index and self.term_at(index) == term
        self._entries = self._entries[index - self.snapshot_index :] if keep else []
        self._save_snapshot(index, term, json.dumps(state))
        self._execute("DELETE FROM log WHERE number <= ?", (index,))
        if not keep:
            self._execute("DELETE FROM log")

    def _save_snapshot(self, index: int, term: int, text: str) -> None:
        # the text makes the stored state independent of the live tree it was taken from
        self.snapshot_index, self.snapshot_term, self._snapshot_state = index, term, json.loads(text)
        self._store("snapshot_index", str(index))
        self._store("snapshot_term", str(term))
        self._store("snapshot", text)

    def close(self) -> None:
        """Commit and close."""
        self.flush()
        self._connection.close()
