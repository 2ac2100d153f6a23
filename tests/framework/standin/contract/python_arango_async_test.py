"""The official asynchronous Python driver against single server and cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from arangoasync import ArangoClient
from arangoasync.auth import Auth
from arangoasync.database import StandardDatabase
from arangoasync.exceptions import DocumentInsertError
from arangoasync.typings import UserInfo

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer


@pytest_asyncio.fixture
async def db(server: StandinServer) -> AsyncIterator[StandardDatabase]:
    """The system database as the driver sees it."""
    async with ArangoClient(hosts=f"http://127.0.0.1:{server.port}") as client:
        yield await client.db("_system", auth=Auth(username="root", password=""), verify=True)


@feature("Drivers: python-arango-async", "documents")
async def test_concurrent_inserts_all_arrive(db: StandardDatabase, name: str) -> None:
    """Fifty inserts at once are fifty documents; a duplicate is refused with ArangoDB's number."""
    collection = await db.create_collection(name)
    await asyncio.gather(*[collection.insert({"_key": str(number)}) for number in range(50)])
    assert await collection.count() == 50
    with pytest.raises(DocumentInsertError) as error:
        await collection.insert({"_key": "0"})
    assert error.value.error_code == 1210
    document = await collection.get("7")
    assert document is not None
    assert document["_id"] == f"{name}/7"


@feature("Drivers: python-arango-async", "AQL and cursors")
async def test_a_cursor_is_iterated_over_batches(db: StandardDatabase) -> None:
    """A result of several batches is handed out whole."""
    cursor = await db.aql.execute("FOR i IN 1..25 RETURN i * @factor", bind_vars={"factor": 2}, batch_size=10)
    async with cursor:
        assert [value async for value in cursor] == [2 * number for number in range(1, 26)]


@feature("Drivers: python-arango-async", "stream transactions")
async def test_an_aborted_transaction_leaves_nothing(db: StandardDatabase, name: str) -> None:
    """What an aborted transaction wrote is not there."""
    collection = await db.create_collection(name)
    transaction = await db.begin_transaction(write=name)
    await transaction.collection(name).insert({"_key": "a"})
    await transaction.abort_transaction()
    assert not await collection.has("a")


@feature("Drivers: python-arango-async", "graphs")
async def test_a_graph_is_made_and_dropped(db: StandardDatabase, name: str) -> None:
    """A named graph holds its edge definition and goes with its collections."""
    people, knows = f"{name}_people", f"{name}_knows"
    graph = await db.create_graph(name)
    await graph.create_edge_definition(knows, from_vertex_collections=[people], to_vertex_collections=[people])
    await graph.insert_vertex(people, {"_key": "a"})
    await graph.insert_vertex(people, {"_key": "b"})
    await graph.insert_edge(knows, {"_from": f"{people}/a", "_to": f"{people}/b"})
    assert await db.delete_graph(name, drop_collections=True)
    assert not await db.has_collection(people)


@feature("Drivers: python-arango-async", "users and permissions")
async def test_a_permission_can_be_given_and_taken(db: StandardDatabase, name: str) -> None:
    """A user's level for a database is what was granted last."""
    await db.create_user(UserInfo(user=name, password="secret", active=True))
    await db.update_permission(name, "ro", "_system")
    assert await db.permission(name, "_system") == "ro"
    assert await db.delete_user(name)
