"""The copy of a shard on this dbserver: which leadership it follows and how far.

Every change a leader sends carries an *epoch* (the agency's index of the leader's take-over, so it only grows) and a
sequence number. A copy takes the next number of its epoch and nothing of an older epoch: a deposed leader's late
message can do no harm. Both numbers are stored in the same transaction as the documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..storage.clock import CLOCK

if TYPE_CHECKING:
    from ..storage.collection import Effect, StoredCollection

_SYNCING = -1


class ShardCopy:
    """A stored shard with its place in the leader's stream of changes."""

    def __init__(self, stored: StoredCollection) -> None:
        self.stored = stored
        self._meta_name = f"shard:{stored.database}/{stored.name}"
        self.epoch, self.sequence = 0, _SYNCING
        self.reload()
        # set while this server leads the shard or is about to: then nobody may write from outside
        self.led_here = False

    def reload(self) -> None:
        """Take the place that is stored."""
        text = self.stored.engine.get_meta(self._meta_name) or f"0:{_SYNCING}"
        epoch, _, sequence = text.partition(":")
        self.epoch, self.sequence = int(epoch), int(sequence)

    def _place(self, epoch: int, sequence: int) -> None:
        self.epoch, self.sequence = epoch, sequence
        self.stored.engine.set_meta(self._meta_name, f"{epoch}:{sequence}")

    def forget(self) -> None:
        """Remove the stored place of a dropped shard."""
        self.stored.engine.write("DELETE FROM meta WHERE name=?", (self._meta_name,))

    def _check(self, epoch: int) -> None:
        if self.led_here:
            raise ArangoError(errors.CLUSTER_SHARD_LEADER_REFUSES_REPLICATION)
        if epoch < self.epoch:
            raise ArangoError(errors.CLUSTER_SHARD_FOLLOWER_REFUSES_OPERATION, "the sender no longer leads this shard")

    def replicate(self, epoch: int, sequence: int, effects: list[Effect]) -> None:
        """Take the next change. Raises ArangoError 406 when it is not the next of the epoch this copy follows."""
        self._check(epoch)
        if epoch == self.epoch and self.sequence != _SYNCING and sequence <= self.sequence:
            return
        if epoch != self.epoch or self.sequence == _SYNCING or sequence != self.sequence + 1:
            raise ArangoError(errors.CLUSTER_SHARD_FOLLOWER_REFUSES_OPERATION, "this copy is not in sync")
        self._apply(effects)
        self._place(epoch, sequence)

    def begin_sync(self, epoch: int) -> list[tuple[str, str]]:
        """Follow a new epoch; return key and revision of everything that is here."""
        self._check(epoch)
        self._place(epoch, _SYNCING)
        return self.stored.revisions()

    def sync(self, epoch: int, effects: list[Effect], final_sequence: int | None) -> None:
        """Take differences found by the leader; with `final_sequence` the copy is in sync afterwards."""
        self._check(epoch)
        if epoch != self.epoch:
            raise ArangoError(errors.CLUSTER_SHARD_FOLLOWER_REFUSES_OPERATION, "this copy does not follow this leader")
        self._apply(effects)
        self._place(epoch, self.sequence if final_sequence is None else final_sequence)

    def _apply(self, effects: list[Effect]) -> None:
        self.stored.apply(effects)
        for effect in effects[-1:]:
            if effect[0] == "put":
                CLOCK.observe(effect[2])
