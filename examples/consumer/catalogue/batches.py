"""Turns a product list into the batches in which it is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from more_itertools import chunked

BATCH_SIZE = 25


def product(number: int) -> dict[str, Any]:
    """The document of one product; its key is stable."""
    return {"_key": f"p{number:04}", "name": f"Product {number}", "price": number % 10}


def batches(numbers: Iterable[int]) -> list[list[dict[str, Any]]]:
    """Products in batches of at most `BATCH_SIZE`, in their order."""
    return [list(batch) for batch in chunked(map(product, numbers), BATCH_SIZE)]
