"""Sorted indexes: a look-up finds what a filtered scan finds, whatever was written before."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arangod_standin.aql.values import SortKey, compare
from arangod_standin.backend import IndexRange
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.index_entries import index_entries
from arangod_standin.storage.local_backend import LocalBackend
from arangod_standin.storage.sortkey import attribute
from hypothesis import given, settings, strategies

_VALUES = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(-2, 2),
    strategies.sampled_from([0.5, 1.0, 2**53, 2**53 + 1, float(2**53)]),
    strategies.sampled_from(["", "a", "a\x00", "b"]),
    strategies.lists(strategies.integers(0, 1), max_size=2),
)
_DOCUMENTS = strategies.dictionaries(strategies.sampled_from(["a", "b"]), _VALUES)
_KEYS = strategies.sampled_from(["k1", "k2", "k3", "k4", "k5"])
_WRITES = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["insert", "replace", "update", "remove", "truncate"]), _KEYS, _DOCUMENTS
    ),
    max_size=25,
)
_Write = tuple[str, str, dict[str, Any]]
_BOUND = strategies.one_of(strategies.none(), strategies.tuples(_VALUES))
_RANGES = strategies.lists(
    strategies.builds(
        lambda prefix, lower, upper, lower_in, upper_in: IndexRange(
            prefix, lower, upper, lower_included=lower_in, upper_included=upper_in
        ),
        strategies.lists(_VALUES, max_size=1),
        _BOUND,
        _BOUND,
        strategies.booleans(),
        strategies.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@contextmanager
def _backend() -> Iterator[LocalBackend]:
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(str(Path(folder) / "data.sqlite3"))
        try:
            backend = LocalBackend(Catalog(engine))
            backend.bootstrap()
            engine.commit()
            yield backend
        finally:
            engine.close()


def _matches(document: dict[str, Any], fields: list[str], wanted: IndexRange) -> bool:
    """Say in AQL's terms whether a document lies in a range."""
    values = [attribute(document, field) for field in fields]
    if any(compare(value, part) for value, part in zip(values, wanted.prefix, strict=False)):
        return False
    value = values[len(wanted.prefix)] if len(wanted.prefix) < len(values) else None
    above = wanted.lower is None or compare(value, wanted.lower[0]) >= (0 if wanted.lower_included else 1)
    below = wanted.upper is None or compare(value, wanted.upper[0]) <= (0 if wanted.upper_included else -1)
    return above and below


async def _write(backend: LocalBackend, writes: list[_Write]) -> Any:
    info = backend.collection("_system", "c")
    for operation, key, document in writes:
        if operation == "truncate":
            await backend.truncate(info)
        else:
            await backend.execute(info, [{"op": operation, "key": key, "doc": {**document, "_key": key}}], {})
    return info


@settings(max_examples=60, deadline=None)
@given(
    strategies.tuples(_WRITES, _WRITES),
    _RANGES,
    strategies.booleans(),
    strategies.booleans(),
    strategies.integers(0, 3),
)
def test_a_lookup_finds_what_a_filtered_scan_finds(
    writes: tuple[list[_Write], list[_Write]], ranges: list[IndexRange], sparse: bool, descending: bool, limit: int
) -> None:
    """Documents written before and after the index was made are found, in the index's order."""
    before, after = writes
    fields = ["a", "b"]

    async def run(backend: LocalBackend) -> None:
        await backend.create_collection("_system", {"name": "c"}, {})
        info = await _write(backend, before)
        definition = {"type": "persistent", "fields": fields, "unique": False, "sparse": sparse}
        index = await backend.create_index(info, definition)
        info = await _write(backend, after)
        expected = [
            document
            for document in await backend.scan(info)
            if any(_matches(document, fields, wanted) for wanted in ranges)
            and not (sparse and None in [document.get(field) for field in fields])
        ]
        found = await backend.lookup(info, index, ranges, descending=descending)
        assert sorted(item["_key"] for item in found) == sorted(item["_key"] for item in expected)
        entries = [[document.get(field) for field in fields] for document in found]
        assert entries == sorted(entries, key=lambda entry: [SortKey(value) for value in entry], reverse=descending)
        assert await backend.lookup(info, index, ranges, descending=descending, limit=limit) == found[:limit]
        assert (await backend.statistics(info))["count"] == len(await backend.scan(info))

    with _backend() as backend:
        asyncio.run(run(backend))


