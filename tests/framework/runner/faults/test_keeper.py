"""The keeper: six steps as events, undoing that skips nothing, conflicts, and what is not proved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from armadillo.control.kept_fault import KeptFault
from armadillo.errors import (
    FaultConflictError,
    FaultError,
    FaultNotProvedError,
    FaultRequestError,
    FaultUnavailableError,
)
from armadillo.faults import registry
from armadillo.faults.fault import Fault
from armadillo.faults.ground import Ground
from armadillo.faults.parameters import NoParameters
from armadillo.faults.targets import Targets
from armadillo.model.outcome import Outcome
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world

Phase = result_pb2.FaultEvent.Phase
WHOLE_LIFE = ["SET_UP", "INJECTED", "PROVED", "RECOVERED", "PROVED_RECOVERED", "CLEANED_UP"]


class FileFault(Fault):
    """A file beside the server's data: in force while it is there. `broken` says which steps fail and how."""

    kind: ClassVar[str] = "test.file"
    parameters_type: ClassVar[type[Any]] = NoParameters
    broken: ClassVar[dict[str, Exception]] = {}
    hangs: ClassVar[str] = ""
    made: ClassVar[int] = 0

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        FileFault.made += 1
        self.number = FileFault.made

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> FileFault:
        """The fault of a request."""
        return cls(targets)

    @property
    def servers(self) -> tuple[str, ...]:
        """All whom it was asked for."""
        return self.targets.servers

    @property
    def step_timeout_s(self) -> float:
        """Short, for one test lets a step hang."""
        return 0.5

    def describe(self) -> str:
        """One line."""
        return f"a file beside {', '.join(self.servers)}"

    def path(self, ground: Ground) -> Path:
        """The file."""
        return Path(ground.servers[self.servers[0]].plan.data_directory, f"fault-{self.number}")

    async def step(self, name: str) -> None:
        """Fails or hangs where the test wants it."""
        if self.hangs == name:
            await asyncio.Event().wait()
        if name in self.broken:
            raise self.broken[name]

    async def set_up(self, ground: Ground) -> None:
        """Nothing but what the test wants."""
        await self.step("set_up")

    async def inject(self, ground: Ground) -> None:
        """Makes the file."""
        self.path(ground).touch()
        await self.step("inject")

    async def prove_injected(self, ground: Ground) -> str:
        """Sees the file."""
        await self.step("prove_injected")
        return f"it is there: {self.path(ground).exists()}"

    async def recover(self, ground: Ground) -> None:
        """Takes the file away, before it may fail."""
        self.path(ground).unlink(missing_ok=True)
        await self.step("recover")

    async def prove_recovered(self, ground: Ground) -> str:
        """Sees that it is gone."""
        await self.step("prove_recovered")
        return f"it is there: {self.path(ground).exists()}"

    async def clean_up(self, ground: Ground) -> None:
        """Nothing but what the test wants."""
        await self.step("clean_up")


class LonelyFault(FileFault):
    """Suffers no other beside it."""

    kind: ClassVar[str] = "test.lonely"

    def conflicts_with(self, other: Fault) -> str:
        """Always."""
        return "it wants to be alone"


