"""What each target of the bench does: a document is written and read back."""

from __future__ import annotations

from armadillo import Collection


async def test_a_document_is_read_back(collection: Collection) -> None:
    """A fresh database and collection, one document."""
    key = (await collection.insert({"number": 1}))["_key"]
    assert await collection.keys() == {key}
