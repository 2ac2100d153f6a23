"""`RunGround`: what faults may touch of a running deployment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..arangodb.blocking_client import BlockingClient, error_of
from ..arangodb.jwt import superuser_token
from ..errors import FaultNotProvedError, ServerStartError
from ..net.links import Links
from .running_deployment import RunningDeployment
from .running_server import RunningServer

if TYPE_CHECKING:
    from ..process.disk_control import DiskControl

REQUEST_TIMEOUT_S = 10.0
_DISTURBED_READY_S = 10.0
"""While other faults are in force, readiness is waited for only so long, and not demanded."""


class RunGround:
    """Fulfils `faults.ground.Ground`; one for a run, used from the event loop's thread.

    The fault keeper sets `others_in_force`, and `is_closing` when all is going to be stopped.
    """

    def __init__(
        self,
        deployment: RunningDeployment,
        *,
        links: Links,
        tier: str,
        seed: int,
        prepared: frozenset[str] = frozenset(),
        disk: DiskControl | None = None,
    ) -> None:
        self.links = links
        self.tier = tier
        self._seed = seed
        self._choices: tuple[str, random.Random] | None = None
        self.prepared = prepared
        self.disk = disk
        self.is_closing = False
        self.others_in_force: Callable[[], bool] = lambda: False
        self._deployment = deployment

    @property
    def random(self) -> random.Random:
        """A source of its own for each case: one that is repeated alone has the same choices as among others."""
        case = self._deployment.running_case
        if self._choices is None or self._choices[0] != case:
            self._choices = (case, random.Random(f"{self._seed}:{case}"))
        return self._choices[1]

    @property
    def servers(self) -> Mapping[str, RunningServer]:
        """All servers by name, in role order."""
        return self._deployment.servers

    @property
    def time_scale(self) -> float:
        """Factor for time limits of slow builds."""
        return self._deployment.time_scale

    @property
    def stop_timeout_s(self) -> float:
        """Limit of one server's stop, scaled already."""
        return self._deployment.stop_timeout_s

    async def start_server(
        self, name: str, extra_args: Sequence[str] = (), wipe_data: bool = False, wait: bool = True
    ) -> None:
        """Starts a server that is down; does nothing when the run is ending. Raises `ServerStartError`."""
        if not self.is_closing:
            await self._deployment.start_server(name, extra_args, wipe_data, wait, 0.0)

    async def until_ready(self, name: str) -> str:
        """Waits until it is ready, and in a cluster GOOD; see `Ground.until_ready`."""
        disturbed = self.others_in_force()
        limit_s = _DISTURBED_READY_S * self.time_scale if disturbed else self._deployment.start_timeout_s
        server = self.servers[name]
        try:
            await self._deployment.wait_ready(name, limit_s)
            if not self._deployment.deployment.is_cluster:
                return f"{name} (pid {server.pid}) is ready"
            await self._deployment.wait_good(name, limit_s)
        except ServerStartError as error:
            if disturbed and server.is_alive:
                return f"{name} runs with pid {server.pid} (another fault is in force: {error.message})"
            raise FaultNotProvedError(f"{name} did not become ready again: {error}") from error
        return f"{name} (pid {server.pid}) is ready and GOOD"

    async def request(
        self, server: str, method: str, path: str, json: Any = None, timeout_s: float = REQUEST_TIMEOUT_S
    ) -> Any:
        """A request with superuser rights to one server; answers the decoded body, raises `ArangoError`."""
        secret = self._deployment.jwt_secret
        headers = {"Authorization": f"bearer {superuser_token(secret)}"} if secret else {}
        client = BlockingClient(self.servers[server].plan.http_endpoint, headers, timeout_s * self.time_scale)

        def exchange() -> Any:
            try:
                reply = client.send(method, path, json)
            finally:
                client.close()
            if reply.status >= 300:
                raise error_of(reply, f"{method} {server}{path}")
            return reply.body

        return await asyncio.to_thread(exchange)
