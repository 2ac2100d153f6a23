"""The administration of a cluster through a coordinator: health, distribution, jobs, maintenance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import in_maintenance, timestamp
from ..agency.removal import holds_shards
from ..agency.tree import DELETE, INCREMENT, set_value
from ..config.version_text import hostname
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..permissions import require_admin
from .server_names import ServerNames

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .peers import ClusterPeers

_MODE_WAIT_S = 30.0


class ClusterApi:
    """Handlers below ``/_admin/cluster`` and ``/_api/cluster``."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        self._cache = peers.cache
        self._names = ServerNames(peers.cache)
        add = context.router.add
        add("GET", "/_admin/cluster/health", self.health)
        add("GET", "/_api/cluster/endpoints", self.endpoints)
        add("GET", "/_admin/cluster/shardDistribution", self.shard_distribution)
        add("GET PUT", "/_admin/cluster/numberOfServers", self.number_of_servers)
        add("GET", "/_api/cluster/agency-dump", self.agency_dump)
        add("GET", "/_api/cluster/agency-cache", self.agency_cache)
        add("PUT GET", "/_admin/cluster/maintenance", self.maintenance)
        add("PUT GET", "/_admin/cluster/maintenance/*", self.server_maintenance)
        add("PUT", "/_admin/cluster/collectionShardDistribution", self.collection_distribution)
        self._mount(context, peers)

    @staticmethod
    def _mount(context: ServerContext, peers: ClusterPeers) -> None:
        """Import the rarer routes when one of them is first asked for."""

        def load() -> None:
            from .job_api import JobApi
            from .node_api import NodeApi
            from .rebalance_api import RebalanceApi

            RebalanceApi(context, peers, JobApi(context, peers))
            NodeApi(context, peers)

        rare = ("moveShard", "cleanOutServer", "resignLeadership", "removeServer", "queryAgencyJob", "cancelAgencyJob",
                "rebalance", "rebalanceShards", "nodeVersion", "nodeEngine", "nodeStatistics", "statistics", "uniqId",
                "vpackSortMigration")  # fmt: skip
        context.router.mount((*(f"/_admin/cluster/{name}" for name in rare), "/_api/cluster/cluster-info"), load)

    # -- looking -----------------------------------------------------------------------------------------------------
    async def health(self, request: Request) -> Response:
        """GET /_admin/cluster/health."""
        status, found = await self._peers.agency.call("GET", "/_internal/health")
        if status != 200:
            raise ArangoError(errors.CLUSTER_AGENCY_COMMUNICATION_FAILED)
        servers: dict[str, Any] = {}
        for server, record in found["servers"].items():
            role = "Coordinator" if server.startswith("CRDN") else "DBServer"
            sync = found["transient"].get(server, {}).get("status", record["SyncStatus"])
            servers[server] = {
                **record,
                "Role": role,
                "SyncStatus": sync,
                "CanBeDeleted": self._deletable(server, record),
            }
            if self._context.settings.family >= (4, 0):
                servers[server].pop("Timestamp", None)
        acked = found["acked"]
        for agent, endpoint in found["pool"].items():
            age_s = acked.get(agent, {}).get("lastAckedTime", 1e9)
            servers[agent] = {
                "Role": "Agent", "Endpoint": endpoint, "Engine": "rocksdb",
                "Version": self._context.settings.arangodb_version,
                "Leader": found["leader"], "Leading": agent == found["leader"], "LastAckedTime": age_s,
                "Status": "GOOD" if age_s < 10 else "BAD", "SyncStatus": "UNKNOWN", "CanBeDeleted": False,
                "Host": hostname(),
            }  # fmt: skip
        return success(200, {"ClusterId": self._cache.get("/arango/Cluster", ""), "Health": servers})

    def _deletable(self, server: str, record: dict[str, Any]) -> bool:
        return record["Status"] == "FAILED" and not holds_shards(self._cache.tree, server)

    async def endpoints(self, request: Request) -> Response:
        """GET /_api/cluster/endpoints."""
        registered = self._cache.get("/arango/Current/ServersRegistered", {})
        found = []
        for server in self._cache.get("/arango/Current/Coordinators", {}):
            entry = registered.get(server, {})
            found.append({"endpoint": entry.get("advertisedEndpoint") or entry.get("endpoint", "")})
        return success(200, {"endpoints": found})

    async def shard_distribution(self, request: Request) -> Response:
        """GET /_admin/cluster/shardDistribution."""
        planned = self._cache.get(f"/arango/Plan/Collections/{request.database}", {}) or {}
        return success(200, {"results": dict(self._distribution(request.database, cid) for cid in planned)})

    async def collection_distribution(self, request: Request) -> Response:
        """PUT /_admin/cluster/collectionShardDistribution {collection}: the same of one collection, by name or id."""
        name = request.json_object().get("collection")
        if not isinstance(name, str) or not name:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting the name of a collection")
        info = self._context.backend_for(request).collection(request.database, name)
        return success(200, {"results": dict([self._distribution(request.database, info.id)])})

    def _distribution(self, database: str, cid: str) -> tuple[str, dict[str, Any]]:
        collection = self._cache.get(f"/arango/Plan/Collections/{database}/{cid}")
        current = self._cache.get(f"/arango/Current/Collections/{database}/{cid}", {}) or {}
        entry: dict[str, Any] = {"Plan": {}, "Current": {}}
        for shard, servers in collection["shards"].items():
            entry["Plan"][shard] = self._copies(servers)
            reported = current.get(shard, {}).get("servers", [])
            entry["Current"][shard] = self._copies(reported)
            if set(reported) != set(servers):
                entry["Plan"][shard]["progress"] = {"total": 0, "current": 0}
        return str(collection["name"]), entry

    def _copies(self, servers: list[str]) -> dict[str, Any]:
        names = [self._names.short(server) for server in servers]
        return {"leader": names[0] if names else "", "followers": names[1:]}

    async def number_of_servers(self, request: Request) -> Response:
        """GET and PUT /_admin/cluster/numberOfServers."""
        if request.method == "PUT":
            require_admin(self._context, request)
        if request.method == "PUT":
            body = request.json_object()
            names = {"numberOfDBServers": "NumberOfDBServers", "numberOfCoordinators": "NumberOfCoordinators",
                     "cleanedServers": "CleanedServers"}  # fmt: skip
            operations = {f"/arango/Target/{names[key]}": set_value(body[key]) for key in names if key in body}
            if not operations:
                raise ArangoError(errors.BAD_PARAMETER, "expecting numberOfDBServers or numberOfCoordinators")
            await self._peers.agency.write(operations)
            return success(200)
        target = self._cache.get("/arango/Target", {})
        return success(200, {"numberOfDBServers": target.get("NumberOfDBServers"),
                             "numberOfCoordinators": target.get("NumberOfCoordinators"),
                             "cleanedServers": target.get("CleanedServers", [])})  # fmt: skip

    async def agency_dump(self, request: Request) -> Response:
        """GET /_api/cluster/agency-dump."""
        require_admin(self._context, request)
        _, found = await self._peers.agency.call("POST", "/_api/agency/read", [["/"]])
        return json_response(200, {"error": False, "code": 200, "result": found})

    async def agency_cache(self, request: Request) -> Response:
        """GET /_api/cluster/agency-cache."""
        require_admin(self._context, request)
        return json_response(200, {"index": self._cache.index, "cache": self._cache.tree.root})

    # -- maintenance -------------------------------------------------------------------------------------------------
    async def maintenance(self, request: Request) -> Response:
        """PUT and GET /_admin/cluster/maintenance: ``"on"``, ``"off"`` or seconds as a text."""
        if request.method == "PUT":
            require_admin(self._context, request)
        if request.method == "GET":
            return success(200, {"result": self._cache.get("/arango/Supervision/State/Mode", "Normal")})
        wanted = request.json()
        seconds = 3600 if wanted == "on" else int(wanted) if isinstance(wanted, str) and wanted.isdigit() else None
        if wanted == "off":
            operation, mode = DELETE, "Normal"
        elif seconds is not None:
            operation, mode = set_value(timestamp(time.time() + seconds)), "Maintenance"
        else:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, 'expecting "on", "off" or a number of seconds as a string')
        await self._peers.agency.write({"/arango/Supervision/Maintenance": operation})
        try:
            await self._cache.wait_for(lambda: self._cache.get("/arango/Supervision/State/Mode") == mode, _MODE_WAIT_S)
        except ArangoError:
            raise ArangoError(errors.HTTP_GATEWAY_TIMEOUT, "the supervision did not follow in time") from None
        if wanted == "off":
            return success(200, {"warning": "Cluster supervision reactivated."})
        minutes = (seconds or 0) // 60
        return success(200, {
            "warning": f"Cluster supervision deactivated. It will be reactivated automatically in {minutes} minutes"
            " unless this call is repeated until then."
        })  # fmt: skip

    async def server_maintenance(self, request: Request, server: str) -> Response:
        """PUT and GET /_admin/cluster/maintenance/{dbserver}."""
        if request.method == "PUT":
            require_admin(self._context, request)
        server_id = self._names.id_of(server)
        if server_id is None or server_id not in self._cache.get("/arango/Plan/DBServers", {}):
            raise ArangoError(errors.HTTP_PRECONDITION_FAILED, f"no DB-Server '{server}'")
        path = f"/arango/Current/MaintenanceDBServers/{server_id}"
        if request.method == "GET":
            entry = self._cache.get(path)
            return success(200, {"result": entry} if in_maintenance(self._cache.tree, server_id) else {})
        body = request.json_object()
        mode, timeout_s = body.get("mode"), body.get("timeout", 3600)
        if mode not in ("maintenance", "normal") or not isinstance(timeout_s, int) or timeout_s < 0:
            raise ArangoError(
                errors.HTTP_BAD_PARAMETER, "expecting mode 'maintenance' or 'normal' and a timeout in seconds"
            )
        entry = {"Mode": "maintenance", "Until": timestamp(time.time() + timeout_s)}
        operation = set_value(entry) if mode == "maintenance" else DELETE
        index = await self._peers.agency.write({path: operation, "/arango/Current/Version": INCREMENT})
        await self._cache.wait_index(index)
        return success(200)
