"""A single server that starts from a dataset."""

from __future__ import annotations

import pytest
from armadillo import ArangoConflictError, SingleServer


async def test_files_and_script_are_there(arango_single_server: SingleServer) -> None:
    """Documents of both files with their types, the script's edges and its index."""
    shop = arango_single_server.database("shop")

    assert await shop.query("FOR person IN people SORT person._key RETURN person.name") == ["Ada", "Grace", "Konrad"]
    assert await shop.query("FOR city IN cities FILTER city.capital RETURN [city._key, city.people, city.zip]") == [
        ["1", 3755251, "010115"]
    ]
    assert await shop.query("FOR v IN 1..2 OUTBOUND 'people/1' knows RETURN v.name") == ["Grace", "Konrad"]
    with pytest.raises(ArangoConflictError):
        await shop.collection("people").insert({"name": "Ada"})


async def test_the_copy_is_the_tests_own(arango_single_server: SingleServer) -> None:
    """It may be written, and survives a restart as any other data."""
    people = arango_single_server.database("shop").collection("people")
    key = (await people.insert({"name": "Barbara"}))["_key"]

    await arango_single_server.restart()

    assert await people.keys() == {"1", "2", "3", key}
    await people.remove(key)
