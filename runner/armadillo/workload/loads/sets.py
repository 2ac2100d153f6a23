"""A set: each client inserts elements that nobody else has, and now and then all of them are read."""

from __future__ import annotations

from itertools import count
from typing import Any

from ..operation import Operation
from .load_kind import LoadKind, Session

_READS = 0.02


class Sets(LoadKind):
    """Elements are documents; their key is the element."""

    name = "set"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._elements = count(1)

    async def step(self, session: Session) -> Operation:
        """One insert; rarely a read of everything."""
        if session.choices.random() < _READS:
            return await self._read(session)
        element = f"e{next(self._elements)}"
        return await self.perform(session, "add", "", element, self._insert(session, element))

    async def read_everything(self, session: Session) -> list[Operation]:
        """All elements."""
        done = await self._read(session)
        return [] if done.is_ok else [done]

    async def _read(self, session: Session) -> Operation:
        work = self.query(session, "FOR d IN @@c RETURN d._key")
        return await self.perform(session, "read_all", "", None, work)

    async def _insert(self, session: Session, element: str) -> None:
        await session.client.post(self.documents, json={"_key": element})
