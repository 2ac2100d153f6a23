"""From a parsed request to its response: access checks in ArangoDB's order, routing, error bodies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING

from . import errors
from .context import SHUTDOWN
from .errors import ArangoError
from .failure_points import CUT_OFF, FAILURE_POINTS
from .http.message import Response, error_response
from .permissions import check_database_access

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .context import ServerContext
    from .http.message import Request

# How often a server that is cut off looks whether it still is.
_CUT_OFF_LOOK_S = 0.05
# Answered without credentials.
_OPEN = (["_admin", "server", "availability"], ["_open", "auth"])
# Answered (with credentials) while the server starts.
_EARLY = (["_api", "version"], ["_admin", "version"], ["_admin", "status"], ["_admin", "server", "availability"])
_INTERNAL_ROOTS = ("_internal",)
# What a soft shutdown takes no more of.
_BEGINNINGS = (["_api", "cursor"], ["_api", "transaction", "begin"], ["_api", "transaction"])
# ArangoDB's routes that the stand-in knows of and does not have: 501 tells them from misspelt ones.
_NOT_IMPLEMENTED = {
    *(("_api", name) for name in (
        "batch", "export", "foxx",
        "replication", "simple",
        "wal",
    )),
    *(("_admin", name) for name in (
        "aql", "async-registry", "backup", "job", "telemetrics", "wal",
    )),
    ("_admin", "cluster"), ("_api", "cluster"),
}  # fmt: skip


# Those of them that 4.0 removed.
_GONE_IN_4 = {
    *(("_api", name) for name in ("batch", "export", "foxx", "replication", "simple")),
    ("_admin", "job"), ("_admin", "wal"),
}  # fmt: skip


class Application:
    """Answers requests of one server."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        gone = _GONE_IN_4 if context.settings.family >= (4, 0) else set()
        self._not_there = _NOT_IMPLEMENTED - gone

    async def __call__(self, request: Request) -> Response:
        """Return the response; never raises."""
        if CUT_OFF in FAILURE_POINTS and "x-standin-internal" in request.headers:
            return await self._unheard()
        began_s = time.monotonic()
        self._context.requests.begin(request)
        response = await self._safely(request, self._answer)
        self._context.requests.add(request, response, began_s)
        return response

    async def _unheard(self) -> Response:
        """Let another server's request wait for as long as this server is cut off; it is never carried out."""
        while CUT_OFF in FAILURE_POINTS and not self._context.shutdown_event.is_set():  # noqa: ASYNC110
            # a failure point is a name in a set: there is nothing to wait for
            await asyncio.sleep(_CUT_OFF_LOOK_S)
        return error_response(ArangoError(errors.HTTP_SERVICE_UNAVAILABLE, "the request did not arrive"))

    async def _safely(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Return the answer, or the error response for what it raised."""
        try:
            return await answer(request)
        except ArangoError as error:
            return error_response(error)
        except (sqlite3.OperationalError, OSError) as error:
            self._context.journal.error("7b211", "engines", f"storage error in {request.path}: {error}")
            from .storage.failures import storage_error

            return error_response(storage_error(error))
        except Exception as error:
            self._context.log_exception(f"{request.method} {request.path}", error)
            return error_response(ArangoError(errors.INTERNAL, f"{type(error).__name__}: {error}"))

    async def _answer(self, request: Request) -> Response:
        context = self._context
        if request.method == "OPTIONS":
            return Response(200, headers=[("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")])
        if request.segments not in _OPEN and request.segments[0] != "_open":
            assert context.authenticator is not None
            await context.authenticator.authenticate(request)
            check_database_access(context, request)
        root = request.segments[0]
        if root in _INTERNAL_ROOTS and not request.superuser:
            raise ArangoError(errors.FORBIDDEN)
        if not context.is_open and not self._allowed_early(request):
            raise ArangoError(errors.HTTP_SERVICE_UNAVAILABLE, "service unavailable due to startup or maintenance mode")
        if context.soft_shutdown and (request.segments in _BEGINNINGS or "x-arango-async" in request.headers):
            raise ArangoError(errors.SHUTTING_DOWN)
        backend = context.backend
        if request.database != "_system" and (backend is None or request.database not in backend.database_names()):
            raise ArangoError(errors.DATABASE_NOT_FOUND)
        if "x-arango-async" in request.headers and backend is not None:
            from .api.jobs import is_asynchronous, registry_of

            if is_asynchronous(request):
                return registry_of(context).start(request, lambda later: self._safely(later, self._route))
        return await self._route(request)

    async def _route(self, request: Request) -> Response:
        context = self._context
        if context.forward is not None and (answer := await context.forward(request)) is not None:
            return answer
        try:
            handler, arguments = context.router.find(request)
        except ArangoError as error:
            if error.status == 404 and context.role != "AGENT" and tuple(request.segments[:2]) in self._not_there:
                raise self._not_implemented(request) from None
            raise
        return await handler(request, *arguments)

    def _not_implemented(self, request: Request) -> ArangoError:
        if request.segments[1] == "cluster":
            # a coordinator has them all: what it does not know is misspelt, or gone in this release
            there = self._context.role == "COORDINATOR"
            return ArangoError(errors.HTTP_NOT_FOUND if there else errors.CLUSTER_ONLY_ON_COORDINATOR)
        return ArangoError(errors.NOT_IMPLEMENTED, f"arangod-standin: {request.path} is not implemented")

    def _allowed_early(self, request: Request) -> bool:
        if self._context.state == SHUTDOWN:
            return request.segments[0] in _INTERNAL_ROOTS or request.segments in (*_EARLY, ["_admin", "shutdown"])
        roots = request.segments[:2]
        return (
            request.segments in _EARLY
            or request.segments in _OPEN
            or request.segments[0] in _INTERNAL_ROOTS
            or roots in (["_api", "agency"], ["_api", "agency_priv"], ["_admin", "shutdown"], ["_admin", "debug"])
        )
