"""Raft without input and output: messages and time go in, messages and committed entries come out.

Rules of the paper plus PreVote and check-quorum: a candidate first asks whether it could win, servers that hear a
leader refuse, and a leader that hears no majority steps down. The driver must make the log durable (`RaftLog.flush`)
before it sends what `take_messages` returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from .raft_log import RaftLog

FOLLOWER, CANDIDATE, LEADER = "FOLLOWER", "CANDIDATE", "LEADER"
_MAX_ENTRIES = 500
# Before a member has seen its first leader it tries often, so a fresh agency elects in milliseconds; PreVote makes it
# safe.
_FIRST_RETRY_S = 0.03
_RANK_DELAY_S = 0.12

Message = dict[str, Any]


class RaftTiming:
    """Election timeout range and heartbeat interval, in seconds."""

    __slots__ = ("heartbeat_s", "maximum_s", "minimum_s")

    def __init__(self, minimum_s: float, maximum_s: float) -> None:
        self.minimum_s = minimum_s
        self.maximum_s = max(maximum_s, minimum_s * 1.1)
        self.heartbeat_s = minimum_s / 5


class RaftCore:
    """One member of a Raft group; `me` and `peers` are any names, the same ones on all members."""

    def __init__(
        self, me: str, peers: list[str], log: RaftLog, *, timing: RaftTiming, rng: random.Random, now_s: float
    ) -> None:
        self.me = me
        self.peers = [peer for peer in peers if peer != me]
        self.log = log
        self.timing = timing
        self.role = FOLLOWER
        self.leader: str | None = None
        self.commit_index = log.snapshot_index
        self.last_applied = log.snapshot_index
        self._rng = rng
        self._rank = sorted({me, *peers}).index(me)
        self._seen_leader = False
        self._attempts = 0
        self._messages: list[tuple[str, Message]] = []
        self._votes: set[str] = set()
        self._prevoting = False
        self._heard_s = float("-inf")
        self._next: dict[str, int] = {}
        self.match: dict[str, int] = {}
        self._sent_s: dict[str, float] = {}
        self._in_flight: dict[str, bool] = {}
        self.contact_s: dict[str, float] = {}
        self._confirm_s = float("-inf")
        self._reading = False
        self._heartbeat_due_s = float("inf")
        self._election_due_s = now_s + self._rank * _RANK_DELAY_S
        self.restored_snapshot: Any = None

    # -- what the driver asks ----------------------------------------------------------------------------------------
    @property
    def quorum(self) -> int:
        """Number of members that make a majority."""
        return (len(self.peers) + 1) // 2 + 1

    @property
    def due_s(self) -> float:
        """When `tick` must be called at the latest."""
        return self._heartbeat_due_s if self.role == LEADER else self._election_due_s

    def take_messages(self) -> list[tuple[str, Message]]:
        """Return and forget the messages to send."""
        messages, self._messages = self._messages, []
        return messages

    def take_committed(self) -> list[tuple[int, Any]]:
        """Return index and payload of entries that became committed, in order."""
        entries = []
        while self.last_applied < self.commit_index:
            self.last_applied += 1
            entries.append((self.last_applied, self.log.entry(self.last_applied)[1]))
        return entries

    def begin_read(self, now_s: float) -> None:
        """Ask the others whether this member still leads; `read_confirmed` with the same time tells when they do."""
        if self.role == LEADER:
            self._confirm_s = now_s
            self._reading = True
            self._replicate(now_s)

    @property
    def reads_waiting(self) -> bool:
        """True while a read has begun that was not confirmed when the last answer came."""
        return self.role == LEADER and self._reading

    def read_confirmed(self, begun_s: float) -> bool:
        """Say whether a majority followed this leader at a moment after a read began: then it misses no commit.

        No clocks are compared and no lease is trusted: a member that restarted has forgotten whom it followed.
        """
        if self.role != LEADER or self.log.term_at(self.commit_index) != self.log.term:
            return False
        confirmed = sum(self.contact_s.get(peer, float("-inf")) >= begun_s for peer in self.peers)
        if confirmed + 1 >= self.quorum and begun_s == self._confirm_s:
            self._reading = False
        return confirmed + 1 >= self.quorum

    # -- inputs ------------------------------------------------------------------------------------------------------
    def propose(self, payload: Any, now_s: float) -> int | None:
        """Append a payload and return its index; None when this member does not lead."""
        if self.role != LEADER:
            return None
        index = self.log.append([(self.log.term, payload)])
        self._replicate(now_s)
        self._advance_commit()
        return index

    def tick(self, now_s: float) -> None:
        """Let time pass: heartbeats, elections, a leader without followers steps down."""
        if self.role == LEADER:
            if now_s >= self._heartbeat_due_s:
                alive = sum(now_s - self.contact_s.get(p, float("-inf")) < self.timing.maximum_s for p in self.peers)
                if alive + 1 < self.quorum:
                    self._become_follower(self.log.term, None, now_s)
                    return
                self._heartbeat_due_s = now_s + self.timing.heartbeat_s
                for peer in self.peers:
                    self._send_append(peer, now_s)
        elif now_s >= self._election_due_s:
            self._start_prevote(now_s)

    def receive(self, sender: str, message: Message, now_s: float) -> None:
        """Take a message from another member."""
        kind, term = message["type"], message["term"]
        if kind == "prevote":
            self._answer_prevote(sender, message, now_s)
            return
        if kind == "prevoteReply":
            self._count_prevote(sender, message, now_s)
            return
        if kind == "vote" and self._hears_leader(now_s) and sender != self.leader:
            return
        if term > self.log.term:
            self._become_follower(term, sender if kind in ("append", "snapshot") else None, now_s)
        if kind == "vote":
            self._answer_vote(sender, message, now_s)
        elif kind == "voteReply":
            self._count_vote(sender, message, now_s)
        elif kind == "append":
            self._answer_append(sender, message, now_s)
        elif kind == "snapshot":
            self._answer_snapshot(sender, message, now_s)
        elif kind == "appendReply":
            self._take_append_reply(sender, message, now_s)

    def unreachable(self, peer: str) -> None:
        """Note that the last message to a member was lost, so that the next entry is sent at once."""
        self._in_flight[peer] = False

    # -- elections ---------------------------------------------------------------------------------------------------
    def _reset_election(self, now_s: float) -> None:
        if self._seen_leader:
            timeout_s = self._rng.uniform(self.timing.minimum_s, self.timing.maximum_s)
        else:
            # slower with every attempt: on a busy machine answers may take longer than the first tries allow
            retry_s = min(_FIRST_RETRY_S * 1.6**self._attempts, self.timing.minimum_s)
            self._attempts += 1
            timeout_s = self._rank * _RANK_DELAY_S + self._rng.uniform(retry_s, 2 * retry_s)
        self._election_due_s = now_s + timeout_s

    def _hears_leader(self, now_s: float) -> bool:
        if self.role == LEADER:
            return True
        return self.leader is not None and now_s - self._heard_s < self.timing.minimum_s

    def _start_prevote(self, now_s: float) -> None:
        if self.log.learner:
            self._reset_election(now_s)
            return
        self.role = FOLLOWER
        self.leader = None
        self._prevoting = True
        self._votes = {self.me}
        self._reset_election(now_s)
        if len(self._votes) >= self.quorum:
            self._start_election(now_s)
            return
        for peer in self.peers:
            self._send(peer, {**self._vote_message("prevote"), "term": self.log.term + 1})

    def _vote_message(self, kind: str) -> Message:
        last = self.log.last_index
        return {"type": kind, "term": self.log.term, "lastIndex": last, "lastTerm": self.log.term_at(last)}

    def _up_to_date(self, message: Message) -> bool:
        """Say whether a candidate may have the vote of a log like this one; who lost its log has no vote."""
        last = self.log.last_index
        return not self.log.learner and (message["lastTerm"], message["lastIndex"]) >= (self.log.term_at(last), last)

    def _answer_prevote(self, sender: str, message: Message, now_s: float) -> None:
        granted = (
            message["term"] > self.log.term
            or (message["term"] == self.log.term and self.log.voted_for in (None, sender))
        ) and self._up_to_date(message) and not self._hears_leader(now_s)  # fmt: skip
        self._send(sender, {"type": "prevoteReply", "term": message["term"], "granted": granted, "own": self.log.term})

    def _count_prevote(self, sender: str, message: Message, now_s: float) -> None:
        if message["own"] > self.log.term and not message["granted"]:
            self._become_follower(message["own"], None, now_s)
            return
        if self._prevoting and message["granted"] and message["term"] == self.log.term + 1:
            self._votes.add(sender)
            if len(self._votes) >= self.quorum:
                self._start_election(now_s)

    def _start_election(self, now_s: float) -> None:
        self._prevoting = False
        self.role = CANDIDATE
        self.log.set_term(self.log.term + 1, self.me)
        self._votes = {self.me}
        self._reset_election(now_s)
        if len(self._votes) >= self.quorum:
            self._become_leader(now_s)
            return
        for peer in self.peers:
            self._send(peer, self._vote_message("vote"))

    def _answer_vote(self, sender: str, message: Message, now_s: float) -> None:
        granted = (
            message["term"] == self.log.term
            and self.role == FOLLOWER
            and self.log.voted_for in (None, sender)
            and self._up_to_date(message)
        )
        if granted:
            self.log.set_term(self.log.term, sender)
            self._prevoting = False
            self._reset_election(now_s)
        self._send(sender, {"type": "voteReply", "term": self.log.term, "granted": granted})

    def _count_vote(self, sender: str, message: Message, now_s: float) -> None:
        if self.role == CANDIDATE and message["granted"] and message["term"] == self.log.term:
            self._votes.add(sender)
            if len(self._votes) >= self.quorum:
                self._become_leader(now_s)

    def _become_follower(self, term: int, leader: str | None, now_s: float) -> None:
        if term > self.log.term:
            self.log.set_term(term, None)
        self.role = FOLLOWER
        self.leader = leader
        self._prevoting = False
        self._heartbeat_due_s = float("inf")
        self._reset_election(now_s)

    def _become_leader(self, now_s: float) -> None:
        self.role = LEADER
        self.leader = self.me
        self._seen_leader = True
        self._next = dict.fromkeys(self.peers, self.log.last_index + 1)
        self.match = dict.fromkeys(self.peers, 0)
        self._in_flight = dict.fromkeys(self.peers, False)
        self.contact_s = dict.fromkeys(self.peers, now_s)
        self._heartbeat_due_s = now_s + self.timing.heartbeat_s
        # an entry of the own term lets entries of earlier terms be committed
        self.log.append([(self.log.term, None)])
        self._replicate(now_s)
        self._advance_commit()

    # -- replication -------------------------------------------------------------------------------------------------
    def _send(self, peer: str, message: Message) -> None:
        self._messages.append((peer, message))

    def _replicate(self, now_s: float) -> None:
        for peer in self.peers:
            if not self._in_flight.get(peer):
                self._send_append(peer, now_s)

    def _send_append(self, peer: str, now_s: float) -> None:
        following = self._next[peer]
        self._in_flight[peer] = True
        self._sent_s[peer] = now_s
        common = {"term": self.log.term, "commit": self.commit_index, "sent": now_s, "last": self.log.last_index}
        if following <= self.log.snapshot_index:
            index, term, state = self.log.snapshot()
            self._send(peer, {"type": "snapshot", **common, "index": index, "snapshotTerm": term, "state": state})
            return
        entries = self.log.entries_from(following, _MAX_ENTRIES)
        previous = following - 1
        self._send(peer, {"type": "append", **common, "previous": previous, "previousTerm": self.log.term_at(previous),
                          "entries": entries})  # fmt: skip

    def _heard_leader(self, sender: str, now_s: float) -> None:
        self.role = FOLLOWER
        self.leader = sender
        self._seen_leader = True
        self._prevoting = False
        self._heard_s = now_s
        self._reset_election(now_s)

    def _answer_append(self, sender: str, message: Message, now_s: float) -> None:
        reply: Message = {"type": "appendReply", "term": self.log.term, "ok": False, "match": 0,
                          "sent": message["sent"], "hint": self.log.last_index}  # fmt: skip
        if message["term"] == self.log.term:
            self._heard_leader(sender, now_s)
            previous, entries = message["previous"], message["entries"]
            if previous < self.log.snapshot_index:
                # everything up to the snapshot is committed here already
                entries = entries[self.log.snapshot_index - previous :]
                previous, previous_term = self.log.snapshot_index, self.log.snapshot_term
            else:
                previous_term = message["previousTerm"]
            if self.log.last_index >= previous and self.log.term_at(previous) == previous_term:
                last = self._take_entries(previous, entries)
                self.commit_index = max(self.commit_index, min(message["commit"], last))
                reply.update({"ok": True, "match": last})
                if self.log.learner and last >= message["last"]:
                    self.log.set_learner(False)
            else:
                reply["hint"] = min(previous - 1, self.log.last_index)
        self._send(sender, reply)

    def _take_entries(self, previous: int, entries: list[Any]) -> int:
        for offset, (term, _) in enumerate(entries):
            index = previous + 1 + offset
            if index > self.log.last_index or self.log.term_at(index) != term:
                self.log.truncate(index)
                self.log.append([tuple(entry) for entry in entries[offset:]])
                break
        return previous + len(entries)

    def _answer_snapshot(self, sender: str, message: Message, now_s: float) -> None:
        if message["term"] == self.log.term:
            self._heard_leader(sender, now_s)
            if message["index"] > self.commit_index:
                self.log.install(message["index"], message["snapshotTerm"], message["state"])
                self.commit_index = self.last_applied = message["index"]
                self.restored_snapshot = message["state"]
        self._send(sender, {"type": "appendReply", "term": self.log.term, "ok": message["term"] == self.log.term,
                            "match": message["index"], "sent": message["sent"], "hint": 0})  # fmt: skip

    def _take_append_reply(self, sender: str, message: Message, now_s: float) -> None:
        if self.role != LEADER or message["term"] != self.log.term:
            return
        self.contact_s[sender] = max(self.contact_s.get(sender, float("-inf")), message["sent"])
        self._in_flight[sender] = False
        if message["ok"]:
            self.match[sender] = max(self.match[sender], message["match"])
            self._next[sender] = self.match[sender] + 1
            self._advance_commit()
        else:
            self._next[sender] = max(1, min(self._next[sender] - 1, message["hint"] + 1))
        if self._next[sender] <= self.log.last_index or self.contact_s[sender] < self._confirm_s:
            self._send_append(sender, now_s)

    def _advance_commit(self) -> None:
        matches = sorted([self.log.last_index, *self.match.values()], reverse=True)
        index = matches[self.quorum - 1]
        if index > self.commit_index and self.log.term_at(index) == self.log.term:
            self.commit_index = index
