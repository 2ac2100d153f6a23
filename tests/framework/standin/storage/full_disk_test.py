"""A full disk: what cannot be stored is refused, and memory says afterwards what the file says."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arangod_standin.backend import IndexRange
from arangod_standin.errors import ArangoError
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.failures import storage_error
from arangod_standin.storage.local_backend import LocalBackend

_INDEX = {"type": "persistent", "fields": ["n"], "unique": True, "sparse": False, "name": "i"}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[LocalBackend]:
    """A backend of its own."""
    engine = Engine(str(tmp_path / "data.sqlite3"))
    made = LocalBackend(Catalog(engine))
    made.bootstrap()
    engine.commit()
    yield made
    engine.close()


def _limit(backend: LocalBackend, more_pages: int | None) -> None:
    """Let the file grow by so many pages only; None takes the limit away."""
    row = backend.engine.row("PRAGMA page_count")
    assert row is not None
    backend.engine.rows(f"PRAGMA max_page_count={2**31 if more_pages is None else row[0] + more_pages}")


async def _fill(backend: LocalBackend) -> tuple[set[str], list[Exception]]:
    """Insert until the disk is full for a while; return what was acknowledged and the errors."""
    acknowledged: set[str] = set()
    refused: list[Exception] = []
    info = backend.collection("_system", "c")

    async def insert(number: int) -> None:
        documents = [{"_key": f"{number}-{part}", "n": [number, part], "text": "x" * 900} for part in range(3)]
        try:
            results = await backend.execute(info, [{"op": "insert", "doc": document} for document in documents], {})
        except (sqlite3.Error, OSError) as error:
            refused.append(error)
        else:
            assert not any("error" in result for result in results)
            acknowledged.update(result["key"] for result in results)

    for start in range(0, 60, 6):
        # several requests share a transaction
        await asyncio.gather(*[insert(number) for number in range(start, start + 6)])
    return acknowledged, refused


def test_what_is_refused_is_not_there_and_all_else_is(backend: LocalBackend) -> None:
    """Documents, count and unique index agree on exactly the acknowledged batches, before and after a new start."""

    async def check(now: LocalBackend, acknowledged: set[str]) -> None:
        info = now.collection("_system", "c")
        documents = await now.scan(info)
        assert {document["_key"] for document in documents} == acknowledged
        assert (await now.statistics(info))["count"] == len(acknowledged)
        index = info.properties["indexes"][0]
        for document in documents:
            assert await now.lookup(info, index, [IndexRange([document["n"]])]) == [document]
        assert len(await now.lookup(info, index, [IndexRange([])])) == len(acknowledged)

    async def run() -> set[str]:
        info = await backend.create_collection("_system", {"name": "c"}, {})
        await backend.create_index(info, dict(_INDEX))
        _limit(backend, 30)
        acknowledged, refused = await _fill(backend)
        assert acknowledged
        assert refused
        assert all(storage_error(error).error_num == 1104 for error in refused)
        await check(backend, acknowledged)
        _limit(backend, None)
        results = await backend.execute(info, [{"op": "insert", "doc": {"_key": "after", "n": 0}}], {})
        assert results[0]["key"] == "after"
        return acknowledged | {"after"}

    stored = asyncio.run(run())
    backend.engine.commit()
    asyncio.run(check(LocalBackend(Catalog(backend.engine)), stored))


def test_a_collection_that_could_not_be_stored_is_not_there(backend: LocalBackend) -> None:
    """Names are free again, properties are the old ones, and everything works once there is room."""

    async def create(name: str) -> Any:
        return await backend.create_collection("_system", {"name": name}, {})

    async def run() -> None:
        info = await create("kept")
        _limit(backend, 0)
        failures = 0
        for number in range(20):
            try:
                await create(f"c{number}")
            except (sqlite3.Error, OSError):
                failures += 1
        assert failures
        names = {item.name for item in backend.collections("_system") if not item.is_system}
        assert len(names) == 21 - failures
        _limit(backend, None)
        for number in range(20):
            if f"c{number}" not in names:
                await create(f"c{number}")
        assert len(backend.collections("_system")) - sum(i.is_system for i in backend.collections("_system")) == 21
        assert (await backend.change_properties(info, {"waitForSync": True})).wait_for_sync

    asyncio.run(run())


def test_other_storage_errors_are_internal() -> None:
    """Only what means "full" is 1104."""
    answers = [storage_error(OSError("x")), storage_error(sqlite3.OperationalError("database is locked"))]
    assert [(answer.error_num, answer.status) for answer in answers] == [(4, 500), (4, 500)]
    assert isinstance(answers[0], ArangoError)
