"""The one life cycle of all faults: set up, inject, prove it, recover, prove that, clean up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from .ground import Ground


class Fault(ABC):
    """One fault of a run, made from validated parameters; `control.fault_keeper` drives it through its six steps.

    Steps are called once each and in this order. `recover` and `clean_up` are called for everything that was begun,
    also when `inject` failed half-way: they must not rest on its success. No step waits without a deadline.
    """

    kind: ClassVar[str]
    """Its name for people and requests: "process.kill", "network.partition", "disk.full", ..."""

    @property
    @abstractmethod
    def servers(self) -> tuple[str, ...]:
        """Names of the servers that it hits; what the timeline marks and what must not be hit twice."""

    @abstractmethod
    def describe(self) -> str:
        """One line for people: "dbserver-1 cut off from dbserver-2 and dbserver-3"."""

    @property
    def step_timeout_s(self) -> float:
        """Limit of each step, before it is scaled for slow builds; what a step waits for has shorter ones."""
        return 30.0

    @property
    def ends_itself(self) -> bool:
        """Whether nothing is in force any more when it was injected, as after a restart: then it is healed at once."""
        return False

    def conflicts_with(self, other: Fault) -> str:
        """ "" when both may be in force at once, else why not; by default any two faults may."""
        return ""

    def check(self, ground: Ground) -> None:  # noqa: B027 - most have nothing to do here
        """Raises `FaultUnavailableError` when this machine, tier or server cannot have it; changes nothing."""

    async def set_up(self, ground: Ground) -> None:  # noqa: B027 - most have nothing to do here
        """Prepares what injecting needs; nothing is in effect yet."""

    @abstractmethod
    async def inject(self, ground: Ground) -> None:
        """Puts the fault in force."""

    @abstractmethod
    async def prove_injected(self, ground: Ground) -> str:
        """Measures that it is in effect; answers what was measured. Raises `FaultNotProvedError`."""

    @abstractmethod
    async def recover(self, ground: Ground) -> None:
        """Takes the fault away; does nothing when it is not in force."""

    @abstractmethod
    async def prove_recovered(self, ground: Ground) -> str:
        """Measures that it is gone; answers what was measured. Raises `FaultNotProvedError`."""

    async def clean_up(self, ground: Ground) -> None:  # noqa: B027 - most have nothing to do here
        """Gives back what `set_up` took."""
