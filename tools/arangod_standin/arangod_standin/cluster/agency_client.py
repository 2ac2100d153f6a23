"""How servers talk to the agency: find the leader, repeat until a deadline, keep an up-to-date copy of the tree."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.tree import AgencyTree
from ..errors import ArangoError
from ..http.client import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import ServerContext
    from ..http.client import HttpClient

_RETRY_S = 0.02
_POLL_S = 2.0
_ANSWER_S = 2.0


class AgencyClient:
    """Sends requests to whichever agent leads."""

    def __init__(self, client: HttpClient, endpoints: list[str]) -> None:
        self._client = client
        self._endpoints = list(endpoints)
        self._leader = endpoints[0]
        self._numbers = 0
        self._prefix = os.urandom(8).hex()
        self.last_contact_s = time.monotonic()

    async def call(
        self, method: str, path: str, body: object = None, *, timeout_s: float = 30.0, answer_s: float = _ANSWER_S
    ) -> tuple[int, Any]:
        """Return status and body of the leader's answer. Raises ArangoError 1492 when none came in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            endpoint = self._leader
            try:
                status, headers, answer = await self._client.request(endpoint, method, path, body, timeout_s=answer_s)
            except Unreachable:
                status, headers, answer = 503, {}, None
            if status == 307 and "x-arango-endpoint" in headers:
                self._leader = headers["x-arango-endpoint"]
                if self._leader not in self._endpoints:
                    self._endpoints.append(self._leader)
            elif status == 503:
                self._next_endpoint(endpoint)
                await asyncio.sleep(_RETRY_S)
            else:
                self.last_contact_s = time.monotonic()
                return status, answer
            if time.monotonic() > deadline:
                raise ArangoError(errors.CLUSTER_AGENCY_COMMUNICATION_FAILED, "the agency has no leader that answers")

    def _next_endpoint(self, failed: str) -> None:
        if self._leader == failed:
            position = self._endpoints.index(failed) if failed in self._endpoints else -1
            self._leader = self._endpoints[(position + 1) % len(self._endpoints)]

    async def write(
        self, operations: dict[str, Any], preconditions: dict[str, Any] | None = None, *, timeout_s: float = 30.0
    ) -> int:
        """Write; return the agency's index, 0 for a failed precondition. Safe to repeat, so it repeats by itself."""
        self._numbers += 1
        transaction = [operations, preconditions or {}, f"{self._prefix}-{self._numbers}"]
        status, answer = await self.call("POST", "/_api/agency/write", [transaction], timeout_s=timeout_s)
        if status not in (200, 412):
            raise ArangoError(errors.CLUSTER_AGENCY_COMMUNICATION_FAILED, f"agency answered {status}: {answer}")
        return int(answer["results"][0])

    async def read(self, paths: list[str]) -> Any:
        """Return the tree with these paths."""
        _, answer = await self.call("POST", "/_api/agency/read", [paths])
        return answer[0]

    async def transient(self, operations: dict[str, Any], *, timeout_s: float, answer_s: float) -> None:
        """Write to the leader's memory; an agent that does not answer in `answer_s` is not waited for."""
        await self.call("POST", "/_api/agency/transient", [[operations]], timeout_s=timeout_s, answer_s=answer_s)


class AgencyCache:
    """A copy of the agency's tree that follows it by long polls; listeners hear of each change."""

    def __init__(self, context: ServerContext, agency: AgencyClient) -> None:
        self._context = context
        self._agency = agency
        self.tree = AgencyTree()
        self.index = 0
        self._changed = asyncio.Condition()
        self.listeners: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to follow."""
        self._context.spawn(self._follow())

    async def _follow(self) -> None:
        while True:
            path = f"/_api/agency/poll?index={self.index}&timeout={_POLL_S}"
            try:
                status, answer = await self._agency.call("GET", path, timeout_s=10.0, answer_s=_POLL_S + 1.0)
            except ArangoError:
                self._context.journal.warning("7e050", "heartbeat", "cannot reach the agency")
                continue
            if status == 200:
                await self._take(answer["result"])
            else:
                await asyncio.sleep(_RETRY_S)

    async def _take(self, result: dict[str, Any]) -> None:
        commit = int(result["commitIndex"])
        if "readDB" in result:
            self.tree.root = result["readDB"]
        else:
            for entry in result["log"]:
                self.tree.apply([entry["query"]], entry["index"])
        if commit == self.index:
            return
        self.index = commit
        async with self._changed:
            self._changed.notify_all()
        for listener in list(self.listeners):
            try:
                listener()
            except Exception as error:  # whoever does not hear of a change must not keep all others from the next
                self._context.log_exception("a listener of the agency failed", error)

    def get(self, path: str, default: Any = None) -> Any:
        """Return the value at a path as of `index`."""
        return self.tree.get(path, default)

    async def wait_index(self, index: int, timeout_s: float = 10.0) -> None:
        """Return when the copy has seen an index. Raises ArangoError 1457."""
        await self.wait_for(lambda: self.index >= index, timeout_s)

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Return when the condition over the copy holds. Raises ArangoError 1457 when it does not in time."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError:
            raise ArangoError(errors.CLUSTER_TIMEOUT) from None

    async def wait_change(self, timeout_s: float) -> None:
        """Return after the next change, or when time is up."""
        seen = self.index
        try:
            await self.wait_for(lambda: self.index > seen, timeout_s)
        except ArangoError:
            return
