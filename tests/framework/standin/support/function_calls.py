"""Calls of AQL functions without a query around them: values, and the warnings that came with them."""

from __future__ import annotations

import random
from typing import Any

from arangod_standin import errors
from arangod_standin.aql import functions
from hypothesis import strategies

NOW_MS = 1_700_000_000_000


class CallContext:
    """A context of function calls that keeps the warnings."""

    def __init__(self, seed: int = 1) -> None:
        self.now_ms = NOW_MS
        self.random = random.Random(seed)
        self.warnings: list[tuple[int, str]] = []

    def warn(self, number: int, message: str | None = None) -> None:
        """Keep a warning."""
        self.warnings.append((number, message or errors.message_of(number)))


def call(name: str, *arguments: Any, context: CallContext | None = None) -> Any:
    """Return the value of a call."""
    function = functions.resolve(name, len(arguments))
    context = context or CallContext()
    return function.call(context, *arguments) if function.pass_context else function.call(*arguments)


def warnings_of(name: str, *arguments: Any) -> list[int]:
    """Return the numbers of the warnings of a call; a call that warns of its arguments gives null."""
    context = CallContext()
    value = call(name, *arguments, context=context)
    assert value is None or not context.warnings, f"{name} warned and yet gave {value!r}"
    return [number for number, _ in context.warnings]


_SCALARS = (
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(2**40), 2**40)
    | strategies.floats(allow_nan=False, allow_infinity=False, width=32)
    | strategies.text(max_size=5)
)

VALUES = strategies.recursive(
    _SCALARS,
    lambda inner: (
        strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
"""AQL values of all types."""
