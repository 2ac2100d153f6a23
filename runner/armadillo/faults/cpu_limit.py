"""A fault of the processor: a server gets one core, and that for a share of the time only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..errors import FaultConflictError, FaultError, FaultNotProvedError
from ..process.helper_program import helper_command
from ..process.living_limits import set_affinity
from .fault import Fault
from .ground import Ground
from .parameters import measure
from .process import process_state
from .targets import Targets

_LOOKS = 200
_LOOK_PAUSE_S = 0.005
_HELPER_END_S = 5.0


@dataclass(frozen=True)
class CpuParameters:
    """The share of one core that is left, and how long a turn of stopping and running is."""

    share_percent: float = measure(10.0, 1.0, 99.0)
    turn_s: float = measure(0.1, 0.01, 10.0)


class CpuLimit(Fault):
    """Bound to one core, and stopped (SIGSTOP) for the rest of every turn."""

    kind: ClassVar[str] = "resource.cpu_limit"
    parameters_type: ClassVar[type[Any]] = CpuParameters

    def __init__(self, targets: Targets, parameters: CpuParameters) -> None:
        self._targets = targets
        self.parameters = parameters
        self._cores: dict[str, tuple[int, set[int]]] = {}
        self._helpers: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def from_request(cls, targets: Targets, parameters: CpuParameters) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """Those who get less."""
        return self._targets.servers

    def describe(self) -> str:
        """ "dbserver-1 gets 10 % of one core"."""
        return f"{', '.join(self.servers)} gets {self.parameters.share_percent:g} % of one core"

    def conflicts_with(self, other: Fault) -> str:
        """Who is stopped in turn cannot be stopped for good: SIGCONT would wake it."""
        shared = [name for name in self.servers if name in other.servers]
        clash = other.kind in (self.kind, "process.suspend")
        return f"both stop and continue {', '.join(shared)}" if shared and clash else ""

    def check(self, ground: Ground) -> None:
        """Every server must have a process."""
        down = [name for name in self.servers if not ground.servers[name].pid]
        if down:
            raise FaultConflictError(f"{self.kind}: {', '.join(down)} has no process; start it first")

    async def inject(self, ground: Ground) -> None:
        """Binds all threads to one of their cores and starts a helper for each server."""
        for name in self.servers:
            pid = ground.servers[name].pid
            try:
                cores = os.sched_getaffinity(pid)
                self._cores[name] = (pid, cores)
                set_affinity(pid, {min(cores)})
            except OSError as error:
                raise FaultError(f"{self.kind}: {name} (pid {pid}) cannot be bound to a core: {error}") from None
            words = [str(pid), str(self.parameters.share_percent), str(self.parameters.turn_s * 1000)]
            self._helpers[name] = _start([*helper_command("duty_cycle"), *words])

    async def prove_injected(self, ground: Ground) -> str:
        """Looks at the process often: it is bound, and seen stopped and seen running."""
        proofs = []
        for name, (pid, _) in self._cores.items():
            stopped = looks = 0
            # Half of the looks at least, and until both states were seen.
            while looks < _LOOKS and (looks < _LOOKS // 2 or stopped in (0, looks)):
                state = process_state(pid)
                if not state or self._helpers[name].poll() is not None:
                    raise FaultNotProvedError(f"{name} (pid {pid}) or the helper that holds it back has ended")
                looks += 1
                stopped += state == "T"
                await asyncio.sleep(max(_LOOK_PAUSE_S, self.parameters.turn_s / 17))
            cores = os.sched_getaffinity(pid)
            if stopped in (0, looks) or len(cores) != 1:
                raise FaultNotProvedError(f"{name} was stopped in {stopped} of {looks} looks, bound to cores {cores}")
            share = 100 - 100 * stopped // looks
            proofs.append(f"{name}: stopped in {stopped} of {looks} looks (runs {share} %), bound to core {min(cores)}")
        return "; ".join(proofs)

    @property
    def step_timeout_s(self) -> float:
        """The proof looks at each server for some turns."""
        return 30.0 + len(self.servers) * _LOOKS * max(_LOOK_PAUSE_S, self.parameters.turn_s / 17)

    async def recover(self, ground: Ground) -> None:
        """Ends the helpers, lets the processes run and gives them their cores back."""
        for name, helper in self._helpers.items():
            await asyncio.to_thread(_end, helper)
            pid, cores = self._cores[name]
            if ground.servers[name].pid == pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        for name, (pid, cores) in self._cores.items():
            if ground.servers[name].pid == pid:
                with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                    set_affinity(pid, cores)

    async def prove_recovered(self, ground: Ground) -> str:
        """Never stopped any more for some turns, and bound to the cores of before."""
        proofs = []
        for name, (pid, cores) in self._cores.items():
            if ground.servers[name].pid != pid:
                proofs.append(f"{name}: the process (pid {pid}) is gone")
                continue
            end_s = asyncio.get_running_loop().time() + 2 * self.parameters.turn_s
            looks = 0
            while asyncio.get_running_loop().time() < end_s:
                looks += 1
                if process_state(pid) == "T":
                    raise FaultNotProvedError(f"{name} (pid {pid}) is stopped after the recovery")
                await asyncio.sleep(_LOOK_PAUSE_S)
            found = os.sched_getaffinity(pid)
            if found != cores:
                raise FaultNotProvedError(f"expected {name} on its cores {cores} of before, found {found}")
            proofs.append(f"{name}: stopped in 0 of {looks} looks, on {len(found)} cores")
        return "; ".join(proofs)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _end(helper: subprocess.Popen[bytes]) -> None:
    """Closing its input ends it; a helper that does not react is killed."""
    assert helper.stdin is not None
    helper.stdin.close()
    try:
        helper.wait(_HELPER_END_S)
    except subprocess.TimeoutExpired:
        helper.kill()
        helper.wait()


KINDS = (CpuLimit,)
