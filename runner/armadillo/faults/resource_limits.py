"""Faults of a process's limits: memory, open files. Soft limits of the living process, read back and lifted again."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..errors import FaultConflictError, FaultError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from ..process.living_limits import (
    MEMORY,
    OPEN_FILES,
    data_bytes,
    lowest_free_descriptor,
    set_soft_limit,
    soft_limit,
)
from .fault import Fault
from .ground import Ground
from .parameters import measure
from .targets import Targets

_SHADOW_MEMORY_BYTES = 1 << 40
"""Nobody has as much; AddressSanitizer and ThreadSanitizer map their shadow memory, which counts."""


class LimitFault(Fault):
    """A soft limit of living processes; a server that is started again is without it."""

    limit: ClassVar[int]
    parameters_type: ClassVar[type[Any]]

    def __init__(self, targets: Targets, parameters: Any) -> None:
        self._targets = targets
        self.parameters = parameters
        self._before: dict[str, tuple[int, int]] = {}
        self._imposed: dict[str, int] = {}

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """Those whose limit it is."""
        return self._targets.servers

    def conflicts_with(self, other: Fault) -> str:
        """One limit of a kind for each process: the first healed would lift it under the other."""
        shared = [name for name in self.servers if name in other.servers and other.kind == self.kind]
        return f"both set the same limit of {', '.join(shared)}" if shared else ""

    def check(self, ground: Ground) -> None:
        """Every server must have a process."""
        down = [name for name in self.servers if not ground.servers[name].pid]
        if down:
            raise FaultConflictError(
                f"{self.kind}: {', '.join(down)} has no process that could be limited; start it first"
            )

    async def inject(self, ground: Ground) -> None:
        """Sets the limit of every process."""
        for name in self.servers:
            pid = ground.servers[name].pid
            try:
                self._imposed[name] = self.wanted(pid)
                self._before[name] = (pid, set_soft_limit(pid, self.limit, self._imposed[name]))
            except OSError as error:
                raise FaultError(f"{self.kind}: the limit of {name} (pid {pid}) cannot be set: {error}") from None

    @abstractmethod
    def wanted(self, pid: int) -> int:
        """The limit for this process; raises OSError when it is gone."""

    async def prove_injected(self, ground: Ground) -> str:
        """The kernel shows the limit, and that it is reached or how far away it is."""
        proofs = []
        for name, (pid, _) in self._before.items():
            try:
                found, state = soft_limit(pid, self.limit), self.state(pid)
            except OSError as error:
                raise FaultNotProvedError(f"{name} (pid {pid}) ended when its limit was set: {error}") from None
            if found != self._imposed[name]:
                raise FaultNotProvedError(f"expected a limit of {self._imposed[name]} for {name}, found {found}")
            proofs.append(f"{name}: limit {found}, {state}")
        return "; ".join(proofs)

    @abstractmethod
    def state(self, pid: int) -> str:
        """How much of it the process uses, in words; raises OSError when it is gone."""

    async def recover(self, ground: Ground) -> None:
        """Sets the limit as it was; a process that has ended took it along."""
        for name, (pid, before) in self._before.items():
            if ground.servers[name].pid == pid:
                try:
                    set_soft_limit(pid, self.limit, before)
                except ProcessLookupError:
                    continue
                except OSError as error:
                    raise FaultError(f"{self.kind}: the limit of {name} ({pid}) cannot be lifted: {error}") from None

    async def prove_recovered(self, ground: Ground) -> str:
        """The kernel shows the limit of before."""
        proofs = []
        for name, (pid, before) in self._before.items():
            if ground.servers[name].pid != pid:
                proofs.append(f"{name}: the limited process (pid {pid}) is gone")
                continue
            found = soft_limit(pid, self.limit)
            if found != before:
                raise FaultNotProvedError(f"expected the limit {before} of before for {name}, found {found}")
            proofs.append(f"{name}: limit {'none' if found < 0 else found} again")
        return "; ".join(proofs)


@dataclass(frozen=True)
class MemoryParameters:
    """How much it may have: all in all, or beyond what it has when the limit is set."""

    limit_bytes: int = measure(0, 0)
    headroom_bytes: int = measure(-1, -1)

    def __post_init__(self) -> None:
        if bool(self.limit_bytes) == (self.headroom_bytes >= 0):
            raise FaultRequestError(
                "resource.memory_limit needs limit_bytes or headroom_bytes, and not both; found "
                f"limit_bytes {self.limit_bytes} and headroom_bytes {self.headroom_bytes}"
            )


class MemoryLimit(LimitFault):
    """No more private memory than the limit (RLIMIT_DATA): allocations fail, and no thread starts."""

    kind: ClassVar[str] = "resource.memory_limit"
    limit: ClassVar[int] = MEMORY
    parameters_type: ClassVar[type[Any]] = MemoryParameters

    def describe(self) -> str:
        """ "memory of dbserver-1 limited to 100000000 bytes"."""
        parameters = self.parameters
        much = f"{parameters.limit_bytes} bytes"
        if not parameters.limit_bytes:
            much = f"{parameters.headroom_bytes} bytes more than it has"
        return f"memory of {', '.join(self.servers)} limited to {much}"

    def check(self, ground: Ground) -> None:
        """Sanitizer builds cannot have it: their shadow memory is above any limit from the start."""
        super().check(ground)
        for name in self.servers:
            try:
                used = data_bytes(ground.servers[name].pid)
            except OSError as error:
                raise FaultConflictError(f"{self.kind}: {name} has just ended: {error}") from None
            if used > _SHADOW_MEMORY_BYTES:
                raise FaultUnavailableError(
                    f"{self.kind}: {name} has {used} bytes of private memory mapped, as builds with a sanitizer do; "
                    "what they really use cannot be limited by RLIMIT_DATA"
                )

    def wanted(self, pid: int) -> int:
        """In bytes."""
        return int(self.parameters.limit_bytes or data_bytes(pid) + self.parameters.headroom_bytes)

    def state(self, pid: int) -> str:
        """VmData."""
        return f"{data_bytes(pid)} bytes in use (RLIMIT_DATA, VmData)"


@dataclass(frozen=True)
class OpenFilesParameters:
    """How many more files and sockets it may open than it has open when the limit is set."""

    headroom: int = measure(0, 0, 1_000_000)


class OpenFilesLimit(LimitFault):
    """No more descriptors (RLIMIT_NOFILE): open, accept and socket fail with EMFILE."""

    kind: ClassVar[str] = "resource.open_files_limit"
    limit: ClassVar[int] = OPEN_FILES
    parameters_type: ClassVar[type[Any]] = OpenFilesParameters

    def describe(self) -> str:
        """ "dbserver-1 can open 0 more files and sockets"."""
        return f"{', '.join(self.servers)} can open {self.parameters.headroom} more files and sockets"

    def wanted(self, pid: int) -> int:
        """The lowest number that is free, and the headroom."""
        return lowest_free_descriptor(pid) + int(self.parameters.headroom)

    def state(self, pid: int) -> str:
        """The number that the next file would get."""
        return f"the next descriptor would be {lowest_free_descriptor(pid)} (RLIMIT_NOFILE)"


KINDS = (MemoryLimit, OpenFilesLimit)
