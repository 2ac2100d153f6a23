"""The end of a server by HTTP: ``/_admin/shutdown``, at once or softly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .. import errors
from ..context import SHUTDOWN
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..permissions import require_admin

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_DELAY_S = 0.05
_LOOK_AGAIN_S = 0.1


class ShutdownApi:
    """Handlers of ``/_admin/shutdown``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._soft = False
        context.router.add("DELETE GET", "/_admin/shutdown", self.shutdown)

    async def shutdown(self, request: Request) -> Response:
        """DELETE begins the end, with ``soft`` when all is done that was begun; GET tells how far that is."""
        context = self._context
        require_admin(context, request)
        if request.method == "GET":
            return json_response(200, self._progress())
        if request.flag("soft"):
            if context.role != "COORDINATOR":
                raise ArangoError(errors.NOT_IMPLEMENTED, "soft shutdown is only available on coordinators")
            if not self._soft:
                self._soft = context.soft_shutdown = True
                context.journal.info("6e4a5", "general", "soft shutdown requested by HTTP")
                context.spawn(self._when_idle())
            return json_response(200, "OK")
        context.journal.info("6e4a4", "general", "shutdown requested by HTTP")
        # the answer leaves first, as in ArangoDB
        asyncio.get_running_loop().call_later(_DELAY_S, context.begin_shutdown)
        return json_response(200, "OK")

    def _progress(self) -> dict[str, object]:
        context = self._context
        pending, done = context.jobs.counts() if context.jobs is not None else (0, 0)
        waits = ("AQLcursors", "transactions", "pendingJobs", "doneJobs")
        body: dict[str, object] = {
            "softShutdownOngoing": self._soft or context.state == SHUTDOWN,
            "AQLcursors": context.open_cursors(),
            "transactions": 0,
            "pendingJobs": pending,
            "doneJobs": done,
            "lowPrioOngoingRequests": 0,
            "lowPrioQueuedRequests": 0,
            **{name: counter() for name, counter in context.ongoing.items()},
        }
        if context.settings.family < (4, 0):
            body["pregelConductors"] = 0
        body["allClear"] = not any(body[name] for name in waits)
        return body

    async def _when_idle(self) -> None:
        """End when no cursor, transaction or job is left."""
        while not self._progress()["allClear"]:  # noqa: ASYNC110
            # cursors, transactions and jobs end in many places, so there is no single event to wait for
            await asyncio.sleep(_LOOK_AGAIN_S)
        await asyncio.sleep(_DELAY_S)
        self._context.begin_shutdown()
