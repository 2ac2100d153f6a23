"""The life of one server process: options, data directory, role, signals, exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from . import ARANGODB_VERSION, STANDIN_NAME, STANDIN_VERSION
from .application import Application
from .authentication import Authenticator
from .config.options import OptionError, parse_command_line
from .config.settings import Settings
from .config.version_text import version_text
from .context import SERVING, SHUTDOWN, ServerContext
from .datadir import DataDirectory, DataDirectoryError
from .http.protocol import HttpProtocol
from .http.server import HttpServer
from .logger import Logger
from .misbehaviour import Misbehaviour

if TYPE_CHECKING:
    from .roles import RoleServer

EXIT_FAILED = 1
EXIT_NOT_BINDABLE = 21
_DRAIN_S = 2.0


def main(argv: list[str]) -> int:
    """Run a server until it is told to stop; return the exit code."""
    try:
        values = parse_command_line(argv)
        if values.get("version"):
            print(version_text())
            return 0
        if values.get("help") or values.get("help-all"):
            print("Usage: arangod [<options>]\nThe options are those of ArangoDB 3.12; see its documentation.")
            return 0
        settings = Settings(values)
        journal = Logger(settings)
        misbehaviour = Misbehaviour(settings, journal)
        misbehaviour.at_start()
        return _run_with_directory(settings, journal, misbehaviour)
    except OptionError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _run_with_directory(settings: Settings, journal: Logger, misbehaviour: Misbehaviour) -> int:
    journal.info(
        "e52b0", "general",
        f"{STANDIN_NAME} {STANDIN_VERSION} following ArangoDB {ARANGODB_VERSION} [linux] 64bit, "
        f"role {settings.role}, pid {os.getpid()}",
    )  # fmt: skip
    try:
        directory = DataDirectory(
            settings.database_directory, settings.role, settings.string("database.required-directory-state", "any")
        )
    except DataDirectoryError as error:
        journal.fatal("5c6ac", "general", str(error))
        return error.exit_code
    try:
        if settings.boolean("database.check-version", False) or settings.boolean("database.auto-upgrade", False):
            directory.server_id()
            journal.info("5a5f8", "startup", "database is up to date")
            return 0
        return asyncio.run(_Process(settings, journal, directory, misbehaviour).run())
    except OptionError as error:
        journal.fatal("8d2b6", "general", str(error))
        return error.exit_code
    except Exception as error:
        import traceback

        text = "".join(traceback.format_exception(error)).strip()
        journal.fatal("8d2b5", "general", f"cannot run the server: {text}")
        return EXIT_FAILED
    finally:
        directory.close()
        journal.info("f4d9b", "general", f"{STANDIN_NAME} has been shut down")


class _Process:
    def __init__(
        self, settings: Settings, journal: Logger, directory: DataDirectory, misbehaviour: Misbehaviour
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._directory = directory
        self._misbehaviour = misbehaviour
        self._signalled = False
        self._context: ServerContext | None = None

    async def run(self) -> int:
        settings, journal = self._settings, self._journal
        server_id = self._directory.server_id() if settings.role != "SINGLE" else "SNGL"
        context = self._context = ServerContext(settings, journal, server_id)
        self._install_signals()
        asyncio.get_running_loop().set_exception_handler(self._loop_error)
        context.authenticator = Authenticator(settings, server_id)
        role = _make_role(context, self._directory)
        http = self._http = HttpServer(
            Application(context),
            tells_queue_time=settings.boolean("http.return-queue-time-header", True),
            idle_timeout_s=settings.number("http.keep-alive-timeout", 300.0),
        )
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: HttpProtocol(http),
                settings.host, settings.port, backlog=1024, reuse_address=True,
            )  # fmt: skip
        except OSError as error:
            journal.fatal("6f2a6", "general", f"failed to bind to endpoint '{settings.endpoint}': {error.strerror};"
                         " please check whether another server uses it, or choose another one")  # fmt: skip
            await role.stop()
            return EXIT_NOT_BINDABLE
        journal.info("6ea38", "general", f"using endpoint '{settings.endpoint}' for requests")
        context.phase = "in start"
        try:
            await self._serve(context, role)
        finally:
            server.close()
            await self._drain()
            await context.cancel_tasks()
            await role.stop()
        return 0

    def _loop_error(self, loop: asyncio.AbstractEventLoop, details: dict[str, Any]) -> None:
        """Bring errors that nobody awaited into the log."""
        assert self._context is not None
        error = details.get("exception")
        if error is not None:
            self._context.log_exception(str(details.get("message")), error)
        else:
            self._journal.error("5d7c7", "general", str(details.get("message")))

    async def _serve(self, context: ServerContext, role: RoleServer) -> None:
        starting = asyncio.ensure_future(role.start())
        stopping = asyncio.ensure_future(context.shutdown_event.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            if context.state != SHUTDOWN:
                context.state, context.phase = SERVING, "in wait"
                self._journal.info("cf3f4", "general", f"ArangoDB (version {ARANGODB_VERSION} [linux], {STANDIN_NAME})"
                                  " is ready for business. Have fun!")  # fmt: skip
                self._misbehaviour.when_ready(context)
            await stopping
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

    def _install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, self._stop_by_signal, number)
        loop.add_signal_handler(signal.SIGHUP, self._journal.reopen)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def _stop_by_signal(self, number: signal.Signals) -> None:
        name = signal.Signals(number).name
        if self._misbehaviour.ignores(name):
            return
        if self._signalled:
            self._journal.fatal("11ca3", "general", f"{name} received during shutdown sequence; terminating!")
            os._exit(EXIT_FAILED)
        self._signalled = True
        self._journal.info("b4133", "general", f"{name} received, beginning shut down sequence")
        assert self._context is not None
        self._context.begin_shutdown()


def _make_role(context: ServerContext, directory: DataDirectory) -> RoleServer:
    """Return the part that makes this process a single server, an agent, a dbserver or a coordinator."""
    from . import roles

    return roles.make_role(context, directory)
