"""Shards: where they lie, which documents they hold, and how they move."""

from __future__ import annotations

import pytest
from armadillo import Cluster, Collection, wait_until

MOVE_TIMEOUT_S = 180.0


@pytest.mark.collection_options(numberOfShards=9)
async def test_leaders_are_spread_over_all_dbservers(arango_cluster: Cluster, collection: Collection) -> None:
    """Nine shards on three dbservers: each leads some, and none holds a shard twice."""
    shards = await collection.shards()

    assert len(shards) == 9
    assert {arango_cluster.leader_of(shard).name for shard in shards} == {s.name for s in arango_cluster.dbservers}
    assert all(len(set(shard.servers)) == len(shard.servers) == 2 for shard in shards)


@pytest.mark.collection_options(numberOfShards=5)
async def test_documents_are_spread_over_all_shards(collection: Collection) -> None:
    """With keys as shard keys, many documents come to lie in every shard, each always in the same."""
    documents = [{"_key": f"k{number}"} for number in range(100)]
    await collection.insert_many(documents)

    where = [await collection.shard_of(document) for document in documents]

    assert set(where) == {shard.name for shard in await collection.shards()}
    assert where == [await collection.shard_of(document) for document in documents]
    assert await collection.count() == len(documents)


@pytest.mark.collection_options(numberOfShards=4, shardKeys=["country"])
async def test_shard_keys_decide_about_the_shard(collection: Collection) -> None:
    """Documents with the same values of the shard keys share a shard."""
    where = {
        (country, number): await collection.shard_of({"country": country, "number": number})
        for country in ("de", "fr", "is", "pt")
        for number in range(3)
    }

    for country in ("de", "fr", "is", "pt"):
        assert len({where[country, number] for number in range(3)}) == 1


@pytest.mark.collection_options(numberOfShards=3)
async def test_a_shard_can_be_moved(arango_cluster: Cluster, collection: Collection) -> None:
    """A leader's shard is moved to the dbserver that had no copy; all documents are there, in sync."""
    stored = {(await collection.insert({"number": number}))["_key"] for number in range(60)}
    shard = (await collection.shards())[0]
    ids = {await server.server_id() for server in arango_cluster.dbservers}
    (target,) = ids - set(shard.servers)

    await arango_cluster.client.post(
        "/_admin/cluster/moveShard",
        json={
            "database": collection.database.name,
            "collection": collection.name,
            "shard": shard.name,
            "fromServer": shard.leader,
            "toServer": target,
        },
    )

    async def moved() -> bool:
        now = {found.name: found for found in await collection.shards()}[shard.name]
        # The old leader may stay as a follower in the other one's place; surplus copies are taken away later.
        return now.leader == target and len(now.servers) == len(shard.servers)

    await wait_until(f"shard {shard.name} led by {target}", moved, MOVE_TIMEOUT_S)
    await collection.wait_until_in_sync()
    assert await collection.keys() == stored
