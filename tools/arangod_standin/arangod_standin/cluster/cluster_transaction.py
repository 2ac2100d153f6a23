"""Transactions on a coordinator: the shards' leaders keep the changes, the coordinator knows who takes part.

A leader joins at the first use of one of its shards. When it dies or resigns, the transaction cannot go on. Commits of
several leaders are not one step, as in ArangoDB: a crash in the middle of a commit may leave some shards with it and
some without, each shard with all of its part or nothing.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import Backend, TransactionalBackend
from ..errors import ArangoError
from ..http.client import Unreachable
from .cluster_backend import ClusterBackend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from ..backend import CollectionInfo, TransactionOptions

_WITHIN = ("execute", "scan", "lookup", "statistics", "truncate", "trx-lock")
_DEADLINE_S = 60.0
_RETRY_S = 0.03
_KEEP_ALIVE_EVERY_S = 60.0
_CHECK_TIMEOUT_S = 10.0
# So many modifying queries may run at a time, so that conflicts stay rare; others are let in after a while anyway.
_RUNNING_QUERIES = 4
_ADMISSION_TIMEOUT_S = 0.25


class ClusterTransactionBackend(ClusterBackend, TransactionalBackend):
    """The coordinator's backend within one transaction."""

    def __init__(self, base: ClusterBackend, transaction_id: str, options: TransactionOptions) -> None:
        super().__init__(base.peers)
        self._base = base
        self.id = transaction_id
        self._options = options
        # shard -> the server that leads it; servers that may take part -> shards written there; those that answered
        self._servers: dict[str, str] = {}
        self._written: dict[str, set[str]] = {}
        self._known: set[str] = set()
        self._failure: ArangoError | None = None
        self._ended = False
        self._keeper: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Check the collections and hold the exclusive ones. Raises ArangoError 1203, 18."""
        options = self._options
        for name in (*options.read, *options.write):
            self.collection(options.database, name)
        exclusive = [self.collection(options.database, name) for name in options.exclusive]
        shards = [(int(shard[1:]), shard, info) for info in exclusive for shard in info.properties["shards"]]
        try:
            # always in the same order, so that no two transactions wait for each other
            for _, shard, info in sorted(shards, key=lambda item: item[0]):
                await self._ask(info, shard, "trx-lock", {}, repeatable=True)
        except BaseException:
            await self.abort()
            raise

    async def _fresh_number(self) -> int:
        return await self._base._fresh_number()

    # -- asking shards -----------------------------------------------------------------------------------------------
    async def _ask(
        self, info: CollectionInfo, shard: str, action: str, body: dict[str, Any], *, repeatable: bool
    ) -> Any:
        """Ask the leader of a shard, as long as it is the one that was asked first."""
        if action not in _WITHIN:
            return await super()._ask(info, shard, action, body, repeatable=repeatable)
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise ArangoError(errors.TRANSACTION_NOT_FOUND)
        context = self._peers.context
        named = {
            "id": self.id,
            "coordinator": [context.server_id, context.reboot_id],
            "maxBytes": self._options.max_bytes,
            "lockTimeout": self._options.lock_timeout_s,
        }
        message = {**body, "shard": shard, "trx": named}
        writes = action == "truncate" or any(item["op"] != "read" for item in body.get("operations", ()))
        deadline = time.monotonic() + _DEADLINE_S + self._options.lock_timeout_s
        while True:
            leader = self._leader_of(info, shard)
            joined = self._servers.get(shard)
            if joined is not None and joined != leader:
                raise self._fail(f"shard {shard} is led by another server now")
            named["known"] = leader in self._known
            # from now on the server may hold something that must be ended
            written = self._written.setdefault(leader, set())
            try:
                answer = await self._peers.call(leader, action, message, timeout_s=deadline - time.monotonic())
                self._servers[shard] = leader
                self._known.add(leader)
                if writes:
                    written.add(shard)
                return answer
            except Unreachable as error:
                if error.sent or joined is not None:
                    raise self._fail(f"the leader of shard {shard} did not answer: {error}") from None
            except ArangoError as error:
                self._check_moved(error, shard)
            if time.monotonic() > deadline - _RETRY_S:
                raise ArangoError(errors.CLUSTER_BACKEND_UNAVAILABLE, f"no leader of shard {shard} answers")
            await self._cache.wait_change(_RETRY_S)

    def _check_moved(self, error: ArangoError, shard: str) -> None:
        """Return when another leader can be asked, raise otherwise."""
        if error.error_num == errors.TRANSACTION_NOT_FOUND:
            raise self._fail(f"the leader of shard {shard} does not know the transaction any more") from None
        if error.error_num not in (errors.CLUSTER_SHARD_LEADER_RESIGNED, errors.DATA_SOURCE_NOT_FOUND):
            raise error
        if shard in self._servers:
            raise self._fail(f"the leader of shard {shard} resigned") from None

    def _leader_of(self, info: CollectionInfo, shard: str) -> str:
        plan = self._cache.get(f"/arango/Plan/Collections/{info.database}/{info.id}/shards/{shard}")
        if not plan:
            raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
        if self._keeper is None:
            self._keeper = self._peers.context.spawn(self._keep_alive())
        return str(plan[0]).lstrip("_")

    def _fail(self, reason: str) -> ArangoError:
        """Let the whole transaction fail: one of its parts is lost."""
        self._failure = ArangoError(errors.TRANSACTION_ABORTED, f"transaction aborted: {reason}")
        return self._failure

    async def _tell(self, servers: list[str], action: str, body: dict[str, Any], timeout_s: float) -> list[Any]:
        """Send a message to servers; return each one's answer or error."""
        calls = [self._peers.call(server, action, body, timeout_s=timeout_s) for server in servers]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_ALIVE_EVERY_S)
            await self._tell(list(self._written), "trx-check", {"ids": [self.id]}, _CHECK_TIMEOUT_S)

    # -- end ---------------------------------------------------------------------------------------------------------
    async def commit(self) -> None:
        """Have all leaders store their parts. Raises ArangoError 1654 when one was lost, others when one refused."""
        if self._failure is not None:
            await self.abort()
            raise self._failure
        self._end()
        writers = [server for server, shards in self._written.items() if shards]
        self._forget([server for server in self._written if server not in writers])
        if len(writers) > 1:
            found = await self._tell(writers, "trx-check", {"ids": [self.id]}, _CHECK_TIMEOUT_S)
            if any(isinstance(answer, BaseException) for answer in found):
                self._forget(writers)
                raise self._fail("one of the shards' leaders is gone")
        # a backup has all of the commit or nothing
        await self._peers.write_gate.enter()
        try:
            outcome = await asyncio.gather(*[self._commit_at(server) for server in writers], return_exceptions=True)
        finally:
            self._peers.write_gate.leave()
        for error in outcome:
            if isinstance(error, Unreachable):
                raise ArangoError(errors.CLUSTER_CONNECTION_LOST, f"a shard leader did not answer the commit: {error}")
            if isinstance(error, ArangoError) and error.error_num == errors.TRANSACTION_NOT_FOUND:
                raise self._fail("a shard's leader does not know the transaction any more")
            if isinstance(error, BaseException):
                raise error

    async def _commit_at(self, server: str) -> None:
        body = {"id": self.id, "synced": self._options.wait_for_sync, "shards": sorted(self._written[server])}
        await self._peers.call(server, "trx-commit", body, timeout_s=_DEADLINE_S)

    async def abort(self) -> None:
        """Have all leaders drop their parts; those that cannot be reached do so in time by themselves."""
        if not self._ended:
            self._end()
            await self._tell(list(self._written), "trx-abort", {"id": self.id}, _CHECK_TIMEOUT_S)

    def _end(self) -> None:
        self._ended = True
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None

    def _forget(self, servers: list[str]) -> None:
        if servers:
            self._peers.context.spawn(self._forget_quietly(servers))

    async def _forget_quietly(self, servers: list[str]) -> None:
        await self._tell(servers, "trx-abort", {"id": self.id}, _CHECK_TIMEOUT_S)

    def query_scope(
        self, database: str, *, read: list[str], write: list[str], exclusive: list[str]
    ) -> AbstractAsyncContextManager[Backend]:
        """A query within the transaction uses the transaction."""
        return nullcontext(self)


class QueryAdmission:
    """Lets few modifying queries run at a time, but nobody wait for long."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_RUNNING_QUERIES)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Run the context when it is this query's turn, or when it has waited long enough."""
        try:
            async with asyncio.timeout(_ADMISSION_TIMEOUT_S):
                await self._free.acquire()
            held = True
        except TimeoutError:
            held = False
        try:
            yield
        finally:
            if held:
                self._free.release()


@asynccontextmanager
async def implicit_transaction(
    base: ClusterBackend, admission: QueryAdmission, options: TransactionOptions
) -> AsyncIterator[Backend]:
    """Commit at the end of the context, abort when it ends with an exception."""
    async with admission.admitted():
        scope = ClusterTransactionBackend(base, await base.transaction_id(), options)
        try:
            await scope.begin()
            yield scope
            await scope.commit()
        finally:
            await scope.abort()
