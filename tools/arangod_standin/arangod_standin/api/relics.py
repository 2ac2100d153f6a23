"""Routes of ArangoDB 3.12 that are gone in 4.0: echo, routing, target version, endpoints, and what needs JavaScript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..permissions import require_admin

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class RelicApi:
    """Handlers that only servers of the 3.12 family have."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("DELETE GET HEAD PATCH POST PUT", "/_admin/echo", self.echo)
        add("GET POST", "/_admin/routing/reload", self.reload_routing)
        add("GET", "/_admin/database/target-version", self.target_version)
        add("GET", "/_api/endpoint", self.endpoints)
        add("POST", "/_admin/execute", self.execute)
        add("GET POST", "/_api/tasks", self.tasks)
        add("GET PUT DELETE", "/_api/tasks/*", self.task)

    async def echo(self, request: Request) -> Response:
        """/_admin/echo: what the server understood of the request."""
        text = request.body.decode("utf-8", "replace")
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = None
        answer: dict[str, object] = {
            "authorized": True,
            "user": request.user or None,
            "database": request.database,
            "url": request.target,
            "protocol": "http",
            "portType": "tcp/ip",
            "headers": request.headers,
            "requestType": request.method,
            "requestBody": body if isinstance(body, str) else text,
            "rawRequestBody": {"type": "Buffer", "data": list(request.body)},
            "parameters": request.parameters,
            "suffix": [],
            "cookies": {},
            "server": {"endpoint": self._context.settings.endpoint},
        }
        return success(200, answer)

    async def reload_routing(self, request: Request) -> Response:
        """/_admin/routing/reload: there are no routes of Foxx services, so nothing is to be done."""
        return json_response(200, {"error": False, "code": 200})

    async def target_version(self, request: Request) -> Response:
        """GET /_admin/database/target-version, as number: 31210 for 3.12.10."""
        major, minor, patch = self._context.settings.arangodb_version.split(".")
        return success(200, {"version": f"{int(major) * 10000 + int(minor) * 100 + int(patch)}"})

    async def endpoints(self, request: Request) -> Response:
        """GET /_api/endpoint: where this server listens."""
        require_admin(self._context, request)
        return json_response(200, [{"endpoint": self._context.settings.endpoint.replace("tcp://", "http://", 1)}])

    async def execute(self, request: Request) -> Response:
        """POST /_admin/execute runs JavaScript, for which there is no engine."""
        require_admin(self._context, request)
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: there is no JavaScript engine")

    # -- tasks -------------------------------------------------------------------------------------------------------
    async def tasks(self, request: Request) -> Response:
        """GET lists no tasks, since POST cannot make any: they are JavaScript."""
        if request.method == "GET":
            return json_response(200, [])
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: there is no JavaScript engine")

    async def task(self, request: Request, task_id: str) -> Response:
        """GET and DELETE find no task, PUT cannot make one."""
        if request.method == "PUT":
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: there is no JavaScript engine")
        raise ArangoError(errors.TASK_NOT_FOUND)
