"""Prices in a collection."""

from armadillo import Collection

from examples.coverage.prices import rounded


async def test_prices_are_stored_as_they_can_be_paid(collection: Collection) -> None:
    """What is stored is what was rounded."""
    stored = await collection.insert({"cents": rounded(42)})

    price = await collection.get(stored["_key"])

    if price["cents"] != 40:
        raise AssertionError(f"expected 40, found {price['cents']}")
