"""ArangoDB's failure points: named places in the server's code where it fails or waits when it is told to.

Only builds with failure tests have them: `GET /_admin/debug/failat` answers true there, and 401, 404 or 501 elsewhere.
`PUT /_admin/debug/failat/NAME` sets one, `DELETE` takes it back, `GET /_admin/debug/failat/all` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import quote

from ..errors import ArangoError, FaultConflictError, FaultNotProvedError, FaultRequestError, FaultUnavailableError
from .fault import Fault
from .ground import Ground
from .process import Suspend, listed, together
from .targets import Targets

_ROUTE = "/_admin/debug/failat"


@dataclass(frozen=True)
class FailurePointParameters:
    """Which failure point."""

    name: str
    """As in ArangoDB's sources: "HeartbeatThread::sendServerState"."""

    def __post_init__(self) -> None:
        if not self.name:
            raise FaultRequestError("arangodb.failure_point: expected the name of a failure point, found none")


class FailurePoint(Fault):
    """A failure point that is set on servers."""

    kind: ClassVar[str] = "arangodb.failure_point"
    parameters_type: ClassVar[type[Any]] = FailurePointParameters

    def __init__(self, targets: Targets, parameters: FailurePointParameters) -> None:
        self.targets = targets
        self.parameters = parameters
        self._set_in: dict[str, int] = {}
        """Pid of the process in which it was set: another one has none."""

    @classmethod
    def from_request(cls, targets: Targets, parameters: FailurePointParameters) -> Self:
        """The fault of a request."""
        return cls(targets, parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """All whom it was asked for."""
        return self.targets.servers

    def describe(self) -> str:
        """ "failure point HeartbeatThread::sendServerState on dbserver-1"."""
        return f"failure point {self.parameters.name} on {listed(self.servers)}"

    def conflicts_with(self, other: Fault) -> str:
        """The same point on the same server is set once; a frozen server can neither set it nor take it back."""
        shared = [name for name in self.servers if name in other.servers]
        if not shared:
            return ""
        if isinstance(other, Suspend):
            return f"{listed(shared)} must answer, to set a failure point and to take it back"
        if isinstance(other, FailurePoint) and other.parameters.name == self.parameters.name:
            return f"{self.parameters.name} is set on {listed(shared)} already"
        return ""

    def check(self, ground: Ground) -> None:
        """Every server must have a process; raises `FaultConflictError`."""
        down = [name for name in self.servers if not ground.servers[name].is_alive]
        if down:
            raise FaultConflictError(f"{self.kind}: {listed(down)} has no process; start it first")

    async def set_up(self, ground: Ground) -> None:
        """Asks each server whether it has failure points at all."""
        await together(*(self._check_support(name, ground) for name in self.servers))

    async def inject(self, ground: Ground) -> None:
        """Sets it on each server."""
        for name in self.servers:
            self._set_in[name] = ground.servers[name].pid
            await ground.request(name, "PUT", self._path)

    async def prove_injected(self, ground: Ground) -> str:
        """Each server lists it."""
        for name in self.servers:
            points = await self._points(name, ground)
            if self.parameters.name not in points:
                raise FaultNotProvedError(f"{name} lists {listed(points) or 'no failure point'}")
        return f"{listed(self.servers)} list{'s' if len(self.servers) == 1 else ''} {self.parameters.name}"

    async def recover(self, ground: Ground) -> None:
        """Takes it back wherever the process lives in which it was set."""
        await together(*(ground.request(name, "DELETE", self._path) for name in self._still_set(ground)))

    async def prove_recovered(self, ground: Ground) -> str:
        """No server lists it any more."""
        asked = self._still_set(ground)
        for name in asked:
            if self.parameters.name in await self._points(name, ground):
                raise FaultNotProvedError(f"{name} lists {self.parameters.name} still")
        ended = [name for name in self.servers if name not in asked]
        told = [f"{listed(asked)} without {self.parameters.name}"] if asked else []
        return "; ".join([*told, *(f"{name} has another process" for name in ended)])

    @property
    def _path(self) -> str:
        return f"{_ROUTE}/{quote(self.parameters.name, safe='')}"

    def _still_set(self, ground: Ground) -> list[str]:
        return [name for name, pid in self._set_in.items() if pid and ground.servers[name].pid == pid]

    async def _points(self, name: str, ground: Ground) -> list[str]:
        return [str(point) for point in await ground.request(name, "GET", f"{_ROUTE}/all")]

    async def _check_support(self, name: str, ground: Ground) -> None:
        try:
            answer = await ground.request(name, "GET", _ROUTE)
        except ArangoError as error:
            if error.http_status == 0:
                raise
            answer = f"HTTP {error.http_status}"
        if answer is not True:
            raise FaultUnavailableError(
                f"{name} has no failure points (GET {_ROUTE}: {answer}): only builds with failure tests have them; "
                'requires = ["failure_points"] of the target says so before anything starts'
            )


KINDS = (FailurePoint,)
