"""What every part of one server process shares: settings, journal, identity, life state, counters."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .http.router import Router
from .observe.requests import RequestStatistics

if TYPE_CHECKING:
    import signal
    from collections.abc import Awaitable, Callable, Coroutine

    from .api.backup import Backups
    from .api.jobs import JobRegistry
    from .aql.service import QueryService
    from .authentication import Authenticator
    from .backend import Backend
    from .config.settings import Settings
    from .http.message import Request, Response
    from .logger import Logger
    from .stream_transactions import TransactionRegistry

STARTUP = "STARTUP"
SERVING = "SERVING"
SHUTDOWN = "SHUTDOWN"


class ServerContext:
    """The shared state of a server; `state` is what ``/_admin/status`` calls ``serverInfo.state``."""

    def __init__(self, settings: Settings, journal: Logger, server_id: str) -> None:
        self.settings = settings
        self.journal = journal
        self.server_id = server_id
        self.role = settings.role
        self.state = STARTUP
        self.phase = "in prepare"
        self.read_only = False
        self.started_s = time.time()
        # the last entry of the write-ahead log that was there when the server started after a crash
        self.recovery_tick = 0
        self.router = Router()
        self.authenticator: Authenticator | None = None
        self.backend: Backend | None = None
        # Coordinators hand on what belongs to another one; ids they give tell whose they are.
        self.forward: Callable[[Request], Awaitable[Response | None]] | None = None
        self.own_id: Callable[[int], str] = str
        # the stored asynchronous jobs, made when somebody asks for one
        self.jobs: JobRegistry | None = None
        # the queries of this server: running, slow, cached; made with the first one
        self.queries: QueryService | None = None
        # the transactions that clients began, made with the first one
        self.transactions: TransactionRegistry | None = None
        self.backend_views: list[Callable[[Backend, Request], Backend]] = []
        self.shutdown_event = asyncio.Event()
        # true when the process is to start anew after its orderly end
        self.restarts = False
        # set by coordinators: how the backups of a whole cluster are made
        self.make_backups: Callable[[], Backups] | None = None
        self.requests = RequestStatistics()
        # true between a soft shutdown's request and its end: what would keep the server busy is refused
        self.soft_shutdown = False
        # set by servers of a cluster: make all servers read-only, or not
        self.announce_read_only: Callable[[bool], Awaitable[None]] | None = None
        self.deployment_id: Callable[[], str] = lambda: ""
        # set by servers of a cluster: send a request to a server by its id; returns status and body
        self.ask_server: Callable[[str, str, str, Any], Awaitable[tuple[int, Any]]] | None = None
        self.open_connections: Callable[[], int] = lambda: 0
        # what is going on, by the names that GET /_admin/shutdown gives it
        self.ongoing: dict[str, Callable[[], int]] = {}
        self.gauges: dict[str, Callable[[], float]] = {}
        self.status_members: dict[str, Callable[[], Any]] = {}
        self.reboot_id = 1
        # called with the name of each database that was dropped through this server
        self.database_dropped: list[Callable[[str], None]] = []
        self.open_cursors: Callable[[], int] = lambda: 0
        # for the debug routes; what a process was told to do wrong is in misbehaviour.py
        self.hang: Callable[[str], None] | None = None
        self.crash: Callable[[signal.Signals], None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_open(self) -> bool:
        """True while the server takes ordinary requests."""
        return self.state == SERVING

    async def set_read_only(self, read_only: bool) -> None:
        """Refuse all writes of users from now on, or take them again; in a cluster on all servers."""
        if self.announce_read_only is not None:
            await self.announce_read_only(read_only)
        self.read_only = read_only

    def require_backend(self) -> Backend:
        """Return the backend; only routes of servers that have one call this."""
        assert self.backend is not None, "this role has no databases"
        return self.backend

    def backend_for(self, request: Request) -> Backend:
        """Return the backend as one request may use it: within its transaction, as far as its user's rights go.

        Every handler of requests from outside asks for its backend here.
        """
        backend = self.require_backend()
        for view in self.backend_views:
            backend = view(backend, request)
        return backend

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a background task that the context owns and cancels at shutdown; a crash of it is logged."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.log_exception("background task", error)

    def log_exception(self, where: str, error: BaseException) -> None:
        """Write an ERROR line with the traceback of an unexpected exception."""
        import traceback

        text = "".join(traceback.format_exception(error)).strip()
        self.journal.error("5d7c6", "general", f"unexpected exception in {where}: {text}")

    async def cancel_tasks(self) -> None:
        """Cancel all background tasks and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin_restart(self) -> None:
        """Let the process end and start anew in its place, as after the restore of a backup."""
        self.restarts = True
        self.begin_shutdown()

    def begin_shutdown(self) -> None:
        """Stop taking requests and let the process end."""
        if self.state != SHUTDOWN:
            self.state = SHUTDOWN
            self.phase = "in shutdown"
            self.shutdown_event.set()
