"""Database and collection: what they send, and what they make of the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from armadillo.errors import ArangoConflictError, ArmadilloError
from armadillo.handles.database import Database
from armadillo.handles.shard import Shard

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_arango import ScriptedArango

Answers = dict[tuple[str, str], Any]


class Play:
    """A database whose server answers as the table says."""

    def __init__(self, arango: ScriptedArango, database: Database, answers: Answers) -> None:
        self.arango = arango
        self.database = database
        self.answers = answers


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    """A database "shop"."""
    answers: Answers = {}
    with ScriptedArango(lambda request: answers.get((request.method, request.path), (404, {}))) as arango:
        async with running(scripted_runner(tmp_path, [])) as run:
            yield Play(arango, Database(run, run.client([arango.endpoint]), "shop"), answers)


async def test_a_query_fetches_all_batches(play: Play) -> None:
    """Batches are fetched by POST until there are no more, at any version of ArangoDB."""
    cursor = "/_db/shop/_api/cursor"
    play.answers["POST", cursor] = (201, {"result": [1, 2], "hasMore": True, "id": "77"})
    play.answers["POST", f"{cursor}/77"] = (200, {"result": [3], "hasMore": False})

    assert await play.database.query("FOR i IN @l RETURN i", {"l": [1, 2, 3]}, batch_size=2) == [1, 2, 3]

    assert play.arango.requests[0].body == {
        "query": "FOR i IN @l RETURN i",
        "bindVars": {"l": [1, 2, 3]},
        "batchSize": 2,
    }


async def test_one_refused_document_of_many_is_an_error(play: Play) -> None:
    """A bulk insert answers 202 whatever happened to its items: the first refused one is raised."""
    refused = {"error": True, "errorNum": 1210, "errorMessage": "unique constraint violated"}
    play.answers["POST", "/_db/shop/_api/document/c"] = (202, [{"_key": "a"}, refused])

    with pytest.raises(ArangoConflictError, match="document 1 of 2"):
        await play.database.collection("c").insert_many([{"_key": "a"}, {"_key": "a"}])


async def test_a_revision_is_a_precondition(play: Play) -> None:
    """`rev` goes into If-Match, quoted as ETags are."""
    play.answers["PATCH", "/_db/shop/_api/document/c/k%20y?keepNull=false"] = (202, {"_key": "k y"})
    await play.database.collection("c").update("k y", {"a": 1}, rev="_x1", keepNull=False)
    assert play.arango.requests[-1].headers["if-match"] == '"_x1"'


async def test_shards_have_their_leader_first(play: Play) -> None:
    """The first server of a shard leads, the others follow."""
    play.answers["GET", "/_db/shop/_api/collection/c/shards?details=true"] = (
        200, {"shards": {"s2": ["B", "A"], "s1": ["A", "B", "C"]}},
    )  # fmt: skip
    collection = play.database.collection("c")

    assert await collection.shards() == [Shard("s1", "A", ("B", "C")), Shard("s2", "B", ("A",))]
    with pytest.raises(ArmadilloError, match="found 2 \\(s1, s2\\)"):
        await collection.only_shard()


async def test_a_new_leader_leads_by_plan_and_in_fact(play: Play) -> None:
    """A leader that is only planned is not one yet."""
    shards = "/_db/shop/_api/collection/c/shards?details=true"
    distribution = "/_db/shop/_admin/cluster/shardDistribution"
    collection = play.database.collection("c")
    old = Shard("s1", "A", ("B",))
    looks: list[str] = []

    def answer(request: Any) -> Any:
        looks.append(request.path)
        if request.path == shards:
            return 200, {"shards": {"s1": ["A", "B"] if len(looks) < 3 else ["B", "A"]}}
        assert request.path == distribution
        in_fact = "A" if len(looks) < 7 else "B"
        return 200, {"results": {"c": {"Plan": {"s1": {"leader": "B"}}, "Current": {"s1": {"leader": in_fact}}}}}

    play.arango.answer = answer
    found = await collection.wait_for_new_leader(old, timeout_s=10)

    assert found == Shard("s1", "B", ("A",))
    assert looks.count(distribution) >= 2
