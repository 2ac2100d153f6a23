"""Faults that leave a link working badly: refused, lossy, late or slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import FaultRequestError
from ..net.links import LinkEffect, LinkRule
from .network_fault import BetweenFault, BetweenParameters
from .parameters import measure, needed_measure

_LONGEST_DELAY_MS = 10_000.0
_PROOF_S = 120.0


class Refuse(BetweenFault):
    """Connections are reset: new ones at once, those that are there with their next packet."""

    kind: ClassVar[str] = "network.refuse"
    what = "connections"
    measure = " are reset"

    @property
    def rule(self) -> LinkRule:
        """Resets."""
        return LinkRule(LinkEffect.REFUSE)


@dataclass(frozen=True, kw_only=True)
class LossParameters(BetweenParameters):
    """How much is lost."""

    loss_percent: float = needed_measure(0.01, 100.0)


class Loss(BetweenFault):
    """A percentage of the packets vanishes, each by chance."""

    kind: ClassVar[str] = "network.loss"
    parameters_type: ClassVar[type[Any]] = LossParameters
    what = "packets"

    @property
    def step_timeout_s(self) -> float:
        """A small loss takes many packets to be seen."""
        return _PROOF_S

    @property
    def measure(self) -> str:
        """ " lost by 5 %"."""
        return f": {self.parameters.loss_percent:g} % of them vanish"

    @property
    def rule(self) -> LinkRule:
        """Loss."""
        return LinkRule(LinkEffect.LOSS, loss_percent=self.parameters.loss_percent)


@dataclass(frozen=True, kw_only=True)
class DelayParameters(BetweenParameters):
    """How late packets come: `delay_ms`, and by chance up to `jitter_ms` more; their order stays."""

    delay_ms: float = needed_measure(0.0, _LONGEST_DELAY_MS)
    jitter_ms: float = measure(0.0, 0.0, _LONGEST_DELAY_MS)

    def __post_init__(self) -> None:
        """Raises `FaultRequestError` when nothing would be late."""
        if not self.delay_ms and not self.jitter_ms:
            raise FaultRequestError("network.delay: expected delay_ms or jitter_ms above 0, found both 0")


class Delay(BetweenFault):
    """Every packet comes later, in each direction that is hit."""

    kind: ClassVar[str] = "network.delay"
    parameters_type: ClassVar[type[Any]] = DelayParameters
    what = "packets"

    @property
    def step_timeout_s(self) -> float:
        """The proof waits for late packets."""
        return _PROOF_S

    @property
    def measure(self) -> str:
        """ " 20 to 30 ms later"."""
        least, most = self.parameters.delay_ms, self.parameters.delay_ms + self.parameters.jitter_ms
        return f" {least:g} ms later" if least == most else f" {least:g} to {most:g} ms later"

    @property
    def rule(self) -> LinkRule:
        """Delay."""
        return LinkRule(LinkEffect.DELAY, delay_ms=self.parameters.delay_ms, jitter_ms=self.parameters.jitter_ms)


@dataclass(frozen=True, kw_only=True)
class RateParameters(BetweenParameters):
    """How much passes on each link and in each direction."""

    rate_bytes_per_s: int = needed_measure(1_000, 100_000_000)


class Rate(BetweenFault):
    """Each directed link lets only so much pass; what comes faster waits, and vanishes when the queue is full."""

    kind: ClassVar[str] = "network.rate"
    parameters_type: ClassVar[type[Any]] = RateParameters
    what = "links"

    @property
    def step_timeout_s(self) -> float:
        """The proof of a slow link is slow."""
        return _PROOF_S

    @property
    def measure(self) -> str:
        """ " limited to 100000 bytes/s"."""
        return f" limited to {self.parameters.rate_bytes_per_s} bytes/s"

    @property
    def rule(self) -> LinkRule:
        """Rate."""
        return LinkRule(LinkEffect.RATE, rate_bytes_per_s=self.parameters.rate_bytes_per_s)


KINDS = (Refuse, Loss, Delay, Rate)
