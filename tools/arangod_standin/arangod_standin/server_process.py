"""One server process from its first listening socket to its last answer."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from . import STANDIN_NAME
from .application import Application
from .authentication import Authenticator
from .context import SERVING, SHUTDOWN, ServerContext
from .crash_handler import CrashHandler
from .early_stop import STOP_SIGNALS
from .failure_points import FAILURE_POINTS
from .http.protocol import HttpProtocol
from .http.server import HttpServer

if TYPE_CHECKING:
    from .config.endpoint import Endpoint
    from .config.settings import Settings
    from .datadir import DataDirectory
    from .early_stop import EarlyStop
    from .logger import Logger
    from .misbehaviour import Misbehaviour
    from .roles import RoleServer

EXIT_FAILED = 1
EXIT_NOT_BINDABLE = 21
# no exit code: the process is to start anew in its place
EXIT_RESTART = -1
_DRAIN_S = 2.0
_EARLY_S = 0.02

# SQLite's write-ahead log: a header, then frames of a page each.
_WAL_HEADER_BYTES, _WAL_FRAME_BYTES = 32, 24 + 4096


def _collect_garbage() -> None:
    """Have garbage collected from now on, but not looked for in what the start has made."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


class ServerProcess:
    """The parts of a server and the order in which they start and stop."""

    def __init__(
        self,
        settings: Settings,
        journal: Logger,
        directory: DataDirectory,
        misbehaviour: Misbehaviour,
        early_stop: EarlyStop,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._directory = directory
        self._misbehaviour = misbehaviour
        self._early_stop = early_stop
        self._signalled = False
        self._listening: list[asyncio.Server] = []
        server_id = directory.server_id() if settings.role != "SINGLE" else "SNGL"
        self._context = ServerContext(settings, journal, server_id)
        self._context.authenticator = Authenticator(settings, server_id)
        self._http = HttpServer(
            Application(self._context),
            tells_queue_time=settings.boolean("http.return-queue-time-header", True),
            idle_timeout_s=settings.number("http.keep-alive-timeout", 300.0),
        )
        self._context.open_connections = lambda: len(self._http.connections)

    async def run(self) -> int:
        """Serve until the process is told to stop; return the exit code."""
        context = self._context
        asyncio.get_running_loop().set_exception_handler(self._loop_error)
        self._install_signals()
        if self._early_stop.was_asked:
            return 0
        handler = CrashHandler(context, self._directory.file("crashes"))
        handler.install()
        self._misbehaviour.attach(context, self._http, handler)
        role = self._make_role()
        if self._settings.boolean("database.init-database", False) or self._settings.boolean(
            "database.restore-admin", False
        ):
            return await self._set_up_only(role)
        try:
            for endpoint in self._settings.endpoints:
                await self._listen(endpoint)
        except OSError as error:
            self._journal.fatal("6f2a6", "general", f"failed to bind to endpoint '{endpoint}':"
                                f" {error.strerror or error}; please check whether another server uses it, or choose"
                                " another one")  # fmt: skip
            self._close_listening()
            await role.stop()
            return EXIT_NOT_BINDABLE
        context.phase = "in start"
        while "startListeningEarly" in FAILURE_POINTS and not context.shutdown_event.is_set():  # noqa: ASYNC110
            # until a debug request takes the point back
            await asyncio.sleep(_EARLY_S)
        try:
            await self._serve(role)
        finally:
            self._close_listening()
            await self._drain()
            await context.cancel_tasks()
            await role.stop()
            self._keep_signals()
        return EXIT_RESTART if context.restarts else 0

    async def _set_up_only(self, role: RoleServer) -> int:
        """Make the database directory, give root the password of ``--database.password`` and serve nobody."""
        await role.start()
        assert self._context.authenticator is not None
        accounts = self._context.authenticator.accounts
        if accounts is not None and self._settings.boolean("database.restore-admin", False):
            await accounts.change("root", lambda root: root.set_password(self._settings.root_password))
        await self._context.cancel_tasks()
        await role.stop()
        return 0

    def _make_role(self) -> RoleServer:
        """Return the part that makes this process a single server, an agent, a dbserver or a coordinator."""
        from . import roles

        wal = self._directory.engine_file("data.sqlite3-wal")
        wal_bytes = os.path.getsize(wal) if self._directory.was_in_use and os.path.exists(wal) else -1
        if wal_bytes >= 0:
            self._journal.info("fe333", "engines", "recovery starting, the previous process did not end properly,"
                               f" scanning WAL of {wal_bytes} bytes")  # fmt: skip
            self._misbehaviour.in_recovery()
        began_s = time.monotonic()
        role = roles.make_role(self._context, self._directory)
        if wal_bytes >= 0:
            self._context.recovery_tick = max(wal_bytes - _WAL_HEADER_BYTES, 0) // _WAL_FRAME_BYTES
            self._journal.info("a4ec8", "engines", f"recovery finished, WAL bytes scanned: {wal_bytes},"
                               f" took {time.monotonic() - began_s:.6f} s")  # fmt: skip
        return role

    async def _listen(self, endpoint: Endpoint) -> None:
        loop, http = asyncio.get_running_loop(), self._http
        if endpoint.scheme == "unix":
            made = await loop.create_unix_server(lambda: HttpProtocol(http), endpoint.path, backlog=1024)
        else:
            made = await loop.create_server(
                lambda: HttpProtocol(http), endpoint.host, endpoint.port, backlog=1024, reuse_address=True,
                ssl=self._tls() if endpoint.scheme == "ssl" else None,
            )  # fmt: skip
        self._listening.append(made)
        kind = "ssl-encrypted" if endpoint.scheme == "ssl" else "non-encrypted"
        self._journal.info("6ea38", "general", f"using endpoint '{endpoint}' for {kind} requests")

    def _tls(self) -> Any:
        import ssl

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._settings.tls_keyfile)
        return context

    def _close_listening(self) -> None:
        for server in self._listening:
            server.close()
        for endpoint in self._settings.endpoints if self._listening else []:
            if endpoint.scheme == "unix" and os.path.exists(endpoint.path):
                os.unlink(endpoint.path)

    def _loop_error(self, loop: asyncio.AbstractEventLoop, details: dict[str, Any]) -> None:
        """Bring errors that nobody awaited into the log."""
        error = details.get("exception")
        if error is not None:
            self._context.log_exception(str(details.get("message")), error)
        else:
            self._journal.error("5d7c7", "general", str(details.get("message")))

    async def _serve(self, role: RoleServer) -> None:
        context = self._context
        starting = asyncio.ensure_future(role.start())
        stopping = asyncio.ensure_future(context.shutdown_event.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            if context.state != SHUTDOWN:
                context.state, context.phase = SERVING, "in wait"
                version = self._settings.arangodb_version
                self._journal.info("cf3f4", "general", f"ArangoDB (version {version} [linux], {STANDIN_NAME})"
                                  " is ready for business. Have fun!")  # fmt: skip
                self._misbehaviour.when_ready()
            _collect_garbage()
            await stopping
            await self._misbehaviour.before_stop()
        else:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        context.state = SHUTDOWN

    async def _drain(self) -> None:
        """Let requests in progress end, at most for a moment, then close all connections."""
        deadline = time.monotonic() + _DRAIN_S
        while self._http.busy and time.monotonic() < deadline:  # noqa: ASYNC110
            # connections come and go, so there is no single event to wait for
            await asyncio.sleep(0.005)
        self._http.close()

    # -- signals -----------------------------------------------------------------------------------------------------
    def _install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._stop_by_signal, number)
        loop.add_signal_handler(signal.SIGHUP, self._journal.reopen)

    def _keep_signals(self) -> None:
        """From here on the event loop ends: signals go on to be answered, not to kill."""
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, lambda received, frame: self._stop_by_signal(received))

    def _stop_by_signal(self, number: int) -> None:
        name = signal.Signals(number).name
        if self._misbehaviour.ignores(name):
            return
        if self._signalled:
            self._journal.fatal("11ca3", "general", f"{name} received during shutdown sequence; terminating!")
            os._exit(EXIT_FAILED)
        self._signalled = True
        self._journal.info("b4133", "general", f"{name} received, beginning shut down sequence")
        self._context.begin_shutdown()
