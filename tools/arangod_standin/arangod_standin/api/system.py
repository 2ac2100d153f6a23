"""Version, status, identity, availability and shutdown: the routes every role has."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from .. import ARANGODB_VERSION, STANDIN_NAME, STANDIN_VERSION, errors
from ..config.version_text import hostname, version_details
from ..context import SERVING, SHUTDOWN
from ..errors import ArangoError
from ..http.message import Response, json_response, success

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_SHUTDOWN_DELAY_S = 0.05
_ROLE_NAMES = {"AGENT": "AGENT", "PRIMARY": "PRIMARY", "COORDINATOR": "COORDINATOR", "SINGLE": "SINGLE"}


class SystemApi:
    """Handlers about the process itself."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET POST HEAD", "/_api/version", self.version)
        add("GET", "/_admin/version", self.version)
        add("GET POST", "/_admin/status", self.status)
        add("GET POST", "/_admin/time", self.time)
        add("GET", "/_api/engine", self.engine)
        add("GET", "/_api/engine/stats", self.engine_statistics)
        add("GET", "/_admin/server/availability", self.availability)
        add("GET", "/_admin/server/role", self.role)
        add("GET", "/_admin/server/id", self.id)
        add("GET PUT", "/_admin/server/mode", self.mode)
        add("GET POST", "/_admin/server/jwt", self.jwt)
        add("DELETE GET", "/_admin/shutdown", self.shutdown)
        add("PUT", "/_admin/compact", self.compact)
        add("GET DELETE", "/_admin/debug/failat", self.failure_points)
        add("GET PUT DELETE", "/_admin/debug/failat/*", self.failure_points)

    async def version(self, request: Request) -> Response:
        """GET /_api/version."""
        body: dict[str, object] = {
            "server": "arango",
            "license": "community",
            "version": ARANGODB_VERSION,
            "standin": f"{STANDIN_NAME} {STANDIN_VERSION}",
        }
        if request.flag("details"):
            body["details"] = {**version_details(), "role": self._context.role, "host": hostname(), "mode": "server"}
        return json_response(200, body)

    async def status(self, request: Request) -> Response:
        """GET /_admin/status."""
        context = self._context
        body: dict[str, object] = {
            "server": "arango",
            "license": "community",
            "version": ARANGODB_VERSION,
            "standin": f"{STANDIN_NAME} {STANDIN_VERSION}",
            "mode": "server",
            "operationMode": "server",
            "foxxApi": False,
            "host": hostname(),
            "hostname": hostname(),
            "pid": os.getpid(),
            "serverInfo": {
                "progress": {"phase": context.phase, "feature": "", "recoveryTick": 0},
                "role": _ROLE_NAMES[context.role],
                "writeOpsEnabled": not context.read_only,
                "readOnly": context.read_only,
                "maintenance": context.state != SERVING,
                "state": context.state,
                **({} if context.role == "SINGLE" else {
                    "persistedId": context.server_id, "serverId": context.server_id, "rebootId": context.reboot_id,
                    "address": context.settings.my_address,
                }),
            },
        }  # fmt: skip
        for name, member in context.status_members.items():
            body[name] = member()
        return json_response(200, body)

    async def time(self, request: Request) -> Response:
        """GET /_admin/time."""
        return success(200, {"time": time.time()})

    async def engine(self, request: Request) -> Response:
        """GET /_api/engine; the name is what drivers expect, the ``standin`` member says what it is."""
        supports = {"indexes": ["primary", "edge", "persistent"], "aliases": {"indexes": {}}}
        return json_response(200, {"name": "rocksdb", "supports": supports, "standin": "sqlite"})

    async def engine_statistics(self, request: Request) -> Response:
        """GET /_api/engine/stats."""
        return json_response(200, {"cache.limit": 0, "standin.engine": "sqlite"})

    async def availability(self, request: Request) -> Response:
        """GET /_admin/server/availability."""
        if not self._context.is_open:
            raise ArangoError(errors.HTTP_SERVICE_UNAVAILABLE)
        return success(200, {"mode": "readonly" if self._context.read_only else "default"})

    async def role(self, request: Request) -> Response:
        """GET /_admin/server/role."""
        return success(200, {"role": _ROLE_NAMES[self._context.role], "mode": "default"})

    async def id(self, request: Request) -> Response:
        """GET /_admin/server/id."""
        if self._context.role not in ("PRIMARY", "COORDINATOR"):
            raise ArangoError(errors.HTTP_SERVER_ERROR, "server id is only available in a cluster")
        return success(200, {"id": self._context.server_id})

    async def mode(self, request: Request) -> Response:
        """GET and PUT /_admin/server/mode."""
        if request.method == "PUT":
            wanted = request.json_object().get("mode")
            if wanted not in ("default", "readonly"):
                raise ArangoError(errors.BAD_PARAMETER, "mode must be 'default' or 'readonly'")
            self._context.read_only = wanted == "readonly"
        return success(200, {"mode": "readonly" if self._context.read_only else "default"})

    async def jwt(self, request: Request) -> Response:
        """GET and POST /_admin/server/jwt: the digests of the secrets; POST reads them again."""
        import hashlib

        authenticator = self._context.authenticator
        assert authenticator is not None
        if not authenticator.enabled:
            raise ArangoError(errors.HTTP_NOT_FOUND)
        if not request.superuser:
            raise ArangoError(errors.FORBIDDEN)
        if request.method == "POST":
            authenticator.reload()
        digests = [{"sha256": hashlib.sha256(secret).hexdigest()} for secret in authenticator.secrets]
        return success(200, {"result": {"active": digests[0], "passive": digests[1:]}})

    async def shutdown(self, request: Request) -> Response:
        """DELETE /_admin/shutdown begins the end; GET tells about a soft shutdown."""
        context = self._context
        if request.method == "GET":
            idle = context.open_cursors() == 0
            body = {"softShutdownOngoing": context.state == SHUTDOWN, "AQLcursors": context.open_cursors(),
                    "transactions": 0, "pendingJobs": 0, "doneJobs": 0, "pregelConductors": 0,
                    "lowPrioOngoingRequests": 0, "lowPrioQueuedRequests": 0, "allClear": idle}  # fmt: skip
            return json_response(200, body)
        if request.flag("soft") and context.role != "COORDINATOR":
            raise ArangoError(errors.NOT_IMPLEMENTED, "soft shutdown is only available on coordinators")
        context.journal.info("6e4a4", "general", "shutdown requested by HTTP")
        # the answer leaves first, as in ArangoDB
        asyncio.get_running_loop().call_later(_SHUTDOWN_DELAY_S, context.begin_shutdown)
        return json_response(200, "OK")

    async def compact(self, request: Request) -> Response:
        """PUT /_admin/compact: nothing to do, since SQLite reuses its pages."""
        if not request.superuser:
            raise ArangoError(errors.FORBIDDEN)
        return json_response(200, {})

    async def failure_points(self, request: Request, name: str = "") -> Response:
        """/_admin/debug/failat: this build has no failure points and says so."""
        raise ArangoError(errors.HTTP_NOT_FOUND, "failure points are not compiled into this build")
