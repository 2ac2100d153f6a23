"""A transaction over collections of this server: snapshot isolation with write-write conflicts.

All reads see the snapshot taken at the beginning and the transaction's own changes. Two transactions may not change the
same document: the second writer gets a conflict, whether the first still runs or has committed since the second began.
(Write skew is possible, as it is in ArangoDB: reads lock nothing.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .snapshot import snapshots_of
from .transaction_collection import TransactionCollection
from .transaction_locks import locks_of

if TYPE_CHECKING:
    from .collection import Effect, StoredCollection
    from .engine import Engine
    from .operations import Operation, Result
    from .snapshot import Snapshot

RUNNING = "running"
COMMITTED = "committed"
ABORTED = "aborted"
DEFAULT_MAX_BYTES = 512 << 20


class Transaction:
    """A running transaction; one of `commit` and `abort` must end it."""

    def __init__(self, engine: Engine, *, max_bytes: int = DEFAULT_MAX_BYTES, lock_timeout_s: float = 900.0) -> None:
        self._engine = engine
        self._snapshot: Snapshot | None = None
        self._max_bytes = max_bytes
        self._lock_timeout_s = lock_timeout_s
        self._collections: dict[StoredCollection, TransactionCollection] = {}
        self._locked: set[StoredCollection] = set()
        self.status = RUNNING
        self.synced = False

    # -- beginning ---------------------------------------------------------------------------------------------------
    async def lock(self, stored: StoredCollection, *, exclusive: bool) -> None:
        """Hold a collection for writing or exclusively. Raises ArangoError 18 when others hold it too long."""
        await locks_of(stored).lock_collection(self, exclusive=exclusive, timeout_s=self._lock_timeout_s)
        self._locked.add(stored)

    async def begin(self) -> None:
        """See everything committed or written so far, and from now on nothing newer.

        Collections are locked before, so that what their last holder committed is seen.
        """
        snapshot = await snapshots_of(self._engine).take()
        if self.status != RUNNING:
            snapshot.close()
            self.check_running()
        self._snapshot = snapshot

    # -- views -------------------------------------------------------------------------------------------------------
    def check_running(self) -> None:
        """Raise ArangoError 1655 when the transaction was ended meanwhile."""
        if self.status != RUNNING:
            raise ArangoError(errors.TRANSACTION_NOT_FOUND)

    def view(self, stored: StoredCollection) -> TransactionCollection:
        """Return a collection as the transaction sees it."""
        self.check_running()
        assert self._snapshot is not None, "begin() comes first"
        found = self._collections.get(stored)
        if found is None:
            found = TransactionCollection(stored, self._snapshot, self, self._max_bytes)
            self._collections[stored] = found
        return found

    def execute(self, stored: StoredCollection, operations: list[Operation], options: dict[str, Any]) -> list[Result]:
        """Run operations on one collection."""
        self.synced = self.synced or bool(options.get("waitForSync"))
        return self.view(stored).evaluate(operations, options)

    # -- end ---------------------------------------------------------------------------------------------------------
    async def commit(self) -> None:
        """Store all changes, all or none. Raises sqlite3.Error or OSError when they cannot be stored."""
        self.check_running()
        changed = [(view.stored, view.effects()) for view in self._collections.values()]
        changed = [(stored, effects) for stored, effects in changed if effects and not stored.dropped]
        try:
            if changed:
                self._apply(changed)
        except BaseException:
            self._end(ABORTED)
            raise
        self._end(COMMITTED)
        if changed:
            synced = self.synced or any(stored.properties.get("waitForSync") for stored, _ in changed)
            try:
                await self._engine.committed(synced=synced)
            except OSError:
                self.status = ABORTED
                raise

    def _apply(self, changed: list[tuple[StoredCollection, list[Any]]]) -> None:
        if len(changed) == 1:
            changed[0][0].apply(changed[0][1])
            return
        self._engine.savepoint()
        try:
            for stored, effects in changed:
                stored.apply(effects)
        except BaseException:
            self._engine.rollback_savepoint()
            raise
        self._engine.release_savepoint()

    def effects_of(self, stored: StoredCollection) -> list[Effect]:
        """Return what a commit has to store in one collection."""
        self.check_running()
        view = self._collections.get(stored)
        return view.effects() if view is not None and not stored.dropped else []

    def finish(self, *, committed: bool) -> None:
        """End after somebody else stored the changes (or could not)."""
        if self.status == RUNNING:
            self._end(COMMITTED if committed else ABORTED)

    def abort(self) -> None:
        """Drop all changes; an ended transaction stays as it is."""
        if self.status == RUNNING:
            self._end(ABORTED)

    def _end(self, status: str) -> None:
        self.status = status
        for view in self._collections.values():
            view.release()
        for stored in self._locked:
            locks_of(stored).release(self, set(), set())
        self._collections.clear()
        self._locked.clear()
        if self._snapshot is not None:
            self._snapshot.close()
