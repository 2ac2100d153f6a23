"""List-append: documents with a list, to which AQL appends unique elements, and which are read whole.

By default each operation is one document's: ArangoDB promises that these are linearizable. With `transactions` each
is a stream transaction of some appends and reads, which are snapshot isolated as long as the collection has one shard.
Lists are given up for new ones when they are long, so that reads stay small.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from ...arangodb.client import ArangoClient
from ...errors import ArangoError
from ..checkers.levels import Level
from ..operation import Operation, OperationOutcome
from ..outcomes import outcome_of
from .load_kind import LoadKind, Session, text_of

LONGEST_LIST = 64
MOST_STEPS = 4
_APPEND = "FOR d IN @@c FILTER d._key == @key UPDATE d WITH { items: PUSH(d.items, @element) } IN @@c RETURN 1"
_READ = "FOR d IN @@c FILTER d._key == @key RETURN d.items"


class ListAppend(LoadKind):
    """Half of the operations are appends, half reads, by AQL and by GET."""

    name = "list_append"
    promise: tuple[Level, bool] = (Level.SERIALIZABLE, True)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._elements = count(1)
        self._numbers = count(1)
        self._lengths: dict[str, int] = {}
        self._all: list[str] = []
        self._being_replaced: set[str] = set()

    async def prepare(self, client: ArangoClient) -> None:
        """Empty lists."""
        for _ in range(self.keys):
            await self._new_list(client)

    async def step(self, session: Session) -> Operation:
        """One append or one read."""
        key = session.choices.choice(sorted(self._lengths))
        if session.choices.random() < 0.5:
            element = next(self._elements)
            operation = await self._one(session, ["append", key, element], self._append(session, key, element))
        else:
            by_aql = session.choices.random() < 0.5
            work = self._items_by_aql(session, key) if by_aql else self._items(session, key)
            operation = await self._one(session, ["read", key, None], work)
        await self._replace_long_lists(session)
        return operation

    async def read_everything(self, session: Session) -> list[Operation]:
        """Each list that there ever was."""
        done = [await self._one(session, ["read", key, None], self._items(session, key)) for key in self._all]
        return [one for one in done if not one.is_ok]

    async def _one(self, session: Session, step: list[Any], work: Any) -> Operation:
        async def result() -> list[Any]:
            found = await work
            return [[*step[:2], found if step[0] == "read" else step[2]]]

        return await self.perform(session, "transaction", "", [step], result())

    async def _append(self, session: Session, key: str, element: int) -> None:
        if key in self._lengths:
            self._lengths[key] += 1
        if not await self.query(session, _APPEND, key=key, element=element):
            raise ArangoError(404, 1202, f"the query found no document {key}", "POST /_api/cursor")

    async def _items_by_aql(self, session: Session, key: str) -> list[Any]:
        found = await self.query(session, _READ, key=key)
        return (found[0] if found else None) or []

    async def _items(self, session: Session, key: str) -> list[Any]:
        return await self.value_of(session, key, "items") or []

    async def _replace_long_lists(self, session: Session) -> None:
        long = [key for key, length in self._lengths.items() if length >= LONGEST_LIST]
        for key in long:
            if key in self._being_replaced or key not in self._lengths:
                continue
            self._being_replaced.add(key)
            try:
                await self._new_list(session.client)
                del self._lengths[key]
            except ArangoError:
                return  # too bad a moment: the long list is used on, and the next operation tries again
            finally:
                self._being_replaced.discard(key)

    async def _new_list(self, client: ArangoClient) -> None:
        key = f"list-{next(self._numbers)}"
        await client.post(self.documents, json={"_key": key, "items": []})
        self._lengths[key] = 0
        self._all.append(key)


class ListTransactions(ListAppend):
    """Stream transactions of up to four appends and reads on different lists."""

    promise = (Level.SNAPSHOT_ISOLATION, True)

    async def step(self, session: Session) -> Operation:
        """One transaction."""
        choices = session.choices
        asked = []
        for _ in range(choices.randint(1, MOST_STEPS)):
            key = choices.choice(sorted(self._lengths))
            is_append = choices.random() < 0.5
            asked.append(["append", key, next(self._elements)] if is_append else ["read", key, None])
        operation = await self._transaction(session, asked)
        await self._replace_long_lists(session)
        return operation

    async def _transaction(self, session: Session, asked: list[list[Any]]) -> Operation:
        operation = self.recorder.begin(session.process, "transaction", "", asked, session.through)
        trx = ""
        is_committing = False
        try:
            begun = await session.client.post(
                "/_api/transaction/begin", json={"collections": {"write": [self.collection]}}
            )
            trx = begun["result"]["id"]
            inside = _Inside(session, trx)
            done = [await self._step_inside(inside, step) for step in asked]
            is_committing = True
            await session.client.put(f"/_api/transaction/{trx}")
        except ArangoError as error:
            # Nothing of it can have happened before it was to be committed, whatever the error is.
            outcome = outcome_of(error) if is_committing else OperationOutcome.FAIL
            self.recorder.end(operation, outcome, None, text_of(error))
            if trx and not is_committing:
                await _abort(session.client, trx)
            return operation
        self.recorder.end(operation, OperationOutcome.OK, done)
        return operation

    async def _step_inside(self, inside: Any, step: list[Any]) -> list[Any]:
        kind, key, element = step
        if kind == "append":
            await self._append(inside, key, element)
            return step
        return [kind, key, await self._items_by_aql(inside, key)]


class _Inside:
    """A session whose requests belong to a stream transaction."""

    def __init__(self, session: Session, trx: str) -> None:
        self.client = _ClientInside(session.client, trx)


class _ClientInside:
    def __init__(self, client: ArangoClient, trx: str) -> None:
        self._client = client
        self._headers = {"x-arango-trx-id": trx}

    async def post(self, path: str, **options: Any) -> Any:
        return await self._client.post(path, headers=self._headers, **options)


async def _abort(client: ArangoClient, trx: str) -> None:
    """Best effort: a transaction that nobody ends is ended by the server itself, after its idle time."""
    try:
        await client.delete(f"/_api/transaction/{trx}")
    except ArangoError:
        return
