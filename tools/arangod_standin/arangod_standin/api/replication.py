"""Replication: inventory, dumps and the state of the log, as dump tools ask for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..replication.inventory import collection_entry, database_entry, database_properties, views_of, wanted_collections

if TYPE_CHECKING:
    from ..backend import CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request
    from ..replication.dump_batch import DumpBatches
    from ..storage.local_backend import LocalBackend

_DEFAULT_TTL_S = 300.0
_SMALLEST_CHUNK = 16 << 10
_DEFAULT_CHUNK = 8 << 20
_LARGEST_CHUNK = 96 << 20
# The kind of a document in a dump's envelope.
_DOCUMENT_MARKER = 2300


def utc_now() -> str:
    """Return the present time as ArangoDB's replication states it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class ReplicationApi:
    """Handlers below ``/_api/replication``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._on_coordinator = context.role == "COORDINATOR"
        self._kept: DumpBatches | None = None
        add = context.router.add
        add("GET", "/_api/replication/clusterInventory", self.cluster_inventory)
        add("GET", "/_api/replication/inventory", self.inventory)
        add("POST", "/_api/replication/batch", self.begin_batch)
        add("PUT DELETE", "/_api/replication/batch/*", self.change_batch)
        add("GET", "/_api/replication/dump", self.dump)
        add("GET", "/_api/replication/logger-state", self.logger_state)

    # -- parts -------------------------------------------------------------------------------------------------------
    def _local(self) -> LocalBackend:
        from ..storage.local_backend import LocalBackend

        backend = self._context.require_backend()
        assert isinstance(backend, LocalBackend), "coordinators forward what needs storage"
        return backend

    def _batches(self) -> DumpBatches:
        if self._kept is None:
            from ..replication.dump_batch import DumpBatches

            self._kept = DumpBatches(self._context, self._local())
        return self._kept

    def _tick(self) -> str:
        return str(self._local().engine.next_tick())

    def _state(self, tick: str) -> dict[str, Any]:
        return {"running": True, "lastLogTick": tick, "lastUncommittedLogTick": tick, "totalEvents": int(tick),
                "time": utc_now()}  # fmt: skip

    async def _forwarded(self, request: Request) -> Response:
        """Send a request that names a dbserver there and return the answer. Raises ArangoError 10 without one."""
        server = request.parameters.get("DBserver")
        if not server:
            raise ArangoError(errors.BAD_PARAMETER, 'missing "DBserver" parameter: the dbserver to ask')
        assert self._context.ask_server is not None
        body = request.json_object() if request.body else None
        status, answer = await self._context.ask_server(server, request.method, request.target, body)
        if status == 204 or answer is None:
            return Response(status)
        if isinstance(answer, dict) and "dumpedLines" in answer:
            return self._dumped(answer["dumpedLines"], more=answer["more"], position=answer["position"])
        return json_response(status, answer)

    # -- inventories -------------------------------------------------------------------------------------------------
    async def inventory(self, request: Request) -> Response:
        """GET of what is in the database, or with ``?global=true`` in all databases."""
        if self._on_coordinator:
            return await self._forwarded(request)
        if not request.parameters.get("batchId"):
            raise ArangoError(errors.BAD_PARAMETER, 'missing "batchId" parameter: begin a batch first')
        self._batches().get(request.parameters["batchId"])
        backend = self._context.backend_for(request)
        only, system = request.parameters.get("collection"), request.flag("includeSystem", True)
        tick = self._tick()
        members: dict[str, Any] = {"tick": tick, "state": self._state(tick)}
        if request.flag("global"):
            if request.database != "_system":
                raise ArangoError(errors.USE_SYSTEM_DATABASE, "global inventory can only be fetched from _system")
            databases: dict[str, Any] = {}
            for name in backend.database_names():
                entry = database_entry(backend, name, include_system=system, only=only)
                databases[name] = {"id": str(backend.database(name)["id"]), "name": name, **entry}
            members["databases"] = databases
        else:
            members.update(database_entry(backend, request.database, include_system=system, only=only))
        return json_response(200, members)

    async def cluster_inventory(self, request: Request) -> Response:
        """GET of the planned collections with their shards."""
        if not self._on_coordinator:
            raise ArangoError(errors.CLUSTER_ONLY_ON_COORDINATOR)
        backend = self._context.backend_for(request)
        only, system = request.parameters.get("collection"), request.flag("includeSystem", True)
        infos = wanted_collections(backend, request.database, include_system=system, only=only)
        collections = [{**collection_entry(info), **self._followed(info)} for info in infos]
        return json_response(200, {
            "collections": collections,
            "views": views_of(backend, request.database),
            "properties": database_properties(backend, request.database),
            "tick": str(int(time.time() * 1000)),
            "state": "unused",
        })  # fmt: skip

    def _followed(self, info: CollectionInfo) -> dict[str, Any]:
        """Say how far the dbservers have followed the plan for a collection."""
        from ..cluster.cluster_backend import ClusterBackend

        backend = self._context.require_backend()
        assert isinstance(backend, ClusterBackend)
        is_current = backend.plan.is_current
        return {
            "planVersion": 1,
            "isReady": is_current(info.database, info.id, followers=False),
            "allInSync": is_current(info.database, info.id, followers=True),
        }

    # -- dumps -------------------------------------------------------------------------------------------------------
    @staticmethod
    def _ttl_s(body: dict[str, Any]) -> float:
        value = body.get("ttl", _DEFAULT_TTL_S)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
            raise ArangoError(errors.BAD_PARAMETER, "invalid ttl: expected a positive number of seconds")
        return float(value)

    async def begin_batch(self, request: Request) -> Response:
        """POST of a new batch."""
        if self._on_coordinator:
            return await self._forwarded(request)
        batch = await self._batches().begin(request.database, self._ttl_s(request.json_object()))
        return json_response(200, {"id": batch.id, "lastTick": batch.id})

    async def change_batch(self, request: Request, batch_id: str) -> Response:
        """PUT prolongs a batch, DELETE ends it."""
        if self._on_coordinator:
            return await self._forwarded(request)
        if request.method == "DELETE":
            await self._batches().end(batch_id)
        else:
            self._batches().get(batch_id, self._ttl_s(request.json_object()))
        return Response(204)

    async def dump(self, request: Request) -> Response:
        """GET of the next documents of a collection (or shard), as the batch's snapshot has them."""
        name = request.parameters.get("collection")
        if not name:
            raise ArangoError(errors.BAD_PARAMETER, 'missing "collection" parameter')
        backend = self._context.backend_for(request)
        if self._on_coordinator:
            owners = [i for i in backend.collections(request.database) if name in i.properties.get("shards", {})]
            if not owners:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND, f"shard '{name}' not found")
            name = owners[0].name
        # asking for a scope checks the user's level
        backend.query_scope(request.database, read=[name], write=[], exclusive=[])
        if self._on_coordinator:
            return await self._forwarded(request)
        batch = self._batches().get(request.parameters.get("batchId", ""))
        if batch.database != request.database:
            raise ArangoError(errors.CURSOR_NOT_FOUND, f"dump batch '{batch.id}' is one of another database")
        size = request.parameters.get("chunkSize", "")
        chunk = int(size) if size.isdigit() else _DEFAULT_CHUNK
        piece = await batch.read(name, min(max(chunk, _SMALLEST_CHUNK), _LARGEST_CHUNK))
        if request.flag("useEnvelope", True):
            piece.lines = [f'{{"type":{_DOCUMENT_MARKER},"data":{line}}}' for line in piece.lines]
        if "x-standin-internal" in request.headers:
            members = {"dumpedLines": piece.lines, "more": piece.more, "position": piece.position}
            return json_response(200, members)
        return self._dumped(piece.lines, more=piece.more, position=piece.position)

    @staticmethod
    def _dumped(lines: list[str], *, more: bool, position: int) -> Response:
        headers = [
            ("X-Arango-Replication-Checkmore", "true" if more else "false"),
            ("X-Arango-Replication-Lastincluded", str(position if lines else 0)),
        ]
        body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
        return Response(200 if lines else 204, body, headers, "application/x-arango-dump; charset=utf-8")

    # -- state -------------------------------------------------------------------------------------------------------
    async def logger_state(self, request: Request) -> Response:
        """GET of the state of the log."""
        if self._on_coordinator:
            return await self._forwarded(request)
        server = {"version": self._context.settings.arangodb_version, "serverId": self._context.server_id,
                  "engine": "rocksdb"}  # fmt: skip
        return success(200, {"state": self._state(self._tick()), "server": server, "clients": []})
