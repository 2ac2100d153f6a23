"""A test file for targets that are analysed and never run."""


def test_nothing() -> None:
    """There is nothing to do."""
