"""What a function of AQL is, and what a function may ask of the query that calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class FunctionContext(Protocol):
    """What functions with `pass_context` get as their first argument."""

    @property
    def now_ms(self) -> int:
        """The query's own time: the same in all of a query, in milliseconds since 1970."""

    @property
    def random(self) -> random.Random:
        """The query's source of randomness."""

    def warn(self, number: int, message: str | None = None) -> None:
        """Add a warning to the query's result; ArangoDB's own text for the number unless another is given.

        Raises ArangoError of that number when the query runs with ``failOnWarning``.
        """


class Function:
    """One function: how many arguments it takes (no `maximum`: any number) and how it is called.

    `call` gets plain values, after the `FunctionContext` if `pass_context` is set. A function that is not
    `deterministic` is never computed in advance.
    """

    __slots__ = ("call", "deterministic", "maximum", "minimum", "name", "pass_context")

    def __init__(
        self,
        name: str,
        minimum: int,
        maximum: int | None,
        call: Callable[..., Any],
        *,
        deterministic: bool = True,
        pass_context: bool = False,
    ) -> None:
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.call = call
        self.deterministic = deterministic
        self.pass_context = pass_context
