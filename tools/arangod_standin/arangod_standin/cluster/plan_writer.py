"""Changing the plan from a coordinator: databases, collections, indexes; each waits until the cluster has followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import GOOD, dbservers_for_new_shards, status_of, usable_dbservers
from ..agency.tree import DELETE, INCREMENT, set_value
from ..errors import ArangoError
from ..storage.local_backend import SYSTEM_COLLECTIONS
from ..storage.properties import SATELLITE, complete_properties
from .placement import find_prototype, place, place_like, resolve_satellite, spread
from .plan_views import view_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from .peers import ClusterPeers

_FOLLOW_TIMEOUT_S = 60.0
_ATTEMPTS = 100


class PlanWriter:
    """Writes to Plan with what it was derived from as precondition, so that two coordinators cannot disagree."""

    def __init__(self, peers: ClusterPeers) -> None:
        self.peers = peers
        self.cache = peers.cache
        settings = peers.context.settings
        self._wait_for_followers = settings.boolean("cluster.create-waits-for-sync-replication", True)
        factor = settings.integer("cluster.default-replication-factor", 0) or 1
        self.defaults: dict[str, Any] = {
            "replicationFactor": factor,
            "writeConcern": settings.integer("cluster.write-concern", 1),
            "minReplicationFactor": settings.integer("cluster.min-replication-factor", 1),
            "maxReplicationFactor": settings.integer("cluster.max-replication-factor", 10),
            "forceOneShard": settings.boolean("cluster.force-one-shard", False),
            "maxShards": settings.integer("cluster.max-number-of-shards", 1000),
        }
        self.system_factor = settings.integer("cluster.system-replication-factor", 2)

    async def write(self, make: Callable[[], tuple[dict[str, Any], dict[str, Any]]]) -> None:
        """Write what `make` derives from the cache; look again and repeat when something came in between."""
        for _ in range(_ATTEMPTS):
            operations, preconditions = make()
            operations["/arango/Plan/Version"] = INCREMENT
            index = await self.peers.agency.write(operations, preconditions)
            if index:
                await self.cache.wait_index(index)
                return
            await self.peers.refresh()
        raise ArangoError(errors.CLUSTER_TIMEOUT, "the plan changes too fast")

    # -- databases ---------------------------------------------------------------------------------------------------
    async def create_database(self, name: str, options: dict[str, Any]) -> None:
        """Plan a database with its system collections and wait until every dbserver has it."""
        first = await self.peers.unique_ids(2 * len(SYSTEM_COLLECTIONS) + 1)
        names = [c for c in SYSTEM_COLLECTIONS if c != "_users" or name == "_system"]

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            path = f"/arango/Plan/Databases/{name}"
            if self.cache.get(path) is not None:
                raise ArangoError(errors.DUPLICATE_NAME)
            database = {"id": str(first), "name": name, "sharding": options.get("sharding", ""),
                        "replicationFactor": options.get("replicationFactor", self.defaults["replicationFactor"]),
                        "writeConcern": options.get("writeConcern", self.defaults["writeConcern"])}  # fmt: skip
            collections = {}
            servers = dbservers_for_new_shards(self.cache.tree, self.system_factor)
            for number, collection in enumerate(names):
                factor = max(min(self.system_factor, len(servers)), 1)
                body = {"name": collection, "isSystem": True, "replicationFactor": factor, "writeConcern": 1}
                limits = {**self.defaults, "minReplicationFactor": 1, "maxReplicationFactor": 0}
                properties = complete_properties(body, defaults=limits, cluster=True)
                properties["replicationFactor"] = self.system_factor
                cid = str(first + 1 + 2 * number)
                shards = {f"s{first + 2 + 2 * number}": spread(servers, self._may_lead(servers), number, factor)}
                properties.update({"id": cid, "indexes": [], "shards": shards})
                collections[cid] = properties
            operations = {path: set_value(database), f"/arango/Plan/Collections/{name}": set_value(collections)}
            return operations, {path: {"oldEmpty": True}}

        await self.write(make)
        await self._wait(lambda: self._database_is_current(name))

    def _may_lead(self, servers: list[str]) -> int:
        """How many of the servers, healthy ones first, may lead new shards: a silent one only where all are."""
        return sum(status_of(self.cache.tree, server) == GOOD for server in servers) or len(servers)

    def _database_is_current(self, name: str) -> bool:
        current = self.cache.get(f"/arango/Current/Databases/{name}", {}) or {}
        servers = usable_dbservers(self.cache.tree)
        collections = self.cache.get(f"/arango/Plan/Collections/{name}", {})
        return all(server in current for server in servers) and all(
            self.is_current(name, cid, followers=False) for cid in collections
        )

    async def drop_database(self, name: str) -> None:
        """Take a database and its collections out of the plan."""

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            path = f"/arango/Plan/Databases/{name}"
            if self.cache.get(path) is None:
                raise ArangoError(errors.DATABASE_NOT_FOUND)
            operations = {path: DELETE, f"/arango/Plan/Collections/{name}": DELETE,
                          f"/arango/Current/Collections/{name}": DELETE, view_path(name): DELETE}  # fmt: skip
            return operations, {path: {"oldEmpty": False}}

        await self.write(make)

    # -- collections -------------------------------------------------------------------------------------------------
    async def create_collection(self, database: str, body: dict[str, Any], parameters: dict[str, str]) -> str:
        """Plan a collection and wait until its shards are there; return its id."""
        defaults = dict(self.defaults)
        planned = self.cache.get(f"/arango/Plan/Databases/{database}", {})
        for name in ("replicationFactor", "writeConcern"):
            if planned.get(name):
                defaults[name] = planned[name]
        if planned.get("sharding") == "single":
            defaults["forceOneShard"] = True
        properties = complete_properties(body, defaults=defaults, cluster=True)
        if properties["keyOptions"]["type"] == "autoincrement" and properties["numberOfShards"] > 1:
            raise ArangoError(errors.CLUSTER_UNSUPPORTED, "autoincrement keys need a collection with a single shard")
        like = properties.get("distributeShardsLike")
        base = f"/arango/Plan/Collections/{database}"
        enforced = parameters.get("enforceReplicationFactor", "true").lower() not in ("0", "false", "no")
        count = int(properties["numberOfShards"])
        if like:
            count = int(find_prototype(like, self.cache.get(base, {}) or {}, body)["numberOfShards"])
        first = await self.peers.unique_ids(count + 1)

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            existing = self.cache.get(base, {}) or {}
            views = self.cache.get(view_path(database), {}) or {}
            if any(other["name"] == properties["name"] for other in [*existing.values(), *views.values()]):
                raise ArangoError(errors.DUPLICATE_NAME)
            if like:
                taken, shards = place_like(find_prototype(like, existing, body), first + 1)
            else:
                factor = properties["replicationFactor"]
                servers = dbservers_for_new_shards(self.cache.tree, 1 if factor == SATELLITE else int(factor))
                taken = resolve_satellite(properties, servers)
                if not enforced:
                    taken = {**taken, "replicationFactor": min(taken["replicationFactor"], max(len(servers), 1))}
                shards = place(taken, first + 1, servers, self._may_lead(servers))
            # fewer copies than asked for may be placed now; the supervision makes the others once there are servers
            wanted = {} if like or "satellite" in taken else {"replicationFactor": properties["replicationFactor"]}
            complete = {**properties, **taken, **wanted, "id": str(first), "indexes": [], "shards": shards}
            preconditions: dict[str, Any] = {f"/arango/Plan/Databases/{database}": {"oldEmpty": False}}
            preconditions[base] = {"old": existing} if self.cache.get(base) is not None else {"oldEmpty": True}
            return {f"{base}/{first}": set_value(complete)}, preconditions

        await self.write(make)
        wait = parameters.get("waitForSyncReplication", "").lower()
        followers = self._wait_for_followers if not wait else wait in ("1", "true", "yes")
        try:
            await self._wait(lambda: self.is_current(database, str(first), followers=followers))
        except ArangoError:
            await self.drop_collection(database, str(first))
            raise ArangoError(
                errors.CLUSTER_COULD_NOT_CREATE_COLLECTION, "the shards were not created in time"
            ) from None
        return str(first)

    def is_current(self, database: str, cid: str, *, followers: bool) -> bool:
        """Say whether every shard of a collection has its leader (and all its followers) in sync."""
        current = self.cache.get(f"/arango/Current/Collections/{database}/{cid}", {}) or {}
        shards = self.cache.get(f"/arango/Plan/Collections/{database}/{cid}/shards", {}) or {}
        for shard, plan in shards.items():
            servers = current.get(shard, {}).get("servers", [])
            if not servers or servers[0] != plan[0] or (followers and set(servers) != set(plan)):
                return False
        return True

    async def drop_collection(self, database: str, cid: str) -> None:
        """Take a collection out of the plan."""
        path = f"/arango/Plan/Collections/{database}/{cid}"

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            planned = self.cache.get(path)
            if planned is None:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            others = self.cache.get(f"/arango/Plan/Collections/{database}", {})
            if any(other.get("distributeShardsLike") == planned["name"] for other in others.values()):
                raise ArangoError(errors.CLUSTER_MUST_NOT_DROP_COLL_OTHER_DISTRIBUTESHARDSLIKE)
            return {path: DELETE, f"/arango/Current/Collections/{database}/{cid}": DELETE}, {path: {"oldEmpty": False}}

        await self.write(make)

    async def change_collection(self, database: str, cid: str, changes: dict[str, Any]) -> None:
        """Change members of a planned collection."""
        path = f"/arango/Plan/Collections/{database}/{cid}"
        factor = changes.get("replicationFactor")
        if factor is not None and self.cache.get(f"{path}/distributeShardsLike") is not None:
            raise ArangoError(errors.FORBIDDEN, "cannot change the replicationFactor of a collection that has"
                              " distributeShardsLike")  # fmt: skip
        if factor is not None:
            if not isinstance(factor, int) or factor < 1:
                raise ArangoError(errors.BAD_PARAMETER, "invalid replicationFactor")
            if factor > len(self.cache.get("/arango/Plan/DBServers", {})):
                raise ArangoError(errors.CLUSTER_INSUFFICIENT_DBSERVERS)
        if "writeConcern" in changes:
            wanted = factor or self.cache.get(f"{path}/replicationFactor", 1)
            if not isinstance(changes["writeConcern"], int) or not 1 <= changes["writeConcern"] <= wanted:
                raise ArangoError(errors.BAD_PARAMETER, "writeConcern must be between 1 and replicationFactor")
            changes = {**changes, "minReplicationFactor": changes["writeConcern"]}

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            if self.cache.get(path) is None:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            return {f"{path}/{name}": set_value(value) for name, value in changes.items()}, {path: {"oldEmpty": False}}

        await self.write(make)

    # -- indexes -----------------------------------------------------------------------------------------------------
    async def create_index(self, database: str, cid: str, definition: dict[str, Any]) -> dict[str, Any]:
        """Plan an index and wait until every shard's leader has it; undo it when documents break its uniqueness."""
        index_id = str(await self.peers.unique_ids(1))
        index = {**definition, "id": index_id, "name": definition.get("name") or f"idx_{index_id}"}
        path = f"/arango/Plan/Collections/{database}/{cid}"

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            planned = self.cache.get(f"{path}/indexes")
            if planned is None:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            if any(other["name"] == index["name"] for other in planned):
                raise ArangoError(errors.DUPLICATE_NAME, f"duplicate value for index name '{index['name']}'")
            building = [*planned, {**index, "isBuilding": True}]
            return {f"{path}/indexes": set_value(building)}, {f"{path}/indexes": {"old": planned}}

        def make_ready() -> tuple[dict[str, Any], dict[str, Any]]:
            planned = self.cache.get(f"{path}/indexes")
            if planned is None:
                raise ArangoError(errors.DATA_SOURCE_NOT_FOUND)
            ready = [index if other["id"] == index_id else other for other in planned]
            return {f"{path}/indexes": set_value(ready)}, {f"{path}/indexes": {"old": planned}}

        await self.write(make)
        broken: list[Any] = []

        def everywhere() -> bool:
            current = self.cache.get(f"/arango/Current/Collections/{database}/{cid}", {}) or {}
            shards = self.cache.get(f"{path}/shards", {}) or {}
            reported = [entry for shard in shards for entry in current.get(shard, {}).get("indexes", [])
                        if entry["id"] == index["id"]]  # fmt: skip
            broken.extend(entry for entry in reported if entry.get("error"))
            return bool(broken) or len(reported) >= len(shards)

        try:
            await self._wait(everywhere)
            if broken:
                raise ArangoError(errors.UNIQUE_CONSTRAINT_VIOLATED)
            await self.write(make_ready)
        except ArangoError:
            await self.drop_index(database, cid, index_id)
            raise
        return index

    async def drop_index(self, database: str, cid: str, index_id: str) -> None:
        """Take an index out of the plan."""
        path = f"/arango/Plan/Collections/{database}/{cid}/indexes"

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            planned = self.cache.get(path, [])
            return {path: set_value([item for item in planned if item["id"] != index_id])}, {path: {"old": planned}}

        await self.write(make)

    async def _wait(self, condition: Callable[[], bool]) -> None:
        await self.cache.wait_for(condition, _FOLLOW_TIMEOUT_S)
