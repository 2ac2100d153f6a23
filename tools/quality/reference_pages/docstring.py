"""Docstrings of functions in the form that Starlark files use: a text, `Args:`, `Returns:`."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

_ARGUMENT = re.compile(r"  (?P<name>\*{0,2}\w+): (?P<text>.*)")


@dataclass
class Docstring:
    """The parts of a docstring; `text` keeps its examples, which are indented by four spaces."""

    text: str
    arguments: dict[str, str] = field(default_factory=dict)
    returns: str = ""


def docstring_of(function: Any) -> Docstring:
    """Takes a function's docstring apart."""
    text, _, rest = (inspect.getdoc(function) or "").partition("\nArgs:\n")
    if not rest:
        text, _, returns = text.partition("\nReturns:\n")
        return Docstring(text.strip(), {}, " ".join(returns.split()))
    arguments, _, returns = rest.partition("\nReturns:\n")
    found: dict[str, str] = {}
    name = ""
    for line in arguments.splitlines():
        match = _ARGUMENT.fullmatch(line)
        if match:
            name = match["name"]
            found[name] = match["text"]
        elif name:
            found[name] += " " + line.strip()
    return Docstring(text.strip(), {name: text.strip() for name, text in found.items()}, " ".join(returns.split()))
