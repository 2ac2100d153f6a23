"""A client that writes all the time and remembers what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from armadillo import ArangoError, Collection, wait_until

PROGRESS_TIMEOUT_S = 120.0
PAUSE_AFTER_REFUSAL_S = 0.02


class AcknowledgedWrites:
    """The writer's memory: `keys` were acknowledged; of those that failed nobody knows whether they are stored."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.keys: set[str] = set()
        self.unknown: set[str] = set()
        self.last_error: ArangoError | None = None
        self._number = 0

    async def write_on(self) -> None:
        """Writes one document after the other, for ever; a failure is no reason to stop."""
        while True:
            self._number += 1
            key = f"w{self._number:06}"
            try:
                await self.collection.insert({"_key": key, "number": self._number})
            except ArangoError as error:
                self.unknown.add(key)
                self.last_error = error
                await asyncio.sleep(PAUSE_AFTER_REFUSAL_S)
            else:
                self.keys.add(key)

    def so_far(self) -> set[str]:
        """What is acknowledged by now. While writes go on, take this before looking at what is stored."""
        return self.keys.copy()

    async def more(self, number: int) -> None:
        """Waits until that many more writes were acknowledged; raises `ConditionTimeoutError`."""
        wanted = len(self.keys) + number
        await wait_until(
            f"{number} more acknowledged writes (last error: {self.last_error})",
            lambda: len(self.keys) >= wanted,
            PROGRESS_TIMEOUT_S,
            interval_s=0.01,
        )


@asynccontextmanager
async def acknowledged_writes(collection: Collection) -> AsyncIterator[AcknowledgedWrites]:
    """Writes into the collection as long as the block lasts."""
    writes = AcknowledgedWrites(collection)
    task = asyncio.get_running_loop().create_task(writes.write_on())
    try:
        yield writes
    finally:
        task.cancel()
        # Nothing is written any more when the block has ended; what is under way was never acknowledged.
        await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
