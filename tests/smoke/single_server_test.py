"""A single server does what everything else rests on: databases, documents, AQL, logins, restarts."""

from __future__ import annotations

import pytest
from armadillo import (
    ArangoBadRequestError,
    ArangoClient,
    ArangoConflictError,
    ArangoError,
    ArangoNotFoundError,
    ArangoPreconditionError,
    ArangoUnauthorizedError,
    Collection,
    Credentials,
    Database,
    SingleServer,
)


async def test_it_says_what_it_is(arango_single_server: SingleServer) -> None:
    """The version told over HTTP is the one that the binary told before."""
    answer = await arango_single_server.client.get("/_api/version")

    assert answer["server"] == "arango"
    assert answer["version"] == arango_single_server.facts.version


async def test_a_document_comes_back_as_it_was_stored(collection: Collection) -> None:
    """A stored document can be read by its key, with all its attributes."""
    stored = await collection.insert({"name": "Pangolin", "scales": True, "young": [1, 2]})

    found = await collection.get(stored["_key"])

    assert found["name"] == "Pangolin"
    assert found["scales"] is True
    assert found["young"] == [1, 2]
    assert found["_rev"] == stored["_rev"]


async def test_a_key_can_be_taken_only_once(collection: Collection) -> None:
    """The second document with a key is refused, and the first one stays."""
    await collection.insert({"_key": "one", "value": 1})

    with pytest.raises(ArangoConflictError) as refused:
        await collection.insert({"_key": "one", "value": 2})

    assert refused.value.error_num == 1210
    assert (await collection.get("one"))["value"] == 1


async def test_a_stale_revision_does_not_overwrite(collection: Collection) -> None:
    """A replacement that names an old revision is refused with HTTP 412."""
    first = await collection.insert({"_key": "one", "value": 1})
    await collection.update("one", {"value": 2})

    with pytest.raises(ArangoPreconditionError):
        await collection.replace("one", {"value": 3}, rev=first["_rev"])

    assert (await collection.get("one"))["value"] == 2


async def test_a_removed_document_is_gone(collection: Collection) -> None:
    """After its removal a document can neither be read nor removed again."""
    await collection.insert({"_key": "one"})

    await collection.remove("one")

    assert not await collection.has("one")
    with pytest.raises(ArangoNotFoundError):
        await collection.remove("one")


async def test_a_query_answers_all_batches(collection: Collection, database: Database) -> None:
    """A query whose result comes in several batches answers all of it, in order."""
    await collection.insert_many([{"_key": f"k{number:03}", "number": number} for number in range(100)])

    found = await database.query(
        "FOR d IN @@c FILTER d.number >= @least SORT d.number RETURN d.number",
        {"@c": collection.name, "least": 10},
        batch_size=7,
    )

    assert found == list(range(10, 100))


async def test_a_query_that_is_no_aql_is_refused(database: Database) -> None:
    """A parse error comes as HTTP 400 with errorNum 1501."""
    with pytest.raises(ArangoBadRequestError) as refused:
        await database.query("FOR FOR FOR")

    assert refused.value.error_num == 1501


async def test_databases_do_not_see_each_other(arango_single_server: SingleServer, database: Database) -> None:
    """A collection of one database does not exist in another."""
    await database.create_collection("here_only")

    with pytest.raises(ArangoNotFoundError) as missing:
        await arango_single_server.database("_system").collection("here_only").count()

    assert missing.value.error_num == 1203


async def test_nobody_gets_in_without_a_login(arango_single_server: SingleServer) -> None:
    """Without credentials, and with a wrong password, the answer is HTTP 401."""
    for stranger in (Credentials.none(), Credentials.basic("root", "not the password")):
        with pytest.raises(ArangoUnauthorizedError):
            await arango_single_server.client.as_(stranger).get("/_api/database")


async def test_root_logs_in_by_password_and_by_token(arango_single_server: SingleServer) -> None:
    """Root's password opens the door, and so does the token that is given for it."""
    root = arango_single_server.client.as_(arango_single_server.root)
    assert (await root.get("/_api/database/current"))["result"]["name"] == "_system"

    login = {"username": "root", "password": arango_single_server.root_password}
    token = (await root.as_(Credentials.none()).post("/_open/auth", json=login))["jwt"]

    by_token = root.as_(Credentials.token(token))
    assert (await by_token.get("/_api/database/current"))["result"]["name"] == "_system"


async def test_an_orderly_restart_keeps_the_data(arango_single_server: SingleServer, collection: Collection) -> None:
    """What was stored before a restart is there after it, in a new process."""
    await collection.insert_many([{"_key": str(number)} for number in range(50)])
    before = arango_single_server.only_server.pid

    await arango_single_server.restart()

    assert arango_single_server.only_server.pid != before
    assert await collection.count() == 50


@pytest.mark.crash_test
async def test_kill_9_loses_no_acknowledged_write(arango_single_server: SingleServer, collection: Collection) -> None:
    """Documents that were acknowledged with waitForSync survive SIGKILL."""
    stored = {(await collection.insert({"number": number}, waitForSync=True))["_key"] for number in range(20)}

    async with arango_single_server.killed():
        with pytest.raises(ArangoError):
            await collection.count()

    assert await collection.keys() >= stored


async def test_its_log_says_when_it_is_ready(arango_single_server: SingleServer) -> None:
    """Each start ends with the log line that people and tools look for."""
    log = arango_single_server.log
    log.mark()

    await arango_single_server.restart()

    assert "Have fun!" in await log.expect(r"is ready for business")
    assert log.count(r"\bFATAL\b") == 0


def test_a_plain_test_does_the_same(arango_single_server: SingleServer, database: Database) -> None:
    """A plain `def` test uses the same handles by `.blocking`."""
    things = database.blocking.create_collection("things")
    things.insert({"_key": "one"})

    with arango_single_server.blocking.suspended():
        pass  # frozen and thawed again

    assert things.keys() == {"one"}
    assert database.blocking.query("RETURN LENGTH(things)") == [1]


async def test_a_client_of_ones_own(arango_single_server: SingleServer) -> None:
    """Anybody can make a client from endpoints and a login, for any purpose."""
    mine = ArangoClient(arango_single_server.endpoints, arango_single_server.root, timeout_s=20)
    try:
        assert (await mine.get("/_api/version"))["server"] == "arango"
    finally:
        await mine.close()
