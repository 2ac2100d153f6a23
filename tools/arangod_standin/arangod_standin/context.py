"""What every part of one server process shares: settings, journal, identity, life state, counters."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from .http.router import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .api.jobs import JobRegistry
    from .authentication import Authenticator
    from .backend import Backend
    from .config.settings import Settings
    from .http.message import Request
    from .logger import Logger

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
        self.router = Router()
        self.authenticator: Authenticator | None = None
        self.backend: Backend | None = None
        # the stored asynchronous jobs, made when somebody asks for one
        self.jobs: JobRegistry | None = None
        self.backend_views: list[Callable[[Backend, Request], Backend]] = []
        self.shutdown_event = asyncio.Event()
        self.request_count: dict[str, int] = {}
        self.gauges: dict[str, Callable[[], float]] = {}
        self.status_members: dict[str, Callable[[], Any]] = {}
        self.reboot_id = 1
        # called with the name of each database that was dropped through this server
        self.database_dropped: list[Callable[[str], None]] = []
        self.open_cursors: Callable[[], int] = lambda: 0
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_open(self) -> bool:
        """True while the server takes ordinary requests."""
        return self.state == SERVING

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

    def begin_shutdown(self) -> None:
        """Stop taking requests and let the process end."""
        if self.state != SHUTDOWN:
            self.state = SHUTDOWN
            self.phase = "in shutdown"
            self.shutdown_event.set()
