"""`Cluster`: agents, dbservers and coordinators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from armadillo_api.v1 import deployment_pb2

from ..errors import ArmadilloError
from ..model.role import Role
from .agency import Agency
from .database import Database
from .deployment import Deployment
from .run import Run
from .server import Server
from .shard import Shard
from .shard_distribution import shards_out_of_sync
from .wait import Seen, wait_until

HEALTHY_TIMEOUT_S = 120.0
IN_SYNC_TIMEOUT_S = 300.0
"""ArangoDB's own framework gives a database 300 s to be in sync."""


class Cluster(Deployment):
    """A cluster; its `client` goes on with another coordinator when one is lost."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.agency = Agency(run, lambda: self.agents)
        self._server_of_id: dict[str, Server] = {}

    def __repr__(self) -> str:
        return f"<Cluster {', '.join(f'{server.name} {server.state}' for server in self._servers)}>"

    @property
    def agents(self) -> list[Server]:
        """The agents."""
        return self._of_role(Role.AGENT)

    @property
    def dbservers(self) -> list[Server]:
        """The dbservers."""
        return self._of_role(Role.DBSERVER)

    @property
    def coordinators(self) -> list[Server]:
        """The coordinators."""
        return self._of_role(Role.COORDINATOR)

    @property
    def endpoints(self) -> list[str]:
        """The coordinators' endpoints, for any driver."""
        return [server.endpoint for server in self.coordinators]

    async def health(self) -> dict[str, Any]:
        """The `Health` of `/_admin/cluster/health`: server id -> {Role, Status, Endpoint, ...}."""
        found: dict[str, Any] = (await self.client.get("/_admin/cluster/health"))["Health"]
        return found

    async def status_of(self, server: Server) -> str:
        """GOOD, BAD or FAILED as supervision sees the server, "" when it does not know it."""
        return (await self._statuses()).get(_host_of(server.endpoint), "")

    async def wait_until_status(self, server: Server, status: str, *, timeout_s: float = HEALTHY_TIMEOUT_S) -> None:
        """Waits until supervision sees the server as GOOD, BAD or FAILED; raises `ConditionTimeoutError`."""

        async def check() -> bool | Seen:
            found = await self.status_of(server)
            return True if found == status else Seen(f"its status is {found or 'unknown'}")

        await wait_until(f"status {status} of {server.name}", check, self._run.scaled(timeout_s))

    async def wait_until_healthy(self, *, timeout_s: float = HEALTHY_TIMEOUT_S) -> None:
        """Waits until supervision sees every living server as GOOD; raises `ConditionTimeoutError`."""
        await self.refresh()

        async def check() -> bool | Seen:
            status = await self._statuses()
            bad = [
                f"{server.name} is {status.get(_host_of(server.endpoint), 'not listed')}"
                for server in self._servers
                if server.is_alive and status.get(_host_of(server.endpoint)) != "GOOD"
            ]
            return Seen(", ".join(bad)) if bad else True

        await wait_until("every living server GOOD", check, self._run.scaled(timeout_s))

    async def wait_until_ready(self) -> None:
        """Waits until every living server is ready and seen as GOOD by supervision."""
        await super().wait_until_ready()
        await self.wait_until_healthy()

    async def agency_leader(self) -> Server:
        """The agent that leads the agency."""
        return await self.agency.leader()

    async def learn_ids(self) -> None:
        """Asks the cluster which id belongs to which server; `leader_of` and its like rest on it."""
        by_host = {_host_of(server.endpoint): server for server in self._servers}
        for server_id, entry in (await self.health()).items():
            server = by_host.get(_host_of(entry.get("Endpoint", "")))
            # A dbserver that was emptied has a new id at its old endpoint; the old one stays known.
            if server is not None:
                self._server_of_id[server_id] = server

    def server_of_id(self, server_id: str) -> Server:
        """The server with this id of ArangoDB's; raises `ArmadilloError` when it is not known."""
        if server_id not in self._server_of_id:
            known = ", ".join(f"{known} ({server.name})" for known, server in self._server_of_id.items())
            raise ArmadilloError(f"no server is known by the id {server_id!r}; `learn_ids` found: {known}")
        return self._server_of_id[server_id]

    def leader_of(self, shard: Shard) -> Server:
        """The dbserver that leads the shard."""
        return self.server_of_id(shard.leader)

    def followers_of(self, shard: Shard) -> list[Server]:
        """The dbservers that follow the shard's leader."""
        return [self.server_of_id(server_id) for server_id in shard.followers]

    async def shard_distribution(self, database: Database | str = "_system") -> dict[str, Any]:
        """Collection -> {Plan, Current} of a database, as `/_admin/cluster/shardDistribution` tells it."""
        return await self._database(database).shard_distribution()

    async def wait_until_in_sync(
        self, database: Database | str = "_system", *, timeout_s: float = IN_SYNC_TIMEOUT_S
    ) -> None:
        """Waits until every shard of the database has its planned leader and followers; `ConditionTimeoutError`."""
        looked_at = self._database(database)

        async def check() -> bool | Seen:
            problems = shards_out_of_sync(await looked_at.shard_distribution())
            return Seen("; ".join(problems)) if problems else True

        await wait_until(f"all shards of {looked_at.name} in sync", check, self._run.scaled(timeout_s))

    async def set_maintenance(self, on: bool) -> None:
        """Switches supervision's maintenance mode: while it is on (at most an hour), nobody is failed over."""
        await self.client.put("/_admin/cluster/maintenance", json="on" if on else "off")

    @asynccontextmanager
    async def maintenance(self) -> AsyncIterator[None]:
        """Maintenance mode inside the block."""
        await self.set_maintenance(True)
        try:
            yield
        finally:
            await self.set_maintenance(False)

    async def add_dbserver(self, *, extra_args: Sequence[str] = (), timeout_s: float = 0.0) -> Server:
        """Starts one more dbserver; answers when it is ready and known to the cluster as GOOD."""
        return await self._add(deployment_pb2.DBSERVER, extra_args, timeout_s)

    async def add_coordinator(self, *, extra_args: Sequence[str] = (), timeout_s: float = 0.0) -> Server:
        """Starts one more coordinator; answers when it is ready and known to the cluster as GOOD."""
        return await self._add(deployment_pb2.COORDINATOR, extra_args, timeout_s)

    async def _add(self, role: int, extra_args: Sequence[str], timeout_s: float) -> Server:
        message = await self._run.control.verb("AddServer", role=role, extra_args=list(extra_args), timeout_s=timeout_s)
        server = Server(self._run, message)
        self._servers.append(server)
        await self.wait_until_status(server, "GOOD")
        await self.learn_ids()
        return server

    async def _statuses(self) -> dict[str, str]:
        """Status by address. A server that was emptied comes back under a new id: then the best of both counts."""
        found: dict[str, str] = {}
        for entry in (await self.health()).values():
            host, status = _host_of(entry.get("Endpoint", "")), str(entry.get("Status", ""))
            if host not in found or status == "GOOD":
                found[host] = status
        return found

    def _database(self, database: Database | str) -> Database:
        return self.database(database) if isinstance(database, str) else database

    def _of_role(self, role: Role) -> list[Server]:
        return [server for server in self._servers if server.role is role]


def _host_of(endpoint: str) -> str:
    """ "tcp://127.0.0.1:8529" and "http://127.0.0.1:8529" are the same place."""
    return endpoint.partition("://")[2]
