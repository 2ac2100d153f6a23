"""Marks on contract tests from which the compatibility table is made.

    @feature("Documents", "bulk insert")
    def test_...(server): ...

A row of the table is a family and a feature; it says "works" only if a test with that mark exists, and the tests run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

import pytest

Status = Literal["works", "definition only", "not there"]
_Test = TypeVar("_Test", bound=Callable[..., object])


def feature(family: str, name: str, status: Status = "works") -> Callable[[_Test], _Test]:
    """Say which row of the compatibility table a test backs.

    "definition only" is for what is stored and given back without an effect; "not there" for what is refused with
    ArangoDB's "not implemented", which the test shows.
    """

    def mark(test: _Test) -> _Test:
        marked: _Test = pytest.mark.feature(family, name, status)(test)
        return marked

    return mark
