"""Clients of a simulated Raft group, and the promises of Raft checked after every step."""

from __future__ import annotations

from typing import Any

from arangod_standin.agency.raft import LEADER, RaftCore

from tests.framework.standin.support.raft_simulation import RaftSimulation


class PendingRead:
    """A read that one member began and has not been allowed to answer."""

    def __init__(self, name: str, term: int, begun_s: float, least: int) -> None:
        self.name = name
        self.term = term
        self.begun_s = begun_s
        # how many payloads were acknowledged to somebody before the read began
        self.least = least


class RaftHistory:
    """Proposes, reads and checks; `violations` stays empty as long as Raft keeps its promises."""

    def __init__(self, group: RaftSimulation) -> None:
        self.group = group
        self.violations: list[str] = []
        self._committed: list[Any] = []
        self._committed_terms: dict[int, int] = {}
        self._reads: list[PendingRead] = []
        self._applied_before: dict[str, int] = {}
        self.reads_answered = 0

    def begin_read(self, name: str) -> None:
        """Begin a linearizable read at a member that thinks it leads, whoever really does."""
        member = self.group.members[name]
        if member is not None and member.role == LEADER:
            member.begin_read(self.group.now_s)
            self.group.collect(name)
            self._reads.append(PendingRead(name, member.log.term, self.group.now_s, len(self._committed)))

    def run(self, seconds: float) -> None:
        """Let time pass in small steps and check after each."""
        end_s = self.group.now_s + seconds
        while self.group.now_s < end_s:
            self.group.run(0.05)
            self.check()

    def check(self) -> None:
        """Check all promises against the present state."""
        members = {name: member for name, member in self.group.members.items() if member is not None}
        self._election_safety()
        self._state_machine_safety()
        self._log_matching(members)
        self._leader_completeness(members)
        self._answer_reads()

    def _wrong(self, text: str) -> None:
        self.violations.append(f"at {self.group.now_s:.2f} s: {text}")

    def _election_safety(self) -> None:
        for term, leaders in self.group.leaders_of_term.items():
            if len(leaders) > 1:
                self._wrong(f"term {term} has the leaders {sorted(leaders)}")

    def _state_machine_safety(self) -> None:
        """What was ever applied by anybody stays, in one order; a restarted member may only be behind."""
        for name, applied in self.group.applied.items():
            shared = min(len(applied), len(self._committed))
            if applied[:shared] != self._committed[:shared]:
                self._wrong(f"{name} applied {applied[:shared]}, others {self._committed[:shared]}")
            self._committed += applied[len(self._committed) :]

    def _log_matching(self, members: dict[str, RaftCore]) -> None:
        """Entries of the same index and term are the same in all logs, and so is all before them."""
        logs = [member.log for member in members.values()]
        for position, one in enumerate(logs):
            for other in logs[position + 1 :]:
                first = max(one.snapshot_index, other.snapshot_index) + 1
                equal = True
                for index in range(min(one.last_index, other.last_index), first - 1, -1):
                    same_term = one.term_at(index) == other.term_at(index)
                    if same_term and one.entry(index)[1] != other.entry(index)[1]:
                        self._wrong(f"entry {index} of term {one.term_at(index)} differs")
                    if not equal and same_term is False:
                        self._wrong(f"logs agree after entry {index} and not in it")
                    equal = equal and not same_term

    def _leader_completeness(self, members: dict[str, RaftCore]) -> None:
        """A leader of the newest term has every entry that was committed in earlier terms."""
        newest = max((member.log.term for member in members.values()), default=0)
        for name, member in members.items():
            for index in range(member.log.snapshot_index + 1, member.commit_index + 1):
                term = member.log.term_at(index)
                if self._committed_terms.setdefault(index, term) != term:
                    self._wrong(f"entry {index} was committed with the terms {self._committed_terms[index]}, {term}")
            if member.role == LEADER and member.log.term == newest:
                for index, term in self._committed_terms.items():
                    if index > member.log.snapshot_index and (
                        index > member.log.last_index or member.log.term_at(index) != term
                    ):
                        self._wrong(f"leader {name} of term {newest} lacks committed entry {index} of term {term}")

    def _answer_reads(self) -> None:
        """Answer the reads that are confirmed: each must see all that was acknowledged before it began."""
        waiting = []
        for read in self._reads:
            member = self.group.members[read.name]
            if member is None or member.role != LEADER or member.log.term != read.term:
                continue
            if not member.read_confirmed(read.begun_s):
                waiting.append(read)
                continue
            self.reads_answered += 1
            seen = len(self.group.applied[read.name])
            if seen < read.least:
                self._wrong(f"{read.name} read {seen} payloads, {read.least} were acknowledged before the read began")
        self._reads = waiting
