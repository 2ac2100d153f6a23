"""What faults may touch of a run. The control room fulfils these protocols; faults know nothing of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..arangodb.server_plan import Incarnation, ServerPlan
from ..net.links import Links

if TYPE_CHECKING:
    from ..process.disk_control import DiskControl


class FaultServer(Protocol):
    """One server as faults see it; `control.running_server.RunningServer` is one."""

    plan: ServerPlan
    extra_args: tuple[str, ...]
    """Options that were added at earlier starts and that later ones have, too."""

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

    @property
    def last_status(self) -> int | None:
        """How its last process ended: an exit code, or a signal's number with a minus; None before the first end."""

    async def stop(self, timeout_s: float, asked_by: str) -> None:
        """SIGTERM and wait; raises `ServerStopError` when it had to be killed."""

    async def kill(self, number: int, asked_by: str, timeout_s: float = ...) -> None:
        """Sends the signal (0: SIGKILL) and waits for the end; by default as long as a SIGKILL may take."""

    def announce_crash(self, number: int) -> None:
        """Its next end by this signal is expected, and examined as a crash."""

    def withdraw_crash(self) -> None:
        """The announced crash did not come, or has come."""

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
        """The source of random choices, made from the run's seed and the running case."""

    @property
    def prepared(self) -> frozenset[str]:
        """What the target's attribute `faults` had prepared before servers start: "network", "disk", "clock"."""

    @property
    def disk(self) -> DiskControl | None:
        """The supervisor of the servers' disks; None when "disk" was not prepared."""

    @property
    def time_scale(self) -> float:
        """Factor for time limits of slow builds."""

    @property
    def stop_timeout_s(self) -> float:
        """Limit of one server's stop, scaled already."""

    async def start_server(
        self, name: str, extra_args: Sequence[str] = (), wipe_data: bool = False, wait: bool = True
    ) -> None:
        """Starts a server that is down and (with `wait`) waits until it is ready; raises `ServerStartError`."""

    async def until_ready(self, name: str) -> str:
        """Waits until a server is ready, and in a cluster seen as GOOD; answers what was seen, in one line.

        While other faults are in force that may be out of reach: then its process is enough. Raises
        `FaultNotProvedError` when it is not so in time.
        """

    async def request(self, server: str, method: str, path: str, json: Any = None, timeout_s: float = 10.0) -> Any:
        """A request with superuser rights to one server; answers the decoded body, raises `ArangoError`."""
