"""Counters: AQL queries that read a number and write a larger one."""

from __future__ import annotations

from typing import Any

from ...arangodb.client import ArangoClient
from ...errors import ArangoError
from ..operation import Operation
from .load_kind import LoadKind, Session

_INCREMENT = "FOR d IN @@c FILTER d._key == @key UPDATE d WITH { value: d.value + @by } IN @@c RETURN 1"


class Counters(LoadKind):
    """Half of the operations are increments by 1 to 5, half reads."""

    name = "counter"

    async def prepare(self, client: ArangoClient) -> None:
        """Documents with the value 0."""
        await client.post(self.documents, json=[{"_key": key, "value": 0} for key in self._keys()])

    async def step(self, session: Session) -> Operation:
        """One increment or read."""
        key = session.choices.choice(self._keys())
        if session.choices.random() < 0.5:
            return await self.perform(session, "read", key, None, self.value_of(session, key))
        by = session.choices.randint(1, 5)
        return await self.perform(session, "increment", key, by, self._increment(session, key, by))

    async def read_everything(self, session: Session) -> list[Operation]:
        """Each counter once more."""
        done = [await self.perform(session, "read", key, None, self.value_of(session, key)) for key in self._keys()]
        return [one for one in done if not one.is_ok]

    async def _increment(self, session: Session, key: str, by: int) -> Any:
        if not await self.query(session, _INCREMENT, key=key, by=by):
            raise ArangoError(404, 1202, f"the query found no document {key}", "POST /_api/cursor")

    def _keys(self) -> list[str]:
        return [f"counter-{number}" for number in range(self.keys)]
