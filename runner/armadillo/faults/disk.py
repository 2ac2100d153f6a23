"""Faults of disks that hold on a living server: full, read-only, slow, failing, losing what was not synced.

Servers of a target with `faults = ["disk"]` start below the disk supervisor (`process.disk_supervisor`), which judges
every call that changes a file below the database directory. The proof is a probe: a process that tries the same calls
in the server's own database directory, below the very rule that the server finds.
"""

from __future__ import annotations

import errno
import itertools
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from ..errors import FaultError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from ..process.disk_control import DiskControl, ProbeResult
from .fault import Fault
from .ground import Ground
from .parameters import NoParameters, choice, measure
from .targets import Targets

_NUMBERS = itertools.count(1)
_PROBED_BYTES = 4096
_MOST_FREE_BYTES = 1 << 30
_MOST_TRIES = 2000

Steps = list[tuple[str, int]]


class DiskFault(Fault):
    """What they have in common: a rule of the supervisor, imposed and lifted."""

    rule: ClassVar[str]
    parameters_type: ClassVar[type[Any]] = NoParameters
    excludes: ClassVar[tuple[str, ...]] = ("disk.full", "disk.read_only", "disk.failing")
    """Kinds that answer the same calls: with two of them nobody could say which one did."""

    def __init__(self, targets: Targets, parameters: Any) -> None:
        self._targets = targets
        self.parameters = parameters
        self.identifier = f"{self.rule}-{next(_NUMBERS)}"

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """Those whose disk it is."""
        return self._targets.servers

    def describe(self) -> str:
        """ "disk of dbserver-1 full"."""
        return f"disk of {', '.join(self.servers)} {self.adjective}"

    @property
    @abstractmethod
    def adjective(self) -> str:
        """What the disk is like: "full"."""

    def conflicts_with(self, other: Fault) -> str:
        """One fault that answers a call with an error is enough; the same kind twice says nothing."""
        shared = [name for name in self.servers if name in other.servers]
        clash = other.kind == self.kind or (self.kind in self.excludes and other.kind in self.excludes)
        return f"both decide what the disk of {', '.join(shared)} answers" if shared and clash else ""

    def check(self, ground: Ground) -> None:
        """Raises `FaultRequestError` where servers were not started for it."""
        control_of(ground, self.kind)

    async def set_up(self, ground: Ground) -> None:
        """Raises `FaultUnavailableError` where the kernel or a sandbox refused the supervision."""
        control = control_of(ground, self.kind)
        for name in self.servers:
            why_not = (await control.status_of(name))["why_not"]
            if why_not:
                raise FaultUnavailableError(f"{self.kind}: writes of {name} cannot be watched: {why_not}")

    async def inject(self, ground: Ground) -> None:
        """Puts the rule in force for every server, also for its later incarnations."""
        for name in self.servers:
            await control_of(ground, self.kind).impose(name, self.identifier, self.rule, self.values(ground))

    def values(self, ground: Ground) -> Mapping[str, Any]:
        """What the rule needs besides its name."""
        return asdict(self.parameters)

    async def prove_injected(self, ground: Ground) -> str:
        """A probe below the same rule finds the disk as it is meant to be, and the server is below it, too."""
        control = control_of(ground, self.kind)
        proofs = []
        for name in self.servers:
            result = await self._probe(control, ground, name, self.probe_steps())
            status = await control.status_of(name)
            pid = ground.servers[name].pid
            if self.identifier not in status["rules"] or (pid and status["pid"] != pid):
                raise FaultNotProvedError(
                    f"expected pid {pid} of {name} below the disk supervisor with {self.identifier}, found {status}"
                )
            finding = self.judge_probe(result)
            proofs.append(f"{name}: {finding}; pid {status['pid']} is watched, {status['calls']} calls so far")
        return "; ".join(proofs)

    @abstractmethod
    def probe_steps(self) -> Steps:
        """What the probe does while the fault is in force."""

    @abstractmethod
    def judge_probe(self, result: ProbeResult) -> str:
        """What the probe found, in words; raises `FaultNotProvedError` when it is not the fault."""

    async def recover(self, ground: Ground) -> None:
        """Takes the rule away. Errors that servers keep from it (RocksDB's background error) are theirs."""
        for name in self.servers:
            await control_of(ground, self.kind).lift(name, self.identifier)

    async def prove_recovered(self, ground: Ground) -> str:
        """The rule is gone, and a probe writes and syncs without an error."""
        control = control_of(ground, self.kind)
        for name in self.servers:
            if self.identifier in (await control.status_of(name))["rules"]:
                raise FaultNotProvedError(f"the disk supervisor still has {self.identifier} for {name}")
            steps: Steps = [("open", 0), ("write", _PROBED_BYTES), ("fsync", 0)]
            result = await self._probe(control, ground, name, steps)
            broken = [step for step in result.steps if step.error]
            if broken:
                raise FaultNotProvedError(f"a probe of {name}'s disk without the fault found {told(broken)}")
        return f"a probe wrote and synced in {', '.join(self.servers)} without an error"

    async def _probe(self, control: DiskControl, ground: Ground, name: str, steps: Steps) -> ProbeResult:
        directory = ground.servers[name].incarnation.database_directory
        return await control.probe(name, directory, self.identifier, steps)


