"""The maintenance of a dbserver: make what is stored here follow the agency's plan, and report it as current."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..agency.cluster_view import ShardView, shards_of
from ..agency.tree import DELETE, INCREMENT, set_value
from ..storage.properties import INTERNAL
from .shard_indexes import follow_plan, follows_plan
from .shard_leader import ShardLeader

if TYPE_CHECKING:
    from .peers import ClusterPeers
    from .shard_backend import ShardBackend

_REFRESH_S = 5.0


class Maintenance:
    """Runs after every change of the plan."""

    def __init__(self, peers: ClusterPeers, backend: ShardBackend) -> None:
        self._peers = peers
        self._backend = backend
        self._wake = asyncio.Event()
        peers.cache.listeners.append(self._changed)
        self._seen: object = None
        self._indexing: set[str] = set()

    def _changed(self) -> None:
        plan = self._peers.cache.get("/arango/Plan/Version")
        # leadership must end the moment the plan is known, before another request is answered
        self._step_down()
        for leader in self._backend.leaders.values():
            leader.reboots.check()
        if plan != self._seen:
            self._wake.set()

    def start(self) -> None:
        """Begin to follow the plan."""
        self._peers.context.spawn(self._run())

    async def _run(self) -> None:
        while True:
            self._seen = self._peers.cache.get("/arango/Plan/Version")
            self._wake.clear()
            try:
                await self.step()
            except Exception as error:
                # a full disk, for instance: the next round tries again
                self._peers.context.log_exception("maintenance", error)
            try:
                async with asyncio.timeout(_REFRESH_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _planned(self) -> dict[str, ShardView]:
        me = self._peers.server_id
        return {
            view.shard: view for view in shards_of(self._peers.cache.tree) if me in view.plan or "_" + me in view.plan
        }

    def _step_down(self) -> None:
        me = self._peers.server_id
        for shard, leader in list(self._backend.leaders.items()):
            view = self._peers.shard(shard)
            if view is None or view.plan[0].lstrip("_") != me:
                del self._backend.leaders[shard]
                leader.stop()

    async def step(self) -> None:
        """Do everything the plan asks for that is not done yet."""
        if self._peers.restoring or not self._peers.cache.get("/arango/InitDone"):
            return
        await self._databases()
        planned = self._planned()
        for view in planned.values():
            if view.database in self._backend.catalog.databases:
                self._store(view)
                self._lead(view)
        self._drop_unplanned(planned)
        await self._backend.engine.committed()
        self._backend.note_maintained()

    # -- databases ---------------------------------------------------------------------------------------------------
    async def _databases(self) -> None:
        catalog, cache, me = self._backend.catalog, self._peers.cache, self._peers.server_id
        planned = cache.get("/arango/Plan/Databases", {}) or {}
        operations: dict[str, Any] = {}
        for name, properties in planned.items():
            if name not in catalog.databases:
                catalog.create_database(name, {k: v for k, v in properties.items() if k not in ("id", "name")})
            path = f"/arango/Current/Databases/{name}/{me}"
            if cache.get(path) is None:
                operations[path] = set_value({"id": properties.get("id", "1"), "name": name, "error": False,
                                              "errorMessage": "", "errorNum": 0})  # fmt: skip
        for name in [name for name in catalog.databases if name not in planned]:
            for stored in list(catalog.collections[name].values()):
                self._drop(stored.name)
            catalog.drop_database(name)
            operations[f"/arango/Current/Databases/{name}/{me}"] = DELETE
        if operations:
            await self._backend.engine.committed()
            await self._peers.agency_write_forever({**operations, "/arango/Current/Version": INCREMENT}, {})

    # -- shards ------------------------------------------------------------------------------------------------------
    @staticmethod
    def _properties(view: ShardView) -> dict[str, Any]:
        left_out = (*INTERNAL, "shards", "id", "name")
        properties = {name: value for name, value in view.collection.items() if name not in left_out}
        return {**properties, "name": view.shard, "publicName": view.collection["name"], "planId": view.collection_id}

    def _store(self, view: ShardView) -> None:
        catalog = self._backend.catalog
        wanted = self._properties(view)
        copy = self._backend.copies.get(view.shard)
        if copy is None:
            stored = catalog.create_collection(view.database, view.shard, {**wanted, "indexes": []})
            copy = self._backend.add(stored)
        elif any(copy.stored.properties.get(name) != value for name, value in wanted.items()):
            copy.stored.properties.update(wanted)
            copy.stored.save_properties()
        leader = self._backend.leaders.get(view.shard)
        if leader is None:
            follow_plan(view, copy.stored)
        elif view.shard not in self._indexing and not follows_plan(view, copy.stored):
            self._indexing.add(view.shard)
            self._peers.context.spawn(self._index(leader))

    async def _index(self, leader: ShardLeader) -> None:
        """Bring the indexes of a shard led here in line with the plan, between two writes, and report them."""
        shard = leader.view.shard
        try:
            while True:
                async with leader.lock:
                    view = self._peers.shard(shard)
                    if view is None or leader.stopped or follows_plan(view, leader.copy.stored):
                        return
                    follow_plan(view, leader.copy.stored)
                    await self._backend.engine.committed()
                await leader.report_current()
        finally:
            self._indexing.discard(shard)

    def _lead(self, view: ShardView) -> None:
        me = self._peers.server_id
        leader = self._backend.leaders.get(view.shard)
        if view.plan[0].lstrip("_") != me:
            return
        if leader is None:
            leader = ShardLeader(self._peers, self._backend.copies[view.shard], view)
            leader.resigning = view.plan[0].startswith("_")
            self._backend.leaders[view.shard] = leader
            leader.start()
            return
        leader.planned(view)
        if view.plan[0].startswith("_"):
            leader.resign()
        else:
            leader.resume()

    def _drop_unplanned(self, planned: dict[str, ShardView]) -> None:
        for shard in [shard for shard in self._backend.copies if shard not in planned]:
            self._drop(shard)

    def _drop(self, shard: str) -> None:
        leader = self._backend.leaders.pop(shard, None)
        if leader is not None:
            leader.stop()
        copy = self._backend.copies.pop(shard, None)
        if copy is not None:
            copy.forget()
            self._backend.catalog.drop_collection(copy.stored)
            self._peers.context.journal.info("5c4d3", "maintenance", f"dropped local shard {shard}")
