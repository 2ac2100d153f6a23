"""Which anomalies transactions rule out, and the one that snapshot isolation allows, as in ArangoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from arangod_standin import errors
from arangod_standin.backend import TransactionOptions
from arangod_standin.errors import ArangoError

from tests.framework.standin.support.transaction_store import TransactionStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TransactionStore]:
    """A store with a unique index over ``u``."""
    made = TransactionStore(tmp_path, index_field="u", unique=True)
    yield made
    made.close()


def test_no_dirty_read(store: TransactionStore) -> None:
    """Nobody else sees what a running transaction has written, also when it aborts in the end."""
    store.put(None, "a", value=1)
    writer, reader = store.begin(), store.begin()
    store.put(writer, "a", value=2)
    store.put(writer, "b", value=3)

    assert store.get(writer, "a") == {"value": 2}
    for other in (None, reader):
        assert store.get(other, "a") == {"value": 1}
        assert store.state(other) == {"a": {"value": 1}}
        assert store.count(other) == 1
    store.abort(writer)
    assert store.state(None) == {"a": {"value": 1}}
    store.abort(reader)


def test_no_non_repeatable_read(store: TransactionStore) -> None:
    """A document reads the same during a whole transaction, whatever others commit."""
    store.put(None, "a", value=1)
    reader = store.begin()
    store.put(None, "a", value=2)

    assert store.get(reader, "a") == {"value": 1}
    store.remove(None, "a")
    assert store.get(reader, "a") == {"value": 1}
    store.commit(reader)
    assert store.get(None, "a") is None


def test_no_phantom(store: TransactionStore) -> None:
    """A scan, a count and a look-up find no document that was inserted after the transaction began."""
    store.put(None, "a", u=1)
    reader = store.begin()
    store.put(None, "b", u=2)
    other = store.begin()
    store.put(other, "c", u=3)
    store.commit(other)

    assert list(store.state(reader)) == ["a"]
    assert store.count(reader) == 1
    assert [document["_key"] for document in store.lookup(reader, 1)] == ["a"]
    store.put(reader, "d", u=4)
    assert [document["_key"] for document in store.lookup(reader, 1, descending=True)] == ["d", "a"]
    store.abort(reader)


def test_no_lost_update(store: TransactionStore) -> None:
    """Of two transactions that change the same document, the second gets a conflict: at once, or after the commit."""
    store.put(None, "a", value=1)
    first, second, third = store.begin(), store.begin(), store.begin()

    assert store.put(first, "a", value=2) is None
    assert store.put(second, "a", value=3) == errors.CONFLICT
    assert store.put(None, "a", value=4) == errors.CONFLICT
    assert store.remove(None, "a") == errors.CONFLICT
    store.commit(first)
    assert store.put(third, "a", value=5) == errors.CONFLICT
    assert store.put(store.begin(), "a", value=6) is None


def test_write_skew_is_possible(store: TransactionStore) -> None:
    """Two transactions may each read what the other writes: snapshot isolation allows that, reads lock nothing."""
    store.put(None, "a", on_call=True)
    store.put(None, "b", on_call=True)
    first, second = store.begin(), store.begin()
    assert store.get(first, "b") == store.get(second, "a") == {"on_call": True}
    assert store.put(first, "a", on_call=False) is None
    assert store.put(second, "b", on_call=False) is None
    store.commit(first)
    store.commit(second)

    assert store.state(None) == {"a": {"on_call": False}, "b": {"on_call": False}}


def test_a_value_of_a_unique_index_has_one_writer(store: TransactionStore) -> None:
    """A unique value that a running transaction takes or gives up is locked; after the commit it is a conflict."""
    store.put(None, "a", u=1)
    first, second = store.begin(), store.begin()
    assert store.put(first, "a", u=2) is None

    assert store.put(second, "b", u=2) == errors.CONFLICT
    assert store.put(None, "b", u=2) == errors.CONFLICT
    assert store.put(None, "b", u=1) == errors.CONFLICT
    assert store.put(first, "c", u=2) == errors.UNIQUE_CONSTRAINT_VIOLATED
    assert store.put(first, "c", u=1) is None
    store.commit(first)
    assert store.put(second, "d", u=2) == errors.CONFLICT
    store.abort(second)
    assert store.put(None, "d", u=2) == errors.UNIQUE_CONSTRAINT_VIOLATED


def test_a_truncate_meets_writers(store: TransactionStore) -> None:
    """Nobody empties a collection under a transaction that has written; a transaction empties what it sees."""
    store.put(None, "a", value=1)
    writer = store.begin()
    store.put(writer, "b", value=2)
    info = store.backend.collection("_system", "c")
    with pytest.raises(ArangoError) as caught:
        store.run(store.backend.truncate(info))

    assert caught.value.error_num == errors.CONFLICT
    store.run(writer.truncate(info))
    assert store.count(writer) == 0
    assert store.count(None) == 1
    store.commit(writer)
    assert store.count(None) == 0


def test_an_exclusive_holder_is_alone(store: TransactionStore) -> None:
    """While a transaction holds a collection exclusively, other writers wait; the next one sees what it committed."""
    holder = store.begin(exclusive=True)
    store.put(holder, "a", value=1)
    with pytest.raises(ArangoError) as caught:
        store.begin(lock_timeout_s=0.05)
    assert caught.value.error_num == errors.LOCK_TIMEOUT

    async def follow() -> None:
        options = TransactionOptions("_system", [], [], ["c"])
        waiting = asyncio.ensure_future(store.backend.begin_transaction(options))
        await asyncio.sleep(0)
        assert not waiting.done()
        await holder.commit()
        following = await waiting
        info = store.backend.collection("_system", "c")
        result = await following.execute(info, [{"op": "update", "key": "a", "doc": {"value": 2}}], {})
        assert "error" not in result[0]
        await following.commit()

    store.run(follow())
    assert store.get(None, "a") == {"value": 2}


def test_a_query_scope_is_all_or_nothing(store: TransactionStore) -> None:
    """What a query wrote before it failed is undone; what one wrote that ended well is there."""
    info = store.backend.collection("_system", "c")

    async def write(key: str, *, fail: bool) -> None:
        async with store.backend.query_scope("_system", read=[], write=["c"], exclusive=[]) as backend:
            await backend.execute(info, [{"op": "insert", "doc": {"_key": key}}], {})
            if fail:
                raise ArangoError(errors.QUERY_KILLED)

    with pytest.raises(ArangoError):
        store.run(write("a", fail=True))
    store.run(write("b", fail=False))

    assert store.state(None) == {"b": {}}


def test_an_abort_gives_back_all_locks(store: TransactionStore) -> None:
    """After an abort, keys and unique values can be written as if the transaction had never been."""
    gone = store.begin()
    store.put(gone, "a", u=1)
    store.abort(gone)

    assert store.put(None, "a", u=2) is None
    assert store.put(store.begin(), "b", u=1) is None
