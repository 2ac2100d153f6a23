"""Faults of processes: terminate, kill, suspend, crash. Gone again when the server is up and ready on its data.

The proofs are the kernel's: the process is gone, or its state is T (proc(5)).
"""

from __future__ import annotations

import asyncio
import signal
from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from ..errors import FaultConflictError, FaultNotProvedError, FaultRequestError
from .fault import Fault
from .ground import Ground
from .parameters import NoParameters, measure
from .targets import Targets

T = TypeVar("T")
_STEP_TIMEOUT_S = 300.0
_CORE_S = 120.0
"""What the kernel may need to write the core of a large process."""
ASKED_BY = "fault"
"""Who asked for an end, as the server's events tell it."""


class ProcessFault(Fault):
    """What all faults of processes have in common: one life of a server can be taken once."""

    parameters_type: ClassVar[type[Any]] = NoParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        self.targets = targets
        self.parameters = parameters

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def step_timeout_s(self) -> float:
        """A server's start may take its time."""
        return _STEP_TIMEOUT_S

    @property
    def servers(self) -> tuple[str, ...]:
        """All whom it was asked for."""
        return self.targets.servers

    def describe(self) -> str:
        """ "dbserver-1 and dbserver-2 killed"."""
        return f"{listed(self.servers)} {self.participle}"

    @property
    @abstractmethod
    def participle(self) -> str:
        """What becomes of the servers: "killed"."""

    def conflicts_with(self, other: Fault) -> str:
        """A server that is down, frozen or restarting already cannot be hit by another fault of processes."""
        shared = [name for name in self.servers if isinstance(other, ProcessFault) and name in other.servers]
        return f"both hit the process of {listed(shared)}" if shared else ""

    def check(self, ground: Ground) -> None:
        """Every server must have a process; raises `FaultConflictError`."""
        down = [name for name in self.servers if not ground.servers[name].is_alive]
        if down:
            raise FaultConflictError(f"{self.kind}: {listed(down)} has no process already; start it first")

    async def recover(self, ground: Ground) -> None:
        """Starts all that are down, together: some may need each other to become ready."""
        down = [name for name in self.servers if not ground.servers[name].is_alive]
        for name in down:
            await ground.start_server(name, wait=False)

    async def prove_recovered(self, ground: Ground) -> str:
        """Each is ready, and in a cluster GOOD."""
        told = await together(*(ground.until_ready(name) for name in self.servers))
        return "; ".join(told)


class Down(ProcessFault):
    """A fault that ends processes; proved when none of them is there any more."""

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._pids: dict[str, int] = {}

    async def inject(self, ground: Ground) -> None:
        """Ends all of them at once."""
        self._pids = {name: ground.servers[name].pid for name in self.servers}
        await together(*(self.end(name, ground) for name in self.servers))

    @abstractmethod
    async def end(self, name: str, ground: Ground) -> None:
        """Ends one process, and waits until it has ended."""

    async def prove_injected(self, ground: Ground) -> str:
        """The kernel knows none of the processes any more."""
        left = [f"{name} (pid {pid})" for name, pid in self._pids.items() if process_state(pid) not in ("", "Z", "X")]
        if left:
            raise FaultNotProvedError(f"{listed(left)} is still there")
        return f"no process: {', '.join(f'{name} (was pid {pid})' for name, pid in self._pids.items())}"


@dataclass(frozen=True)
class TerminateParameters:
    """How a server is stopped."""

    timeout_s: float = measure(60.0, 0.1, 3600)
    """How long it may take after SIGTERM; it is killed then, and the fault is broken."""


class Terminate(Down):
    """Stopped in an orderly way (SIGTERM)."""

    kind: ClassVar[str] = "process.terminate"
    parameters_type: ClassVar[type[Any]] = TerminateParameters
    participle = "stopped"

    async def end(self, name: str, ground: Ground) -> None:
        """SIGTERM, and waits."""
        await ground.servers[name].stop(self.parameters.timeout_s * ground.time_scale, ASKED_BY)


