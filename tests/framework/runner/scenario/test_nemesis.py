"""A nemesis does its plan, and leaves nothing in force however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from armadillo.errors import ControlError, FaultUnavailableError
from armadillo.scenario.nemesis import ASKED_BY, running
from armadillo.scenario.nemesis_plan import NemesisPlan, Step

PLAN = NemesisPlan(
    1,
    (
        Step(1, 0.0, 0.04, "process.kill", ("dbserver-1",)),
        Step(2, 0.01, 0.01, "network.delay", ("dbserver-2",), {"delay_ms": 5}),
        Step(3, 0.06, 0.01, "process.suspend", ("agent-1",)),
    ),
)
LONG = NemesisPlan(1, (Step(1, 0.0, 600.0, "process.kill", ("dbserver-1",)), Step(2, 0.0, 600.0, "x", ("agent-1",))))


class Journal:
    """Stands for the verbs: writes down what is asked, and fails where it is told to."""

    def __init__(self, fails: Mapping[str, Exception] | None = None, heal_fails: str = "") -> None:
        self.lines: list[str] = []
        self.in_force: set[str] = set()
        self._fails = fails or {}
        self._heal_fails = heal_fails

    async def start(self, kind: str, targets: Sequence[str], parameters: Mapping[str, Any], asked_by: str) -> Healer:
        """One fault begins."""
        assert asked_by == ASKED_BY
        if kind in self._fails:
            raise self._fails[kind]
        self.lines.append(f"start {kind} {','.join(targets)} {dict(parameters)}")
        self.in_force.add(kind)
        return Healer(self, kind)

    def heal(self, kind: str) -> None:
        """It ends."""
        self.in_force.discard(kind)
        self.lines.append(f"heal {kind}")
        if kind == self._heal_fails:
            raise ControlError(f"{kind} cannot be healed")


class Healer:
    """A fault in force."""

    def __init__(self, journal: Journal, kind: str) -> None:
        self._journal = journal
        self._kind = kind

    async def heal(self) -> None:
        """Ends it."""
        self._journal.heal(self._kind)


def said(_: str) -> None:
    """Nobody listens."""


async def test_the_steps_come_in_the_plans_order() -> None:
    """Each fault begins with its targets and parameters and is healed before what comes after it."""
    journal = Journal()
    async with running(journal, PLAN, said) as nemesis:
        await nemesis.finished()
    assert journal.lines == [
        "start process.kill dbserver-1 {}",
        "start network.delay dbserver-2 {'delay_ms': 5}",
        "heal network.delay",
        "heal process.kill",
        "start process.suspend agent-1 {}",
        "heal process.suspend",
    ]
    assert nemesis.injected == 3


async def test_leaving_the_block_early_heals_what_is_in_force() -> None:
    """The last one that began is healed first."""
    journal = Journal()
    async with running(journal, LONG, said):
        while len(journal.in_force) < 2:
            await _next_turn()
    assert journal.lines[2:] == ["heal x", "heal process.kill"]


async def test_a_failing_block_heals_too_and_keeps_its_error() -> None:
    """What the test found wrong is what is raised."""
    journal = Journal(heal_fails="x")
    with pytest.raises(ValueError, match="the test's own"):
        async with running(journal, LONG, said):
            while len(journal.in_force) < 2:
                await _next_turn()
            raise ValueError("the test's own")
    assert not journal.in_force


async def test_one_that_cannot_be_healed_does_not_keep_the_others() -> None:
    """All are tried, and the first problem is raised behind the block."""
    journal = Journal(heal_fails="x")
    with pytest.raises(ControlError, match="x cannot be healed"):
        async with running(journal, LONG, said):
            while len(journal.in_force) < 2:
                await _next_turn()
    assert not journal.in_force


async def test_what_cannot_be_had_here_is_left_out_and_told() -> None:
    """The plan goes on without that step; the test can see which."""
    journal = Journal({"network.delay": FaultUnavailableError("no netem")})
    heard: list[str] = []
    async with running(journal, PLAN, heard.append) as nemesis:
        await nemesis.finished()
    assert nemesis.injected == 2
    assert nemesis.left_out == ["step 2 (network.delay): no netem"]
    assert heard == ["nemesis leaves out step 2: no netem"]


async def test_any_other_failure_ends_the_plan_and_is_raised() -> None:
    """A fault that broke is no reason to go on as if it had been there."""
    journal = Journal({"network.delay": ControlError("broken")})
    with pytest.raises(ControlError, match="broken"):
        async with running(journal, PLAN, said) as nemesis:
            await nemesis.finished()
    assert not journal.in_force
    assert "start process.suspend agent-1 {}" not in journal.lines


async def _next_turn() -> None:
    await asyncio.sleep(0)
