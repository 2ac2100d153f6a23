"""What faults may touch of a run. The control room fulfils these protocols; faults know nothing of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..arangodb.server_plan import Incarnation, ServerPlan
from ..net.links import Links


class FaultServer(Protocol):
    """One server as faults see it; `control.running_server.RunningServer` is one."""

    plan: ServerPlan

    @property
    def name(self) -> str:
        """ "dbserver-2"."""

    @property
    def pid(self) -> int:
        """Pid of the living process, 0 when there is none."""

    @property
    def is_alive(self) -> bool:
        """Whether there is a process, suspended or not."""

    @property
    def incarnation(self) -> Incarnation:
        """Paths of the current or last incarnation."""

    async def stop(self, timeout_s: float, asked_by: str) -> None:
        """SIGTERM and wait; raises `ServerStopError` when it had to be killed."""

    async def kill(self, number: int, asked_by: str) -> None:
        """Sends the signal (0: SIGKILL) and waits for the end."""

    async def suspend(self) -> None:
        """SIGSTOP, proved."""

    async def resume(self) -> None:
        """SIGCONT, proved."""


class Ground(Protocol):
    """The run that a fault is injected into."""

    @property
    def servers(self) -> Mapping[str, FaultServer]:
        """All servers by name, in role order."""

    @property
    def links(self) -> Links:
        """The network between them."""

    @property
    def tier(self) -> str:
        """The network's tier, see `net.tier`."""

    @property
    def random(self) -> random.Random:
        """The one source of random choices, seeded from the run's seed."""

    @property
    def prepared(self) -> frozenset[str]:
        """What the target's attribute `faults` had prepared before servers start: "network", "disk", "clock"."""

    @property
    def time_scale(self) -> float:
        """Factor for time limits of slow builds."""

    async def start_server(self, name: str, extra_args: Sequence[str] = (), wipe_data: bool = False) -> None:
        """Starts a server that is down and waits until it is ready; raises `ServerStartError`."""

    async def request(self, server: str, method: str, path: str, json: Any = None, timeout_s: float = 10.0) -> Any:
        """A request with superuser rights to one server; answers the decoded body, raises `ArangoError`."""
