"""Failure points and other ways to make a server fail, as builds of ArangoDB with failure tests have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..failure_points import FAILURE_POINTS
from ..http.message import Response, json_response
from ..misbehaviour import HANGS, parse_signal

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class DebugApi:
    """Handlers below ``/_admin/debug``; with ``--standin.failure-points false`` they do not exist."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        if not context.settings.boolean("standin.failure-points", True):
            context.router.add("GET PUT DELETE", "/_admin/debug/failat", self.unavailable)
            context.router.add("GET PUT DELETE", "/_admin/debug/failat/*", self.unavailable)
            return
        add = context.router.add
        add("GET", "/_admin/debug/failat", self.usable)
        add("DELETE", "/_admin/debug/failat", self.clear)
        add("GET", "/_admin/debug/failat/all", self.names)
        add("PUT", "/_admin/debug/failat/*", self.set)
        add("DELETE", "/_admin/debug/failat/*", self.remove)
        add("PUT", "/_admin/debug/crash", self.crash)
        add("PUT", "/_admin/debug/hang", self.hang)
        add("DELETE", "/_admin/debug/raceControl", self.clear_races)

    async def unavailable(self, request: Request, name: str = "") -> Response:
        """Any request: this server was told to have no failure points."""
        raise ArangoError(errors.HTTP_NOT_FOUND, "failure points are switched off in this server")

    async def usable(self, request: Request) -> Response:
        """GET /_admin/debug/failat: whether failure points can be used."""
        return json_response(200, True)

    async def names(self, request: Request) -> Response:
        """GET /_admin/debug/failat/all: the names that are set."""
        return json_response(200, FAILURE_POINTS.names())

    async def set(self, request: Request, name: str) -> Response:
        """PUT /_admin/debug/failat/{name}: set one."""
        if not name:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting the name of a failure point")
        FAILURE_POINTS.add(name)
        return json_response(200, True)

    async def remove(self, request: Request, name: str) -> Response:
        """DELETE /_admin/debug/failat/{name}: take one back."""
        FAILURE_POINTS.remove(name)
        return json_response(200, True)

    async def clear(self, request: Request) -> Response:
        """DELETE /_admin/debug/failat: take all back."""
        FAILURE_POINTS.clear()
        return json_response(200, True)

    async def crash(self, request: Request) -> Response:
        """PUT /_admin/debug/crash: end by a signal, SIGSEGV unless ``?signal=`` names another; nobody is answered."""
        assert self._context.crash is not None
        try:
            number = parse_signal(request.parameters.get("signal", "SIGSEGV").upper())
        except KeyError:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting the name of a signal, as SIGSEGV") from None
        self._context.crash(number)
        return Response(200)

    async def hang(self, request: Request) -> Response:
        """PUT /_admin/debug/hang?kind=loop|accept: stand still; the stand-in's own."""
        kind = request.parameters.get("kind", "loop")
        if kind not in HANGS:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"expecting kind to be one of {', '.join(HANGS)}")
        assert self._context.hang is not None
        self._context.hang(kind)
        return json_response(200, True)

    async def clear_races(self, request: Request) -> Response:
        """DELETE /_admin/debug/raceControl: there are no race controls to reset."""
        return json_response(200, True)
