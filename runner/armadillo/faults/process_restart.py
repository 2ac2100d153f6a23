"""Restarts: one or all at once, with other options, on an emptied data directory, or rolling in the order of roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import FaultNotProvedError
from ..model.role import START_ORDER
from .ground import Ground
from .process import ASKED_BY, ProcessFault, listed, together
from .targets import Targets


@dataclass(frozen=True)
class RestartParameters:
    """How servers are ended, and with what they come back."""

    extra_args: tuple[str, ...] = ()
    """More options of arangod while the fault is in force; healing starts it without them."""
    wipe_data: bool = False
    """Starts on an emptied data directory; a dbserver then has a new id."""
    kill: bool = False
    """SIGKILL instead of an orderly stop."""


class Restart(ProcessFault):
    """Ended and started again, all together."""

    kind: ClassVar[str] = "process.restart"
    parameters_type: ClassVar[type[Any]] = RestartParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._before: dict[str, int] = {}
        self._args_before: dict[str, tuple[str, ...]] = {}

    @property
    def participle(self) -> str:
        """ "restarted on emptied data with --log.level=debug"."""
        parameters = self.parameters
        words = ["killed and started again" if parameters.kill else "restarted"]
        words += ["on emptied data"] if parameters.wipe_data else []
        words += [f"with {' '.join(parameters.extra_args)}"] if parameters.extra_args else []
        return " ".join(words)

    @property
    def ends_itself(self) -> bool:
        """Only other options stay in force."""
        return not self.parameters.extra_args

    async def inject(self, ground: Ground) -> None:
        """Ends all, starts all, and waits until all are ready."""
        self._before = {name: ground.servers[name].incarnation.number for name in self.servers}
        self._args_before = {name: ground.servers[name].extra_args for name in self.servers}
        await together(*(self._end(name, ground) for name in self.servers))
        for name in self.servers:
            await ground.start_server(name, self.parameters.extra_args, self.parameters.wipe_data, wait=False)
        await together(*(ground.until_ready(name) for name in self.servers))

    async def prove_injected(self, ground: Ground) -> str:
        """Each is a new incarnation, and its command line has the options."""
        return "; ".join(self._proved_anew(name, ground) for name in self.servers)

    async def recover(self, ground: Ground) -> None:
        """Takes the options back by one more restart; starts what is down."""
        if self.parameters.extra_args:
            changed = [name for name, args in self._args_before.items() if ground.servers[name].extra_args != args]
            await together(*(self._end(name, ground) for name in changed if ground.servers[name].is_alive))
            for name in changed:
                ground.servers[name].extra_args = self._args_before[name]
        await super().recover(ground)

    async def _end(self, name: str, ground: Ground) -> None:
        if self.parameters.kill:
            await ground.servers[name].kill(0, ASKED_BY)
        else:
            await ground.servers[name].stop(ground.stop_timeout_s, ASKED_BY)

    def _proved_anew(self, name: str, ground: Ground) -> str:
        server = ground.servers[name]
        number = server.incarnation.number
        if number <= self._before.get(name, number) or not server.is_alive:
            raise FaultNotProvedError(f"{name} was not started again: it is incarnation {number}")
        with open(server.incarnation.command_path, encoding="utf-8") as file:
            words = file.read().splitlines()
        missing = [word for word in self.parameters.extra_args if word not in words]
        if missing:
            raise FaultNotProvedError(f"{name} was started without {' '.join(missing)}")
        return f"{name} is incarnation {number} with pid {server.pid}"


@dataclass(frozen=True)
class RollingRestartParameters:
    """How each server is ended."""

    kill: bool = False
    """SIGKILL instead of an orderly stop."""


_SERVER_S = 300.0


class RollingRestart(ProcessFault):
    """Restarted one after the other, agents first and coordinators last, each when the one before is healthy.

    The order is that of ArangoDB's rolling upgrades
    (https://docs.arangodb.com/stable/operations/upgrading/).
    """

    kind: ClassVar[str] = "process.rolling_restart"
    parameters_type: ClassVar[type[Any]] = RollingRestartParameters

    def __init__(self, targets: Targets, parameters: Any) -> None:
        super().__init__(targets, parameters)
        self._told: list[str] = []

    @property
    def participle(self) -> str:
        """What becomes of them."""
        return "killed and started again one by one" if self.parameters.kill else "restarted one by one"

    @property
    def step_timeout_s(self) -> float:
        """Grows with the number of servers."""
        return _SERVER_S * len(self.servers)

    @property
    def ends_itself(self) -> bool:
        """When the last one is back, nothing is in force."""
        return True

    async def inject(self, ground: Ground) -> None:
        """One by one."""
        for name in sorted(self.servers, key=lambda one: START_ORDER.index(ground.servers[one].plan.role)):
            server, before = ground.servers[name], ground.servers[name].incarnation.number
            if self.parameters.kill:
                await server.kill(0, ASKED_BY)
            else:
                await server.stop(ground.stop_timeout_s, ASKED_BY)
            await ground.start_server(name, wait=False)
            await ground.until_ready(name)
            if server.incarnation.number <= before:
                raise FaultNotProvedError(f"{name} is still incarnation {before}")
            self._told.append(f"{name} is incarnation {server.incarnation.number}")

    async def prove_injected(self, ground: Ground) -> str:
        """Every one is a new incarnation."""
        if len(self._told) != len(self.servers):
            raise FaultNotProvedError(f"only {listed(self._told) or 'none'}")
        return "; ".join(self._told)


KINDS = (Restart, RollingRestart)