def control_of(ground: Ground, kind: str) -> DiskControl:
    """The run's disk supervisor; raises `FaultRequestError` that names the attribute where there is none."""
    if ground.disk is None:
        prepared = ", ".join(sorted(ground.prepared)) or "nothing"
        raise FaultRequestError(
            f'{kind} needs servers that were started for it: set faults = ["disk"] on the target; there is {prepared}'
        )
    return ground.disk


def told(steps: Sequence[Any]) -> str:
    """Steps of a probe in words: "write: ENOSPC, fsync: ok"."""
    return ", ".join(f"{step.action}: {errno.errorcode.get(step.error, 'ok')}" for step in steps)


def _expect(result: ProbeResult, action: str, wanted: int) -> str:
    found = [step for step in result.steps if step.action == action]
    if not found or found[-1].error != wanted:
        raise FaultNotProvedError(f"expected {errno.errorcode[wanted]} for {action}, found {told(result.steps)}")
    return f"a probe found {told(result.steps)}"


@dataclass(frozen=True)
class FullParameters:
    """How much still fits."""

    free_bytes: int = measure(0, 0, _MOST_FREE_BYTES)


class DiskFull(DiskFault):
    """Nothing more than `free_bytes` can be written (ENOSPC)."""

    kind: ClassVar[str] = "disk.full"
    rule: ClassVar[str] = "full"
    parameters_type: ClassVar[type[Any]] = FullParameters
    adjective = "full"

    def probe_steps(self) -> Steps:
        """One byte more than fits."""
        return [("open", 0), ("write", self.parameters.free_bytes + 1)]

    def judge_probe(self, result: ProbeResult) -> str:
        """ENOSPC."""
        return _expect(result, "write", errno.ENOSPC)


class DiskReadOnly(DiskFault):
    """Nothing can be changed (EROFS)."""

    kind: ClassVar[str] = "disk.read_only"
    rule: ClassVar[str] = "read_only"
    adjective = "read-only"

    def probe_steps(self) -> Steps:
        """A file cannot even be made."""
        return [("open", 0)]

    def judge_probe(self, result: ProbeResult) -> str:
        """EROFS."""
        return _expect(result, "open", errno.EROFS)


@dataclass(frozen=True)
class SlowParameters:
    """How long every call takes more."""

    write_delay_s: float = measure(0.01, 0.0, 60.0)
    fsync_delay_s: float = measure(0.1, 0.0, 60.0)


