"""Drives a `RaftCore`: timers, durable log, HTTP to the other agents, the tree, waiting callers."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from ..http.client import Unreachable
from .raft import LEADER, RaftCore, RaftTiming
from .raft_log import RaftLog
from .tree import AgencyTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import ServerContext
    from ..http.client import HttpClient
    from .tree import Transaction

_KEPT_FOR_POLL = 5000
_RAFT_PATH = "/_api/agency_priv/raft"


class NotLeader(Exception):
    """This agent does not lead, or lost the lead before the write was committed."""


class RaftNode:
    """One agent's replicated tree; `apply` listeners hear of every applied write."""

    def __init__(self, context: ServerContext, client: HttpClient, log: RaftLog, peers: list[str]) -> None:
        settings = context.settings
        self._context = context
        self._client = client
        self.log = log
        self.me = settings.my_address
        timing = RaftTiming(
            settings.number("agency.election-timeout-min", 1.0), settings.number("agency.election-timeout-max", 5.0)
        )
        self._step_size = settings.integer("agency.compaction-step-size", 1000)
        rng = random.Random(os.urandom(8))
        self.core = RaftCore(self.me, peers, log, timing=timing, rng=rng, now_s=time.monotonic())
        self.tree = AgencyTree()
        if log.snapshot_index:
            self.tree.load(log.snapshot()[2])
        self.peer_ids: dict[str, str] = {self.me: context.server_id}
        self.recent: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_KEPT_FOR_POLL)
        self.recent_from = log.snapshot_index + 1
        self._waiting: dict[int, tuple[int, asyncio.Future[int]]] = {}
        self._outgoing: dict[str, list[dict[str, Any]]] = {peer: [] for peer in self.core.peers}
        self._wake: dict[str, asyncio.Event] = {peer: asyncio.Event() for peer in self.core.peers}
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Condition()
        self._was_leader = False
        self._known_leader: str | None = None
        self.on_applied: Callable[[], None] = lambda: None
        self.on_leadership: Callable[[bool], None] = lambda leading: None

    # -- life --------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Start the timers and one sender per peer."""
        for peer in self.core.peers:
            self._context.spawn(self._send_loop(peer))
        self._pump()

    def stop(self) -> None:
        """Stop the timer and close the log."""
        if self._timer is not None:
            self._timer.cancel()
        self._fail_waiting()
        self.log.close()

    @property
    def leading(self) -> bool:
        """True while this agent leads and has applied an entry of its own term."""
        return self.core.role == LEADER and self.log.term_at(self.core.last_applied) == self.log.term

    @property
    def leader_endpoint(self) -> str | None:
        """Endpoint of the leader as far as it is known."""
        return self.core.leader

    # -- callers -----------------------------------------------------------------------------------------------------
    async def write(self, transaction: Transaction, timeout_s: float = 30.0) -> int:
        """Replicate and apply a transaction; return its index, 0 for a failed precondition. Raises NotLeader."""
        index = self.core.propose(transaction, time.monotonic())
        if index is None:
            raise NotLeader
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[index] = (self.log.term, waiter)
        self._pump()
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter
        except TimeoutError:
            raise NotLeader from None
        finally:
            self._waiting.pop(index, None)

    async def wait_applied(self, index: int, timeout_s: float) -> None:
        """Return when an index above `index` is applied, the lead is lost, or time is up."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.core.last_applied > index or not self.leading)
        except TimeoutError:
            return

    async def wait_leader_known(self, timeout_s: float) -> None:
        """Return when a leader is known or time is up."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.core.leader is not None)
        except TimeoutError:
            return

    def receive(
        self, sender: str, sender_id: str, messages: list[dict[str, Any]], pool: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Take messages of another agent (and the ids it knows by endpoint); return those for it."""
        self.peer_ids[sender] = sender_id
        for endpoint, agent_id in (pool or {}).items():
            self.peer_ids.setdefault(endpoint, agent_id)
        now = time.monotonic()
        for message in messages:
            self.core.receive(sender, message, now)
        return self._pump(sender)

    # -- machinery ---------------------------------------------------------------------------------------------------
    def _pump(self, answer_to: str | None = None) -> list[dict[str, Any]]:
        """Make the log durable, hand out messages, apply what is committed; return the messages for `answer_to`."""
        self.log.flush()
        answers = []
        for peer, message in self.core.take_messages():
            if peer == answer_to:
                answers.append(message)
            elif peer in self._outgoing:
                self._outgoing[peer].append(message)
                self._wake[peer].set()
        self._apply()
        self._set_timer()
        return answers

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay_s = max(self.core.due_s - time.monotonic(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self.core.tick(time.monotonic())
        self._pump()

    def _apply(self) -> None:
        if self.core.restored_snapshot is not None:
            # a copy: the tree must not share objects with the stored snapshot
            self.tree.load(self.log.snapshot()[2])
            self.core.restored_snapshot = None
            self.recent.clear()
            self.recent_from = self.core.last_applied + 1
        applied = self.core.take_committed()
        for index, transaction in applied:
            result = 0
            if transaction is not None:
                result = self.tree.apply(transaction, index)
                if result == index:
                    self._remember(index, transaction[0])
            term, waiter = self._waiting.get(index, (0, None))
            if waiter is not None and not waiter.done():
                if term == self.log.term_at(index):
                    waiter.set_result(result)
                else:
                    waiter.set_exception(NotLeader())
        if self.core.last_applied - self.log.snapshot_index > self._step_size:
            self.log.compact(self.core.last_applied, self.tree.dump())
            self.log.flush()
        changed_role = self.core.role == LEADER and not self._was_leader
        lost_role = self.core.role != LEADER and self._was_leader
        if applied or lost_role or changed_role or self.core.leader != self._known_leader:
            self._known_leader = self.core.leader
            asyncio.get_running_loop().create_task(self._notify())
        self._watch_role(bool(applied))

    def _remember(self, index: int, operations: dict[str, Any]) -> None:
        if len(self.recent) == _KEPT_FOR_POLL:
            self.recent_from = self.recent[0][0] + 1
        self.recent.append((index, operations))

    def _watch_role(self, applied: bool) -> None:
        journal = self._context.journal
        if self.leading and not self._was_leader:
            self._was_leader = True
            journal.info("a66dc", "agency", f"{self._context.server_id} rebuilt key-value stores - serving.")
            self.on_leadership(True)
        elif self._was_leader and self.core.role != LEADER:
            self._was_leader = False
            journal.info("f370f", "agency", f"Set _role to FOLLOWER in term {self.log.term}")
            self._fail_waiting()
            self.on_leadership(False)
        if applied and self._was_leader:
            self.on_applied()

    def _fail_waiting(self) -> None:
        for _, waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(NotLeader())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _send_loop(self, peer: str) -> None:
        timing = self.core.timing
        while True:
            await self._wake[peer].wait()
            self._wake[peer].clear()
            messages, self._outgoing[peer] = self._outgoing[peer], []
            if not messages:
                continue
            # of several appends only the newest still matters after a stall
            body = {"from": self.me, "id": self._context.server_id, "messages": messages[-3:],
                    "pool": self.peer_ids}  # fmt: skip
            try:
                status, _, answer = await self._client.request(
                    peer, "POST", _RAFT_PATH, body, timeout_s=max(timing.minimum_s / 2, 0.2)
                )
            except Unreachable:
                self.core.unreachable(peer)
                continue
            if status == 200 and isinstance(answer, dict):
                self.peer_ids[peer] = str(answer.get("id", ""))
                now = time.monotonic()
                for message in answer.get("messages", []):
                    self.core.receive(peer, message, now)
                self._pump()
