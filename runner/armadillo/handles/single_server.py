"""`SingleServer`: a deployment of one server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from .deployment import Deployment
from .log_cursor import LogCursor
from .run import Run
from .server import Server


class SingleServer(Deployment):
    """One server with everything in it. The verbs of its only `server` are offered here, too."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._only = self._servers[0]

    def __repr__(self) -> str:
        return f"<SingleServer {self.endpoint} {self._only.state}>"

    @property
    def only_server(self) -> Server:
        """The server itself."""
        return self._only

    @property
    def endpoint(self) -> str:
        """ "http://127.3.4.5:8529"."""
        return self._only.endpoint

    @property
    def endpoints(self) -> list[str]:
        """The one endpoint, as a list for drivers."""
        return [self._only.endpoint]

    @property
    def log(self) -> LogCursor:
        """Its log."""
        return self._only.log

    async def start(self, *, extra_args: Sequence[str] = (), wipe_data: bool = False) -> None:
        """See `Server.start`."""
        await self._only.start(extra_args=extra_args, wipe_data=wipe_data)

    async def stop(self) -> None:
        """See `Server.stop`."""
        await self._only.stop()

    async def kill(self) -> None:
        """See `Server.kill`."""
        await self._only.kill()

    async def suspend(self) -> None:
        """See `Server.suspend`."""
        await self._only.suspend()

    async def resume(self) -> None:
        """See `Server.resume`."""
        await self._only.resume()

    async def restart(self, *, extra_args: Sequence[str] = (), wipe_data: bool = False) -> None:
        """See `Server.restart`."""
        await self._only.restart(extra_args=extra_args, wipe_data=wipe_data)

    def killed(self) -> AbstractAsyncContextManager[Server]:
        """See `Server.killed`."""
        return self._only.killed()

    def stopped(self) -> AbstractAsyncContextManager[Server]:
        """See `Server.stopped`."""
        return self._only.stopped()

    def suspended(self) -> AbstractAsyncContextManager[Server]:
        """See `Server.suspended`."""
        return self._only.suspended()
