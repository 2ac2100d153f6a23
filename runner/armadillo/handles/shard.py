"""`Shard`: where the copies of one part of a collection are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """One shard as planned: its name ("s10001") and the ids of its leader and of its followers in order."""

    name: str
    leader: str
    followers: tuple[str, ...] = ()

    @property
    def servers(self) -> tuple[str, ...]:
        """Ids of all servers that hold a copy, the leader first."""
        return (self.leader, *self.followers)
