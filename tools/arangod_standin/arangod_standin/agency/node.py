"""Drives a `RaftCore`: timers, durable log, HTTP to the other agents, the tree, waiting callers."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from ..config.options import OptionError
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
_CONFIRM_LOOK_S = 0.02
_OBSERVER_S = 5.0
_RAFT_PATH = "/_api/agency_priv/raft"


def _with_expiries(transaction: Transaction) -> Transaction:
    """Return the transaction with the moment in place of each time to live: all agents must agree on it."""
    operations = {
        path: {**operation, "expires": time.time() + float(operation["ttl"])}
        if isinstance(operation, dict) and operation.get("op") == "set" and "ttl" in operation
        else operation
        for path, operation in transaction[0].items()
    }
    return [operations, *transaction[1:]]


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
        self.peer_ids: dict[str, str] = {**log.pool, self.me: context.server_id}
        self.recent: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_KEPT_FOR_POLL)
        self.recent_from = log.snapshot_index + 1
        self._waiting: dict[int, tuple[int, asyncio.Future[int]]] = {}
        self._outgoing: dict[str, list[dict[str, Any]]] = {peer: [] for peer in self.core.peers}
        self._wake: dict[str, asyncio.Event] = {peer: asyncio.Event() for peer in self.core.peers}
        self._timer: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None
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
        for timer in (self._timer, self._expiry):
            if timer is not None:
                timer.cancel()
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
        index = self.core.propose(_with_expiries(transaction), time.monotonic())
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

    async def confirm_lead(self, timeout_s: float) -> bool:
        """Return True when a majority has just confirmed that this agent leads, False when that takes too long."""
        begun_s = time.monotonic()
        self.core.begin_read(begun_s)
        self._pump()
        while self.leading and not self.core.read_confirmed(begun_s):
            if time.monotonic() - begun_s > timeout_s:
                return False
            async with self._changed:
                try:
                    async with asyncio.timeout(_CONFIRM_LOOK_S):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        return self.leading

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
        self, sender: str, introduction: dict[str, Any], messages: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Take messages of another agent and what it says of itself (`introduction`); return those for it."""
        self._meet(sender, introduction)
        now = time.monotonic()
        for message in messages:
            self.core.receive(sender, message, now)
        return self._pump(sender)

    # -- who is who --------------------------------------------------------------------------------------------------
    def introduction(self) -> dict[str, Any]:
        """Return what goes with every message: the own id, the ids known by endpoint, whether a lost log is back."""
        return {"id": self._context.server_id, "pool": self.peer_ids, "learned": self.log.learned}

    def _meet(self, sender: str, introduction: dict[str, Any]) -> None:
        """Learn the ids of the others, and notice when they knew another agent at the own address.

        Then the data directory was lost. Until a leader has sent its whole log this agent must not vote: it may have
        stored entries that count as committed.
        """
        me = self._context.server_id
        if introduction.get("pool", {}).get(self.me, me) != me and not self.log.learned and not self.log.learner:
            self._context.journal.warning(
                "c1a7e", "agency", "another agent was known at this address: no vote before the log is here again"
            )
            self.log.set_learner(True)
        known = dict(self.peer_ids)
        if introduction.get("learned"):
            known[sender] = introduction["id"]
        known.setdefault(sender, introduction["id"])
        for endpoint, agent_id in introduction.get("pool", {}).items():
            known.setdefault(endpoint, agent_id)
        if known != self.peer_ids:
            self.peer_ids = known
            self.log.set_pool(known)

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
        if self.core.reads_waiting:
            asyncio.get_running_loop().create_task(self._notify())
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
                    self._expire_later()
                    if self.tree.observers and self._was_leader:
                        self._tell_observers(index, transaction[0])
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
            self._expire_later()
            journal.info("a66dc", "agency", f"{self._context.server_id} rebuilt key-value stores - serving.")
            self.on_leadership(True)
        elif self._was_leader and self.core.role != LEADER:
            self._was_leader = False
            journal.info("f370f", "agency", f"Set _role to FOLLOWER in term {self.log.term}")
            self._fail_waiting()
            self.on_leadership(False)
        if applied and self._was_leader:
            self.on_applied()

    # -- time to live, observers -------------------------------------------------------------------------------------
    def _expire_later(self) -> None:
        """Have the leader remove what is past its time to live."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if self.tree.expiries and self._was_leader:
            delay_s = max(min(self.tree.expiries.values()) - time.time(), 0.0)
            self._expiry = asyncio.get_running_loop().call_later(delay_s, self._expire)

    def _expire(self) -> None:
        self._expiry = None
        now_s = time.time()
        for path, at_s in list(self.tree.expiries.items()):
            if at_s <= now_s:
                # the precondition fails when the value was set again meanwhile
                self.core.propose([{path: {"op": "delete"}}, {path: {"expires": at_s}}], time.monotonic())
        self._pump()

    def _tell_observers(self, index: int, operations: dict[str, Any]) -> None:
        for url, path in self.tree.observed(operations):
            endpoint, _, rest = url.partition("://")[2].partition("/")
            body = {"term": self.log.term, "index": index, path: {"op": "set", "new": self.tree.get(path)}}
            self._context.spawn(self._post(f"tcp://{endpoint}", f"/{rest}", body))

    async def _post(self, endpoint: str, path: str, body: dict[str, Any]) -> None:
        try:
            await self._client.request(endpoint, "POST", path, body, timeout_s=_OBSERVER_S)
        except (Unreachable, OptionError):
            self._context.journal.warning("c1a7f", "agency", f"observer {endpoint}{path} cannot be told")

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
            body = {"from": self.me, "messages": messages[-3:], **self.introduction()}
            try:
                status, _, answer = await self._client.request(
                    peer, "POST", _RAFT_PATH, body, timeout_s=max(timing.minimum_s / 2, 0.2)
                )
            except Unreachable:
                self.core.unreachable(peer)
                continue
            if status == 200 and isinstance(answer, dict):
                self._meet(peer, answer)
                now = time.monotonic()
                for message in answer.get("messages", []):
                    self.core.receive(peer, message, now)
                self._pump()
