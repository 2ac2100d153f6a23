"""Faults of clocks: a server's wall clock is off by a constant, or jumps forth and back.

libfaketime is preloaded into the servers of a target with `faults = ["clock"]` (`process.faketime`); it reads an offset
from a file of the server. The monotonic clock stays right. The proof is the server's own time by HTTP.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..errors import ArangoError, FaultError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from ..process.deadline import Deadline
from ..process.faketime import SEEN_WITHIN_S, has_clock, set_clock, why_no_clock
from .fault import Fault
from .ground import Ground
from .parameters import measure
from .targets import Targets

_TOLERANCE_S = 0.5
_SEEN_TIMEOUT_S = 20.0
_LOOK_PAUSE_S = 0.05
_YEAR_S = 366 * 86400.0


class ClockFault(Fault):
    """The clock of servers is another one."""

    parameters_type: ClassVar[type[Any]]

    def __init__(self, targets: Targets, parameters: Any) -> None:
        self._targets = targets
        self.parameters = parameters

    @classmethod
    def from_request(cls, targets: Targets, parameters: Any) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """Those whose clock it is."""
        return self._targets.servers

    def conflicts_with(self, other: Fault) -> str:
        """A server has one clock."""
        shared = [name for name in self.servers if isinstance(other, ClockFault) and name in other.servers]
        return f"both set the clock of {', '.join(shared)}" if shared else ""

    def check(self, ground: Ground) -> None:
        """Raises `FaultRequestError` where servers were not started for it, `FaultUnavailableError` with the reason."""
        if "clock" not in ground.prepared:
            raise FaultRequestError(
                f'{self.kind} needs servers that were started for it: set faults = ["clock"] on the target; there is '
                f"{', '.join(sorted(ground.prepared)) or 'nothing'}"
            )
        for name in self.servers:
            pid = ground.servers[name].pid
            if pid and not has_clock(pid):
                why = why_no_clock(f"/proc/{pid}/exe") or "builds with a sanitizer cannot preload a library"
                raise FaultUnavailableError(f"{self.kind}: {name} cannot have a clock of its own: {why}")

    def set_all(self, ground: Ground, offset_s: float) -> None:
        """Sets the clocks; raises `FaultError`."""
        for name in self.servers:
            try:
                set_clock(ground.servers[name].plan.data_directory, offset_s)
            except OSError as error:
                raise FaultError(f"{self.kind}: the clock of {name} cannot be set: {error}") from None

    async def recover(self, ground: Ground) -> None:
        """All clocks are right again."""
        self.set_all(ground, 0.0)

    async def prove_recovered(self, ground: Ground) -> str:
        """Every server tells our time."""
        return await self.until_off_by(ground, -_TOLERANCE_S, _TOLERANCE_S)

    async def until_off_by(self, ground: Ground, lowest_s: float, highest_s: float) -> str:
        """Waits until the clocks of all servers that run are off by so much; raises `FaultNotProvedError`."""
        proofs = []
        for name in self.servers:
            if not ground.servers[name].pid:
                proofs.append(f"{name} does not run")
                continue
            deadline = Deadline(_SEEN_TIMEOUT_S * ground.time_scale)
            while True:
                found, answered = await _offset(ground, name)
                if answered and lowest_s <= found <= highest_s:
                    proofs.append(f"the clock of {name} is off by {found:+.2f} s")
                    break
                if deadline.passed:
                    seen = f"{found:+.2f} s" if answered else "no answer to GET /_admin/time"
                    raise FaultNotProvedError(
                        f"expected the clock of {name} to be off by {lowest_s:+g} to {highest_s:+g} s, found {seen}"
                    )
                await asyncio.sleep(_LOOK_PAUSE_S)
        return "; ".join(proofs)


async def _offset(ground: Ground, name: str) -> tuple[float, bool]:
    """How far ahead a server's clock is, by its own word, and whether it answered."""
    before_s = time.time()
    try:
        body = await ground.request(name, "GET", "/_admin/time", timeout_s=SEEN_WITHIN_S)
    except ArangoError:
        return 0.0, False
    return float(body["time"]) - (before_s + time.time()) / 2, True


@dataclass(frozen=True)
class SkewParameters:
    """How far the clock is ahead (negative: behind)."""

    offset_s: float = measure(0.0, -_YEAR_S, _YEAR_S)

    def __post_init__(self) -> None:
        if abs(self.offset_s) <= 2 * _TOLERANCE_S:
            raise FaultRequestError(
                f"clock.skew needs an offset_s of more than {2 * _TOLERANCE_S:g} s, else it cannot be told from none; "
                f"found {self.offset_s:g}"
            )


class ClockSkew(ClockFault):
    """Off by a constant."""

    kind: ClassVar[str] = "clock.skew"
    parameters_type: ClassVar[type[Any]] = SkewParameters

    def describe(self) -> str:
        """ "clock of dbserver-1 off by +3600 s"."""
        return f"clock of {', '.join(self.servers)} off by {self.parameters.offset_s:+g} s"

    async def inject(self, ground: Ground) -> None:
        """Sets the offset; seen by the servers within two seconds."""
        self.set_all(ground, self.parameters.offset_s)

    async def prove_injected(self, ground: Ground) -> str:
        """Every server tells the wrong time."""
        offset_s = self.parameters.offset_s
        return await self.until_off_by(ground, offset_s - _TOLERANCE_S, offset_s + _TOLERANCE_S)


@dataclass(frozen=True)
class JumpParameters:
    """How far the clock jumps, and how long it stays there and back here; it does so until it is healed."""

    offset_s: float = measure(60.0, -_YEAR_S, _YEAR_S)
    pause_s: float = measure(3.0, SEEN_WITHIN_S, 3600.0)

    def __post_init__(self) -> None:
        if abs(self.offset_s) <= 2 * _TOLERANCE_S:
            raise FaultRequestError(
                f"clock.jump needs an offset_s of more than {2 * _TOLERANCE_S:g} s, found {self.offset_s:g}"
            )


class ClockJump(ClockFault):
    """Jumps away and back again, over and over."""

    kind: ClassVar[str] = "clock.jump"
    parameters_type: ClassVar[type[Any]] = JumpParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._jumping: asyncio.Task[None] | None = None

    def describe(self) -> str:
        """ "clock of dbserver-1 jumps by +60 s and back every 3 s"."""
        parameters = self.parameters
        return (
            f"clock of {', '.join(self.servers)} jumps by {parameters.offset_s:+g} s and back every "
            f"{parameters.pause_s:g} s"
        )

    async def inject(self, ground: Ground) -> None:
        """The first jump; the others follow in the background."""
        self.set_all(ground, self.parameters.offset_s)

    async def prove_injected(self, ground: Ground) -> str:
        """Every server was seen at the other end of its first jump; then the jumping goes on."""
        offset_s = self.parameters.offset_s
        proof = await self.until_off_by(ground, offset_s - _TOLERANCE_S, offset_s + _TOLERANCE_S)
        self._jumping = asyncio.get_running_loop().create_task(self._jump(ground))
        return proof

    async def _jump(self, ground: Ground) -> None:
        offset_s = self.parameters.offset_s
        while True:
            await asyncio.sleep(self.parameters.pause_s)
            offset_s = self.parameters.offset_s - offset_s
            self.set_all(ground, offset_s)

    async def recover(self, ground: Ground) -> None:
        """No jump any more, and the clocks are right."""
        if self._jumping is not None:
            self._jumping.cancel()
            await asyncio.gather(self._jumping, return_exceptions=True)
            self._jumping = None
        await super().recover(ground)


KINDS = (ClockSkew, ClockJump)
