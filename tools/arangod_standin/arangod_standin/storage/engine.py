"""SQLite as a storage engine: one connection, one transaction per turn of the event loop, group fsync.

A commit writes to the WAL file, so an acknowledged write survives ``kill -9`` of the process at once. Writes with
``waitForSync`` are acknowledged after an ``fdatasync`` of the WAL that all waiting writers share.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from ..failure_points import FAILURE_POINTS
from .failures import storage_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..config.settings import Settings
    from .snapshot import SnapshotStore
    from .sync_marks import SyncMarks

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS databases (name TEXT PRIMARY KEY, id TEXT, properties TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS collections (id TEXT PRIMARY KEY, database TEXT, name TEXT, properties TEXT,
  UNIQUE (database, name)) WITHOUT ROWID;
"""
_TICK_RESERVE = 10_000
_UNDONE = "the transaction was rolled back: database or disk is full"
# A sync of this length may hold up everything else.
_SHORT_SYNC_S = 0.002
# For so many turns of the event loop a commit waits for more writers.
_MOST_TURNS = 12


def _tell(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _fail(waiters: list[asyncio.Future[None]], error: Exception) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(storage_failure(error))


class Engine:
    """Owns the SQLite connection of one server; all calls come from the event loop's thread."""

    def __init__(self, path: str, *, sync_interval_s: float = 0.1, lose_unsynced: bool = False) -> None:
        self.path = path
        self._marks: SyncMarks | None = None
        if lose_unsynced:
            from .sync_marks import SyncMarks

            self._marks = SyncMarks(path)
            self._marks.forget_unsynced()
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=512, check_same_thread=False)
        # a new file is made without waiting for the disk; the first sync of the log catches up on it
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA wal_autocheckpoint={0 if lose_unsynced else 4000}")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        # grows when writes were undone: what was remembered about rows is then unknown
        self.generation = 0
        # called after a whole transaction was undone: what is in memory must be what is stored
        self.rollback_listeners: list[Callable[[], None]] = []
        # where transactions get their snapshots, made with the first one
        self.snapshots: SnapshotStore | None = None
        self._in_transaction = False
        self._commit_scheduled = False
        self._committed: list[asyncio.Future[None]] = []
        # those who wait for the commit and, after it, for the disk
        self._committed_synced: list[asyncio.Future[None]] = []
        # how that list grows: its length a turn ago, turns without growth, turns so far, its length at the last commit
        self._gathered = self._idle_turns = self._turns = self._last_synced = 0
        # how long a sync takes of late; short ones are done at once, which costs less than asking a thread
        self._sync_s = _SHORT_SYNC_S
        # called once, right after the next commit, while nothing uncommitted is there
        self._after_commit: list[Callable[[], None]] = []
        # grows with every statement that writes: tells what changed since a snapshot was taken
        self.writes = 0
        self._sync_waiters: list[asyncio.Future[None]] = []
        self._sync_task: asyncio.Task[None] | None = None
        self._wal_fd = -1
        # what nobody asked to have synced is synced this long after its commit; 0: never
        self._interval_s = 0.0 if lose_unsynced else sync_interval_s
        self._interval_sync: asyncio.TimerHandle | None = None
        self._tick = self._tick_end = int(self.get_meta("tick") or "1000000")

    # -- reading and writing rows ------------------------------------------------------------------------------------
    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all rows."""
        return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """Run a query and return its first row."""
        found: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
        return found

    def write(self, sql: str, parameters: tuple[Any, ...] = ()) -> int:
        """Change rows within the current turn's transaction; return how many."""
        self._begin()
        self.writes += 1
        return self._connection.execute(sql, parameters).rowcount

    def write_many(self, sql: str, parameters: list[tuple[Any, ...]]) -> int:
        """Run one statement for many parameter tuples within the current turn's transaction; return changed rows."""
        self._begin()
        self.writes += 1
        if len(parameters) == 1:
            return self._connection.execute(sql, parameters[0]).rowcount
        return self._connection.executemany(sql, parameters).rowcount

    def _begin(self) -> None:
        if not self._in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_transaction = True
        elif not self._connection.in_transaction:
            # nothing more may be written in this turn, since it would not be part of the transaction
            raise sqlite3.OperationalError(_UNDONE)
        if not self._commit_scheduled:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._commit_scheduled = True
            loop.call_soon(self._scheduled_commit)

    def savepoint(self) -> None:
        """Begin a part of the transaction that can be undone by `rollback_savepoint`."""
        self._begin()
        self._connection.execute("SAVEPOINT part")

    def release_savepoint(self) -> None:
        """Keep what was written since `savepoint`."""
        self._connection.execute("RELEASE part")

    def rollback_savepoint(self) -> None:
        """Undo what was written since `savepoint`; a full disk may have undone the whole transaction already."""
        self.generation += 1
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")

    # -- durability --------------------------------------------------------------------------------------------------
    def commit(self) -> None:
        """Commit now (start-up and shutdown; requests wait for `committed`)."""
        if self._in_transaction:
            if not self._connection.in_transaction:
                self._in_transaction = False
                raise sqlite3.OperationalError(_UNDONE)
            FAILURE_POINTS.crash("CrashBeforeCommit")
            self._connection.execute("COMMIT")
            FAILURE_POINTS.crash("CrashAfterCommit")
            self._in_transaction = False

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call back while nothing uncommitted is there: at once, or right after this turn's commit."""
        if self._in_transaction:
            self._after_commit.append(callback)
        else:
            callback()

    def _scheduled_commit(self) -> None:
        if self._awaits_more():
            asyncio.get_running_loop().call_soon(self._scheduled_commit)
            return
        self._commit_scheduled = False
        try:
            self._commit_waiters()
        finally:
            callbacks, self._after_commit = self._after_commit, []
            for callback in callbacks:
                callback()

    def _awaits_more(self) -> bool:
        """Say whether others may join those who wait for the disk: as long as their number grows, for some turns.

        A sync costs as much for sixteen writers as for one. A writer that is alone is not kept waiting.
        """
        count = len(self._committed_synced)
        if count == 0 or count == self._last_synced == 1 or self._turns >= _MOST_TURNS:
            more = False
        else:
            # a request that has arrived meanwhile needs two turns to write
            self._idle_turns = 0 if count > self._gathered else self._idle_turns + 1
            more = self._idle_turns < 2
        self._gathered, self._turns = (count, self._turns + 1) if more else (0, 0)
        if not more:
            self._last_synced, self._idle_turns = count, 0
        return more

    def _commit_waiters(self) -> None:
        waiters, self._committed = self._committed, []
        synced, self._committed_synced = self._committed_synced, []
        try:
            self.commit()
        except sqlite3.Error as error:
            # a full disk: undo, tell everybody who waits, stay consistent
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._in_transaction = False
            self.generation += 1
            self._tick_end = self._tick
            for listener in self.rollback_listeners:
                listener()
            _fail([*waiters, *synced], error)
            return
        if synced:
            self._sync_waiters += synced
            self._start_sync()
        elif self._interval_s and self._interval_sync is None:
            self._interval_sync = asyncio.get_running_loop().call_later(self._interval_s, self._sync_now)
        _tell(waiters)

    async def committed(self, *, synced: bool = False) -> None:
        """Return when everything written in this turn is committed, and on disk when `synced` is asked."""
        if self._in_transaction:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            (self._committed_synced if synced else self._committed).append(waiter)
            await waiter
        elif synced:
            await self._sync_now()

    def _sync_now(self) -> asyncio.Future[None]:
        """Have everything committed brought to the disk; return what is done when it is there."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sync_waiters.append(waiter)
        self._start_sync()
        return waiter

    def _start_sync(self) -> None:
        if self._interval_sync is not None:
            self._interval_sync.cancel()
            self._interval_sync = None
        if self._sync_task is not None:
            return
        if self._sync_s <= _SHORT_SYNC_S and self._marks is None:
            waiters, self._sync_waiters = self._sync_waiters, []
            try:
                self._sync()
            except OSError as error:
                _fail(waiters, error)
            else:
                _tell(waiters)
        else:
            self._sync_task = asyncio.get_running_loop().create_task(self._sync_all())

    def _sync(self) -> None:
        """Bring the log to the disk. Raises OSError."""
        if self._wal_fd < 0:
            for path in (self.path, os.path.dirname(self.path)):
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            self._wal_fd = os.open(self.path + "-wal", os.O_RDONLY | os.O_CLOEXEC)
        began_s = time.perf_counter()
        os.fdatasync(self._wal_fd)
        took_s = time.perf_counter() - began_s
        # one slow sync counts at once, many fast ones win back
        self._sync_s = max(took_s, 0.8 * self._sync_s + 0.2 * took_s)

    async def _sync_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._sync_waiters:
                waiters, self._sync_waiters = self._sync_waiters, []
                try:
                    size_bytes = self._marks.size() if self._marks else 0
                    await loop.run_in_executor(None, self._sync)
                    if self._marks:
                        self._marks.synced(size_bytes)
                except OSError as error:
                    _fail(waiters, error)
                _tell(waiters)
        finally:
            self._sync_task = None

    # -- small persistent values -------------------------------------------------------------------------------------
    def get_meta(self, name: str) -> str | None:
        """Return a persisted value."""
        row = self.row("SELECT value FROM meta WHERE name=?", (name,))
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Persist a value with the current transaction."""
        self.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def next_tick(self) -> int:
        """Return a number never given before by this engine, also after a crash (ranges are reserved)."""
        self._tick += 1
        if self._tick >= self._tick_end:
            self._tick_end = self._tick + _TICK_RESERVE
            self.set_meta("tick", str(self._tick_end))
        return self._tick

    def close(self) -> None:
        """Commit and close; SQLite then folds the WAL into the data file."""
        if self._interval_sync is not None:
            self._interval_sync.cancel()
        self.commit()
        if self.snapshots is not None:
            self.snapshots.close()
        self._connection.close()
        if self._wal_fd >= 0:
            os.close(self._wal_fd)
            self._wal_fd = -1


def open_engine(path: str, settings: Settings) -> Engine:
    """Return the engine of a server as its options want it."""
    return Engine(
        path,
        sync_interval_s=settings.number("rocksdb.sync-interval", 100.0) / 1000,
        lose_unsynced=settings.boolean("standin.lose-unsynced-writes", False),
    )
