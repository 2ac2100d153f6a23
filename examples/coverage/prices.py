"""Prices, as a shop of coins of five cents has them."""


def rounded(cents: int) -> int:
    """The next smaller price that can be paid."""
    return cents - cents % 5


def dearest(prices: list[int]) -> int:
    """Nobody asks for it, and the report says so."""
    return max(prices)
