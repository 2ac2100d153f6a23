"""Registers: a few documents, each read, written, and swapped under the condition of its revision, by all clients."""

from __future__ import annotations

from itertools import count
from typing import Any

from ...arangodb.client import ArangoClient
from ...errors import ArangoError
from ..operation import Operation, OperationOutcome
from ..outcomes import outcome_of
from .load_kind import LoadKind, Session, text_of


class Registers(LoadKind):
    """Half of the operations are reads, a quarter writes, a quarter swaps of what the client has just read."""

    name = "register"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._values = count(1)

    async def prepare(self, client: ArangoClient) -> None:
        """Documents without a value."""
        await client.post(self.documents, json=[{"_key": key, "value": None} for key in self._keys()])

    async def step(self, session: Session) -> Operation:
        """One read, write or swap."""
        key = session.choices.choice(self._keys())
        choice = session.choices.random()
        if choice < 0.5:
            return await self.perform(session, "read", key, None, self.value_of(session, key))
        value = next(self._values)
        if choice < 0.75:
            work = session.client.patch(self.document(key), json={"value": value})
            return await self.perform(session, "write", key, value, _done(work))
        return await self._swap(session, key, value)

    async def read_everything(self, session: Session) -> list[Operation]:
        """Each register once more."""
        done = [await self.perform(session, "read", key, None, self.value_of(session, key)) for key in self._keys()]
        return [one for one in done if not one.is_ok]

    async def _swap(self, session: Session, key: str, value: int) -> Operation:
        """A read that tells value and revision, then a write under the condition of that revision."""
        read = self.recorder.begin(session.process, "read", key, None, session.through)
        try:
            found = await session.client.get(self.document(key))
        except ArangoError as error:
            self.recorder.end(read, outcome_of(error), None, text_of(error))
            return read
        self.recorder.end(read, OperationOutcome.OK, found.get("value"))
        condition = {"If-Match": f'"{found["_rev"]}"'}
        work = session.client.patch(self.document(key), json={"value": value}, headers=condition)
        asked = [found.get("value"), value]
        return await self.perform(session, "compare_and_swap", key, asked, _done(work))

    def _keys(self) -> list[str]:
        return [f"register-{number}" for number in range(self.keys)]


async def _done(work: Any) -> None:
    await work
