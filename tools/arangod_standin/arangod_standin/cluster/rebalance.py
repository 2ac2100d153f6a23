"""How unevenly shards and leaders lie on the dbservers, and the moves that make it better: pure functions.

The measure is the sum over the servers of the squared distance from an even share. A greedy search takes the best
single move until none helps or the number asked for is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..agency.cluster_view import ShardView

Move = dict[str, Any]


class Balance:
    """Shards and leaders per server, and the movable shards with their servers (leader first)."""

    def __init__(self, servers: list[str], shards: list[ShardView], *, system: int = 0) -> None:
        self.servers = servers
        self.views = {view.shard: view for view in shards}
        self.places = {view.shard: [name.lstrip("_") for name in view.plan] for view in shards}
        self.system = system

    def counts(self, *, leaders: bool) -> list[int]:
        """Return the number of shards (or of those led) per server, in the order of `servers`."""
        found = dict.fromkeys(self.servers, 0)
        for place in self.places.values():
            for server in place[:1] if leaders else place:
                found[server] = found.get(server, 0) + 1
        return [found[server] for server in self.servers]

    @staticmethod
    def _imbalance(counts: list[int]) -> float:
        share = sum(counts) / max(len(counts), 1)
        return sum((count - share) ** 2 for count in counts)

    def leader_summary(self) -> dict[str, Any]:
        """Return what ArangoDB's API shows about leaders."""
        counts = self.counts(leaders=True)
        total = sum(counts)
        share = total / max(len(counts), 1)
        return {
            "weightUsed": counts, "targetWeight": [share] * len(counts), "numberShards": counts,
            "leaderDupl": [0] * len(counts), "totalWeight": total, "imbalance": self._imbalance(counts),
            "totalShards": total,
        }  # fmt: skip

    def shard_summary(self) -> dict[str, Any]:
        """Return what ArangoDB's API shows about shards."""
        counts = self.counts(leaders=False)
        total = sum(counts)
        share = total / max(len(counts), 1)
        return {
            "sizeUsed": counts, "targetSize": [share] * len(counts), "numberShards": counts, "totalUsed": total,
            "totalShards": total, "totalShardsFromSystemCollections": self.system,
            "imbalance": self._imbalance(counts),
        }  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """Return both."""
        return {"leader": self.leader_summary(), "shards": self.shard_summary()}

    def cost(self) -> float:
        """Return the measure that moves shall lower."""
        return self._imbalance(self.counts(leaders=True)) + self._imbalance(self.counts(leaders=False))

    # -- moves -------------------------------------------------------------------------------------------------------
    def _candidates(self, *, changes: bool, leaders: bool, followers: bool) -> Iterator[tuple[str, str, str, bool]]:
        for shard, place in self.places.items():
            for position, source in enumerate(place):
                is_leader = position == 0
                for target in self.servers:
                    if target in place:
                        if is_leader and changes and target != source:
                            yield shard, source, target, True
                    elif leaders if is_leader else followers:
                        yield shard, source, target, is_leader

    def _move(self, shard: str, source: str, target: str) -> list[str]:
        """Carry a move out in the picture; return the place before."""
        before = self.places[shard]
        if target in before:
            self.places[shard] = [target, *[name for name in before if name != target]]
        else:
            self.places[shard] = [target if name == source else name for name in before]
        return before

    def improve(self, most: int, *, changes: bool, leaders: bool, followers: bool) -> list[Move]:
        """Make at most `most` moves in the picture, each on a shard of its own; return them."""
        moves: list[Move] = []
        moved: set[str] = set()
        cost = self.cost()
        while len(moves) < most:
            best: tuple[float, tuple[str, str, str, bool]] | None = None
            for candidate in self._candidates(changes=changes, leaders=leaders, followers=followers):
                shard, source, target, _ = candidate
                if shard in moved:
                    continue
                before = self._move(shard, source, target)
                found = self.cost()
                self.places[shard] = before
                if found < cost - 1e-9 and (best is None or found < best[0]):
                    best = found, candidate
            if best is None:
                break
            cost, (shard, source, target, is_leader) = best
            self._move(shard, source, target)
            moved.add(shard)
            view = self.views[shard]
            moves.append({"from": source, "to": target, "shard": shard, "collection": view.collection_id,
                          "database": view.database, "isLeader": is_leader})  # fmt: skip
        return moves
