"""`Server`: one server process of the deployment."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from armadillo_api.v1 import control_pb2, deployment_pb2

from ..arangodb.client import ArangoClient
from ..errors import ConditionTimeoutError, CrashMissingError
from ..model.role import Role
from .blocking import Blocking
from .log_cursor import LogCursor
from .run import Run

NOT_RUNNING = ("NOT_STARTED", "EXITED")
_PUT_DOWN = ("Stop", "Kill", "Suspend")


class Server:
    """One server process: its facts, the verbs on it, its log and a client that talks to it alone.

    The facts (`state`, `pid`, `incarnation`) are those of the last verb or `refresh`.
    """

    def __init__(self, run: Run, message: control_pb2.Server) -> None:
        self._run = run
        self._message = message
        self._id = ""
        self._last_verb = ""
        self.log = LogCursor(self)

    def __repr__(self) -> str:
        return f"<Server {self.name} {self.endpoint} {self.state}>"

    @property
    def name(self) -> str:
        """ "single-1", "agent-1", "dbserver-2", "coordinator-1"."""
        return str(self._message.name)

    @property
    def role(self) -> Role:
        """Its part in the deployment."""
        return Role(deployment_pb2.Role.Name(self._message.role))

    @property
    def endpoint(self) -> str:
        """ "http://127.3.4.5:8529"."""
        return str(self._message.endpoint)

    @property
    def state(self) -> str:
        """NOT_STARTED, STARTING, READY, SUSPENDED, STOPPING or EXITED."""
        return str(control_pb2.Server.State.Name(self._message.state))

    @property
    def is_alive(self) -> bool:
        """Whether there is a process, suspended or not."""
        return self.state not in NOT_RUNNING

    @property
    def was_put_down(self) -> bool:
        """Whether this test process's last verb on it stopped, killed or froze it; a crash is not meant."""
        return self._last_verb in _PUT_DOWN

    @property
    def pid(self) -> int:
        """Its process id, 0 when there is no process."""
        return int(self._message.pid)

    @property
    def incarnation(self) -> int:
        """How many times it was started in this run."""
        return int(self._message.incarnation)

    @property
    def log_path(self) -> str:
        """Absolute path of the current incarnation's log file."""
        return str(self._message.log_path)

    @property
    def data_directory(self) -> str:
        """Absolute path of its database directory."""
        return str(self._message.data_directory)

    @property
    def client(self) -> ArangoClient:
        """An HTTP client with superuser rights that talks to this server alone."""
        return self._run.client([self.endpoint])

    @property
    def blocking(self) -> Blocking:
        """This server for plain `def` tests."""
        return self._run.blocking(self)

    async def server_id(self) -> str:
        """ArangoDB's own id of the server ("PRMR-…"); raises `ArangoError` for a single server, which has none."""
        if not self._id:
            if self.role is Role.AGENT:
                answer = await self.client.get("/_api/agency/config")
                self._id = str(answer["configuration"]["id"])
            else:
                self._id = str((await self.client.get("/_admin/server/id"))["id"])
        return self._id

    async def refresh(self) -> Server:
        """Asks the runner for the facts as they are now."""
        for message in (await self._run.control.describe()).servers:
            if message.name == self.name:
                self.update(message)
        return self

    def update(self, message: control_pb2.Server) -> None:
        """Takes over newer facts."""
        self._message = message

    async def start(
        self, *, extra_args: Sequence[str] = (), wipe_data: bool = False, wait: bool = True, timeout_s: float = 0.0
    ) -> None:
        """Starts it again and waits until it is ready; with `wait=False` only until the process is there.

        `extra_args` are further options of arangod for this and later starts; `wipe_data` empties its database
        directory first. 0 is the deployment's own limit. Raises `ServerStartError` with the log's last lines.
        """
        if wipe_data:
            self._id = ""
        await self._verb(
            "Start", extra_args=list(extra_args), wipe_data=wipe_data, no_wait=not wait, timeout_s=timeout_s
        )

    async def stop(self, *, timeout_s: float = 0.0) -> None:
        """Asks it to stop (SIGTERM) and waits for its end; raises `ServerStopError` when it had to be killed."""
        await self._verb("Stop", timeout_s=timeout_s)

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal that ends it, by default SIGKILL, and waits for its end."""
        await self._verb("Kill", signal=int(number))

    async def suspend(self) -> None:
        """Freezes the process (SIGSTOP): it keeps its connections and answers nobody."""
        await self._verb("Suspend")

    async def resume(self) -> None:
        """Lets a frozen process go on (SIGCONT)."""
        await self._verb("Resume")

    async def restart(self, *, extra_args: Sequence[str] = (), wipe_data: bool = False, timeout_s: float = 0.0) -> None:
        """Stops it if it runs, starts it and waits until it is ready; arguments as of `start`."""
        if wipe_data:
            self._id = ""
        await self._verb("Restart", extra_args=list(extra_args), wipe_data=wipe_data, timeout_s=timeout_s)

    async def upgrade(self, *, wipe_data: bool = False, wait: bool = True, timeout_s: float = 0.0) -> None:
        """Stops it if it runs, upgrades its data (`--database.auto-upgrade`) and starts it with the newer binary.

        With `wipe_data` nothing is upgraded: it starts on an empty database directory. For targets of the rule
        arangodb_upgrade_test; `Upgrade` does it in an order that ArangoDB allows. Raises `ServerStartError` when one
        of the steps ends otherwise than it should; it is down then.
        """
        if wipe_data:
            self._id = ""
        await self._verb("Upgrade", no_wait=not wait, timeout_s=timeout_s, wipe_data=wipe_data)

    async def wait_until_ready(self, *, timeout_s: float = 0.0) -> None:
        """Waits until it is ready; raises `ServerStartError` at once when it ends instead."""
        await self._verb("WaitFor", condition=control_pb2.WaitForRequest.READY, timeout_s=timeout_s)

    async def wait_until_exited(self, *, timeout_s: float = 60.0) -> None:
        """Waits until its process has ended; raises `ConditionTimeoutError`."""
        await self._verb("WaitFor", condition=control_pb2.WaitForRequest.EXITED, timeout_s=self.scaled(timeout_s))

    @asynccontextmanager
    async def expect_crash(self, number: int = 0, *, timeout_s: float = 30.0) -> AsyncIterator[Server]:
        """The block makes the server crash: its end by this signal (0: any) is no failure of the run.

        Behind the block it must have crashed within `timeout_s`; otherwise `CrashMissingError` says what it did
        instead. It stays down; `start` or the end of the case brings it back.
        """
        await self._verb("ExpectCrash", signal=int(number))
        try:
            yield self
        except BaseException:
            await self._verb("ExpectCrash", signal=int(number), withdraw=True)
            raise
        await self._until_crashed(int(number), timeout_s)
        self._last_verb = "ExpectCrash"  # by whatever means: the end of the case may bring it back

    async def _until_crashed(self, number: int, timeout_s: float) -> None:
        wanted = f"a crash by {signal.Signals(number).name}" if number else "a crash"
        try:
            await self.wait_until_exited(timeout_s=timeout_s)
        except ConditionTimeoutError:
            await self._verb("ExpectCrash", signal=number, withdraw=True)
            raise CrashMissingError(
                self.name, f"{self.name}: {wanted} was announced and did not come within {timeout_s:g} s"
            ) from None
        if not self._message.signal or number not in (0, self._message.signal):
            raise CrashMissingError(
                self.name, f"{self.name}: {wanted} was announced, but it ended with {self.describe_end()}"
            )

    @asynccontextmanager
    async def killed(self) -> AsyncIterator[Server]:
        """Dead by SIGKILL inside the block; started again, on its data, behind it."""
        await self.kill()
        try:
            yield self
        finally:
            await self.recover()

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[Server]:
        """Stopped in an orderly way inside the block; started again behind it."""
        await self.stop()
        try:
            yield self
        finally:
            await self.recover()

    @asynccontextmanager
    async def suspended(self) -> AsyncIterator[Server]:
        """Frozen inside the block; goes on behind it."""
        await self.suspend()
        try:
            yield self
        finally:
            await self.recover()

    async def recover(self) -> bool:
        """Makes it ready from whatever state it is in; answers whether there was something to do."""
        await self.refresh()
        if self.state == "READY":
            return False
        if self.state == "SUSPENDED":
            await self.resume()
        elif not self.is_alive:
            await self.start(wait=False)
        if self.state != "READY":
            await self.wait_until_ready()
        return True

    def scaled(self, timeout_s: float) -> float:
        """A time limit, longer when the server is slow by its build."""
        return self._run.scaled(timeout_s)

    def describe_end(self) -> str:
        """How its last process ended, in words."""
        if self._message.signal:
            return f"signal {self._message.signal}"
        return f"exit code {self._message.exit_code}"

    async def _verb(self, name: str, **fields: Any) -> None:
        try:
            self._message = await self._run.control.verb(name, server=self.name, **fields)
            if name not in ("WaitFor", "ExpectCrash"):
                self._last_verb = name
        finally:
            if name not in ("WaitFor", "Suspend", "Resume", "ExpectCrash"):
                await self._run.transport.drop(self.endpoint)
