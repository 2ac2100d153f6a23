"""Raft members on a simulated clock and network: every run is a function of its seed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from arangod_standin.agency.raft import LEADER, RaftCore, RaftTiming
from arangod_standin.agency.raft_log import RaftLog


class RaftSimulation:
    """A group of members whose messages can be delayed, lost, reordered and cut; members can crash and return."""

    def __init__(self, size: int, seed: int, folder: str) -> None:
        self.rng = random.Random(seed)
        self.now_s = 0.0
        self.names = [f"m{number}" for number in range(size)]
        self._folder = folder
        self.members: dict[str, RaftCore | None] = {}
        self.applied: dict[str, list[Any]] = {name: [] for name in self.names}
        self._network: list[tuple[float, int, str, str, dict[str, Any]]] = []
        self._number = 0
        self.cut: set[tuple[str, str]] = set()
        self.loss = 0.0
        self.duplicates = 0.0
        self.longest_delay_s = 0.05
        self.leaders_of_term: dict[int, set[str]] = {}
        for name in self.names:
            self.boot(name)

    def boot(self, name: str) -> None:
        """Start a member from its durable log."""
        log = RaftLog(f"{self._folder}/{name}.sqlite3", wait_for_sync=False)
        timing = RaftTiming(1.0, 2.0)
        self.members[name] = RaftCore(name, self.names, log, timing=timing, rng=self.rng, now_s=self.now_s)
        state = log.snapshot()[2]
        self.applied[name] = list(state) if state is not None else []

    def crash(self, name: str) -> None:
        """Stop a member as kill -9 does: what was flushed stays."""
        member = self.members[name]
        if member is not None:
            member.log.close()
        self.members[name] = None

    def wipe(self, name: str) -> None:
        """Have a member lose its data directory; it comes back and learns that another was known in its place."""
        self.crash(name)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._folder}/{name}.sqlite3{suffix}").unlink(missing_ok=True)
        self.boot(name)
        member = self.members[name]
        assert member is not None
        member.log.set_learner(True)
        member.log.flush()

    def partition(self, side: set[str]) -> None:
        """Cut the network between some members and the others."""
        self.cut = {(a, b) for a in self.names for b in self.names if (a in side) != (b in side)}

    def heal(self) -> None:
        """Make the network whole and reliable."""
        self.cut, self.loss, self.duplicates, self.longest_delay_s = set(), 0.0, 0.0, 0.05

    def collect(self, name: str) -> None:
        """Take what a member has to send and what it has committed; its log is flushed before."""
        member = self.members[name]
        assert member is not None
        member.log.flush()
        for receiver, message in member.take_messages():
            if self.rng.random() >= self.loss:
                self._send(name, receiver, message)
                if self.rng.random() < self.duplicates:
                    self._send(name, receiver, message)
        if member.restored_snapshot is not None:
            self.applied[name] = list(member.restored_snapshot)
            member.restored_snapshot = None
        self.applied[name] += [payload for _, payload in member.take_committed() if payload is not None]
        if member.role == LEADER:
            self.leaders_of_term.setdefault(member.log.term, set()).add(name)

    def _send(self, sender: str, receiver: str, message: dict[str, Any]) -> None:
        """Put a message on its way; messages overtake each other."""
        self._number += 1
        arrival_s = self.now_s + self.rng.uniform(0.001, self.longest_delay_s)
        # as on a real network, receivers get a copy
        self._network.append((arrival_s, self._number, sender, receiver, json.loads(json.dumps(message))))

    def run(self, seconds: float) -> None:
        """Let simulated time pass."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += 0.01
            due = sorted(item for item in self._network if item[0] <= self.now_s)
            self._network = [item for item in self._network if item[0] > self.now_s]
            for _, _, sender, receiver, message in due:
                member = self.members[receiver]
                if member is not None and (sender, receiver) not in self.cut:
                    member.receive(sender, message, self.now_s)
                    self.collect(receiver)
            for name, member in self.members.items():
                if member is not None and self.now_s >= member.due_s:
                    member.tick(self.now_s)
                    self.collect(name)

    def leader(self) -> str | None:
        """Return the leader with the highest term among the running members."""
        leading = [(m.log.term, name) for name, m in self.members.items() if m is not None and m.role == LEADER]
        return max(leading)[1] if leading else None

    def propose(self, payload: Any) -> bool:
        """Hand a payload to the present leader; False when there is none."""
        name = self.leader()
        member = self.members[name] if name else None
        if member is None or member.propose(payload, self.now_s) is None:
            return False
        self.collect(str(name))
        return True

    def compact(self, name: str) -> None:
        """Replace a member's applied log by a snapshot."""
        member = self.members[name]
        if member is not None and member.last_applied > member.log.snapshot_index:
            member.log.compact(member.last_applied, self.applied[name])
            member.log.flush()

    def close(self) -> None:
        """Close all logs."""
        for name in self.names:
            self.crash(name)
