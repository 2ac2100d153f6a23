"""What all connections of one server share: the application, limits, the queue time, the life of connections."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from .head import HeadParser
from .message import error_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .message import Request, Response
    from .protocol import HttpProtocol

    Application = Callable[[Request], Awaitable[Response]]

_QUEUE_TIME_HEADER = "x-arango-queue-time-seconds"
_SWEEP_S = 5.0


class HttpServer:
    """Answers the requests of all connections.

    `queue_time_s` is how long the newest request waited between its arrival and its handler, which every response
    tells (reference: ``x-arango-queue-time-seconds``). `before_request`, if set, is called with each request; what it
    returns is awaited before the application is asked, and None means nothing to wait for.
    """

    def __init__(self, application: Application, *, tells_queue_time: bool, idle_timeout_s: float) -> None:
        self._application = application
        self._tells_queue_time = tells_queue_time
        self._idle_timeout_s = idle_timeout_s
        self._sweeper: asyncio.TimerHandle | None = None
        self.connections: set[HttpProtocol] = set()
        self.heads = HeadParser()
        self.queue_time_s = 0.0
        self.request_count = 0
        self.before_request: Callable[[Request], Awaitable[None] | None] | None = None

    async def answer(self, request: Request) -> Response:
        """Return the response; never raises."""
        self.request_count += 1
        waited_s = self.queue_time_s = time.monotonic() - request.received_s
        if self.before_request is not None and (waiting := self.before_request(request)) is not None:
            await waiting
        wanted = request.headers.get(_QUEUE_TIME_HEADER)
        if wanted is not None and self._tells_queue_time and _exceeds(waited_s, wanted):
            return error_response(ArangoError(errors.QUEUE_TIME_REQUIREMENT_VIOLATED))
        if request.body and "velocypack" in request.headers.get("content-type", ""):
            return error_response(ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin reads JSON, not VelocyPack"))
        return await self._application(request)

    @property
    def queue_time_line(self) -> bytes:
        """The header line that tells the queue time."""
        return b"X-Arango-Queue-Time-Seconds: %.6f\r\n" % self.queue_time_s if self._tells_queue_time else b""

    @property
    def busy(self) -> bool:
        """True while somebody waits for an answer."""
        return any(connection.awaited for connection in self.connections)

    def opened(self, connection: HttpProtocol) -> None:
        """Note a new connection."""
        self.connections.add(connection)
        if self._sweeper is None and self._idle_timeout_s > 0:
            delay_s = min(_SWEEP_S, self._idle_timeout_s / 2)
            self._sweeper = asyncio.get_running_loop().call_later(delay_s, self._sweep)

    def closed(self, connection: HttpProtocol) -> None:
        """Forget a connection."""
        self.connections.discard(connection)

    def _sweep(self) -> None:
        """Close connections that have said nothing of use for too long; runs only while there are connections."""
        self._sweeper = None
        limit_s = time.monotonic() - self._idle_timeout_s
        for connection in list(self.connections):
            if not connection.busy and connection.active_s < limit_s:
                connection.close()
        if self.connections:
            delay_s = min(_SWEEP_S, self._idle_timeout_s / 2)
            self._sweeper = asyncio.get_running_loop().call_later(delay_s, self._sweep)

    def close(self) -> None:
        """Close all connections."""
        self._idle_timeout_s = 0
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self.connections):
            connection.close()


def _exceeds(waited_s: float, wanted: str) -> bool:
    """Say whether a wait is longer than a request's header allows; what is no number allows everything."""
    try:
        return 0 < float(wanted) < waited_s
    except ValueError:
        return False