class Kill(Down):
    """Killed (SIGKILL)."""

    kind: ClassVar[str] = "process.kill"
    participle = "killed"

    async def end(self, name: str, ground: Ground) -> None:
        """SIGKILL, and waits."""
        await ground.servers[name].kill(0, ASKED_BY)


_CRASH_SIGNALS = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP")


@dataclass(frozen=True)
class CrashParameters:
    """By which signal."""

    signal: str = "SIGABRT"
    """One whose default action writes a core."""

    def __post_init__(self) -> None:
        if self.signal not in _CRASH_SIGNALS:
            words = ", ".join(_CRASH_SIGNALS)
            raise FaultRequestError(f"process.crash: expected signal to be one of {words}, found {self.signal!r}")


class Crash(Down):
    """Crashed by a signal that writes a core; the end is announced and fails nothing."""

    kind: ClassVar[str] = "process.crash"
    parameters_type: ClassVar[type[Any]] = CrashParameters

    @property
    def participle(self) -> str:
        """ "crashed by SIGABRT"."""
        return f"crashed by {self.parameters.signal}"

    async def end(self, name: str, ground: Ground) -> None:
        """Announced, so that its core is looked into as that of a crash, and no finding is made."""
        number = int(signal.Signals[self.parameters.signal])
        server = ground.servers[name]
        server.announce_crash(number)
        try:
            await server.kill(number, ASKED_BY, _CORE_S * ground.time_scale)
        finally:
            server.withdraw_crash()

    async def prove_injected(self, ground: Ground) -> str:
        """They are gone, and by this signal."""
        gone = await super().prove_injected(ground)
        number = int(signal.Signals[self.parameters.signal])
        for name in self.servers:
            status = ground.servers[name].last_status
            if status != -number:
                raise FaultNotProvedError(f"{name} ended with status {status}, not by {self.parameters.signal}")
        return f"{gone}; by {self.parameters.signal}"


class Suspend(ProcessFault):
    """Frozen (SIGSTOP): connections stay open, nobody answers."""

    kind: ClassVar[str] = "process.suspend"
    participle = "frozen"

    async def inject(self, ground: Ground) -> None:
        """SIGSTOP to all of them."""
        await together(*(ground.servers[name].suspend() for name in self.servers))

    async def prove_injected(self, ground: Ground) -> str:
        """The kernel shows state T."""
        return _proved_states(self.servers, ground, True)

    async def recover(self, ground: Ground) -> None:
        """SIGCONT; one that was killed meanwhile is started."""
        for name in self.servers:
            if process_state(ground.servers[name].pid) == "T":
                await ground.servers[name].resume()
        await super().recover(ground)

    async def prove_recovered(self, ground: Ground) -> str:
        """No state T, and ready."""
        states = _proved_states(self.servers, ground, False)
        return f"{states}; {await super().prove_recovered(ground)}"


def process_state(pid: int) -> str:
    """The letter of proc(5): "R", "S", "D", "Z", "T", ...; "" when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return ""


def _proved_states(servers: tuple[str, ...], ground: Ground, stopped: bool) -> str:
    states = {name: process_state(ground.servers[name].pid) for name in servers}
    wrong = [f"{name} has state {state or 'none'}" for name, state in states.items() if (state == "T") is not stopped]
    if wrong:
        raise FaultNotProvedError(f"expected state {'T' if stopped else 'other than T'}: {', '.join(wrong)}")
    return ", ".join(f"{name} has state {state}" for name, state in states.items())


def listed(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


async def together(*steps: Awaitable[T]) -> list[T]:
    """Runs all to their ends, and raises the first error only then: none goes on behind one that failed."""
    answers = await asyncio.gather(*steps, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


KINDS = (Terminate, Kill, Suspend, Crash)