class DiskSlow(DiskFault):
    """Every write and every sync takes longer."""

    kind: ClassVar[str] = "disk.slow"
    rule: ClassVar[str] = "slow"
    parameters_type: ClassVar[type[Any]] = SlowParameters

    @property
    def adjective(self) -> str:
        """With both delays."""
        parameters = self.parameters
        return f"slow by {parameters.write_delay_s:g} s per write and {parameters.fsync_delay_s:g} s per sync"

    @property
    def step_timeout_s(self) -> float:
        """The probe writes and syncs once for each server."""
        delays_s: float = self.parameters.write_delay_s + self.parameters.fsync_delay_s
        return 30.0 + len(self.servers) * delays_s

    def probe_steps(self) -> Steps:
        """One of each."""
        return [("open", 0), ("write", _PROBED_BYTES), ("fsync", 0)]

    def judge_probe(self, result: ProbeResult) -> str:
        """Both took at least their delay."""
        took_s = {step.action: step.took_s for step in result.steps}
        measured = f"a probe's write took {took_s['write']:.3f} s, its fsync {took_s['fsync']:.3f} s"
        if took_s["write"] < self.parameters.write_delay_s or took_s["fsync"] < self.parameters.fsync_delay_s:
            raise FaultNotProvedError(f"expected {self.adjective}, but {measured}")
        return measured


@dataclass(frozen=True)
class FailingParameters:
    """Which calls fail: each `every_nth`, or `percent` of them by the run's seed."""

    operations: str = choice("both", "write", "fsync", "both")
    every_nth: int = measure(0, 0, 1000)
    percent: float = measure(0.0, 0.0, 100.0)

    def __post_init__(self) -> None:
        if bool(self.every_nth) == bool(self.percent):
            raise FaultRequestError(
                "disk.failing needs every_nth or percent, and not both; found "
                f"every_nth {self.every_nth} and percent {self.percent:g}"
            )


class DiskFailing(DiskFault):
    """Some writes or syncs fail (EIO)."""

    kind: ClassVar[str] = "disk.failing"
    rule: ClassVar[str] = "failing"
    parameters_type: ClassVar[type[Any]] = FailingParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._seed = 0

    @property
    def adjective(self) -> str:
        """What fails how often."""
        parameters = self.parameters
        what = {"write": "writes", "fsync": "syncs", "both": "writes and syncs"}[parameters.operations]
        often = f"each {parameters.every_nth}th" if parameters.every_nth else f"{parameters.percent:g} %"
        return f"failing for {often} of {what}"

    def values(self, ground: Ground) -> Mapping[str, Any]:
        """With a seed from the run's: the same run fails the same calls."""
        self._seed = self._seed or ground.random.getrandbits(31)
        return {**asdict(self.parameters), "seed": self._seed}

    def probe_steps(self) -> Steps:
        """As many as it takes: one in 10^8 probes would see none although the fault is there."""
        one: Steps = [("fsync", 0)] if self.parameters.operations == "fsync" else [("write", 1)]
        if self.parameters.every_nth:
            return [("open", 0), *(one * self.parameters.every_nth)]
        share = self.parameters.percent / 100
        tries = math.ceil(-18.4 / math.log1p(-share)) if share < 1 else 1
        return [("open", 0), *(one * min(tries, _MOST_TRIES))]

    def judge_probe(self, result: ProbeResult) -> str:
        """At least one EIO."""
        failed = [step for step in result.steps if step.error == errno.EIO]
        if not failed:
            raise FaultNotProvedError(f"none of {len(result.steps) - 1} calls of a probe failed with EIO")
        return f"{len(failed)} of {len(result.steps) - 1} calls of a probe failed with EIO"


class DiskLoseUnsynced(DiskFault):
    """When the server's process ends, what it wrote since the injection and did not sync is lost."""

    kind: ClassVar[str] = "disk.lose_unsynced_writes"
    rule: ClassVar[str] = "lose_unsynced"
    adjective = "losing what is not synced when the process ends"

    def probe_steps(self) -> Steps:
        """Three bytes synced, two not, and killed."""
        return [("open", 0), ("write", 3), ("fsync", 0), ("write", 2), ("die", 0)]

    def judge_probe(self, result: ProbeResult) -> str:
        """The two are gone, the three are there."""
        broken = [step for step in result.steps if step.error]
        if broken:
            raise FaultError(f"a probe that was to lose bytes could not write them: {told(broken)}")
        found = len(result.content or b"")
        if found != 3:
            raise FaultNotProvedError(
                f"expected 3 of a probe's 5 bytes after its kill (2 were not synced), found {found}"
            )
        return "a probe that was killed lost 2 bytes that it had not synced, and kept 3 that it had"


KINDS = (DiskFull, DiskReadOnly, DiskSlow, DiskFailing, DiskLoseUnsynced)
