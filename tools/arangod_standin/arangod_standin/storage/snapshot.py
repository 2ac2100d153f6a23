"""Snapshots: one committed state of all rows, read through a connection of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Engine

_KEPT_CONNECTIONS = 4


class Snapshot:
    """A source of rows that does not change; `writes` is the engine's count of writes when it was taken."""

    def __init__(self, store: SnapshotStore, connection: sqlite3.Connection, writes: int) -> None:
        self._store = store
        self._connection: sqlite3.Connection | None = connection
        self.writes = writes
        # a reader of SQLite's WAL is bound to one state by its first read
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM meta LIMIT 1").fetchone()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("the snapshot is closed")
        return self._connection

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all rows; a table made later has none."""
        try:
            return self._open().execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such table"):
                return []
            raise

    def row(self, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """Run a query and return its first row."""
        return next(iter(self.rows(sql, parameters)), None)

    def has_table(self, name: str) -> bool:
        """Say whether a table was there when the snapshot was taken."""
        return self.row("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (name,)) is not None

    def close(self) -> None:
        """Give the connection back; SQLite may then fold older parts of the WAL into the data file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._store.give_back(connection)


class SnapshotStore:
    """Takes snapshots of one engine and keeps a few connections for the next ones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[sqlite3.Connection] = []
        # As many modifying queries may begin at a time: few, so that their conflicts stay rare; more than one, because
        # queries that run at the same time can meet in ArangoDB.
        self.beginning = asyncio.Semaphore(4)
        self._closed = False

    async def take(self) -> Snapshot:
        """Return a snapshot of everything written so far; what this turn wrote is committed first."""
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[Snapshot] = loop.create_future()

        def begin() -> None:
            if taken.done():
                return
            try:
                taken.set_result(Snapshot(self, self._connect(), self._engine.writes))
            except sqlite3.Error as error:
                taken.set_exception(OSError(f"storage: {error}"))

        self._engine.when_committed(begin)
        try:
            return await taken
        except asyncio.CancelledError:
            if taken.done() and not taken.cancelled() and taken.exception() is None:
                taken.result().close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if self._idle:
            return self._idle.pop()
        connection = sqlite3.connect(self._engine.path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only=1")
        # the operating system has the same pages, so each connection needs only a small cache of its own
        connection.execute("PRAGMA cache_size=-1024")
        return connection

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Take back a connection whose snapshot is not needed any more."""
        connection.execute("ROLLBACK")
        if self._closed or len(self._idle) >= _KEPT_CONNECTIONS:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


def snapshots_of(engine: Engine) -> SnapshotStore:
    """Return where transactions of an engine get their snapshots; made at the first need."""
    if engine.snapshots is None:
        engine.snapshots = SnapshotStore(engine)
    return engine.snapshots
