"""The official synchronous Python driver against single server and cluster, family by family."""

from __future__ import annotations

import pytest
from arango import ArangoClient
from arango.database import StandardDatabase
from arango.exceptions import DocumentInsertError, DocumentRevisionError, TransactionCommitError

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer, wait_until


@pytest.fixture
def db(server: StandinServer) -> StandardDatabase:
    """The system database as the driver sees it."""
    client = ArangoClient(hosts=f"http://127.0.0.1:{server.port}")
    return client.db("_system", username="root", password="", verify=True)


@feature("Drivers: python-arango", "databases and users")
def test_a_new_user_reaches_the_database_made_for_it(db: StandardDatabase, server: StandinServer, name: str) -> None:
    """create_database with a user lets that user write there and not elsewhere."""
    assert db.create_database(name, users=[{"username": name, "password": "secret", "active": True}])
    own = ArangoClient(hosts=f"http://127.0.0.1:{server.port}").db(name, username=name, password="secret")
    assert own.create_collection("notes").insert({"_key": "a"})["_key"] == "a"
    assert name in db.databases()
    assert db.permission(name, name) == "rw"
    assert db.delete_database(name)
    assert db.delete_user(name)


@feature("Drivers: python-arango", "documents, single and bulk")
def test_documents_come_back_as_they_were_stored(db: StandardDatabase, name: str) -> None:
    """Insert, update, replace, delete and their preconditions, one by one and many at once."""
    collection = db.create_collection(name)
    meta = collection.insert({"_key": "a", "n": 1}, return_new=True)
    assert meta["new"]["n"] == 1
    with pytest.raises(DocumentInsertError) as error:
        collection.insert({"_key": "a"})
    assert (error.value.http_code, error.value.error_code) == (409, 1210)
    collection.update({"_key": "a", "m": 2})
    with pytest.raises(DocumentRevisionError):
        collection.replace({"_key": "a", "_rev": meta["_rev"], "n": 3})
    assert collection.get("a")["m"] == 2
    results = collection.insert_many([{"_key": str(number)} for number in range(50)] + [{"_key": "a"}])
    assert isinstance(results[-1], DocumentInsertError)
    assert collection.count() == 51
    assert len(collection.delete_many([{"_key": str(number)} for number in range(50)])) == 50
    assert [document["_key"] for document in collection.all()] == ["a"]


@feature("Drivers: python-arango", "indexes")
def test_a_unique_index_refuses_a_second_value(db: StandardDatabase, name: str) -> None:
    """A persistent index is listed, refuses duplicates and can be dropped."""
    collection = db.create_collection(name)
    index = collection.add_index({"type": "persistent", "fields": ["email"], "unique": True, "name": "by_email"})
    collection.insert({"email": "a@b"})
    with pytest.raises(DocumentInsertError):
        collection.insert({"email": "a@b"})
    assert "by_email" in [listed["name"] for listed in collection.indexes()]
    assert collection.delete_index(index["id"])


@feature("Drivers: python-arango", "AQL and cursors")
def test_a_cursor_hands_out_all_batches(db: StandardDatabase, name: str) -> None:
    """A result larger than a batch is fetched batch by batch; statistics and bind parameters arrive."""
    collection = db.create_collection(name)
    collection.import_bulk([{"n": number} for number in range(250)])
    query = "FOR d IN @@c FILTER d.n < @limit SORT d.n RETURN d.n"
    cursor = db.aql.execute(query, bind_vars={"@c": name, "limit": 240}, batch_size=100, count=True)
    assert cursor.count() == 240
    assert list(cursor) == list(range(240))
    assert db.aql.validate("RETURN 1")["parsed"] is True
    assert db.aql.explain("FOR i IN 1..3 RETURN i")["nodes"]


@feature("Drivers: python-arango", "stream transactions")
def test_a_transaction_is_invisible_until_its_commit(db: StandardDatabase, name: str) -> None:
    """Nobody else sees a transaction's writes before the commit; after it everybody does, and it cannot be repeated."""
    collection = db.create_collection(name)
    transaction = db.begin_transaction(write=name)
    transaction.collection(name).insert({"_key": "a"})
    assert transaction.collection(name).has("a")
    assert not collection.has("a")
    assert transaction.commit_transaction()
    assert collection.has("a")
    aborted = db.begin_transaction(write=name)
    aborted.collection(name).insert({"_key": "b"})
    assert aborted.abort_transaction()
    assert not collection.has("b")
    with pytest.raises(TransactionCommitError):
        aborted.commit_transaction()


@feature("Drivers: python-arango", "graphs and traversals")
def test_a_graph_is_built_and_traversed(db: StandardDatabase, name: str) -> None:
    """Vertices and edges of a named graph are found by a traversal; a vertex takes its edges with it."""
    graph = db.create_graph(name)
    edges = graph.create_edge_definition(f"{name}_knows", [f"{name}_people"], [f"{name}_people"])
    people = graph.vertex_collection(f"{name}_people")
    for key in "abc":
        people.insert({"_key": key})
    for start, end in ("ab", "bc"):
        edges.link(f"{name}_people/{start}", f"{name}_people/{end}")
    query = "FOR v IN 1..2 OUTBOUND @start GRAPH @graph RETURN v._key"
    found = db.aql.execute(query, bind_vars={"start": f"{name}_people/a", "graph": name})
    assert sorted(found) == ["b", "c"]
    assert people.delete("b")
    assert edges.count() == 0
    assert db.delete_graph(name, drop_collections=True)
    assert not db.has_collection(f"{name}_people")


@feature("Drivers: python-arango", "views and analyzers as definitions")
def test_definitions_of_views_and_analyzers_are_kept(db: StandardDatabase, name: str) -> None:
    """A view and an analyzer are listed with what was said of them until they are dropped."""
    assert db.create_view(name, "arangosearch", {"commitIntervalMsec": 5000})["commit_interval_msec"] == 5000
    assert name in [view["name"] for view in db.views()]
    assert db.create_analyzer(name, "identity", {})["type"] == "identity"
    assert db.delete_view(name)
    assert db.delete_analyzer(name)


@feature("Drivers: python-arango", "asynchronous jobs")
def test_a_job_is_fetched_when_it_is_done(db: StandardDatabase, name: str) -> None:
    """A stored job runs in the background and gives its result once."""
    collection = db.create_collection(name)
    job = db.begin_async_execution(return_result=True).collection(name).insert({"_key": "a"})
    wait_until(lambda: job.status() == "done", "the job is done")
    assert job.result()["_key"] == "a"
    assert collection.has("a")
