"""Life cycles: each client inserts documents of its own, replaces and removes them; everybody reads all of them."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from ..operation import Operation
from .load_kind import LoadKind, Session

_REMEMBERED = 200
"""How many of the documents that were touched last are read."""


class LifeCycles(LoadKind):
    """Half of the operations are reads; a client has up to `keys` documents that live at a time."""

    name = "life_cycle"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._values = count(1)
        self._numbers = count(1)
        self._living: dict[int, list[str]] = {}
        self._removed: dict[int, deque[str]] = {}
        self._recent: deque[str] = deque(maxlen=_REMEMBERED)

    async def step(self, session: Session) -> Operation:
        """One insert, replacement, removal or read."""
        if self._recent and session.choices.random() < 0.5:
            key = session.choices.choice(self._recent)
            return await self.perform(session, "read", key, None, self.value_of(session, key))
        living = self._living.setdefault(session.slot, [])
        removed = self._removed.setdefault(session.slot, deque(maxlen=self.keys))
        kind = self._next_kind(session, living)
        if kind == "insert":
            again = bool(removed) and session.choices.random() < 0.3
            key = removed.popleft() if again else f"d{session.slot}-{next(self._numbers)}"
        else:
            key = living.pop(session.choices.randrange(len(living)))
        operation = await self._write(session, kind, key)
        if operation.is_ok or (operation.result is None and operation.is_failed):
            # After a write in doubt, or one that met what must not be, nobody writes the document any more.
            there = kind != "remove" if operation.is_ok else kind != "insert"
            (living if there else removed).append(key)
        if key not in self._recent:
            self._recent.append(key)
        return operation

    async def read_everything(self, session: Session) -> list[Operation]:
        """All documents that there are."""
        work = self.query(session, "FOR d IN @@c RETURN [d._key, d.value]")
        done = await self.perform(session, "read_all", "", None, work)
        return [] if done.is_ok else [done]

    def _next_kind(self, session: Session, living: list[str]) -> str:
        if not living:
            return "insert"
        if len(living) >= self.keys:
            return session.choices.choice(("replace", "remove"))
        return session.choices.choice(("insert", "replace", "remove"))

    async def _write(self, session: Session, kind: str, key: str) -> Operation:
        value = None if kind == "remove" else next(self._values)
        if kind == "insert":
            work = session.client.post(self.documents, json={"_key": key, "value": value})
        elif kind == "replace":
            work = session.client.put(self.document(key), json={"value": value})
        else:
            work = session.client.delete(self.document(key))
        return await self.perform(session, kind, key, value, _done(work))


async def _done(work: Any) -> None:
    await work