@pytest.fixture(autouse=True)
def with_test_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of this file beside the real ones."""
    monkeypatch.setattr(FileFault, "broken", {})
    monkeypatch.setattr(FileFault, "hangs", "")
    known = {**registry.kinds(), FileFault.kind: FileFault, LonelyFault.kind: LonelyFault}
    monkeypatch.setattr(registry, "kinds", lambda: known)


def phases(made: World, fault_id: str = "fault-1") -> list[str]:
    """The steps of a fault as its events tell them."""
    steps = made.hub.record.faults[fault_id].steps
    return [Phase.Name(step.phase) for _, step in steps]


def files(made: World) -> list[str]:
    """What is in force."""
    return sorted(path.name for path in (made.tmp_path / "data" / "single-1").glob("fault-*"))


def in_world(tmp_path: Path, story: Callable[[World], Any]) -> None:
    """Runs a story with one started server."""

    async def run() -> None:
        async with world(tmp_path, single()) as made:
            await made.running.start()
            await story(made)

    asyncio.run(run())


async def injected(made: World, kind: str = "test.file", **options: Any) -> KeptFault:
    """A fault on the one server."""
    return await made.faults.inject(kind, ["single-1"], {}, **options)


def test_a_fault_goes_through_its_six_steps(tmp_path: Path) -> None:
    """Each is an event with what was measured, who asked and whom it hits."""

    async def story(made: World) -> None:
        kept = await injected(made, asked_by="nemesis")
        assert (kept.is_in_force, kept.proof, len(files(made))) == (True, "it is there: True", 1)
        await made.faults.heal(kept.fault_id)
        assert (kept.is_in_force, kept.proof_of_recovery, files(made)) == (False, "it is there: False", [])
        assert phases(made) == WHOLE_LIFE
        first = made.hub.record.faults["fault-1"].first
        assert (first.kind, first.asked_for, first.asked_by) == ("test.file", "single-1", "nemesis")
        assert (list(first.servers), first.description) == (["single-1"], "a file beside single-1")
        assert made.findings() == []

    in_world(tmp_path, story)


def test_healing_twice_heals_once(tmp_path: Path) -> None:
    """A fault that is over stays so; one that never was is refused with those that are in force."""

    async def story(made: World) -> None:
        kept = await injected(made)
        await made.faults.heal(kept.fault_id)
        await made.faults.heal(kept.fault_id)
        assert phases(made) == WHOLE_LIFE
        await injected(made)
        with pytest.raises(FaultRequestError, match=r"no fault 'fault-9'.* in force: fault-2 \(test.file"):
            await made.faults.heal("fault-9")

    in_world(tmp_path, story)


def test_all_are_healed_the_last_first_although_one_fails(tmp_path: Path) -> None:
    """A healing that breaks is a finding, and no entry is skipped because of it."""

    async def story(made: World) -> None:
        for _ in range(3):
            await injected(made)
        FileFault.broken["recover"] = OSError("the disk is on fire")
        healed = await made.faults.heal_all()
        assert [kept.fault_id for kept in healed] == ["fault-3", "fault-2", "fault-1"]
        assert (files(made), made.faults.in_force) == ([], [])
        kinds = [kind for kind, _ in made.findings()]
        assert kinds == ["fault_not_healed"] * 3
        assert "fault-3 (test.file: a file beside single-1) could not be healed" in made.findings()[0][1]
        assert "the disk is on fire" in made.findings()[0][1]
        assert phases(made, "fault-1")[-2:] == ["BROKEN", "CLEANED_UP"]

    in_world(tmp_path, story)


@pytest.mark.parametrize("step", ["set_up", "inject"])
def test_a_fault_that_breaks_on_the_way_is_taken_back(tmp_path: Path, step: str) -> None:
    """Recovery and clean-up are tried for what was begun; nothing of it stays."""

    async def story(made: World) -> None:
        FileFault.broken[step] = ValueError("half-way")
        with pytest.raises(FaultError, match=r"fault-1 \(test\.file: .*ValueError: half-way"):
            await injected(made)
        assert (files(made), made.faults.in_force) == ([], [])
        assert phases(made)[-1] == "CLEANED_UP"
        assert "BROKEN" in phases(made)

    in_world(tmp_path, story)


def test_a_step_that_hangs_ends_at_its_deadline(tmp_path: Path) -> None:
    """A fault never waits for ever."""

    async def story(made: World) -> None:
        FileFault.hangs = "inject"
        with pytest.raises(FaultError, match=r"to inject it took more than 0\.5 s"):
            await injected(made)
        assert files(made) == []

    in_world(tmp_path, story)


def test_what_is_not_proved_is_unknown_and_taken_back(tmp_path: Path) -> None:
    """The finding has the outcome UNKNOWN, which fails the run; the caller gets the error."""

    async def story(made: World) -> None:
        FileFault.broken["prove_injected"] = FaultNotProvedError("nothing was seen")
        with pytest.raises(FaultNotProvedError, match="could not be proved: nothing was seen"):
            await injected(made)
        assert files(made) == []
        (finding,) = made.hub.record.findings
        assert (finding.kind, finding.outcome) == ("fault_unproved", Outcome.UNKNOWN)

    in_world(tmp_path, story)


def test_what_is_not_proved_may_be_allowed(tmp_path: Path) -> None:
    """Then the fault is in force, and a note says so."""

    async def story(made: World) -> None:
        FileFault.broken["prove_injected"] = FaultNotProvedError("nothing was seen")
        kept = await injected(made, allow_unproved=True)
        assert (kept.is_in_force, kept.proof, len(files(made))) == (True, "", 1)
        assert made.findings() == []
        assert "nothing was seen (allowed)" in made.hub.record.notes[0]

    in_world(tmp_path, story)


def test_a_recovery_that_is_not_proved_is_unknown(tmp_path: Path) -> None:
    """The fault is over; whoever healed it gets the error, and clean-up was done."""

    async def story(made: World) -> None:
        kept = await injected(made)
        FileFault.broken["prove_recovered"] = FaultNotProvedError("still something")
        with pytest.raises(FaultNotProvedError, match="was healed, and that could not be proved: still something"):
            await made.faults.heal(kept.fault_id)
        assert [kind for kind, _ in made.findings()] == ["fault_unproved"]
        assert (made.faults.in_force, phases(made)[-1]) == ([], "CLEANED_UP")

    in_world(tmp_path, story)


def test_a_conflict_names_both(tmp_path: Path) -> None:
    """Whichever of the two does not suffer the other; the first stays in force."""

    async def story(made: World) -> None:
        await injected(made, "test.file")
        with pytest.raises(
            FaultConflictError,
            match=r"test\.lonely .*while fault-1 \(test\.file: .*\) is in force: it wants to be alone",
        ):
            await injected(made, "test.lonely")
        await made.faults.heal_all()
        await injected(made, "test.lonely")
        with pytest.raises(FaultConflictError, match="wants to be alone"):
            await injected(made, "test.file")
        assert len(files(made)) == 1

    in_world(tmp_path, story)


def test_what_cannot_be_had_changes_nothing(tmp_path: Path) -> None:
    """No finding, no fault: the test that asked is skipped for it."""

    async def story(made: World) -> None:
        FileFault.broken["set_up"] = FaultUnavailableError("no such device")
        with pytest.raises(FaultUnavailableError, match="no such device"):
            await injected(made)
        assert (files(made), made.faults.in_force, made.findings()) == ([], [], [])

    in_world(tmp_path, story)


def test_a_caller_that_goes_away_leaves_no_fault_half_way(tmp_path: Path) -> None:
    """Cancelled in the middle, the injection goes to its end and can be healed like any other."""

    async def story(made: World) -> None:
        begun = asyncio.Event()
        made.hub.listen(lambda event: begun.set() if event.HasField("fault") else None)
        task = asyncio.get_running_loop().create_task(injected(made))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await made.faults.heal_all()
        assert phases(made) == WHOLE_LIFE
        assert files(made) == []

    in_world(tmp_path, story)


def test_the_gate_heals_and_tells_what_was_left(tmp_path: Path) -> None:
    """A fault in force at the end of the run fails it, with the fault's name; none can be injected any more."""

    async def story(made: World) -> None:
        await injected(made)
        (finding,) = await made.faults.look_at_the_end()
        assert (finding.kind, finding.outcome) == ("leak", result_pb2.FAILED)
        assert "left fault-1 (test.file: a file beside single-1) in force until the end" in finding.message
        assert files(made) == []
        with pytest.raises(FaultError, match="the run is ending"):
            await injected(made)

    in_world(tmp_path, story)


def test_five_hundred_random_pairs_leave_nothing(tmp_path: Path) -> None:
    """Injected and healed in whatever order, with failures among them: the stack is empty at the end."""

    async def story(made: World) -> None:
        import random

        seed = 20261
        print(f"seed {seed}")
        draw = random.Random(seed)
        for _ in range(500):
            FileFault.broken.clear()
            if draw.random() < 0.1:
                FileFault.broken[draw.choice(["set_up", "inject", "prove_injected", "recover"])] = OSError("drawn")
            try:
                await injected(made)
            except FaultError:
                continue
            if draw.random() < 0.7:
                chosen = draw.choice(made.faults.in_force)
                try:
                    await made.faults.heal(chosen.fault_id)
                except FaultError:
                    continue
        FileFault.broken.clear()
        await made.faults.heal_all()
        assert (files(made), made.faults.in_force) == ([], [])

    in_world(tmp_path, story)
