"""The gate that a backup closes for the moment at which all servers hold their state fast."""

from __future__ import annotations

import asyncio

from .. import errors
from ..errors import ArangoError


class WriteGate:
    """Writes pass between `enter` and `leave`. Closing waits for those inside; it opens by itself after a while."""

    def __init__(self) -> None:
        self.closed_by = ""
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._inside = 0
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self) -> None:
        """Go in, as soon as the gate is open."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        self._empty.clear()

    def leave(self) -> None:
        """Go out."""
        self._inside -= 1
        if not self._inside:
            self._empty.set()

    async def close(self, owner: str, *, timeout_s: float, longest_s: float) -> bool:
        """Let nobody in for at most `longest_s`; return whether everybody inside left within `timeout_s`.

        Raises ArangoError 7011 when it is closed by somebody else.
        """
        if self.closed_by not in ("", owner):
            raise ArangoError(errors.HOT_BACKUP_CONFLICT)
        self.closed_by = owner
        self._open.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(longest_s, self.open, owner)
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def open(self, owner: str) -> None:
        """Let everybody in again, if it was this owner who closed the gate."""
        if self.closed_by == owner:
            self.closed_by = ""
            self._open.set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
