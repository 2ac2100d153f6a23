"""`Run`: what the test process holds of its run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from armadillo_api.v1 import control_pb2
from google.protobuf import json_format

from ..arangodb.client import ArangoClient
from ..arangodb.credentials import Credentials
from ..arangodb.transport import Transport
from ..model.distribution import ServerFacts, facts_from_json
from .blocking import Blocking
from .control_channel import ControlChannel


class Run:
    """Control channel, HTTP connections, logins and facts, shared by all handles; lives on the session's loop."""

    def __init__(self, control: ControlChannel, description: control_pb2.DescribeReply) -> None:
        self.control = control
        self.transport = Transport()
        self.loop = asyncio.get_running_loop()
        self.first_description = description
        self.jwt_secret: str = description.jwt_secret
        self.seed: int = description.seed
        self.time_scale: float = description.time_scale or 1.0
        self.outputs_directory: str = description.outputs_directory
        self.network_tier: str = description.network_tier
        self.facts: ServerFacts = facts_of(description)
        self.after_fault: Callable[[Collection[str]], Awaitable[None]] = _nobody_looks
        """Called with names of servers when a fault has come or gone; set by the deployment's handle."""

    @property
    def has_authentication(self) -> bool:
        """Whether the servers ask for a login."""
        return bool(self.jwt_secret)

    @property
    def superuser(self) -> Credentials:
        """What the handles' own requests log in with."""
        return Credentials.superuser(self.jwt_secret) if self.has_authentication else Credentials.none()

    @property
    def root(self) -> Credentials:
        """ArangoDB's user root, by its password."""
        if not self.has_authentication:
            return Credentials.none()
        return Credentials.basic("root", self.first_description.root_password)

    def client(self, endpoints: Sequence[str] | Callable[[], Sequence[str]]) -> ArangoClient:
        """A client with superuser rights for these endpoints."""
        return ArangoClient(endpoints, self.superuser, transport=self.transport)

    def scaled(self, timeout_s: float) -> float:
        """A time limit, longer for servers that are slow by their build (sanitizers)."""
        return timeout_s * self.time_scale

    def blocking(self, handle: Any) -> Blocking:
        """The handle for plain `def` tests."""
        return Blocking(handle, self.loop)

    async def close(self) -> None:
        """Closes all connections."""
        await self.transport.close()
        await self.control.close()


async def _nobody_looks(names: Collection[str]) -> None:
    """Before there is a handle of the deployment."""


def facts_of(description: control_pb2.DescribeReply) -> ServerFacts:
    """What the server said about itself, as a frozen noun."""
    return facts_from_json(json_format.MessageToDict(description.facts, preserving_proto_field_name=True))
