"""Configuration files: ``[section]``, ``name = value``, ``@include other``, comments that begin a line.

As ArangoDB's documentation describes them (operations/administration/configuration). ``FILE.local`` beside a file is
read after it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .options import EXIT_CONFIG_NOT_FOUND, OptionError

if TYPE_CHECKING:
    from .options import OptionReader

_SECTION = re.compile(r"\[([-A-Za-z0-9]*)\]")
_ASSIGNMENT = re.compile(r"((?:[-A-Za-z0-9]+\.)?[-A-Za-z0-9]+)\s*=\s*(.*)")
_INCLUDE = re.compile(r"@include\s+([-A-Za-z0-9_./]+)")


def read_configuration(path: str, reader: OptionReader, into: dict[str, object]) -> None:
    """Read a file and what it includes. Raises OptionError: 6 for an unreadable or malformed file, 3 and 4 as usual."""
    _read(path, reader, into, ())
    if os.path.isfile(f"{path}.local"):
        _read(f"{path}.local", reader, into, ())


def _read(path: str, reader: OptionReader, into: dict[str, object], including: tuple[str, ...]) -> None:
    real = os.path.realpath(path)
    if real in including:
        raise OptionError(f"configuration file '{path}' includes itself", EXIT_CONFIG_NOT_FOUND)
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise OptionError(f"cannot read configuration file '{path}': {reason}", EXIT_CONFIG_NOT_FOUND) from None
    section = ""
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        origin = f"configuration file '{path}', line {number},"
        if not line or line[0] in "#;":
            continue
        if match := _SECTION.fullmatch(line):
            section = match[1]
        elif match := _INCLUDE.fullmatch(line):
            _read(_included(path, match[1]), reader, into, (*including, real))
        elif match := _ASSIGNMENT.fullmatch(line):
            name = match[1] if "." in match[1] or not section else f"{section}.{match[1]}"
            reader.take(name, _value(match[2]), origin, into=into)
        else:
            raise OptionError(
                f"{origin} is neither a section, an assignment nor an include: '{line}'", EXIT_CONFIG_NOT_FOUND
            )


def _value(text: str) -> str:
    """Return a value without quotes around it and without whitespace around equality signs."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return re.sub(r"\s*=\s*", "=", text)


def _included(path: str, name: str) -> str:
    """Return the path of an included file, which lies beside the including one unless it is found from here."""
    name = name if name.endswith(".conf") else f"{name}.conf"
    beside = os.path.join(os.path.dirname(path), name)
    return beside if os.path.isfile(beside) or not os.path.isfile(name) else name
