"""How a family of functions is written down, and what its functions share: conversions, warnings, number forms."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from ... import errors
from ..values import to_number
from .registry import Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import FunctionContext

_INT64_MAX = 2**63 - 1


class FunctionWarningError(Exception):
    """Raised by a function that gives null and adds a warning to the query's result.

    `text` is ArangoDB's own text of the number when None.
    """

    def __init__(self, number: int, text: str | None = None) -> None:
        super().__init__(number, text)
        self.number = number
        self.text = text

    def message(self, name: str) -> str:
        """Return the warning's text for the function of that name, as ArangoDB words it."""
        if self.text is None and self.number == errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH:
            return f"invalid argument type in call to function '{name}()'"
        return f"in function '{name}()': {self.text or errors.message_of(self.number)}"


def invalid_argument(text: str | None = None) -> FunctionWarningError:
    """Return warning 1542: an argument of a wrong type or value."""
    return FunctionWarningError(errors.QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH, text)


def array_expected() -> FunctionWarningError:
    """Return warning 1563: something else than an array was given."""
    return FunctionWarningError(errors.QUERY_ARRAY_EXPECTED)


def _guarded(name: str, call: Callable[..., Any], *, pass_context: bool) -> Callable[..., Any]:
    """Turn the warnings that a function raises into warnings of the query and null."""

    def guarded(context: FunctionContext, *arguments: Any) -> Any:
        try:
            return call(context, *arguments) if pass_context else call(*arguments)
        except FunctionWarningError as warning:
            context.warn(warning.number, warning.message(name))
            return None

    return guarded


class Family:
    """Collects the functions of one module."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def plain(self, names: str, minimum: int, maximum: int | None, call: Callable[..., Any]) -> None:
        """Add a function (and its aliases, after spaces) that never warns."""
        for name in names.split():
            self.functions[name] = Function(name, minimum, maximum, call)

    def warning(
        self,
        names: str,
        minimum: int,
        maximum: int | None,
        call: Callable[..., Any],
        *,
        pass_context: bool = False,
        deterministic: bool = True,
    ) -> None:
        """Add a function (and its aliases) that may raise `FunctionWarningError`; the first name stands in warnings."""
        guarded = _guarded(names.split(maxsplit=1)[0], call, pass_context=pass_context)
        for name in names.split():
            self.functions[name] = Function(
                name, minimum, maximum, guarded, deterministic=deterministic, pass_context=True
            )

    def context(
        self, names: str, minimum: int, maximum: int | None, call: Callable[..., Any], *, deterministic: bool = True
    ) -> None:
        """Add a function that gets the context as its first argument."""
        self.warning(names, minimum, maximum, call, pass_context=True, deterministic=deterministic)


def neat(value: float | int) -> int | float | None:
    """Return a number as ArangoDB prints it: whole doubles are integers, infinities and NaN become null."""
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def is_number(value: Any) -> bool:
    """True for numbers; booleans are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def to_int(value: Any) -> int:
    """Return TO_NUMBER of a value without its fraction, within 64 bits."""
    number = to_number(value)
    if isinstance(number, float):
        number = math.trunc(number) if math.isfinite(number) else 0
    return max(min(number, _INT64_MAX), -_INT64_MAX - 1)


def number_text(value: float | int) -> str:
    """Return a number's shortest text in ArangoDB's form (``2e-7``, never ``2e-07`` or ``2.0``)."""
    neat_value = neat(value)
    if neat_value is None:
        return "null"
    text = repr(neat_value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        text = f"{mantissa}e{exponent[0] if exponent[0] in '+-' else '+'}{exponent.lstrip('+-').lstrip('0')}"
    return text


def json_text(value: Any) -> str:
    """Return a value as compact JSON, numbers in ArangoDB's form."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    members = [f"{json.dumps(name, ensure_ascii=False)}:{json_text(item)}" for name, item in value.items()]
    return "{" + ",".join(members) + "}"


def text_of(value: Any) -> str:
    """Return TO_STRING of a value: null is the empty string, arrays and objects are their JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json_text(value)
