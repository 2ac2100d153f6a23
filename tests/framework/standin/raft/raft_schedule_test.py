"""Raft under schedules that Hypothesis invents: whatever the network and the members do, its promises are kept."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framework.standin.support.raft_history import RaftHistory
from tests.framework.standin.support.raft_simulation import RaftSimulation

MEMBERS = 5
POSITION = st.integers(0, MEMBERS - 1)

# What can happen; positions count from the newest leader on, so that 0 is most often who matters.
STEP = st.one_of(
    st.tuples(st.just("propose"), st.integers(1, 3)),
    st.tuples(st.just("propose and lose the leader"), st.sampled_from(["cut", "crash", "wipe"])),
    st.tuples(st.just("read"), st.none()),
    st.tuples(st.just("cut"), st.lists(POSITION, min_size=1, max_size=2, unique=True).map(tuple)),
    st.tuples(st.just("heal"), st.none()),
    st.tuples(st.just("crash"), POSITION),
    st.tuples(st.just("boot"), st.none()),
    st.tuples(st.just("wipe"), POSITION),
    st.tuples(st.just("network"), st.tuples(st.sampled_from([0.0, 0.3]), st.sampled_from([0.05, 0.4, 2.0]))),
    st.tuples(st.just("compact"), POSITION),
    st.tuples(st.just("wait"), st.sampled_from([0.05, 0.5, 2.5, 2.5])),
)


class Schedule:
    """Carries out invented steps on a group."""

    def __init__(self, group: RaftSimulation) -> None:
        self.group = group
        self.history = RaftHistory(group)
        self._proposed = 0

    def _at(self, position: int) -> str:
        """Return a member by its distance from the newest leader."""
        names = self.group.names
        start = names.index(self.group.leader() or names[0])
        return names[(start + position) % len(names)]

    def _may_fail(self) -> bool:
        """Say whether one more member may go down or lose its log: never more than a minority at the same time."""
        unsettled: int = sum(member is None or member.log.learner for member in self.group.members.values())
        return bool(unsettled < (MEMBERS - 1) // 2)

    def _propose(self, count: int) -> None:
        """Propose at all members that think they lead, the deposed ones too."""
        for _ in range(count):
            for name, member in self.group.members.items():
                self._proposed += 1
                if member is not None and member.propose(self._proposed, self.group.now_s) is not None:
                    self.group.collect(name)

    def _lose(self, name: str, how: str) -> None:
        if how == "cut":
            self.group.partition({name})
        elif self.group.members[name] is not None and self._may_fail():
            (self.group.crash if how == "crash" else self.group.wipe)(name)

    def step(self, action: str, value: Any) -> None:
        """Carry out one step and let some time pass."""
        group = self.group
        if action == "propose":
            self._propose(value)
        elif action == "propose and lose the leader":
            self._propose(1)
            group.run(group.rng.choice([0.0, 0.02, 0.05]))
            self._lose(self._at(0), value)
            self._propose(1)
        elif action == "read":
            for name in group.names:
                self.history.begin_read(name)
        elif action == "cut":
            group.partition({self._at(position) for position in value})
        elif action == "heal":
            group.heal()
        elif action in ("crash", "wipe"):
            self._lose(self._at(value), action)
        elif action == "boot":
            for name in [name for name, member in group.members.items() if member is None]:
                group.boot(name)
        elif action == "network":
            (group.loss, group.longest_delay_s), group.duplicates = value, value[0]
        elif action == "compact":
            group.compact(self._at(value))
        self.history.run(value if action == "wait" else 0.05)

    def finish(self) -> None:
        """Make everything whole and check that the group goes on with all that was committed."""
        self.group.heal()
        for name in [name for name, member in self.group.members.items() if member is None]:
            self.group.boot(name)
        self.history.run(12)
        assert self.group.propose("end"), "no leader although everything is whole"
        self.history.begin_read(str(self.group.leader()))
        self.history.run(4)
        assert {applied[-1] for applied in self.group.applied.values()} == {"end"}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32), steps=st.lists(STEP, min_size=12, max_size=50))
def test_no_schedule_breaks_a_promise(seed: int, steps: list[tuple[str, Any]]) -> None:
    """Election safety, log matching, leader completeness, state machine safety, linearizable reads, nothing lost."""
    with tempfile.TemporaryDirectory() as folder:
        group = RaftSimulation(MEMBERS, seed, folder)
        try:
            schedule = Schedule(group)
            schedule.history.run(0.5)
            for action, value in steps:
                schedule.step(action, value)
            schedule.finish()
            assert schedule.history.violations == []
            assert schedule.history.reads_answered > 0
        finally:
            group.close()


def _leader_and_two(group: RaftSimulation) -> tuple[str, list[str]]:
    group.run(0.5)
    leader = group.leader()
    assert leader is not None
    return leader, [name for name in group.names if name != leader]


def test_a_wiped_member_does_not_vote_for_one_that_is_behind() -> None:
    """Committed by two of three; one of them loses its log, the other dies: the third must not win with its vote."""
    with tempfile.TemporaryDirectory() as folder:
        group = RaftSimulation(3, 3, folder)
        leader, (holder, behind) = _leader_and_two(group)
        group.partition({behind})
        assert group.propose("kept")
        group.run(0.5)
        assert group.applied[holder] == ["kept"]
        group.heal()
        group.crash(leader)
        group.wipe(holder)
        group.run(20)
        assert group.leader() is None
        group.boot(leader)
        group.run(6)
        assert group.propose("after")
        group.run(2)
        assert all(applied == ["kept", "after"] for applied in group.applied.values())
        group.close()


def test_a_member_that_got_its_log_back_votes_again() -> None:
    """A wiped member that has the leader's whole log is a full member: with it alone the group goes on."""
    with tempfile.TemporaryDirectory() as folder:
        group = RaftSimulation(3, 4, folder)
        leader, (wiped, other) = _leader_and_two(group)
        assert group.propose("kept")
        group.run(1)
        group.wipe(wiped)
        group.run(3)
        group.crash(leader)
        group.run(6)
        assert group.leader() in (wiped, other)
        assert group.propose("after")
        group.run(1)
        assert group.applied[wiped] == group.applied[other] == ["kept", "after"]
        group.close()


def test_a_read_at_a_deposed_leader_is_not_confirmed() -> None:
    """A leader behind a partition answers no read once its followers, freshly restarted, elected another one."""
    with tempfile.TemporaryDirectory() as folder:
        group = RaftSimulation(3, 5, folder)
        leader, others = _leader_and_two(group)
        group.run(2)
        group.partition({leader})
        for name in others:
            # a member that restarts has forgotten whom it followed: no lease may rely on its memory
            group.crash(name)
            group.boot(name)
        begun_s = group.now_s
        member = group.members[leader]
        assert member is not None
        member.begin_read(begun_s)
        while group.leader() == leader and group.now_s < begun_s + 10:
            group.run(0.01)
            assert not member.read_confirmed(begun_s)
        assert group.leader() in others
        assert not member.read_confirmed(begun_s)
        group.close()


@pytest.mark.parametrize("size", [1, 3])
def test_a_read_is_confirmed_within_a_round_trip(size: int) -> None:
    """In ordinary times a read needs one exchange with a majority, alone none."""
    with tempfile.TemporaryDirectory() as folder:
        group = RaftSimulation(size, 6, folder)
        group.run(2)
        leader = group.leader()
        assert leader is not None
        history = RaftHistory(group)
        history.begin_read(leader)
        history.run(0.3)
        assert history.reads_answered == 1
        group.close()
