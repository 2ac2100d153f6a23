"""`Deployment`: what a single server and a cluster have in common for a test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from typing import Any

from armadillo_api.v1 import control_pb2

from ..arangodb.client import ArangoClient
from ..arangodb.credentials import Credentials
from ..model.distribution import ServerFacts
from .blocking import Blocking
from .database import Database
from .faults import Faults
from .run import Run
from .server import Server


class Deployment:
    """Endpoints for any driver, logins, databases, and the verbs on the whole."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._servers = [Server(run, message) for message in run.first_description.servers]
        self.client: ArangoClient = run.client(lambda: self.endpoints)
        run.after_fault = self.look_again
        self.upgrade_begun = ""
        """The upgrade that was begun in this run, in words; there is no second one."""

    @property
    def servers(self) -> list[Server]:
        """All servers, agents first."""
        return list(self._servers)

    @property
    def endpoints(self) -> list[str]:
        """Where clients connect to, for any driver: the single server, or the coordinators."""
        raise NotImplementedError

    @property
    def faults(self) -> Faults:
        """What can be done to servers, network, disks and clocks; the fixture `faults` is the same."""
        return Faults(self._run)

    @property
    def has_started_faults(self) -> bool:
        """Whether a fault was ever asked for by this test process."""
        return self._run.control.has_injected

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The session's loop, on which all handles live."""
        return self._run.loop

    @property
    def blocking(self) -> Blocking:
        """This deployment for plain `def` tests."""
        return self._run.blocking(self)

    @property
    def root_password(self) -> str:
        """Password of ArangoDB's user root."""
        return str(self._run.first_description.root_password)

    @property
    def jwt_secret(self) -> str:
        """The secret that signs this deployment's JWTs, "" without authentication."""
        return self._run.jwt_secret

    @property
    def superuser(self) -> Credentials:
        """The login of the deployment itself; `client` has it."""
        return self._run.superuser

    @property
    def root(self) -> Credentials:
        """The login of ArangoDB's user root."""
        return self._run.root

    @property
    def facts(self) -> ServerFacts:
        """What the server binary said about itself: version, edition, V8, failure points, ..."""
        return self._run.facts

    @property
    def random(self) -> random.Random:
        """A new source of random choices, seeded by the run: the same each time the run's seed is given again."""
        return random.Random(self._run.seed)

    @property
    def outputs_directory(self) -> str:
        """Absolute path where a test may put files that are kept as outputs of the target."""
        return self._run.outputs_directory

    def server(self, name: str) -> Server:
        """A server by its name; raises KeyError with the names there are."""
        for server in self._servers:
            if server.name == name:
                return server
        raise KeyError(f"there is no server {name!r}; there are: {', '.join(s.name for s in self._servers)}")

    async def version(self) -> str:
        """The version that the server tells by HTTP."""
        return str((await self.client.get("/_api/version"))["version"])

    async def create_database(self, name: str, **options: Any) -> Database:
        """Creates a database; `options` are ArangoDB's own: sharding, replicationFactor, writeConcern."""
        await self.client.post("/_api/database", json={"name": name, "options": options})
        return self.database(name)

    def database(self, name: str = "_system") -> Database:
        """A database by its name; asks nobody whether it exists."""
        return Database(self._run, self.client, name)

    async def databases(self) -> list[str]:
        """Names of all databases."""
        return sorted((await self.client.get("/_api/database"))["result"])

    async def restart_all(self, *, kill: bool = False, timeout_s: float = 0.0) -> None:
        """Stops every server in role order, or kills all at once, and starts the deployment again on its data.

        Returns when it is ready. Raises `ServerStartError`.
        """
        try:
            description = await self._run.control.restart_all(kill, timeout_s)
        finally:
            await self._run.transport.close()
        self._take_over(description)

    async def refresh(self) -> None:
        """Asks the runner for the facts of all servers as they are now."""
        self._take_over(await self._run.control.describe())

    async def recover(self, *, except_for: Collection[str] = ()) -> list[str]:
        """Makes every server ready that is down or suspended, but those named; answers their names."""
        await self.refresh()
        wanted = [server for server in self._servers if server.name not in except_for]
        return [server.name for server in wanted if await server.recover()]

    async def wait_until_ready(self) -> None:
        """Waits until every living server is ready; a cluster also until supervision sees all as GOOD."""
        for server in self._servers:
            if server.is_alive:
                await server.wait_until_ready()

    def scaled(self, timeout_s: float) -> float:
        """A time limit, longer when the servers are slow by their build."""
        return self._run.scaled(timeout_s)

    async def close(self) -> None:
        """Closes all connections; the plug-in does it at the end of the session."""
        await self._run.close()

    async def look_again(self, names: Collection[str]) -> None:
        """A fault has come or gone: the facts of these servers, and connections to processes that are gone."""
        before = {server.name: server.pid for server in self._servers}
        await self.refresh()
        for server in self._servers:
            if server.name in names and server.pid != before[server.name]:
                await self._run.transport.drop(server.endpoint)

    def _take_over(self, description: control_pb2.DescribeReply) -> None:
        known = {server.name: server for server in self._servers}
        for message in description.servers:
            if message.name in known:
                known[message.name].update(message)
            else:
                self._servers.append(Server(self._run, message))
