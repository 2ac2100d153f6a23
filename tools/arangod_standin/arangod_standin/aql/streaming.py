"""Results that are fetched while they are computed: ``stream: true``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..context import ServerContext

    Sink = Callable[[list[Any]], Awaitable[None]]


class ResultStream:
    """A query that runs on its own and waits when it is far ahead of its reader.

    `run` is the query; it gives its values to the sink it gets. Whoever makes a stream closes it.
    """

    def __init__(self, context: ServerContext, run: Callable[[Sink], Awaitable[None]], ahead: int) -> None:
        self._run = run
        self._ahead = ahead
        self._values: list[Any] = []
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._error: ArangoError | None = None
        self._done = False
        self._task = context.spawn(self._produce())

    async def _produce(self) -> None:
        try:
            await self._run(self._put)
        except ArangoError as error:
            self._error = error
        finally:
            self._done = True
            self._changed.set()

    async def _put(self, values: list[Any]) -> None:
        self._values += values
        self._changed.set()
        while len(self._values) > self._ahead:
            self._taken.clear()
            await self._taken.wait()

    @property
    def finished(self) -> bool:
        """True when the query has ended and all its values were taken."""
        return self._done and not self._values and self._error is None

    async def take(self, count: int) -> list[Any]:
        """Return the next values, as soon as there are so many and one more, or no more to come.

        Raises the ArangoError that the query ended with.
        """
        while len(self._values) <= count and not self._done:
            self._changed.clear()
            await self._changed.wait()
        if self._error is not None:
            raise self._error
        taken, self._values = self._values[:count], self._values[count:]
        self._taken.set()
        return taken

    def close(self) -> None:
        """End the query, whether it has finished or not."""
        self._task.cancel()
