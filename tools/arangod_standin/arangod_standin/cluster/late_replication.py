"""The planted bug ``--standin.acknowledge-before-replicating``: a leader answers first and replicates a moment later.

A write that was acknowledged is lost when the leader dies in between, although its follower takes over in sync.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..context import ServerContext
    from ..storage.collection import Effect

_DELAY_S = 0.5


class LateReplication:
    """Sends changes in their order, each some time after it was acknowledged."""

    def __init__(self, context: ServerContext, lock: asyncio.Lock, send: Callable[[list[Effect]], Awaitable[None]]):
        self._context = context
        self._lock = lock
        self._send = send
        self._queue: list[tuple[float, list[Effect]]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, effects: list[Effect]) -> None:
        """Take changes that are to be sent later."""
        self._queue.append((asyncio.get_running_loop().time() + _DELAY_S, effects))
        if self._task is None:
            self._task = self._context.spawn(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            due_s, effects = self._queue[0]
            await asyncio.sleep(max(due_s - loop.time(), 0.0))
            async with self._lock:
                del self._queue[0]
                try:
                    await self._send(effects)
                except ArangoError:
                    # no longer the leader: nobody will ever have these changes
                    self._queue.clear()
        self._task = None
