"""`Database`: collections and AQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arangodb.client import ArangoClient, url_name
from .blocking import Blocking
from .collection import Collection
from .run import Run


class Database:
    """One database of the deployment."""

    def __init__(self, run: Run, system_client: ArangoClient, name: str) -> None:
        self.run = run
        self.name = name
        self._system = system_client
        self.client = system_client.in_database(name)

    def __repr__(self) -> str:
        return f"<Database {self.name}>"

    @property
    def blocking(self) -> Blocking:
        """This database for plain `def` tests."""
        return self.run.blocking(self)

    async def create_collection(self, name: str, **options: Any) -> Collection:
        """Creates a collection; `options` are ArangoDB's own: numberOfShards, replicationFactor, writeConcern, ...

        Raises `ArangoConflictError` (errorNum 1207) when the name is taken.
        """
        await self.client.post("/_api/collection", json={"name": name, **options})
        return self.collection(name)

    def collection(self, name: str) -> Collection:
        """A collection by its name; asks nobody whether it exists."""
        return Collection(self, name)

    async def collections(self) -> list[str]:
        """Names of all collections that are not system collections."""
        answer = await self.client.get("/_api/collection", params={"excludeSystem": True})
        return sorted(item["name"] for item in answer["result"])

    async def query(
        self, aql: str, bind_vars: Mapping[str, Any] | None = None, *, batch_size: int = 1000, **options: Any
    ) -> list[Any]:
        """Runs an AQL query and answers all of its results, however many batches they come in.

        `options` are further attributes of the cursor request (ttl, memoryLimit, options, ...). Raises
        `ArangoBadRequestError` for a query that cannot be parsed (errorNum 1501), and so on.
        """
        body = {"query": aql, "bindVars": dict(bind_vars or {}), "batchSize": batch_size, **options}
        answer = await self.client.post("/_api/cursor", json=body)
        results = list(answer["result"])
        while answer.get("hasMore"):
            answer = await self.client.post(f"/_api/cursor/{answer['id']}")
            results.extend(answer["result"])
        return results

    async def shard_distribution(self) -> dict[str, Any]:
        """Collection -> {Plan, Current}, each shard -> {leader, followers}; servers by their short names."""
        results: dict[str, Any] = (await self.client.get("/_admin/cluster/shardDistribution"))["results"]
        return results

    async def drop(self) -> None:
        """Drops the database with all that is in it; raises `ArangoNotFoundError` when there is none."""
        await self._system.delete(f"/_api/database/{url_name(self.name)}")
