"""Bringing one follower into sync: the leader finds the differences and sends them, the last under the write lock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS
from ..http.client import Unreachable

if TYPE_CHECKING:
    from ..storage.collection import Effect
    from .peers import ClusterPeers
    from .shard_leader import ShardLeader

_CHUNK = 1000
_FIRST_RETRY_S = 0.05
_LAST_RETRY_S = 1.0
_LOCKED_KEYS = 500


class FollowerSync:
    """Keeps trying until the follower is in sync or `stop` is called."""

    def __init__(self, peers: ClusterPeers, leader: ShardLeader, server: str) -> None:
        self._peers = peers
        self._leader = leader
        self._server = server
        self._dirty: set[str] = set()
        self._start_again = False
        self.finished = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = self._peers.context.spawn(self._run())

    def stop(self) -> None:
        """Give up."""
        self.finished = True
        if self._task is not None:
            self._task.cancel()

    def note(self, effects: list[Effect]) -> None:
        """Remember what the leader changes while the differences are on their way."""
        for effect in effects if not self.finished else ():
            if effect[0] == "truncate":
                self._start_again = True
            else:
                self._dirty.add(effect[1])

    async def _run(self) -> None:
        delay_s = _FIRST_RETRY_S
        while not self.finished:
            try:
                await self._sync()
                self.finished = True
            except (ArangoError, Unreachable):
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 1.5, _LAST_RETRY_S)

    def _body(self, **members: Any) -> dict[str, Any]:
        view = self._leader.view
        return {"database": view.database, "shard": view.shard, "epoch": self._leader.epoch, **members}

    async def _sync(self) -> None:
        self._dirty.clear()
        self._start_again = False
        stored = self._leader.copy.stored
        self._leader.reboots.note(self._server)
        answer = await self._peers.call(self._server, "sync-begin", self._body(), timeout_s=30.0)
        there = dict(answer["revisions"])
        # from here to the end of the comparison nothing else runs, so the picture is one of a single moment
        self._dirty.clear()
        here = dict(stored.revisions())
        wanted = [key for key, revision in here.items() if there.get(key) != revision]
        gone = [key for key in there if key not in here]
        await self._send(wanted + gone)
        while len(self._dirty) > _LOCKED_KEYS and not self._start_again:
            keys, self._dirty = list(self._dirty), set()
            await self._send(keys)
        async with self._leader.lock:
            if self._start_again:
                raise ArangoError(1409, "the shard was truncated meanwhile")
            effects = self._effects(list(self._dirty))
            self._dirty = set()
            body = self._body(effects=effects, final=self._leader.sequence)
            await self._peers.call(self._server, "sync-apply", body, timeout_s=self._peers.replication_timeout_s)
            FAILURE_POINTS.check("FollowerInfo::add")
            await self._leader.follower_in_sync(self._server)
            self.finished = True
        self._peers.context.journal.info(
            "a0b1c", "replication",
            f"{self._leader.view.shard}: follower {self._server} is in sync ({len(wanted)} documents sent,"
            f" {len(gone)} removed)",
        )  # fmt: skip

    def _effects(self, keys: list[str]) -> list[Effect]:
        rows = self._leader.copy.stored.rows_of(keys)
        found = {row[0] for row in rows}
        removed: list[Effect] = [("del", key) for key in keys if key not in found]
        return removed + [("put", key, revision, body) for key, revision, body in rows]

    async def _send(self, keys: list[str]) -> None:
        for start in range(0, len(keys), _CHUNK):
            body = self._body(effects=self._effects(keys[start : start + _CHUNK]), final=None)
            await self._peers.call(self._server, "sync-apply", body, timeout_s=30.0)
