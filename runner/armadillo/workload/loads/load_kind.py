"""`LoadKind`: what background clients of one kind do."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from ...arangodb.client import ArangoClient, url_name
from ...arangodb.transport import NotSentError
from ...errors import ArangoError
from ..history import HistoryRecorder
from ..operation import Operation, OperationOutcome
from ..outcomes import outcome_of


@dataclass(frozen=True)
class Session:
    """One client at one moment: its process number, the door it goes through, and its own random choices."""

    slot: int
    process: int
    through: str
    client: ArangoClient
    choices: random.Random


class LoadKind(ABC):
    """The requests of one kind of load, on one collection; an instance belongs to one run of the load."""

    name: ClassVar[str]
    """The name of the load, and of the checker that belongs to it."""

    def __init__(self, collection: str, recorder: HistoryRecorder, keys: int) -> None:
        self.collection = collection
        self.recorder = recorder
        self.keys = keys

    async def prepare(self, client: ArangoClient) -> None:
        """Makes what must be there before the first operation; by default nothing."""
        del client

    @abstractmethod
    async def step(self, session: Session) -> Operation:
        """One operation, recorded; answers it with its outcome. Errors of ArangoDB do not leave it."""

    async def read_everything(self, session: Session) -> list[Operation]:
        """The last reads, after the load has ended; answers those that did not succeed."""
        raise NotImplementedError

    async def perform(self, session: Session, kind: str, key: str, value: Any, work: Any) -> Operation:
        """Records one operation around `work`, an awaitable that answers its result."""
        operation = self.recorder.begin(session.process, kind, key, value, session.through)
        try:
            result = await work
        except ArangoError as error:
            self.recorder.end(operation, outcome_of(error), presence_of(error), text_of(error))
        else:
            self.recorder.end(operation, OperationOutcome.OK, result)
        return operation

    @property
    def documents(self) -> str:
        """The path of the collection's documents."""
        return f"/_api/document/{url_name(self.collection)}"

    def document(self, key: str) -> str:
        """The path of one document."""
        return f"{self.documents}/{url_name(key)}"

    async def value_of(self, session: Session, key: str, attribute: str = "value") -> Any:
        """An attribute of a document by GET, None when there is no document."""
        answer = await session.client.get(self.document(key), expect=(200, 404))
        if answer.status == 404:
            if answer.error_num != DOCUMENT_NOT_FOUND:
                raise ArangoError(404, answer.error_num, answer.error_message, f"GET {key}")
            return None
        return answer.get(attribute)

    async def query(self, session: Session, text: str, **variables: Any) -> list[Any]:
        """All results of an AQL query on the collection, which it names `@@c`."""
        body = {"query": text, "bindVars": {"@c": self.collection, **variables}, "batchSize": 100_000}
        answer = await session.client.post("/_api/cursor", json=body)
        results = list(answer["result"])
        while answer.get("hasMore"):
            answer = await session.client.post(f"/_api/cursor/{answer['id']}")
            results += answer["result"]
        return results


DOCUMENT_NOT_FOUND = 1202
_UNIQUE_VIOLATED = 1210


def presence_of(error: ArangoError) -> str | None:
    """ "present" or "absent" when the refusal itself tells whether the document was there, else None."""
    if error.http_status == 409 and error.error_num == _UNIQUE_VIOLATED:
        return "present"
    if error.http_status == 404 and error.error_num == DOCUMENT_NOT_FOUND:
        return "absent"
    return None


def text_of(error: ArangoError) -> str:
    """An error in few words for the history."""
    if isinstance(error, NotSentError):
        return error.error_message
    number = f"{error.http_status}/{error.error_num} " if error.http_status else ""
    return f"{number}{error.error_message}"
