"""The replication applier of servers before 4.0: its configuration is kept, but it never runs.

ArangoDB took the applier out in 3.12.10; the official Python driver's tests still ask for it. So its state is told
truthfully: not running, with the reason as its last error. What would copy data at once is refused.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..permissions import require_admin
from .replication import utc_now

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_DEFAULTS: dict[str, Any] = {
    "requestTimeout": 600, "connectTimeout": 10, "maxConnectRetries": 100, "lockTimeoutRetries": 10, "chunkSize": 0,
    "autoStart": False, "adaptivePolling": True, "autoResync": False, "autoResyncRetries": 2,
    "maxPacketSize": 536870912, "includeSystem": True, "includeFoxxQueues": False, "requireFromPresent": True,
    "verbose": False, "incremental": False, "restrictType": "", "restrictCollections": [],
    "connectionRetryWaitTime": 15, "initialSyncMaxWaitTime": 300, "idleMinWaitTime": 1, "idleMaxWaitTime": 2.5,
    "sslProtocol": 0, "force32mode": False,
}  # fmt: skip
_TEXTS = ("endpoint", "database", "username", "password", "jwt", "restrictType")
_REASON = "arangod-standin: replication between servers is not implemented, use a cluster"


class ApplierApi:
    """Handlers of ``/_api/replication/applier-*``, ``server-id`` and what would synchronise."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._configurations: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, str] = {}
        add = context.router.add
        add("GET", "/_api/replication/server-id", self.server_id)
        add("GET PUT", "/_api/replication/applier-config", self.configuration)
        add("GET", "/_api/replication/applier-state", self.state)
        add("GET", "/_api/replication/applier-state-all", self.states)
        add("PUT", "/_api/replication/applier-start", self.start)
        add("PUT", "/_api/replication/applier-stop", self.state)
        for name in ("sync", "make-follower", "make-slave"):
            add("PUT", f"/_api/replication/{name}", self.refuse)

    def _number(self) -> str:
        """Return the server's numeric id."""
        digest = hashlib.sha256(self._context.server_id.encode()).digest()
        return str(int.from_bytes(digest[:6], "big"))

    def _single(self, request: Request) -> None:
        require_admin(self._context, request)
        if self._context.role != "SINGLE":
            raise ArangoError(errors.CLUSTER_UNSUPPORTED)

    async def server_id(self, request: Request) -> Response:
        """GET of the numeric id."""
        return json_response(200, {"serverId": self._number()})

    async def configuration(self, request: Request) -> Response:
        """GET shows, PUT changes the configuration of the request's database."""
        self._single(request)
        known = self._configurations.get(request.database, _DEFAULTS)
        if request.method == "PUT":
            known = {**known, **self._checked(request.json_object())}
            self._configurations[request.database] = known
        return json_response(200, {name: value for name, value in known.items() if name not in ("password", "jwt")})

    @staticmethod
    def _checked(body: dict[str, Any]) -> dict[str, Any]:
        """Return the members that a configuration has. Raises ArangoError 10 for values of wrong types."""
        found = {name: value for name, value in body.items() if name in _DEFAULTS or name in _TEXTS}
        for name, value in found.items():
            expected = str if name in _TEXTS else type(_DEFAULTS[name])
            if expected in (int, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
                continue
            if not isinstance(value, expected):
                raise ArangoError(errors.BAD_PARAMETER, f"invalid applier configuration: wrong type of '{name}'")
        return found

    async def state(self, request: Request) -> Response:
        """GET of the state, PUT to stop what never runs."""
        self._single(request)
        return json_response(200, self._state(request.database))

    async def start(self, request: Request) -> Response:
        """PUT: the applier does not start, and its state says why."""
        self._single(request)
        if not self._configurations.get(request.database, {}).get("endpoint"):
            raise ArangoError(errors.BAD_PARAMETER, "invalid applier configuration: no endpoint configured")
        self._asked[request.database] = utc_now()
        return json_response(200, self._state(request.database))

    async def states(self, request: Request) -> Response:
        """GET of the states of all databases."""
        self._single(request)
        names = self._context.backend_for(request).database_names()
        return json_response(200, {name: self._state(name) for name in names})

    async def refuse(self, request: Request) -> Response:
        """PUT of what would copy another server's data."""
        self._single(request)
        raise ArangoError(errors.NOT_IMPLEMENTED, _REASON)

    def _state(self, database: str) -> dict[str, Any]:
        configuration = self._configurations.get(database, {})
        last_error: dict[str, Any] = {"errorNum": 0}
        if database in self._asked:
            last_error = {"errorNum": errors.NOT_IMPLEMENTED, "errorMessage": _REASON, "time": self._asked[database]}
        progress = {"time": self._asked.get(database, utc_now()), "message": "", "failedConnects": 0}
        state = {
            "running": False, "phase": "inactive", "lastAppliedContinuousTick": None,
            "lastProcessedContinuousTick": None, "lastAvailableContinuousTick": None, "safeResumeTick": None,
            "progress": progress, "totalRequests": 0, "totalFailedConnects": 0, "totalEvents": 0,
            "totalDocuments": 0, "totalRemovals": 0, "totalResyncs": 0, "totalOperationsExcluded": 0,
            "totalApplyTime": 0, "averageApplyTime": 0, "totalFetchTime": 0, "averageFetchTime": 0,
            "lastError": last_error, "time": utc_now(),
        }  # fmt: skip
        server = {"version": self._context.settings.arangodb_version, "serverId": self._number()}
        names = ("endpoint", "database", "username")
        shown: dict[str, Any] = {name: configuration[name] for name in names if name in configuration}
        return {"state": state, "server": server, **shown}
