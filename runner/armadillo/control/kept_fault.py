"""One fault in the keeper's hands: its steps under deadlines, each of them an event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from armadillo_api.v1 import control_pb2, result_pb2

from ..errors import ArmadilloError, ControlError, FaultError, ServerError
from ..results.hub import Hub

if TYPE_CHECKING:
    from ..faults.fault import Fault

Phase = result_pb2.FaultEvent.Phase


@dataclass
class KeptFault:
    """A fault and what is known of it; `problems` are what went wrong when it was taken back."""

    fault_id: str
    fault: Fault
    asked_for: str
    asked_by: str
    allow_unproved: bool
    node_id: str
    hub: Hub
    time_scale: float
    proof: str = ""
    proof_of_recovery: str = ""
    is_in_force: bool = False
    was_begun: bool = False
    is_over: bool = False
    problems: list[FaultError] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def title(self) -> str:
        """ "fault-3 (process.kill: dbserver-1 killed)"."""
        return f"{self.fault_id} ({self.fault.kind}: {self.fault.describe()})"

    async def step(self, phase: result_pb2.FaultEvent.Phase, name: str, action: Awaitable[str | None]) -> str:
        """Does one step within its deadline and publishes it; a failure is published as BROKEN and raised.

        Raises `FaultError` (also for what is no error of ours: then with its type), `ServerError` or `ControlError`.
        """
        limit_s = self.fault.step_timeout_s * self.time_scale
        try:
            message = await asyncio.wait_for(action, limit_s) or ""
        except TimeoutError:
            broken: ArmadilloError = FaultError(f"{self.title}: to {name} it took more than {limit_s:g} s")
        except (FaultError, ServerError, ControlError) as error:
            broken = error
        except Exception as error:
            broken = FaultError(f"{self.title}: to {name} it broke: {type(error).__name__}: {error}")
        else:
            self.publish(phase, message)
            return message
        self.publish(Phase.BROKEN, f"{name}: {broken}")
        raise broken

    def publish(self, phase: result_pb2.FaultEvent.Phase, message: str) -> None:
        """One step as an event."""
        event = result_pb2.FaultEvent(
            fault_id=self.fault_id,
            kind=self.fault.kind,
            phase=phase,
            servers=self.fault.servers,
            description=self.fault.describe(),
            message=message,
            node_id=self.node_id,
            asked_for=self.asked_for,
            asked_by=self.asked_by,
        )
        self.hub.publish(result_pb2.Event(fault=event))

    def message(self) -> control_pb2.Fault:
        """The fault as the control service shows it."""
        return control_pb2.Fault(
            fault_id=self.fault_id,
            kind=self.fault.kind,
            description=self.fault.describe(),
            servers=self.fault.servers,
            proof=self.proof,
            proof_of_recovery=self.proof_of_recovery,
            is_in_force=self.is_in_force,
            node_id=self.node_id,
            asked_by=self.asked_by,
            asked_for=self.asked_for,
        )
