"""The faults of the network, as methods of `Faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .blocking import Blocking
from .fault import PlannedFault
from .run import Run

if TYPE_CHECKING:
    from .faults import Target


class NetworkFaults:
    """What can be done to the links between servers, and between servers and the tests ("tests" as a target)."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def blocking(self) -> Blocking:
        """The faults for plain `def` tests: `with faults.blocking.kill(server):`."""
        return self._run.blocking(self)

    def inject(self, kind: str, *targets: Target, allow_unproved: bool = False, **parameters: Any) -> PlannedFault:
        """A fault of any kind by its name, with the kind's own parameters."""
        return PlannedFault(self._run, kind, targets, parameters, allow_unproved)

    def isolate(self, *targets: Target, including_tests: bool = False) -> PlannedFault:
        """Each is cut off from all other servers; `including_tests`: from the test process and the runner as well."""
        return self.inject("network.isolate", *targets, including_tests=including_tests)

    def partition(self, *groups: Target) -> PlannedFault:
        """Groups that do not reach each other; one alone is cut off from all others."""
        return self.inject("network.partition", *groups)

    def ring(self, *targets: Target) -> PlannedFault:
        """Each server reaches only its neighbours in a ring, so that each sees another majority."""
        return self.inject("network.ring", *targets)

    def bridge(self, first: Target, second: Target, between: Target) -> PlannedFault:
        """Two groups that do not reach each other, and one server that reaches both."""
        return self.inject("network.bridge", first, second, between)

    def one_way(self, source: Target, target: Target) -> PlannedFault:
        """Packets from `source` to `target` are lost; those the other way come."""
        return self.inject("network.one_way", source, target)

    def one_way_connections(self, source: Target, target: Target) -> PlannedFault:
        """`source` opens no new connection to `target`; those that are there go on."""
        return self.inject("network.one_way_connections", source, target)

    def refuse(self, *targets: Target, direction: str = "both", including_tests: bool = False) -> PlannedFault:
        """Connections are reset. With two targets only those between the two; `direction` is "both", "out" or "in"."""
        return self.inject("network.refuse", *targets, direction=direction, including_tests=including_tests)

    def loss(
        self, *targets: Target, loss_percent: float, direction: str = "both", including_tests: bool = False
    ) -> PlannedFault:
        """A percentage of the packets is lost."""
        return self.inject(
            "network.loss",
            *targets,
            loss_percent=loss_percent,
            direction=direction,
            including_tests=including_tests,
        )

    def delay(
        self,
        *targets: Target,
        delay_ms: float,
        jitter_ms: float = 0.0,
        direction: str = "both",
        including_tests: bool = False,
    ) -> PlannedFault:
        """Every packet comes later, by a fixed time and a random one."""
        return self.inject(
            "network.delay",
            *targets,
            delay_ms=delay_ms,
            jitter_ms=jitter_ms,
            direction=direction,
            including_tests=including_tests,
        )

    def rate(
        self, *targets: Target, rate_bytes_per_s: int, direction: str = "both", including_tests: bool = False
    ) -> PlannedFault:
        """Each link lets only so much pass."""
        return self.inject(
            "network.rate",
            *targets,
            rate_bytes_per_s=rate_bytes_per_s,
            direction=direction,
            including_tests=including_tests,
        )

    def flapping(
        self,
        *targets: Target,
        period_s: float = 1.0,
        duty_percent: float = 50.0,
        direction: str = "both",
        including_tests: bool = False,
    ) -> PlannedFault:
        """Cut for `duty_percent` of each period, and open for the rest."""
        return self.inject(
            "network.flapping",
            *targets,
            period_s=period_s,
            duty_percent=duty_percent,
            direction=direction,
            including_tests=including_tests,
        )

    def swizzle(self, *targets: Target, pause_ms: float = 100.0, including_tests: bool = False) -> PlannedFault:
        """All links of the targets are stopped one by one, and healed one by one in another order."""
        return self.inject("network.swizzle", *targets, pause_ms=pause_ms, including_tests=including_tests)
