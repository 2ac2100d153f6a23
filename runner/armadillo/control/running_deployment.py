"""The deployment as it runs: starting in role order, readiness, stopping in role order, adding servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from armadillo_api.v1 import result_pb2

from ..arangodb.jwt import superuser_token
from ..arangodb.readiness import agency_is_ready, cluster_is_healthy, server_is_ready
from ..arangodb.server_plan import ServerPlan
from ..errors import ControlError, ServerError, ServerStartError, ServerStopError
from ..model.deployment import Deployment
from ..model.role import START_FIRST, STOP_ORDER, Role
from ..process.deadline import Deadline
from ..process.spawn import Spawned
from ..results.hub import Hub
from .launcher import Launcher
from .port_race import PortRace
from .running_server import RunningServer, State

_POLL_FIRST_S = 0.01
_POLL_LONGEST_S = 0.05
_POLL_GROWTH = 1.3


class RunningDeployment:
    """Owns all servers of a run; `ready` resolves when all are up, or raises why they are not."""

    def __init__(
        self,
        *,
        deployment: Deployment,
        launcher: Launcher,
        plans: Sequence[ServerPlan],
        new_plan: Callable[[Role, int], ServerPlan],
        jwt_secret: str,
        time_scale: float,
        hub: Hub,
    ) -> None:
        self.deployment = deployment
        self.jwt_secret = jwt_secret
        self.time_scale = time_scale
        self.servers = {plan.name: RunningServer(plan, launcher, hub) for plan in plans}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._launcher = launcher
        self._new_plan = new_plan
        self.hub = hub

    @property
    def running_case(self) -> str:
        """Node id of the case that runs now; "" between cases."""
        return self.hub.record.running_case()

    @property
    def start_timeout_s(self) -> float:
        """Limit of a start, scaled for the server's build."""
        return self.deployment.start_timeout_s * self.time_scale

    @property
    def stop_timeout_s(self) -> float:
        """Limit of one role's stop, scaled for the server's build and for what it has to write at its end."""
        return self.deployment.stop_timeout_s * self.time_scale * self._launcher.stop_scale

    async def missing_crashes(self) -> list[result_pb2.Finding]:
        """Crashes that tests announced and that never came."""
        return [
            result_pb2.Finding(
                kind="crash_missing",
                outcome=result_pb2.FAILED,
                message=f"{server.name}: a crash was announced by a test, and did not come",
                server=server.name,
            )
            for server in self.servers.values()
            if server.announced_crash is not None
        ]

    def of_role(self, *roles: Role) -> list[RunningServer]:
        """All servers of these roles, in order of their numbers."""
        return [server for server in self.servers.values() if server.plan.role in roles]

    def server(self, name: str) -> RunningServer:
        """A server by its name; raises KeyError with a text that lists the names there are."""
        if name not in self.servers:
            raise KeyError(f"there is no server {name!r} in this deployment; there are: {', '.join(self.servers)}")
        return self.servers[name]

    def adopt(self, spawned: Iterable[Spawned]) -> None:
        """Takes over the servers that were spawned before there was an event loop: those that start first."""
        for one in spawned:
            self.server(one.name).port_race = PortRace()
            self.server(one.name).adopt(one)

    async def start(self) -> None:
        """Brings up the rest; resolves `ready`. Raises `ServerStartError` (also through `ready`)."""
        try:
            for server in self.of_role(*START_FIRST):  # unless they were spawned before there was an event loop
                if server.state is State.NOT_STARTED:
                    server.port_race = PortRace()
                    server.spawn()
            await self._bring_up(Deadline(self.start_timeout_s))
        except (ServerError, OSError) as error:
            self.ready.set_exception(error)
            self.ready.exception()  # seen: nobody may be waiting
            raise
        self.ready.set_result(None)

    async def _bring_up(self, deadline: Deadline) -> None:
        if not self.deployment.is_cluster:
            await self._await_servers(self.of_role(Role.SINGLE), deadline)
            return
        agents = self.of_role(Role.AGENT)
        await self._until(self._agency_condition, agents, deadline)
        for agent in agents:
            agent.mark_ready()
        others = self.of_role(Role.DBSERVER, Role.COORDINATOR)
        for server in others:
            if not server.is_alive:
                server.port_race = PortRace()
                server.spawn()
        await self._await_servers(others, deadline)
        await self._until(self._health_condition, [*agents, *others], deadline)

    async def start_server(
        self, name: str, extra_args: Sequence[str], wipe_data: bool, wait: bool, timeout_s: float
    ) -> None:
        """The verb `start`; with `wait` it returns when the server is ready."""
        server = self.server(name)
        server.port_race = PortRace() if wait else None
        server.spawn(extra_args, wipe_data)
        if wait:
            await self.wait_ready(name, timeout_s)

    async def wait_ready(self, name: str, timeout_s: float) -> None:
        """Returns when one server is ready; raises `ServerStartError` at once when it dies."""
        server = self.server(name)
        if server.state is State.NOT_STARTED or not server.is_alive:
            raise ControlError(f"{name} is {server.state.value.lower()}; start it before waiting for it")
        if server.state is State.READY:
            return
        deadline = Deadline(timeout_s or self.start_timeout_s)
        await self._await_servers([server], deadline)

    async def wait_good(self, name: str, timeout_s: float) -> None:
        """Returns when a cluster's supervision sees a server as GOOD; raises `ServerStartError`."""
        server = self.server(name)
        await self._until(lambda: self._good_condition(server), [server], Deadline(timeout_s or self.start_timeout_s))

    async def add_server(self, role: Role, extra_args: Sequence[str], timeout_s: float) -> RunningServer:
        """A further dbserver or coordinator, ready when this returns."""
        if role not in (Role.DBSERVER, Role.COORDINATOR) or not self.deployment.is_cluster:
            raise ControlError(f"only dbservers and coordinators of a cluster can be added, not {role.value.lower()}")
        plan = self._new_plan(role, len(self.of_role(role)) + 1)
        server = RunningServer(plan, self._launcher, self.hub)
        self.servers[plan.name] = server
        await self.start_server(plan.name, extra_args, False, True, timeout_s)
        return server

    def note_launcher(self) -> None:
        """Servers that are added from now on run on what all others run on; in a mixed state on the old binary."""
        launchers = {id(server.launcher): server.launcher for server in self.servers.values()}
        if len(launchers) == 1:
            (self._launcher,) = launchers.values()

    async def stop_all(self, timeout_s: float, asked_by: str) -> list[ServerStopError]:
        """Stops in role order, the servers of one role side by side; answers those that needed force."""
        failures: list[ServerStopError] = []
        for role in STOP_ORDER:
            living = [server for server in self.of_role(role) if server.is_alive]
            answers = await asyncio.gather(
                *(server.stop(timeout_s, asked_by) for server in living), return_exceptions=True
            )
            for answer in answers:
                if isinstance(answer, ServerStopError):
                    failures.append(answer)
                elif isinstance(answer, BaseException) and not isinstance(answer, ControlError):
                    raise answer
        # The end of one that died by itself meanwhile must be in the record before the verdict.
        await asyncio.gather(*(server.wait_examined() for server in self.servers.values()))
        return failures

    async def restart_all(self, kill: bool, timeout_s: float) -> None:
        """Stops or kills every server and starts the whole deployment again on its data."""
        if kill:
            living = [server for server in self.servers.values() if server.is_alive]
            await asyncio.gather(*(server.kill(0, "test") for server in living))
        else:
            failures = await self.stop_all(self.stop_timeout_s, "test")
            if failures:
                raise failures[0]
        for server in self.of_role(*START_FIRST):
            server.port_race = PortRace()
            server.spawn()
        await self._bring_up(Deadline(timeout_s or self.start_timeout_s))

    async def _await_servers(self, servers: Sequence[RunningServer], deadline: Deadline) -> None:
        async def one(server: RunningServer) -> None:
            await self._until(lambda: self._server_condition(server), [server], deadline)
            server.mark_ready()

        await asyncio.gather(*(one(server) for server in servers))

    async def _until(self, condition: Callable[[], str], watched: Sequence[RunningServer], deadline: Deadline) -> None:
        """Polls a condition of `arangodb.readiness`, and gives up at once when a watched server dies."""
        pause_s = _POLL_FIRST_S
        while True:
            problem = await asyncio.to_thread(condition)
            if not problem and all(server.is_alive for server in watched):
                return
            for server in watched:
                if not server.is_alive:
                    await server.wait_examined()
                    if await self._is_started_again(server, deadline):
                        break
                    raise ServerStartError(
                        server.name,
                        f"{server.name} died while starting: {server.describe_end()}",
                        server.last_words(),
                    )
            if deadline.passed:
                culprit = next((server for server in watched if server.name in problem), watched[0])
                raise ServerStartError(
                    culprit.name,
                    f"not ready after {deadline.timeout_s:g} s: {problem}",
                    "\n".join(server.last_words() for server in watched if server.name in problem)
                    or culprit.last_words(),
                )
            await asyncio.sleep(min(pause_s, deadline.left_s))
            pause_s = min(pause_s * _POLL_GROWTH, _POLL_LONGEST_S)

    async def _is_started_again(self, server: RunningServer, deadline: Deadline) -> bool:
        """Starts a server once more that found its port taken; nothing else is worth another try."""
        race = server.port_race
        if race is None or not race.may_start_again:
            return False
        waited_s = await race.until_free(server.plan.address, server.plan.port, deadline)
        text = f"{server.name} found {server.plan.http_endpoint} taken and is started again after {waited_s:.1f} s"
        self.hub.publish(result_pb2.Event(note=result_pb2.Note(text=f"{text} ({race.tries} of {race.most_tries})")))
        if not server.is_alive:  # nobody else did it meanwhile
            server.spawn()
        return True

    def _headers(self) -> dict[str, str]:
        if not self.deployment.authentication:
            return {}
        return {"Authorization": f"bearer {superuser_token(self.jwt_secret)}"}

    def _server_condition(self, server: RunningServer) -> str:
        return server_is_ready(server.plan, self._headers())

    def _agency_condition(self) -> str:
        return agency_is_ready([agent.plan for agent in self.of_role(Role.AGENT)], self._headers())

    def _good_condition(self, server: RunningServer) -> str:
        """Asked of the coordinators that run, one after the other: any of them may be cut off or starting."""
        problem = "no coordinator runs"
        for coordinator in self.of_role(Role.COORDINATOR):
            if coordinator.is_alive and coordinator.state is not State.SUSPENDED:
                problem = cluster_is_healthy(coordinator.plan, [server.plan], self._headers())
                if not problem:
                    break
        return problem

    def _health_condition(self) -> str:
        coordinator = self.of_role(Role.COORDINATOR)[0].plan
        return cluster_is_healthy(coordinator, [server.plan for server in self.servers.values()], self._headers())
