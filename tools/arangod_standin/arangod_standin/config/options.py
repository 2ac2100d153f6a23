"""Reading arangod's command line: ``--section.name value`` and ``--section.name=value``.

Unknown options end the process with exit code 3, unusable values with 4, as ``exitcodes.yaml`` of ArangoDB's
documentation says. Options that have no effect here are accepted in silence.
"""

from __future__ import annotations

import os
import re

from .known_options import BOOLEAN_OPTIONS, DOUBLE_OPTIONS, INTEGER_OPTIONS, LIST_OPTIONS, STRING_OPTIONS

EXIT_UNKNOWN_OPTION = 3
EXIT_BAD_VALUE = 4
EXIT_CONFIG_NOT_FOUND = 6

# The stand-in's own options: name -> kind.
STANDIN_OPTIONS = {
    "standin.failover": "boolean",
    "standin.start-delay-s": "double",
    "standin.exit-at-start": "integer",
    "standin.crash-after-ready-s": "string",
    "standin.ignore-sigterm": "boolean",
    "standin.log-error-line": "string",
    "standin.stderr-line": "string",
    "standin.replication-timeout-s": "double",
}
_TRUE = {"true", "1", "on", "yes"}
_FALSE = {"false", "0", "off", "no"}
_SUFFIXES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30, "k": 10**3,
             "m": 10**6, "g": 10**9, "b": 1}  # fmt: skip
_ALIASES = {"-c": "--configuration", "-D": "--define", "-h": "--help"}


class OptionError(Exception):
    """The command line cannot be used; `exit_code` is what arangod would exit with."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def option_kind(name: str) -> str | None:
    """Return boolean, integer, double, string or list for a known option name, None for an unknown one."""
    if name in STANDIN_OPTIONS:
        return STANDIN_OPTIONS[name]
    for kind, names in (
        ("list", LIST_OPTIONS),
        ("boolean", BOOLEAN_OPTIONS),
        ("integer", INTEGER_OPTIONS),
        ("double", DOUBLE_OPTIONS),
        ("string", STRING_OPTIONS),
    ):
        if name in names:
            return kind
    return None


def _expand_environment(value: str) -> str:
    """Replace ``@NAME@`` by the environment variable NAME and ``@@`` by a literal at sign, as arangod does."""
    return re.sub(r"@([A-Za-z0-9_]*)@", lambda m: os.environ.get(m[1], "") if m[1] else "@", value)


def _convert(name: str, kind: str, text: str) -> object:
    lowered = text.strip().lower()
    try:
        if kind == "boolean":
            if lowered in _TRUE or lowered in _FALSE:
                return lowered in _TRUE
            raise ValueError
        if kind == "double":
            return float(lowered)
        if kind == "integer":
            match = re.fullmatch(r"(-?\d+)\s*([a-z]*)", lowered)
            if match is None:
                raise ValueError
            return int(match[1]) * _SUFFIXES[match[2]]
    except (ValueError, KeyError):
        raise OptionError(
            f"Error while processing command-line options for arangod:\n  invalid value '{text}' for option"
            f" '--{name}': expected a value of type {kind}. Use --help to see the options",
            EXIT_BAD_VALUE,
        ) from None
    return text


def parse_command_line(argv: list[str]) -> dict[str, object]:
    """Return the given options by name; list options hold lists. Raises OptionError."""
    values: dict[str, object] = {}
    position = 0
    while position < len(argv):
        word = argv[position]
        position += 1
        name, _, inline = word.partition("=")
        name = _ALIASES.get(name, name)
        if not name.startswith("--") or len(name) < 3:
            # arangod takes a bare word as the data directory
            values["database.directory"] = word
            continue
        name = name[2:]
        kind = "boolean" if name == "help" else option_kind(name)
        if kind is None:
            raise OptionError(
                f"Error while processing command-line options for arangod:\n  unknown option '--{name}'."
                " Use --help to see the options",
                EXIT_UNKNOWN_OPTION,
            )
        following = argv[position] if position < len(argv) else None
        if "=" in word:
            text = inline
        elif kind == "boolean" and (following is None or following.lower() not in _TRUE | _FALSE):
            text = "true"
        elif following is None:
            raise OptionError(f"option '--{name}' needs a value and is the last word; give one", EXIT_BAD_VALUE)
        else:
            text = following
            position += 1
        value = _convert(name, "string" if kind == "list" else kind, _expand_environment(text))
        if kind == "list":
            collected = values.setdefault(name, [])
            assert isinstance(collected, list)
            collected.append(value)
        else:
            values[name] = value
    return values
