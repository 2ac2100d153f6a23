"""What running transactions hold of one collection: the collection itself, keys, and values of unique indexes.

As in ArangoDB with RocksDB: a key or a unique value that a running transaction has written is locked, and another
writer gets a conflict at once. The collection is locked for writing by many or exclusively by one; others wait for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from .collection import StoredCollection

Slot = tuple[int, bytes]


def conflict(index: dict[str, Any] | None, key: str) -> ArangoError:
    """Return the error of a writer who came too late, in ArangoDB's words."""
    if index is None:
        place = f"in index primary of type primary over '_key'; conflicting key: {key}"
    else:
        place = f"in index {index['name']} of type {index['type']} over '{', '.join(index['fields'])}'"
    return ArangoError(errors.CONFLICT, f"write-write conflict - {place}")


class CollectionLocks:
    """The locks of one collection; an owner is any object, usually a transaction."""

    def __init__(self) -> None:
        self._keys: dict[str, object] = {}
        self._values: dict[Slot, object] = {}
        self._writers: set[object] = set()
        self._exclusive: object | None = None
        self._waiting: list[tuple[object, bool, asyncio.Future[None]]] = []

    # -- keys and values ---------------------------------------------------------------------------------------------
    def check_key(self, key: str, owner: object | None) -> None:
        """Raise ArangoError 1200 when somebody else holds a key."""
        if self._keys and self._keys.get(key, owner) is not owner:
            raise conflict(None, key)

    def check_value(self, index: dict[str, Any], slot: Slot, owner: object | None) -> None:
        """Raise ArangoError 1200 when somebody else holds a value of a unique index."""
        if self._values and self._values.get(slot, owner) is not owner:
            raise conflict(index, "")

    def holds_key(self, key: str, owner: object) -> bool:
        """Say whether the owner holds a key already."""
        return self._keys.get(key) is owner

    def take_key(self, key: str, owner: object) -> None:
        """Lock a key that nobody else holds."""
        self._keys[key] = owner

    def take_value(self, slot: Slot, owner: object) -> None:
        """Lock a value of a unique index that nobody else holds."""
        self._values[slot] = owner

    def release(self, owner: object, keys: set[str], values: set[Slot]) -> None:
        """Give back everything an owner holds."""
        for key in keys:
            del self._keys[key]
        for slot in values:
            del self._values[slot]
        self._writers.discard(owner)
        if self._exclusive is owner:
            self._exclusive = None
        self._wake()

    def check_unwritten(self) -> None:
        """Raise ArangoError 1200 while a running transaction has uncommitted changes here."""
        if self._keys:
            raise conflict(None, next(iter(self._keys)))

    # -- the collection ----------------------------------------------------------------------------------------------
    @property
    def is_exclusive(self) -> bool:
        """True while somebody holds the collection exclusively."""
        return self._exclusive is not None

    def _free(self, owner: object, exclusive: bool) -> bool:
        if self._exclusive is not None:
            return self._exclusive is owner
        return not exclusive or not self._writers - {owner}

    def _grant(self, owner: object, exclusive: bool) -> None:
        if exclusive:
            self._exclusive = owner
        else:
            self._writers.add(owner)

    async def lock_collection(self, owner: object, *, exclusive: bool, timeout_s: float) -> None:
        """Hold the collection for writing, or exclusively. Raises ArangoError 18 when that takes too long."""
        if self._exclusive is owner or (not exclusive and owner in self._writers):
            return
        if not self._waiting and self._free(owner, exclusive):
            self._grant(owner, exclusive)
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter = (owner, exclusive, granted)
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await granted
        except BaseException as error:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif granted.done() and not granted.cancelled():
                self.release(owner, set(), set())
            self._wake()
            if isinstance(error, TimeoutError):
                raise ArangoError(errors.LOCK_TIMEOUT, "timeout waiting to lock the collection") from None
            raise

    async def wait_free(self, timeout_s: float, *, exclusive: bool) -> None:
        """Return when the collection could be locked. Raises ArangoError 18 when that takes too long."""
        owner = object()
        await self.lock_collection(owner, exclusive=exclusive, timeout_s=timeout_s)
        self.release(owner, set(), set())

    def _wake(self) -> None:
        while self._waiting:
            owner, exclusive, granted = self._waiting[0]
            if granted.done():
                self._waiting.pop(0)
                continue
            if not self._free(owner, exclusive):
                return
            self._waiting.pop(0)
            self._grant(owner, exclusive)
            granted.set_result(None)


def locks_of(stored: StoredCollection) -> CollectionLocks:
    """Return the locks of a stored collection; made at the first need."""
    if stored.locks is None:
        stored.locks = CollectionLocks()
    return stored.locks
