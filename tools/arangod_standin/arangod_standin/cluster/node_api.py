"""What a coordinator asks single servers on a client's behalf, and small services of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.client import Unreachable
from ..http.message import Response, json_response, success
from .server_names import ServerNames

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .peers import ClusterPeers

_TIMEOUT_S = 30.0
_ID_BLOCK = 1_000_000


class NodeApi:
    """nodeVersion, nodeEngine, nodeStatistics, statistics, uniqId, vpackSortMigration, cluster-info."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._peers = peers
        self._cache = peers.cache
        self._names = ServerNames(peers.cache)
        add = context.router.add
        add("GET", "/_admin/cluster/nodeVersion", self.node_version)
        add("GET", "/_admin/cluster/nodeEngine", self.node_engine)
        if context.settings.family < (4, 0):
            add("GET", "/_admin/cluster/nodeStatistics", self.node_statistics)
            add("GET", "/_admin/cluster/statistics", self.statistics)
        add("PUT", "/_admin/cluster/uniqId", self.unique_id)
        add("GET", "/_admin/cluster/vpackSortMigration/status", self.sort_status)
        add("GET", "/_admin/cluster/vpackSortMigration/check", self.sort_check)
        add("PUT", "/_admin/cluster/vpackSortMigration/migrate", self.sort_migrate)
        add("GET", "/_api/cluster/cluster-info", self.cluster_info)

    async def _forward(self, server: str, path: str) -> Response:
        """Ask a server and hand its answer on. Raises ArangoError 1478 when it does not answer."""
        endpoint = self._peers.endpoint_of(server)
        try:
            status, _, answer = await self._peers.client.request(endpoint, "GET", path, timeout_s=_TIMEOUT_S)
        except Unreachable as error:
            raise ArangoError(errors.CLUSTER_BACKEND_UNAVAILABLE, f"server {server} does not answer: {error}") from None
        return json_response(status, answer)

    def _named(self, request: Request, parameter: str) -> str:
        name = request.parameters.get(parameter)
        if not name:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"the parameter {parameter} must name a server")
        return self._names.member(name)

    async def node_version(self, request: Request) -> Response:
        """GET /_admin/cluster/nodeVersion ?ServerID."""
        return await self._forward(self._named(request, "ServerID"), "/_api/version")

    async def node_engine(self, request: Request) -> Response:
        """GET /_admin/cluster/nodeEngine ?ServerID."""
        return await self._forward(self._named(request, "ServerID"), "/_api/engine")

    async def node_statistics(self, request: Request) -> Response:
        """GET /_admin/cluster/nodeStatistics ?ServerID."""
        return await self._forward(self._named(request, "ServerID"), "/_admin/statistics")

    async def statistics(self, request: Request) -> Response:
        """GET /_admin/cluster/statistics ?DBserver."""
        server = self._names.dbserver(self._named(request, "DBserver"))
        return await self._forward(server, "/_admin/statistics")

    async def unique_id(self, request: Request) -> Response:
        """PUT /_admin/cluster/uniqId ?minimum: a block of numbers that nobody else in the cluster gets."""
        text = request.parameters.get("minimum", "1")
        if not text.isdigit() or not 1 <= int(text) <= _ID_BLOCK:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"minimum must be a number from 1 to {_ID_BLOCK}")
        smallest = await self._peers.unique_ids(int(text))
        return success(200, {"smallest": smallest, "largest": smallest + int(text) - 1})

    # -- the order of stored values ----------------------------------------------------------------------------------
    def _every_dbserver(self, result: dict[str, Any]) -> Response:
        servers = self._cache.get("/arango/Plan/DBServers", {}) or {}
        answers = {server: {"error": False, "code": 200, "result": result} for server in servers}
        return success(200, {"result": answers})

    async def sort_status(self, request: Request) -> Response:
        """GET /_admin/cluster/vpackSortMigration/status: all dbservers have the correct order from the start."""
        return self._every_dbserver({"next": 1})

    async def sort_check(self, request: Request) -> Response:
        """GET /_admin/cluster/vpackSortMigration/check: no index can be in the old order."""
        return self._every_dbserver({"error": False, "errorCode": 0, "affected": []})

    async def sort_migrate(self, request: Request) -> Response:
        """PUT /_admin/cluster/vpackSortMigration/migrate: there is nothing to migrate."""
        return self._every_dbserver({})

    async def cluster_info(self, request: Request) -> Response:
        """GET /_api/cluster/cluster-info: plan and current state as this coordinator knows them."""
        tree = self._cache.get("/arango", {}) or {}
        return success(200, {"clusterInfo": {
            "agencyIndex": self._cache.index,
            "planVersion": tree.get("Plan", {}).get("Version", 0),
            "currentVersion": tree.get("Current", {}).get("Version", 0),
            "plannedDatabases": tree.get("Plan", {}).get("Databases", {}),
            "plannedCollections": tree.get("Plan", {}).get("Collections", {}),
            "currentDatabases": tree.get("Current", {}).get("Databases", {}),
            "shards": tree.get("Current", {}).get("Collections", {}),
            "coordinators": tree.get("Current", {}).get("Coordinators", {}),
            "DBServers": tree.get("Current", {}).get("DBServers", {}),
            "servers": tree.get("Current", {}).get("ServersRegistered", {}),
        }})  # fmt: skip
