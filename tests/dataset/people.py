"""Fills the dataset `people` behind its files: a graph's edges and an index."""

from __future__ import annotations

from armadillo import Cluster, SingleServer


async def seed(arango: Cluster | SingleServer) -> None:
    """Everybody knows the next one; names are unique."""
    shop = arango.database("shop")
    keys = sorted(await shop.query("FOR person IN people RETURN person._key"))
    await shop.create_collection("knows", type=3)
    knows = [
        {"_from": f"people/{one}", "_to": f"people/{other}"}
        for one, other in zip(keys, keys[1:] + keys[:1], strict=True)
    ]
    await shop.collection("knows").insert_many(knows)
    index = {"type": "persistent", "fields": ["name"], "unique": True}
    await shop.client.post("/_api/index", json=index, params={"collection": "people"})
