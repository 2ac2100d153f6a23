"""Data go from one version to another by a dump: on a cluster and on a single server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from armadillo import (
    ArangoConflictError,
    ArangoUnauthorizedError,
    Cluster,
    ControlError,
    Credentials,
    Database,
    DumpStage,
    SingleServer,
    Upgrade,
)

PEOPLE = 50
OPTIONS: dict[str, Any] = {"waitForSync": True, "schema": {"rule": {"required": ["name"]}, "message": "no name"}}
CLUSTER_OPTIONS = {"numberOfShards": 3, "replicationFactor": 2, "writeConcern": 2, "shardKeys": ["_key"]}
VIEW = {"name": "by_name", "type": "arangosearch", "links": {"people": {"fields": {"name": {"analyzers": ["half"]}}}}}
ANALYZER = {"name": "half", "type": "delimiter", "properties": {"delimiter": "/"}}
ADA = Credentials.basic("ada", "lovelace")


async def filled(shop: Database, options: dict[str, Any]) -> None:
    """People who know each other in a circle, cities with a unique index, a graph, an analyzer and a view."""
    people = await shop.create_collection("people", **options)
    await shop.create_collection("knows", type=3)
    cities = await shop.create_collection("cities", numberOfShards=1)
    for collection, is_unique in (("people", False), ("cities", True)):
        index = {"type": "persistent", "fields": ["name"], "unique": is_unique, "sparse": not is_unique}
        await shop.client.post(f"/_api/index?collection={collection}", json=index)
    await cities.insert({"name": "Köln"})
    edges = [{"collection": "knows", "from": ["people"], "to": ["people"]}]
    await shop.client.post("/_api/gharial", json={"name": "circle", "edgeDefinitions": edges})
    await shop.client.post("/_api/analyzer", json=ANALYZER)
    await shop.client.post("/_api/view", json=VIEW)
    for number in range(PEOPLE):
        await people.insert({"_key": str(number), "name": f"name/{number}", "tags": [number, None, "ä"]})
    edge = "{_from: CONCAT('people/', i), _to: CONCAT('people/', (i + 1) % @people)}"
    await shop.query(f"FOR i IN 0..@people - 1 INSERT {edge} INTO knows", {"people": PEOPLE})


async def seen(shop: Database) -> dict[str, Any]:
    """All that a client can see of it, in a form that does not depend on the version."""
    indexes = [
        index
        for collection in ("people", "cities")
        for index in (await shop.client.get(f"/_api/index?collection={collection}"))["indexes"]
    ]
    properties = await shop.client.get("/_api/collection/people/properties")
    views = (await shop.client.get("/_api/view"))["result"]
    analyzers = (await shop.client.get("/_api/analyzer"))["result"]
    return {
        "documents": await shop.query("FOR p IN people SORT p._key RETURN UNSET(p, '_rev')"),
        "edges": await shop.query("FOR e IN knows SORT e._from RETURN [e._key, e._from, e._to]"),
        "walk": await shop.query("FOR v IN 1..3 OUTBOUND 'people/0' GRAPH 'circle' RETURN v._key"),
        "indexes": [[one["type"], one["fields"], one["unique"], one["sparse"]] for one in indexes],
        "properties": {name: properties.get(name) for name in [*OPTIONS, *CLUSTER_OPTIONS]},
        "views": [[one["name"], one["type"]] for one in views],
        "analyzers": [one["type"] for one in analyzers if one["name"].endswith("::half")],
    }


async def test_all_that_was_dumped_is_there_again(
    arango: Cluster | SingleServer, database: Database, upgrade: Upgrade
) -> None:
    """Documents, edges, indexes, properties, views, analyzers, graphs and users; what came after the dump is gone."""
    await filled(database, {**OPTIONS, **(CLUSTER_OPTIONS if isinstance(arango, Cluster) else {})})
    await arango.client.post("/_api/user", json={"user": "ada", "passwd": "lovelace"})
    await arango.client.put(f"/_api/user/ada/database/{database.name}", json={"grant": "ro"})
    before = await seen(database)
    assert all(before.values())
    assert await arango.version() == upgrade.from_version
    stages = []

    async for stage in upgrade.by_dump():
        stages.append(stage)
        if stage is DumpStage.DUMPED:
            assert await arango.version() == upgrade.from_version
            await database.collection("people").insert({"name": "late"})
        if stage is DumpStage.EMPTY:
            assert await arango.databases() == ["_system"]
            with pytest.raises(ArangoUnauthorizedError):
                await arango.client.as_(ADA).get("/_api/version")

    assert stages == list(DumpStage)
    for server in arango.servers:
        assert (await server.client.get("/_api/version"))["version"] == upgrade.to_version
    assert await seen(database) == before
    with pytest.raises(ArangoConflictError):
        await database.collection("cities").insert({"name": "Köln"})
    assert await database.client.as_(ADA).get("/_api/document/people/7")
    await arango.client.delete("/_api/user/ada")
    assert Path(upgrade.dump_directory, database.name, "dump.json").exists()


async def test_there_is_no_second_upgrade(upgrade: Upgrade) -> None:
    """Of no kind; in place this pair is refused by its versions, where they forbid it."""
    with pytest.raises(ControlError, match="cannot go back"):
        upgrade.by_dump()
    with pytest.raises(ControlError, match=r"cannot go back|set by_dump = True and bring the data over"):
        await upgrade.full_stop()
