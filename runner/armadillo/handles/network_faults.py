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

    def isolate(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Cut off from everybody else."""
        return self.inject("network.isolate", *targets, **parameters)

    def partition(self, *groups: Target, **parameters: Any) -> PlannedFault:
        """Groups that do not reach each other; each group is a target or a list of them."""
        return self.inject("network.partition", *groups, **parameters)

    def ring(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Each server reaches only its neighbours in a ring, so that each sees another majority."""
        return self.inject("network.ring", *targets, **parameters)

    def bridge(self, *groups: Target, **parameters: Any) -> PlannedFault:
        """Two groups that reach each other only through the one server of the third target."""
        return self.inject("network.bridge", *groups, **parameters)

    def one_way(self, source: Target, target: Target, **parameters: Any) -> PlannedFault:
        """What `source` sends to `target` is lost; the other direction works."""
        return self.inject("network.one_way", source, target, **parameters)

    def one_way_connections(self, source: Target, target: Target, **parameters: Any) -> PlannedFault:
        """`source` opens no new connection to `target`; those that are there go on."""
        return self.inject("network.one_way_connections", source, target, **parameters)

    def refuse(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Connections are reset."""
        return self.inject("network.refuse", *targets, **parameters)

    def loss(self, *targets: Target, loss_percent: float, **parameters: Any) -> PlannedFault:
        """A percentage of the packets is lost."""
        return self.inject("network.loss", *targets, loss_percent=loss_percent, **parameters)

    def delay(self, *targets: Target, delay_ms: float, jitter_ms: float = 0.0, **parameters: Any) -> PlannedFault:
        """Every packet comes later."""
        return self.inject("network.delay", *targets, delay_ms=delay_ms, jitter_ms=jitter_ms, **parameters)

    def rate(self, *targets: Target, rate_bytes_per_s: int, **parameters: Any) -> PlannedFault:
        """A limit of bandwidth."""
        return self.inject("network.rate", *targets, rate_bytes_per_s=rate_bytes_per_s, **parameters)

    def flapping(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Cut off and back again, over and over."""
        return self.inject("network.flapping", *targets, **parameters)

    def swizzle(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Links are stopped one by one, and healed in another order."""
        return self.inject("network.swizzle", *targets, **parameters)
