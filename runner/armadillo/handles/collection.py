"""`Collection`: documents, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..arangodb.client import ArangoClient, url_name
from ..errors import ArmadilloError, arango_error
from .blocking import Blocking
from .shard import Shard
from .shard_distribution import shards_out_of_sync
from .wait import Seen, wait_until

if TYPE_CHECKING:
    from .database import Database

FAILOVER_TIMEOUT_S = 120.0
"""ArangoDB's supervision needs its grace period (10 s by default) and some ticks; the reference allows 60 to 120 s."""


class Collection:
    """One collection of a database."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    def __repr__(self) -> str:
        return f"<Collection {self.database.name}/{self.name}>"

    @property
    def client(self) -> ArangoClient:
        """The client of its database."""
        return self.database.client

    @property
    def blocking(self) -> Blocking:
        """This collection for plain `def` tests."""
        return self.database.run.blocking(self)

    async def insert(self, document: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Inserts one document and answers `_key`, `_id`, `_rev`; `params` such as waitForSync=True, returnNew=True.

        Raises `ArangoConflictError` (errorNum 1210) when the key is taken.
        """
        return _object(await self.client.post(self._documents, json=document, params=params))

    async def insert_many(self, documents: Sequence[Mapping[str, Any]], **params: Any) -> list[dict[str, Any]]:
        """Inserts documents by one request; raises the `ArangoError` of the first that was refused.

        What came before and after the refused document is stored nevertheless: a bulk request is no transaction.
        """
        answer = await self.client.post(self._documents, json=list(documents), params=params)
        items: list[dict[str, Any]] = answer.body
        for number, item in enumerate(items):
            if item.get("error"):
                raise arango_error(
                    409 if item["errorNum"] == 1210 else 400,
                    item["errorNum"],
                    item.get("errorMessage", ""),
                    f"document {number} of {len(items)} for {self.name}",
                )
        return items

    async def get(self, key: str) -> dict[str, Any]:
        """A document by its key; raises `ArangoNotFoundError`."""
        return _object(await self.client.get(self._document(key)))

    async def has(self, key: str) -> bool:
        """Whether there is a document with this key."""
        return (await self.client.head(self._document(key), expect=(200, 404))).status == 200

    async def replace(self, key: str, document: Mapping[str, Any], *, rev: str = "", **params: Any) -> dict[str, Any]:
        """Replaces a document; with `rev` only that revision, else `ArangoPreconditionError`."""
        return _object(await self.client.put(self._document(key), json=document, params=params, headers=_if_match(rev)))

    async def update(self, key: str, changes: Mapping[str, Any], *, rev: str = "", **params: Any) -> dict[str, Any]:
        """Changes attributes of a document; with `rev` only that revision, else `ArangoPreconditionError`."""
        return _object(
            await self.client.patch(self._document(key), json=changes, params=params, headers=_if_match(rev))
        )

    async def remove(self, key: str, *, rev: str = "", **params: Any) -> dict[str, Any]:
        """Removes a document; raises `ArangoNotFoundError`, with `rev` also `ArangoPreconditionError`."""
        return _object(await self.client.delete(self._document(key), params=params, headers=_if_match(rev)))

    async def keys(self) -> set[str]:
        """The keys of all documents."""
        found = await self.database.query("FOR d IN @@c RETURN d._key", {"@c": self.name}, batch_size=5000)
        return set(found)

    async def count(self) -> int:
        """How many documents there are."""
        return int((await self.client.get(f"{self._path}/count"))["count"])

    async def truncate(self) -> None:
        """Removes all documents."""
        await self.client.put(f"{self._path}/truncate")

    async def properties(self) -> dict[str, Any]:
        """All properties as ArangoDB tells them: numberOfShards, replicationFactor, writeConcern, ..."""
        return _object(await self.client.get(f"{self._path}/properties"))

    async def drop(self) -> None:
        """Drops the collection."""
        await self.client.delete(self._path)

    async def shards(self) -> list[Shard]:
        """Its shards as planned, in order of their names; raises `ArangoError` on a single server."""
        answer = await self.client.get(f"{self._path}/shards", params={"details": True})
        return [Shard(name, servers[0], tuple(servers[1:])) for name, servers in sorted(answer["shards"].items())]

    async def only_shard(self) -> Shard:
        """The one shard that it has; raises `ArmadilloError` when there are more."""
        shards = await self.shards()
        if len(shards) != 1:
            names = ", ".join(shard.name for shard in shards)
            raise ArmadilloError(
                f"expected one shard in {self.name}, found {len(shards)} ({names}); create it with numberOfShards=1"
            )
        return shards[0]

    async def shard_of(self, document: Mapping[str, Any]) -> str:
        """The name of the shard in which a document with these attributes lies or would lie."""
        return str((await self.client.put(f"{self._path}/responsibleShard", json=document))["shardId"])

    async def wait_for_new_leader(self, shard: Shard, *, timeout_s: float = FAILOVER_TIMEOUT_S) -> Shard:
        """Waits until another server leads the shard, as planned and in fact, and answers the shard as it is then.

        Raises `ConditionTimeoutError`, which says who leads it still.
        """

        async def check() -> Shard | Seen:
            now = {found.name: found for found in await self.shards()}[shard.name]
            if now.leader == shard.leader:
                return Seen(f"it is planned with the leader {now.leader} still")
            plan, current = await self._distribution_of(shard.name)
            if not current or plan.get("leader") != current.get("leader"):
                return Seen(f"planned leader {plan.get('leader')}, leader in fact {current.get('leader')}")
            return now

        what = f"a leader of shard {shard.name} ({self.name}) other than {shard.leader}"
        return await wait_until(what, check, self.database.run.scaled(timeout_s))

    async def wait_until_in_sync(self, *, timeout_s: float = FAILOVER_TIMEOUT_S) -> None:
        """Waits until every shard has its planned leader and all its planned followers; `ConditionTimeoutError`."""

        async def check() -> bool | Seen:
            distribution = {self.name: (await self.database.shard_distribution()).get(self.name, {})}
            problems = shards_out_of_sync(distribution)
            return Seen("; ".join(problems)) if problems else True

        await wait_until(f"all shards of {self.name} in sync", check, self.database.run.scaled(timeout_s))

    async def _distribution_of(self, shard: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        entry = (await self.database.shard_distribution()).get(self.name, {})
        return entry.get("Plan", {}).get(shard, {}), entry.get("Current", {}).get(shard, {})

    @property
    def _path(self) -> str:
        return f"/_api/collection/{url_name(self.name)}"

    @property
    def _documents(self) -> str:
        return f"/_api/document/{url_name(self.name)}"

    def _document(self, key: str) -> str:
        return f"{self._documents}/{url_name(key)}"


def _if_match(rev: str) -> dict[str, str]:
    return {"If-Match": f'"{rev}"'} if rev else {}


def _object(answer: Any) -> dict[str, Any]:
    body = answer.body
    return body if isinstance(body, dict) else {}
