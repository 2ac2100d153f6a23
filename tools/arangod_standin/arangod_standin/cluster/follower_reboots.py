"""Followers that restarted: what they had not synced may be lost, so their place is compared with the leader's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import ArangoError
from ..http.client import Unreachable

if TYPE_CHECKING:
    from .peers import ClusterPeers
    from .shard_leader import ShardLeader

_RETRY_S = 0.1


class FollowerReboots:
    """Remembers which life of each follower was brought into sync."""

    def __init__(self, peers: ClusterPeers, leader: ShardLeader) -> None:
        self._peers = peers
        self._leader = leader
        self._lives: dict[str, int] = {}

    def note(self, server: str) -> None:
        """Remember a follower's present life; called when its synchronisation begins."""
        self._lives[server] = self._peers.life_of(server)

    def check(self) -> None:
        """Look for followers in sync that live anew; called after every change of the agency."""
        for server in self._leader.in_sync if self._leader.leading else ():
            if self._lives.get(server) != self._peers.life_of(server):
                self.note(server)
                self._peers.context.spawn(self._compare(server))

    async def _compare(self, server: str) -> None:
        leader = self._leader
        body = {"database": leader.view.database, "shard": leader.view.shard}
        while server in leader.in_sync and not leader.stopped:
            async with leader.lock:
                try:
                    place = await self._peers.call(server, "place", body, timeout_s=self._peers.replication_timeout_s)
                except (Unreachable, ArangoError):
                    place = None
                if place is not None:
                    if place != [leader.epoch, leader.sequence]:
                        await leader.drop_follower(server)
                    return
            await asyncio.sleep(_RETRY_S)
