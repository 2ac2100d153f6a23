"""Jobs of the supervision as a coordinator's clients order and watch them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import timestamp
from ..agency.removal import holds_shards, removal_of
from ..agency.tree import set_value
from ..errors import ArangoError
from ..http.message import Response, success
from ..permissions import require_admin
from .server_names import ServerNames

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request
    from .peers import ClusterPeers

_STATES = ("ToDo", "Pending", "Finished", "Failed")


class JobApi:
    """moveShard, cleanOutServer, resignLeadership, removeServer, queryAgencyJob, cancelAgencyJob."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        self._cache = peers.cache
        self._names = ServerNames(peers.cache)
        add = context.router.add
        add("POST", "/_admin/cluster/moveShard", self.move_shard)
        add("POST", "/_admin/cluster/cleanOutServer", self.clean_out_server)
        add("POST", "/_admin/cluster/resignLeadership", self.resign_leadership)
        add("POST", "/_admin/cluster/removeServer", self.remove_server)
        add("GET", "/_admin/cluster/queryAgencyJob", self.query_job)
        add("POST", "/_admin/cluster/cancelAgencyJob", self.cancel_job)

    async def add_job(self, job: dict[str, Any]) -> str:
        """Write a job into ``Target/ToDo``; return its id."""
        job_id = str(await self._peers.unique_ids(1))
        record = {**job, "jobId": job_id, "creator": self._context.server_id, "timeCreated": timestamp()}
        index = await self._peers.agency.write({f"/arango/Target/ToDo/{job_id}": set_value(record)})
        await self._cache.wait_index(index)
        return job_id

    async def _accepted(self, job: dict[str, Any]) -> Response:
        return success(202, {"id": await self.add_job(job)})

    async def move_shard(self, request: Request) -> Response:
        """POST /_admin/cluster/moveShard."""
        require_admin(self._context, request)
        body = request.json_object()
        missing = [name for name in ("database", "collection", "shard", "fromServer", "toServer") if not body.get(name)]
        if missing:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"missing: {', '.join(missing)}")
        backend = self._context.backend_for(request)
        info = backend.collection(body["database"], body["collection"])
        if body["shard"] not in info.properties["shards"]:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"no shard '{body['shard']}' in collection '{info.name}'")
        if info.properties.get("distributeShardsLike"):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "the shards follow another collection's: move those")
        job = {
            "type": "moveShard", "database": info.database, "fromServer": self._names.dbserver(body["fromServer"]),
            "toServer": self._names.dbserver(body["toServer"]),
            "remainsFollower": bool(body.get("remainsFollower", False)),
        }  # fmt: skip
        for cid, shard in self._shards_alike(info, body["shard"]):
            await self.add_job({**job, "collection": cid, "shard": shard})
        return await self._accepted({**job, "collection": info.id, "shard": body["shard"]})

    def _shards_alike(self, info: CollectionInfo, shard: str) -> list[tuple[str, str]]:
        """Return id and shard of the collections that are distributed like this one, which move along."""

        def in_order(shards: dict[str, Any]) -> list[str]:
            return sorted(shards, key=lambda name: int(name[1:]))

        position = in_order(info.properties["shards"]).index(shard)
        planned = self._cache.get(f"/arango/Plan/Collections/{info.database}", {}) or {}
        return [
            (cid, in_order(collection["shards"])[position])
            for cid, collection in planned.items()
            if collection.get("distributeShardsLike") == info.name
        ]

    def _named_server(self, request: Request) -> Any:
        require_admin(self._context, request)
        body = request.json()
        return body.get("server") if isinstance(body, dict) else body

    async def clean_out_server(self, request: Request) -> Response:
        """POST /_admin/cluster/cleanOutServer."""
        server = self._names.dbserver(self._named_server(request))
        return await self._accepted({"type": "cleanOutServer", "server": server})

    async def resign_leadership(self, request: Request) -> Response:
        """POST /_admin/cluster/resignLeadership."""
        server = self._names.dbserver(self._named_server(request))
        return await self._accepted({"type": "resignLeadership", "server": server})

    async def remove_server(self, request: Request) -> Response:
        """POST /_admin/cluster/removeServer: only a FAILED server without shards can be removed."""
        server = self._names.id_of(self._named_server(request))
        health = self._cache.get(f"/arango/Supervision/Health/{server}") if server else None
        if server is None or health is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, "no such server")
        if health["Status"] != "FAILED" or holds_shards(self._cache.tree, server):
            raise ArangoError(errors.HTTP_PRECONDITION_FAILED, "the server is still in use or alive")
        index = await self._peers.agency.write(*removal_of(self._cache.tree, server))
        if not index:
            raise ArangoError(errors.HTTP_PRECONDITION_FAILED, "the server came back, or got a shard")
        await self._cache.wait_index(index)
        return success(200)

    async def query_job(self, request: Request) -> Response:
        """GET /_admin/cluster/queryAgencyJob ?id."""
        job_id = request.parameters.get("id", "")
        await self._peers.refresh()
        for state in _STATES:
            job = self._cache.get(f"/arango/Target/{state}/{job_id}") if job_id else None
            if job is not None:
                return success(200, {"id": job_id, "status": state, "job": job})
        raise ArangoError(errors.HTTP_NOT_FOUND, f"no job '{job_id}'")

    async def cancel_job(self, request: Request) -> Response:
        """POST /_admin/cluster/cancelAgencyJob {id}: the supervision calls off what has not ended."""
        require_admin(self._context, request)
        job_id = request.json_object().get("id")
        if not isinstance(job_id, str) or "/" in job_id:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting the id of a job")
        await self._peers.refresh()
        for state in ("ToDo", "Pending"):
            path = f"/arango/Target/{state}/{job_id}"
            if self._cache.get(path) is not None:
                index = await self._peers.agency.write({f"{path}/abort": set_value(True)}, {path: {"oldEmpty": False}})
                if index:
                    return success(200, {"job": job_id, "status": "cancelled"})
        raise ArangoError(errors.HTTP_NOT_FOUND, f"no job '{job_id}' that has not ended")
