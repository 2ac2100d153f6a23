"""`Upgrade`: a deployment goes from one version of ArangoDB to another, while the test looks on.

The order is that of ArangoDB's documentation (operations/upgrading/manual-deployments/cluster): agents, dbservers,
coordinators, one at a time, supervision in maintenance. Within a role every order is allowed; the run's seed chooses.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ControlError, ServerStartError
from ..model.distribution import ServerFacts
from ..model.role import START_FIRST, START_ORDER, STOP_ORDER, Role
from ..model.upgrade_path import forbidden_upgrade
from .cluster import Cluster
from .dump_stage import DumpStage, DumpTools
from .server import Server
from .wait import Seen, wait_until

if TYPE_CHECKING:
    from .single_server import SingleServer

RESIGN_TIMEOUT_S = 120.0
MAINTENANCE_TIMEOUT_S = 60.0
DUMP_TIMEOUT_S = 600.0
_ENDED = ("Finished", "Failed")


@dataclass(frozen=True)
class UpgradeStep:
    """One server has been upgraded and is ready again; the deployment is in a mixed state until the last step."""

    number: int
    """1 is the first."""
    total: int
    server: Server

    @property
    def is_last(self) -> bool:
        """Whether every server has the new version now."""
        return self.number == self.total

    def __str__(self) -> str:
        return f"step {self.number} of {self.total}: {self.server.name}"


class Upgrade:
    """The way from one version to another; one for each run, because there is no way back."""

    def __init__(
        self,
        deployment: Cluster | SingleServer,
        *,
        old: ServerFacts,
        new: ServerFacts,
        seed: int,
        say: Callable[[str], None],
        old_tools: DumpTools,
        new_tools: DumpTools,
        dump_directory: str,
    ) -> None:
        self._deployment = deployment
        self._old_tools = old_tools
        self._new_tools = new_tools
        self._old = old
        self._new = new
        self._say = say
        self._running: AsyncGenerator[Any, None] | None = None
        self._is_in_maintenance = False
        self.seed = seed
        """What the order of servers follows from: the run's seed."""
        self.dump_directory = dump_directory
        """Absolute path where `by_dump` puts the dump."""

    def __repr__(self) -> str:
        return f"<Upgrade {self.from_version} to {self.to_version}, seed {self.seed}>"

    @property
    def from_version(self) -> str:
        """The version that the deployment started with: "3.12.10"."""
        return self._old.version

    @property
    def to_version(self) -> str:
        """The version that it is brought to: "4.0.0"."""
        return self._new.version

    @property
    def plan(self) -> list[Server]:
        """The order in which `rolling` upgrades the servers."""
        chosen = random.Random(self.seed)
        order = []
        for role in START_ORDER:
            servers = [server for server in self._deployment.servers if server.role is role]
            chosen.shuffle(servers)
            order += servers
        return order

    def rolling(self) -> AsyncGenerator[UpgradeStep, None]:
        """Upgrades one server after the other; gives a step after each, in the mixed state.

            async for step in upgrade.rolling():
                assert await collection.keys() >= stored

        What stands before the loop sees the old version, what stands behind it the new one everywhere: all servers
        GOOD, all shards in sync. A loop that is left early leaves a mixed deployment; maintenance ends with the case.
        Raises `ServerStartError` when a server does not do its step, `ControlError` for a second upgrade, and where
        ArangoDB allows no upgrade in place.
        """
        self._begin("a rolling upgrade", in_place=True)
        steps = self._running = self._rolling()
        return steps

    async def full_stop(self) -> None:
        """Stops every server, upgrades all, and starts them in role order; the new version serves when this returns.

        Raises as `rolling` does.
        """
        self._begin("an upgrade with a full stop", in_place=True)
        await self._maintenance(True)
        for role in STOP_ORDER:
            for server in self._of_role(role):
                await server.stop()
        for role in START_ORDER:
            for server in self._of_role(role):
                # an agent alone has no leader: all of them are awaited together
                await server.upgrade(wait=role is not Role.AGENT)
            for server in self._of_role(role):
                await self._is_upgraded(server)
        await self._conclude()

    def by_dump(
        self, *, include_system_collections: bool = True, timeout_s: float = DUMP_TIMEOUT_S
    ) -> AsyncGenerator[DumpStage, None]:
        """Dumps all databases, starts all servers anew with the new version, and restores; any versions will do.

            async for stage in upgrade.by_dump():
                if stage is DumpStage.RESTORED:
                    assert await collection.keys() == stored

        The old version's arangodump writes to `dump_directory`, then all servers stop and start as the new version on
        empty data directories, and that version's arangorestore reads it. System collections hold users, named graphs
        and more. `timeout_s` is the limit of each tool. A loop that is left early leaves what the last stage is. Raises
        `ClientToolMissingError` before anything is done, `ClientToolError` when a tool fails, else as `rolling`.
        """
        self._old_tools.path_of("arangodump")
        self._new_tools.path_of("arangorestore")
        self._begin("an upgrade by a dump", in_place=False)
        stages = self._running = self._by_dump(include_system_collections, timeout_s)
        return stages

    async def close(self) -> None:
        """Ends a loop that was left early, and maintenance with it; the fixture does it."""
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()
        if self._is_in_maintenance:
            await self._maintenance(False)

    async def _rolling(self) -> AsyncGenerator[UpgradeStep, None]:
        plan = self.plan
        self._say(f"order of the upgrade by seed {self.seed}: {', '.join(server.name for server in plan)}")
        for number, server in enumerate(plan, 1):
            if isinstance(self._deployment, Cluster):
                if server.role is Role.DBSERVER:
                    await self._resign(self._deployment, server)
                await self._maintenance(True)  # again at each step: it lasts an hour
            await server.upgrade()
            await self._is_upgraded(server)
            if isinstance(self._deployment, Cluster):
                await self._deployment.agency.leader()
                await self._all_in_sync(self._deployment)
            yield UpgradeStep(number, len(plan), server)
        await self._conclude()

    async def _by_dump(self, is_with_system: bool, timeout_s: float) -> AsyncGenerator[DumpStage, None]:
        directory = self.dump_directory
        await self._old_tools.dump(directory, include_system_collections=is_with_system, timeout_s=timeout_s)
        yield DumpStage.DUMPED
        for role in STOP_ORDER:
            for server in self._of_role(role):
                await server.stop()
        await self._start_empty()
        yield DumpStage.EMPTY
        await self._new_tools.restore(directory, include_system_collections=is_with_system, timeout_s=timeout_s)
        await self._conclude()
        yield DumpStage.RESTORED

    async def _start_empty(self) -> None:
        """All servers of a role are spawned before any is awaited, as at the start of a run: none is ready alone."""
        first = [server for role in START_FIRST for server in self._of_role(role)]
        others = [server for server in self.plan if server not in first]
        for servers in (first, others):
            for server in servers:
                await server.upgrade(wipe_data=True, wait=False)
            for server in servers:
                await self._is_upgraded(server)
        if isinstance(self._deployment, Cluster):
            await self._deployment.wait_until_ready()
            await self._deployment.learn_ids()

    def _begin(self, what: str, *, in_place: bool) -> None:
        problem = forbidden_upgrade(self._old, self._new) if in_place else ""
        if problem:
            raise ControlError(f"{what} was asked for in a target with by_dump = True; {problem}")
        begun = self._deployment.upgrade_begun
        if begun:
            raise ControlError(
                f"{what} was asked for, but this run's deployment has seen {begun} already and cannot go back; "
                "give each upgrade a target of its own, or put all checks of it into one case"
            )
        self._deployment.upgrade_begun = what
        self._say(f"{what} from {self._old.display_name} to {self._new.display_name}")

    async def _conclude(self) -> None:
        """Every server is new: maintenance ends, and the whole is as good as before."""
        if isinstance(self._deployment, Cluster):
            await self._maintenance(False)
            await self._deployment.wait_until_ready()
            await self._deployment.learn_ids()
            await self._all_in_sync(self._deployment)
        self._say(f"all servers have version {self.to_version}")

    async def _maintenance(self, on: bool) -> None:
        cluster = self._deployment
        if not isinstance(cluster, Cluster) or not (on or self._is_in_maintenance):
            return

        async def switch() -> bool:
            await cluster.set_maintenance(on)
            return True

        # what supervision is told while the agency elects a leader is not heard
        word = "on" if on else "off"
        await wait_until(f"maintenance {word}", switch, cluster.scaled(MAINTENANCE_TIMEOUT_S), interval_s=0.2)
        self._is_in_maintenance = on

    async def _is_upgraded(self, server: Server) -> None:
        """It is ready, and tells the new version by HTTP."""
        await server.wait_until_ready()
        found = str((await server.client.get("/_api/version"))["version"])
        if found != self.to_version:
            raise ServerStartError(
                server.name,
                f"{server.name} was started with {self._new.display_name}, and tells the version {found}",
            )

    async def _resign(self, cluster: Cluster, server: Server) -> None:
        """Moves the leadership of its shards to others, as far as they have followers.

        Supervision does no jobs while it is in maintenance (Agency/Supervision.cpp), so that ends for the while.
        """
        await self._maintenance(False)
        await cluster.wait_until_healthy()
        answer = await cluster.client.post(
            "/_admin/cluster/resignLeadership", json={"server": await server.server_id()}
        )
        job = str(answer["id"])

        async def ended() -> str | Seen:
            state = str((await cluster.client.get("/_admin/cluster/queryAgencyJob", params={"id": job}))["status"])
            return state if state in _ENDED else Seen(f"job {job} is {state}")

        state = await wait_until(
            f"leadership of {server.name} resigned", ended, cluster.scaled(RESIGN_TIMEOUT_S), interval_s=0.2
        )
        if state == "Failed":  # as ArangoDB's starter does: what has no follower is away for a while
            self._say(f"{server.name} could not resign all leadership (job {job} failed); the upgrade goes on")
        await self._all_in_sync(cluster)

    @staticmethod
    async def _all_in_sync(cluster: Cluster) -> None:
        for database in await cluster.databases():
            if await cluster.shard_distribution(database):
                await cluster.wait_until_in_sync(database)

    def _of_role(self, role: Role) -> list[Server]:
        return [server for server in self.plan if server.role is role]
