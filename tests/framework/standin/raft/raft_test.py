"""Raft's promises under lost messages, partitions, crashes and snapshots, on a simulated network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.raft_simulation import RaftSimulation

Simulate = Callable[..., RaftSimulation]


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Simulate]:
    """Makes simulations and closes them."""
    made: list[RaftSimulation] = []

    def make(size: int = 3, seed: int = 1) -> RaftSimulation:
        made.append(RaftSimulation(size, seed, str(tmp_path)))
        return made[-1]

    yield make
    for simulation in made:
        simulation.close()


def test_a_fresh_group_elects_its_first_member_at_once(simulate: Simulate) -> None:
    """The member with the lowest name leads before anybody's election timeout could have passed."""
    group = simulate()
    group.run(0.5)

    assert group.leader() == "m0"


def test_what_is_proposed_is_applied_everywhere_in_order(simulate: Simulate) -> None:
    """All members apply the same payloads in the order of the leader's log."""
    group = simulate(5)
    group.run(0.5)
    for number in range(50):
        assert group.propose(number)
    group.run(2)

    assert all(applied == list(range(50)) for applied in group.applied.values())


def test_a_minority_commits_nothing(simulate: Simulate) -> None:
    """A leader cut off from the majority applies nothing more, and its entries give way to the majority's."""
    group = simulate(5)
    group.run(0.5)
    old = group.leader()
    assert old is not None
    group.partition({old})
    cut_off = group.members[old]
    assert cut_off is not None
    cut_off.propose("lost", group.now_s)
    group.run(6)
    new = group.leader()
    assert new not in (None, old)
    assert group.propose("kept")
    group.run(1)
    group.heal()
    group.run(4)

    assert all(applied == ["kept"] for applied in group.applied.values())


def test_a_leader_without_followers_steps_down(simulate: Simulate) -> None:
    """Check-quorum: who hears no majority within the election timeout does not call itself leader."""
    group = simulate()
    group.run(0.5)
    old = group.leader()
    assert old is not None
    group.partition({old})
    group.run(3)
    member = group.members[old]

    assert member is not None
    assert member.role != "LEADER"
    assert not member.read_confirmed(group.now_s)


def test_a_member_that_was_cut_off_does_not_disturb_on_return(simulate: Simulate) -> None:
    """PreVote: time in a partition does not raise the term, so the leader stays when the partition heals."""
    group = simulate()
    group.run(0.5)
    leader = group.leader()
    outsider = next(name for name in group.names if name != leader)
    group.partition({outsider})
    group.run(20)
    group.heal()
    group.run(5)

    assert group.leader() == leader
    assert len(group.leaders_of_term) == 1


def test_a_restarted_group_keeps_what_was_committed(simulate: Simulate) -> None:
    """Crashing all members at once loses nothing that was applied."""
    group = simulate()
    group.run(0.5)
    for number in range(10):
        group.propose(number)
    group.run(1)
    for name in group.names:
        group.crash(name)
    for name in group.names:
        group.boot(name)
    group.run(2)

    assert group.propose("after")
    group.run(1)
    assert all(applied == [*range(10), "after"] for applied in group.applied.values())


def test_a_member_far_behind_gets_a_snapshot(simulate: Simulate) -> None:
    """Entries that the leader has compacted away reach a member as a snapshot."""
    group = simulate()
    group.run(0.5)
    leader = group.leader()
    behind = next(name for name in group.names if name != leader)
    group.crash(behind)
    for number in range(30):
        group.propose(number)
    group.run(1)
    for name in group.names:
        if name != behind:
            group.compact(name)
    group.propose("last")
    group.boot(behind)
    group.run(3)

    assert group.applied[behind] == [*range(30), "last"]


@pytest.mark.parametrize("seed", range(12))
def test_random_faults_never_break_agreement(simulate: Simulate, seed: int) -> None:
    """Whatever is lost, cut or crashed: at most one leader per term, and all members apply one sequence."""
    group = simulate(5, seed)
    group.run(0.5)
    for number in range(40):
        action = group.rng.choice(["propose", "propose", "propose", "cut", "heal", "crash", "boot", "loss", "compact"])
        if action == "propose":
            group.propose(number)
        elif action == "cut":
            group.partition(set(group.rng.sample(group.names, group.rng.randint(1, 2))))
        elif action == "heal":
            group.heal()
        elif action == "loss":
            group.loss = group.rng.choice([0.0, 0.2, 0.5])
        elif action == "compact":
            group.compact(group.rng.choice(group.names))
        elif action == "crash" and sum(member is None for member in group.members.values()) < 2:
            group.crash(group.rng.choice([name for name in group.names if group.members[name] is not None]))
        elif action == "boot":
            for name in [name for name in group.names if group.members[name] is None]:
                group.boot(name)
        group.run(group.rng.uniform(0.05, 1.5))
        longest = max(group.applied.values(), key=len)
        assert all(longest[: len(applied)] == applied for applied in group.applied.values()), f"seed {seed}"
    group.heal()
    for name in [name for name in group.names if group.members[name] is None]:
        group.boot(name)
    group.run(10)
    assert group.propose("end")
    group.run(3)

    assert all(len(leaders) == 1 for leaders in group.leaders_of_term.values()), f"seed {seed}"
    assert len({tuple(applied) for applied in group.applied.values()}) == 1, f"seed {seed}"
    assert group.applied["m0"][-1] == "end", f"seed {seed}"
