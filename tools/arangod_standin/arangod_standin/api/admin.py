"""Administration of one server: mode, licence, compaction, crashes, what it was asked, and some relics of 3.12."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .. import errors
from ..config.version_text import hostname
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..observe.crash_folder import CrashFolder
from ..observe.process_figures import process_figures
from ..permissions import require_admin, require_policy, require_superuser

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

# What ArangoDB's community licence allows.
_LICENSED_BYTES = 100 * 1024**3


class AdminApi:
    """Handlers below ``/_admin`` that are asked for rarely."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET PUT", "/_admin/server/mode", self.mode)
        add("GET PUT", "/_admin/license", self.license)
        add("GET", "/_admin/deployment/id", self.deployment_id)
        add("GET", "/_admin/support-info", self.support_info)
        add("GET", "/_admin/server/api-calls", self.api_calls)
        add("GET", "/_admin/server/aql-queries", self.aql_queries)
        add("GET", "/_admin/activities", self.activities)
        add("GET", "/_admin/crashes", self.crashes)
        add("GET DELETE", "/_admin/crashes/*", self.crash)
        add("GET POST", "/_admin/auth/reload", self.reload_users)
        add("PUT", "/_admin/compact", self.compact)

    # -- state -------------------------------------------------------------------------------------------------------
    async def mode(self, request: Request) -> Response:
        """GET and PUT /_admin/server/mode: in mode readonly all writes of users are refused with 403/1004."""
        if request.method == "PUT":
            require_admin(self._context, request)
            wanted = request.json_object().get("mode")
            if wanted not in ("default", "readonly"):
                raise ArangoError(errors.BAD_PARAMETER, "mode must be 'default' or 'readonly'")
            await self._context.set_read_only(wanted == "readonly")
        return success(200, {"mode": "readonly" if self._context.read_only else "default"})

    async def compact(self, request: Request) -> Response:
        """PUT /_admin/compact: nothing to do, since SQLite reuses its pages."""
        require_superuser(request)
        return json_response(200, {})

    async def reload_users(self, request: Request) -> Response:
        """Read the users again after somebody wrote to ``_users`` directly, as arangorestore does."""
        require_admin(self._context, request)
        authenticator = self._context.authenticator
        if authenticator is not None and authenticator.accounts is not None:
            await authenticator.accounts.reload()
        return success(200)

    # -- what it is --------------------------------------------------------------------------------------------------
    async def license(self, request: Request) -> Response:
        """GET tells the use of disk; PUT is for licences, which the community edition has none of."""
        if request.method == "PUT":
            require_admin(self._context, request)
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: licenses are not implemented")
        used = _folder_bytes(self._context.settings.database_directory)
        usage = {
            "bytesUsed": used,
            "bytesLimit": _LICENSED_BYTES,
            "limitReached": used > _LICENSED_BYTES,
            "secondsUntilReadOnly": -1,
            "secondsUntilShutDown": -1,
            "status": "good",
        }
        return json_response(200, {"upgrading": False, "diskUsage": usage})

    async def deployment_id(self, request: Request) -> Response:
        """GET /_admin/deployment/id: the same on all servers of a deployment, and for ever."""
        deployment = self._context.deployment_id()
        if not deployment:
            raise ArangoError(errors.NOT_IMPLEMENTED, "this server does not know the deployment's id")
        return json_response(200, {"id": deployment})

    async def support_info(self, request: Request) -> Response:
        """GET /_admin/support-info, in ``_system`` only."""
        if request.database != "_system":
            raise ArangoError(errors.HTTP_NOT_FOUND)
        require_admin(self._context, request)
        context = self._context
        figures = process_figures()
        host = {
            "role": context.role, "maintenance": False, "readOnly": context.read_only,
            "version": context.settings.arangodb_version, "license": "community", "os": "linux", "platform": "linux",
            "physicalMemory": {"value": figures["physical_bytes"], "overridden": False},
            "numberOfCores": {"value": figures["cores"], "overridden": False},
            "processStats": {
                "processUptime": time.time() - context.started_s, "numberOfThreads": figures["threads"],
                "virtualSize": figures["virtual_bytes"], "residentSetSize": figures["resident_bytes"],
            },
            "cpuStats": {"userPercent": 0, "systemPercent": 0, "idlePercent": 0, "iowaitPercent": 0},
            "engineStats": {}, "id": context.server_id, "hostname": hostname(),
        }  # fmt: skip
        kind = "cluster" if context.role == "COORDINATOR" else "single"
        deployment: dict[str, object] = {"type": kind, "license": "community", "persistedId": context.server_id}
        deployment["id"] = context.deployment_id()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json_response(200, {"deployment": deployment, "host": host, "date": now})

    # -- what happened -----------------------------------------------------------------------------------------------
    async def api_calls(self, request: Request) -> Response:
        """GET /_admin/server/api-calls: the newest calls, unless ``--server.api-call-recording`` is off."""
        require_admin(self._context, request)
        if not self._context.settings.boolean("server.api-call-recording", True):
            raise ArangoError(errors.HTTP_NOT_FOUND, "the recording of API calls is off (--server.api-call-recording)")
        return success(200, {"result": {"calls": self._context.requests.newest_calls()}})

    async def aql_queries(self, request: Request) -> Response:
        """GET /_admin/server/aql-queries: the newest queries, unless ``--server.aql-query-recording`` is off."""
        require_admin(self._context, request)
        if not self._context.settings.boolean("server.aql-query-recording", True):
            raise ArangoError(errors.HTTP_NOT_FOUND, "the recording of queries is off (--server.aql-query-recording)")
        return success(200, {"result": {"queries": self._context.requests.newest_queries()}})

    async def activities(self, request: Request) -> Response:
        """GET /_admin/activities: what the server is doing, at least answering this request."""
        only_superuser = self._context.settings.boolean("activities.only-superuser-enabled", False)
        require_policy(self._context, request, "jwt" if only_superuser else "admin")
        return json_response(200, {"activities": self._context.requests.activities()})

    async def crashes(self, request: Request) -> Response:
        """GET /_admin/crashes: the dumps of crashes that the data directory keeps."""
        require_admin(self._context, request)
        return success(200, {"result": CrashFolder(self._context.settings.database_directory).ids()})

    async def crash(self, request: Request, crash_id: str) -> Response:
        """GET and DELETE /_admin/crashes/{id}."""
        require_admin(self._context, request)
        folder = CrashFolder(self._context.settings.database_directory)
        if crash_id not in folder.ids():
            raise ArangoError(errors.HTTP_NOT_FOUND, f"no crash '{crash_id}'")
        if request.method == "DELETE":
            folder.remove(crash_id)
            return success(200, {"result": {"crashId": crash_id, "deleted": True}})
        return success(200, {"result": {"crashId": crash_id, "files": folder.read(crash_id)}})


def _folder_bytes(path: str) -> int:
    return sum(
        os.stat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names
        if os.path.exists(os.path.join(folder, name))
    )  # fmt: skip
