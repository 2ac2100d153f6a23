"""Version, status, identity and availability: the routes every role has and that probes ask for."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .. import STANDIN_NAME, STANDIN_VERSION, errors
from ..config.version_text import hostname, version_details
from ..context import SERVING
from ..errors import ArangoError
from ..http.message import Response, json_response, success

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class SystemApi:
    """Handlers about the process itself."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._before_4 = context.settings.family < (4, 0)
        add = context.router.add
        add("GET POST HEAD" if self._before_4 else "GET HEAD", "/_api/version", self.version)
        if self._before_4:
            add("GET", "/_admin/version", self.version)
        add("GET POST" if self._before_4 else "GET", "/_admin/status", self.status)
        add("GET POST" if self._before_4 else "GET", "/_admin/time", self.time)
        add("GET", "/_admin/server/availability", self.availability)
        add("GET", "/_admin/server/role", self.role)
        add("GET", "/_admin/server/id", self.id)

    def _identity(self) -> dict[str, object]:
        return {
            "server": "arango",
            "license": "community",
            "version": self._context.settings.arangodb_version,
            "standin": f"{STANDIN_NAME} {STANDIN_VERSION}",
        }

    async def version(self, request: Request) -> Response:
        """GET /_api/version."""
        body = self._identity()
        body["apiVersions"] = [1, 0] if self._before_4 else [1]
        body["deprecatedApiVersions"] = []
        if request.flag("details"):
            settings = self._context.settings
            known = version_details(
                settings.arangodb_version, failure_points=settings.boolean("standin.failure-points", True)
            )
            details = {**known, "role": self._context.role, "host": hostname()}
            if self._before_4:
                details["mode"] = "server"
            body["details"] = details
        return json_response(200, body)

    async def status(self, request: Request) -> Response:
        """GET /_admin/status."""
        context = self._context
        info: dict[str, object] = {
            "progress": {"phase": context.phase, "feature": "", "recoveryTick": context.recovery_tick},
            "role": context.role,
            "readOnly": context.read_only,
            "maintenance": context.state != SERVING,
            "state": context.state,
        }
        if context.role == "SINGLE":
            info["serverId"] = context.server_id
        else:
            info.update({
                "persistedId": context.server_id, "serverId": context.server_id, "rebootId": context.reboot_id,
                "address": context.settings.my_address,
            })  # fmt: skip
        body: dict[str, object] = {
            **self._identity(),
            "host": hostname(),
            "hostname": hostname(),
            "pid": os.getpid(),
            "serverInfo": info,
        }
        if self._before_4:
            info["writeOpsEnabled"] = not context.read_only
            body.update({"mode": "server", "operationMode": "server", "foxxApi": False})
        for name, member in context.status_members.items():
            body[name] = member()
        return json_response(200, body)

    async def time(self, request: Request) -> Response:
        """GET /_admin/time."""
        return success(200, {"time": time.time()})

    async def availability(self, request: Request) -> Response:
        """GET /_admin/server/availability; a server that is read-only says so with 503, as ArangoDB's does."""
        if not self._context.is_open:
            raise ArangoError(errors.HTTP_SERVICE_UNAVAILABLE)
        if self._context.read_only:
            return json_response(503, {"error": True, "code": 503, "mode": "readonly"})
        return success(200, {"mode": "default"})

    async def role(self, request: Request) -> Response:
        """GET /_admin/server/role."""
        return success(200, {"role": self._context.role, "mode": "default"})

    async def id(self, request: Request) -> Response:
        """GET /_admin/server/id."""
        if self._context.role not in ("PRIMARY", "COORDINATOR"):
            raise ArangoError(errors.HTTP_SERVER_ERROR, "server id is only available in a cluster")
        return success(200, {"id": self._context.server_id})