@settings(max_examples=40, deadline=None)
@given(_WRITES)
def test_a_unique_index_holds_each_value_once(writes: list[_Write]) -> None:
    """After any writes no two documents have equal values, and the index knows each document."""

    async def run(backend: LocalBackend) -> None:
        info = await backend.create_collection("_system", {"name": "c"}, {})
        definition = {"type": "persistent", "fields": ["a"], "unique": True, "sparse": False, "name": "u"}
        index = await backend.create_index(info, definition)
        info = await _write(backend, writes)
        documents = await backend.scan(info)
        for number, left in enumerate(documents):
            assert all(compare(left.get("a"), right.get("a")) for right in documents[number + 1 :])
            found = await backend.lookup(info, index, [IndexRange([left.get("a")])])
            assert found == [left]

    with _backend() as backend:
        asyncio.run(run(backend))


def test_an_array_index_gives_a_document_once() -> None:
    """A document with several entries in a range is found once; elements are reached by their path."""

    async def run(backend: LocalBackend) -> None:
        info = await backend.create_collection("_system", {"name": "c"}, {})
        index = await backend.create_index(
            info, {"type": "persistent", "fields": ["t[*].n"], "unique": False, "sparse": False}
        )
        documents = [{"_key": "x", "t": [{"n": 1}, {"n": 2}]}, {"_key": "y", "t": [{"n": 2}]}, {"_key": "z", "t": 3}]
        await backend.execute(info, [{"op": "insert", "doc": document} for document in documents], {})

        async def keys(wanted: IndexRange) -> list[str]:
            return [document["_key"] for document in await backend.lookup(info, index, [wanted])]

        assert await keys(IndexRange([], (1,), (2,))) == ["x", "y"]
        assert await keys(IndexRange([2])) == ["x", "y"]
        assert await keys(IndexRange([None])) == ["z"]

    with _backend() as backend:
        asyncio.run(run(backend))


def test_edges_are_found_by_both_ends() -> None:
    """The edge index answers for ``_from`` and for ``_to``, also after an edge was moved."""

    async def run(backend: LocalBackend) -> None:
        info = await backend.create_collection("_system", {"name": "e", "type": 3}, {})
        edges = [{"_key": "1", "_from": "v/a", "_to": "v/b"}, {"_key": "2", "_from": "v/b", "_to": "v/a"}]
        await backend.execute(info, [{"op": "insert", "doc": edge} for edge in edges], {})
        await backend.execute(info, [{"op": "update", "key": "2", "doc": {"_from": "v/c"}}], {})

        async def keys(field: str, value: str) -> list[str]:
            found = await backend.lookup(info, {"type": "edge", "fields": [field]}, [IndexRange([value])])
            return [edge["_key"] for edge in found]

        assert await keys("_from", "v/a") == ["1"]
        assert await keys("_from", "v/b") == []
        assert await keys("_from", "v/c") == ["2"]
        assert await keys("_to", "v/a") == ["2"]

    with _backend() as backend:
        asyncio.run(run(backend))


def test_entries_of_expanded_arrays() -> None:
    """No array or an empty one counts as null, unless the index is sparse."""
    index = {"type": "persistent", "fields": ["t[*]"], "sparse": False}
    assert len(index_entries({"t": [1, 2, 1]}, index)) == 2
    assert index_entries({"t": []}, index) == index_entries({}, index) == index_entries({"t": 5}, index)
    assert index_entries({"t": []}, {**index, "sparse": True}) == []


def test_indexes_and_numbers_survive_a_restart() -> None:
    """Index, count and the last number of the generator are the same after the engine was opened again."""

    async def fill(backend: LocalBackend) -> None:
        info = await backend.create_collection("_system", {"name": "c", "keyOptions": {"type": "autoincrement"}}, {})
        await backend.create_index(info, {"type": "persistent", "fields": ["a"], "unique": False, "sparse": False})
        await backend.execute(info, [{"op": "insert", "doc": {"a": number}} for number in range(5)], {})
        await backend.execute(info, [{"op": "remove", "key": "5"}], {})

    async def look(backend: LocalBackend) -> None:
        info = backend.collection("_system", "c")
        index = info.properties["indexes"][0]
        assert [item["_key"] for item in await backend.lookup(info, index, [IndexRange([3])])] == ["4"]
        assert (await backend.statistics(info))["count"] == 4
        assert (await backend.execute(info, [{"op": "insert", "doc": {}}], {}))[0]["key"] == "6"

    with tempfile.TemporaryDirectory() as folder:
        for step in (fill, look):
            engine = Engine(str(Path(folder) / "data.sqlite3"))
            backend = LocalBackend(Catalog(engine))
            backend.bootstrap()
            engine.commit()
            asyncio.run(step(backend))
            engine.close()
