"""Loading the catalogue into a single server."""

from __future__ import annotations

from armadillo import Collection, Database
from catalogue.batches import batches


async def test_every_product_is_loaded_once(collection: Collection) -> None:
    """Loading twice does not double the catalogue: keys are stable."""
    for _ in range(2):
        for batch in batches(range(60)):
            await collection.insert_many(batch, overwriteMode="ignore")

    assert await collection.count() == 60


def test_prices_can_be_asked_for(database: Database) -> None:
    """A plain test with a query; the database is fresh, and dropped after the test."""
    products = database.blocking.create_collection("products")
    for batch in batches(range(30)):
        products.insert_many(batch)

    cheap = database.blocking.query("FOR p IN products FILTER p.price == 0 SORT p._key RETURN p._key")

    assert cheap == ["p0000", "p0010", "p0020"]
