"""A single server that starts from what arangodump wrote."""

from __future__ import annotations

from armadillo import SingleServer


async def test_the_dump_is_there(arango_single_server: SingleServer) -> None:
    """Documents, edges and the unique index of the dumped database."""
    shop = arango_single_server.database("shop")

    assert await shop.query("FOR v IN 1..2 OUTBOUND 'people/1' knows RETURN v.name") == ["Grace", "Konrad"]
    indexes = await shop.client.get("/_api/index", params={"collection": "people"})
    assert [index["fields"] for index in indexes["indexes"] if index["unique"]] == [["_key"], ["name"]]
