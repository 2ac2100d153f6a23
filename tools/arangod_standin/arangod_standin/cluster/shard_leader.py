"""Leading a shard: take over, write with synchronous replication, keep the set of in-sync followers in the agency.

The rule behind "no acknowledged write is lost": a write is acknowledged only when every server that the agency lists as
a failover candidate has it. A follower that does not answer is first removed from that list by an agency transaction,
whose precondition is that this server is still the planned leader; a leader that cannot reach the agency waits, and
does not acknowledge.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.tree import INCREMENT, set_value
from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS
from ..http.client import Unreachable
from ..storage.operations import Evaluation
from .follower_reboots import FollowerReboots
from .follower_sync import FollowerSync

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..agency.cluster_view import ShardView
    from ..storage.collection import Effect
    from .late_replication import LateReplication
    from .peers import ClusterPeers
    from .shard_copy import ShardCopy

    # Turns the shard's state into the answer and the effects of one request.
    Work = Callable[[], tuple[Any, list[Effect]]]

_RETRY_S = 0.05
_BATCH_REQUESTS = 64


class _Pending:
    __slots__ = ("alone", "future", "synced", "work")

    def __init__(self, work: Work, synced: bool, alone: bool) -> None:
        self.work = work
        self.alone = alone
        self.synced = synced
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class ShardLeader:
    """Leads one shard from `start` to `stop`."""

    def __init__(self, peers: ClusterPeers, copy: ShardCopy, view: ShardView) -> None:
        self._peers = peers
        self.copy = copy
        self.view = view
        self.me = peers.server_id
        self.epoch = 0
        self.sequence = 0
        self.in_sync: list[str] = []
        self._candidates: list[str] = []
        self.leading = False
        self.resigning = False
        self.stopped = False
        self.lock = asyncio.Lock()
        self._queue: list[_Pending] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.syncs: dict[str, FollowerSync] = {}
        self._evaluation: Evaluation | None = None
        self.reboots = FollowerReboots(peers, self)
        self._late = self._late_replication()

    def _late_replication(self) -> LateReplication | None:
        context = self._peers.context
        if not context.settings.boolean("standin.acknowledge-before-replicating", False):
            return None
        from .late_replication import LateReplication

        return LateReplication(context, self.lock, lambda effects: self._replicate(effects, synced=False))

    # -- life --------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to take over; nobody else may write to the copy from now on."""
        self.copy.led_here = True
        self.copy.stored.locks = None
        self._task = self._peers.context.spawn(self._run())

    def stop(self) -> None:
        """Stop leading at once; waiting requests are refused, so that the coordinator asks the new leader."""
        self.stopped = True
        self.leading = False
        if self._task is not None:
            self._task.cancel()
        for sync in self.syncs.values():
            sync.stop()
        self.syncs.clear()
        self._refuse_all(ArangoError(errors.CLUSTER_SHARD_LEADER_RESIGNED))
        self.copy.led_here = False
        self._ready.set()

    def planned(self, view: ShardView) -> None:
        """Take a new plan in which this server is still the leader: other followers, other write concern."""
        self.view = view
        for server in [server for server in self.syncs if server not in view.plan]:
            self.syncs.pop(server).stop()
        if self.leading:
            self._wake.set()
            self._start_syncs()

    def _refuse_all(self, error: ArangoError) -> None:
        queue, self._queue = self._queue, []
        for pending in queue:
            if not pending.future.done():
                pending.future.set_exception(error)

    async def wait_leading(self, timeout_s: float) -> None:
        """Return when the shard is led here. Raises ArangoError 1491 when it is not, or not in time."""
        await self._peers.check_current()
        if not self.leading and not self.stopped:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._ready.wait()
            except TimeoutError:
                pass
        if not self.leading or self.resigning:
            raise ArangoError(errors.CLUSTER_SHARD_LEADER_RESIGNED)

    # -- writing -----------------------------------------------------------------------------------------------------
    async def execute(self, operations: list[dict[str, Any]], options: dict[str, Any], *, synced: bool) -> list[Any]:
        """Run document operations; returns when they are replicated and stored."""
        if all(operation["op"] == "read" for operation in operations):
            await self.wait_leading(5.0)
            return Evaluation(self.copy.stored).run_all(operations, options)
        results: list[Any] = await self.submit(operations, options, synced=synced)
        return results

    async def truncate(self, *, synced: bool) -> None:
        """Remove all documents."""
        await self.enqueue(lambda: (None, self.copy.stored.truncation()), synced, alone=True)

    async def submit(self, operations: list[dict[str, Any]], options: dict[str, Any], *, synced: bool) -> Any:
        """Queue document operations as one request."""

        def work() -> tuple[Any, list[Effect]]:
            current = self._evaluation
            assert current is not None
            before = len(current.effects)
            results = current.run_all(operations, options)
            return results, current.effects[before:]

        return await self.enqueue(work, synced)

    async def enqueue(self, work: Work, synced: bool, *, alone: bool = False) -> Any:
        """Have a piece of work done in its turn; `alone` when later ones must see its effects in the rows."""
        await self.wait_leading(5.0)
        concern = self.view.collection.get("writeConcern", 1)
        if len(self._with_me()) < concern:
            # The agency may list a follower as in sync while its answer is on the way here: whoever reports holds the
            # lock until the answer is there, and others may have seen Current before.
            async with self.lock:
                enough = len(self._with_me()) >= concern
            if not enough:
                raise ArangoError(errors.READ_ONLY, "not enough in-sync copies to satisfy the write concern")
        pending = _Pending(work, synced, alone)
        self._queue.append(pending)
        self._wake.set()
        return await pending.future

    def _with_me(self) -> list[str]:
        return [self.me, *self.in_sync]

    async def _run(self) -> None:
        await self._take_over()
        self.leading = True
        self._ready.set()
        self._start_syncs()
        while True:
            await self._wake.wait()
            self._wake.clear()
            async with self.lock:
                await self._drop_unplanned()
            while self._queue:
                batch, self._queue = self._queue[:_BATCH_REQUESTS], self._queue[_BATCH_REQUESTS:]
                await self._peers.write_gate.enter()
                try:
                    async with self.lock:
                        await self._write(batch)
                finally:
                    self._peers.write_gate.leave()
            if self.resigning:
                await self._report_resigned()

    async def _write(self, batch: list[_Pending]) -> None:
        """Evaluate, replicate, store and answer a batch of requests."""
        answers, effects = self._evaluate(batch)
        synced = any(pending.synced for pending, _ in answers)
        try:
            if effects:
                if self._late is not None:
                    self._late.add(effects)
                else:
                    await self._replicate(effects, synced=synced)
                self.copy.stored.apply(effects)
                for sync in self.syncs.values():
                    sync.note(effects)
                await self.copy.stored.engine.committed(synced=synced)
        except (ArangoError, OSError) as error:
            _fail(answers, error)
            return
        except sqlite3.Error as error:
            # the followers have what could not be stored here: refuse it, and bring them back to the leader's state
            self._peers.context.journal.error("7b212", "engines", f"{self.view.shard}: cannot store: {error}")
            _fail(answers, ArangoError(errors.INTERNAL, f"storage error: {error}"))
            await self._report([], [self.me, *self.in_sync])
            self._start_syncs()
            return
        except BaseException:
            # deposed in the middle: nobody knows whether the new leader has it
            _fail(answers, ArangoError(errors.CLUSTER_SHARD_LEADER_RESIGNED, status=503))
            raise
        for pending, answer in answers:
            if not pending.future.done():
                pending.future.set_result(answer)

    def _evaluate(self, batch: list[_Pending]) -> tuple[list[tuple[_Pending, Any]], list[Effect]]:
        answers: list[tuple[_Pending, Any]] = []
        effects: list[Effect] = []
        self._evaluation = Evaluation(self.copy.stored)
        for number, pending in enumerate(batch):
            try:
                answer, made = pending.work()
            except Exception as error:
                _fail([(pending, None)], error)
                continue
            answers.append((pending, answer))
            effects += made
            if pending.alone:
                # later requests wait for the next batch
                self._queue = batch[number + 1 :] + self._queue
                break
        return answers, effects

    # -- replication -------------------------------------------------------------------------------------------------
    async def _replicate(self, effects: list[Effect], *, synced: bool) -> None:
        """Return when every failover candidate has the effects, after dropping those that do not answer."""
        if set(self._candidates) - set(self._with_me()):
            await self._report(self.in_sync, self._with_me())
        concern = int(self.view.collection.get("writeConcern", 1))
        if len(self._with_me()) < concern:
            raise ArangoError(errors.READ_ONLY, "not enough in-sync copies to satisfy the write concern")
        self.sequence += 1
        body = {"database": self.view.database, "shard": self.view.shard, "epoch": self.epoch,
                "sequence": self.sequence, "effects": effects, "synced": synced}  # fmt: skip
        sent_to = list(self.in_sync)
        outcome = await asyncio.gather(*[self._send(server, body) for server in sent_to])
        failed = [server for server, fine in zip(sent_to, outcome, strict=True) if not fine]
        if not failed:
            return
        left = [server for server in sent_to if server not in failed]
        if len(left) + 1 < concern:
            # Too few copies: refuse the write. Who has it already holds all acknowledged writes, but must be synced
            # again.
            await self._report([], [self.me, *left])
            self._start_syncs()
            raise ArangoError(errors.READ_ONLY, "not enough in-sync copies to satisfy the write concern")
        await self._report(left, [self.me, *left])
        self._start_syncs()

    async def _send(self, server: str, body: dict[str, Any]) -> bool:
        try:
            FAILURE_POINTS.check("replicateOperationsDropFollower")
            await self._peers.call(server, "replicate", body, timeout_s=self._peers.replication_timeout_s)
        except (Unreachable, ArangoError) as error:
            self._peers.context.journal.warning(
                "12d3c", "replication", f"{self.view.shard}: follower {server} did not take a change: {error}"
            )
            return False
        return True

    # -- the agency --------------------------------------------------------------------------------------------------
    def _entry(self, in_sync: list[str], candidates: list[str]) -> dict[str, Any]:
        leader = "_" + self.me if self.resigning else self.me
        stored = self.copy.stored
        primary = {"id": "0", "type": "primary", "fields": ["_key"], "unique": True, "sparse": False}
        failed = [
            {"id": index_id, "error": True, "errorNum": errors.UNIQUE_CONSTRAINT_VIOLATED}
            for index_id in stored.properties.get("failedIndexes", {})
        ]
        return {
            "servers": [leader, *in_sync],
            "failoverCandidates": candidates,
            "indexes": [primary, *stored.indexes, *failed],
            "error": False,
            "errorMessage": "",
            "errorNum": 0,
        }

    async def _report(self, in_sync: list[str], candidates: list[str]) -> int:
        """Write the in-sync set into Current; returns when it is there. Raises ArangoError 1491 when deposed."""
        while True:
            view = self._peers.shard(self.view.shard)
            if view is None or view.plan[0].lstrip("_") != self.me or self.stopped or self._peers.restoring:
                raise ArangoError(errors.CLUSTER_SHARD_LEADER_RESIGNED, status=503)
            index = await self._peers.agency_write_forever(
                {view.current_path: set_value(self._entry(in_sync, candidates)), "/arango/Current/Version": INCREMENT},
                {view.plan_path: {"old": view.plan}},
            )
            if index:
                self.in_sync, self._candidates = list(in_sync), list(candidates)
                return index
            # the plan changed: look at the newest one
            await self._peers.refresh()

    async def report_current(self) -> None:
        """Write the present state again, after indexes changed."""
        async with self.lock:
            if self.leading:
                await self._report(self.in_sync, self._candidates)

    async def _take_over(self) -> None:
        """Become the leader in Current. A server that does not hold all acknowledged writes must not, and waits."""
        while True:
            view = self._peers.shard(self.view.shard)
            if view is not None and view.plan[0] == ("_" + self.me if self.resigning else self.me):
                before = view.current
                old = [server.lstrip("_") for server in before.get("failoverCandidates", before.get("servers", []))]
                if not before or self.me in old:
                    candidates = [self.me, *[server for server in old if server != self.me]]
                    unchanged = {"old": before} if before else {"oldEmpty": True}
                    index = await self._peers.agency_write_forever(
                        {view.current_path: set_value(self._entry([], candidates)),
                         "/arango/Current/Version": INCREMENT},
                        {view.plan_path: {"old": view.plan}, view.current_path: unchanged},
                    )  # fmt: skip
                    if index:
                        self.epoch, self.sequence = index, 0
                        self.in_sync, self._candidates = [], candidates
                        self._peers.context.journal.info(
                            "36a2c", "maintenance", f"{self.view.shard}: took over leadership with epoch {index}"
                        )
                        return
                else:
                    self._peers.context.journal.warning(
                        "36a2d", "maintenance", f"{self.view.shard}: planned as leader without being in sync; waiting"
                    )
                    await asyncio.sleep(1.0)
            await self._peers.refresh()
            await asyncio.sleep(_RETRY_S)

    def _start_syncs(self) -> None:
        for server in self.view.plan[1:]:
            sync = self.syncs.get(server)
            if server != self.me and server not in self.in_sync and (sync is None or sync.finished):
                self.syncs[server] = FollowerSync(self._peers, self, server)
                self.syncs[server].start()

    async def follower_in_sync(self, server: str) -> None:
        """Add a follower to the in-sync set; the caller holds `lock`."""
        in_sync = [name for name in self.view.plan[1:] if name in self.in_sync or name == server]
        await self._report(in_sync, [*dict.fromkeys([self.me, *in_sync, *self._candidates])])

    async def drop_follower(self, server: str) -> None:
        """Take a follower out of the in-sync set and synchronise it again; the caller holds `lock`."""
        if server in self.in_sync:
            left = [name for name in self.in_sync if name != server]
            await self._report(left, [self.me, *left])
            self._start_syncs()

    async def _drop_unplanned(self) -> None:
        planned = [server for server in self.in_sync if server in self.view.plan]
        candidates = [server for server in self._candidates if server == self.me or server in self.view.plan]
        if planned != self.in_sync or candidates != self._candidates:
            await self._report(planned, candidates)

    # -- resigning ---------------------------------------------------------------------------------------------------
    def resign(self) -> None:
        """Stop taking writes and say so in Current, so that the supervision can name the next leader."""
        if not self.resigning:
            self.resigning = True
            self._wake.set()

    def resume(self) -> None:
        """Lead on after a resignation that was called off."""
        if self.resigning:
            self.resigning = False
            self._peers.context.spawn(self.report_current())

    async def _report_resigned(self) -> None:
        async with self.lock:
            if self.resigning:
                await self._report(self.in_sync, self._candidates)


def _fail(answers: list[tuple[_Pending, Any]], error: Exception) -> None:
    for pending, _ in answers:
        if not pending.future.done():
            pending.future.set_exception(error)
