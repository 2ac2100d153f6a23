"""Reading arangod's command line: ``--section.name value`` and ``--section.name=value``.

Unknown options end the process with exit code 3, unusable values with 4, as ``exitcodes.yaml`` of ArangoDB's
documentation says. Options that have no effect here are accepted in silence.
"""

from __future__ import annotations

import os

from .known_options import V3, V4, Family, Option, find_option

EXIT_UNKNOWN_OPTION = 3
EXIT_BAD_VALUE = 4
EXIT_CONFIG_NOT_FOUND = 6

_TRUE = {"true", "1", "on", "yes", "y"}
_FALSE = {"false", "0", "off", "no", "n"}
_SUFFIXES = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "k": 10**3, "kb": 10**3, "m": 10**6,
             "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12}  # fmt: skip
_ALIASES = {"-c": "--configuration", "-D": "--define", "-h": "--help", "--config": "--configuration"}


class OptionError(Exception):
    """The command line cannot be used; `exit_code` is what arangod would exit with."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def _failed(text: str, exit_code: int, origin: str) -> OptionError:
    return OptionError(
        f"Error while processing {origin} for arangod:\n  {text}. Use --help to see the options", exit_code
    )


def expand_environment(value: str, defined: dict[str, str]) -> str:
    """Replace ``@NAME@`` by a value of ``--define`` or of the environment, and ``@@`` by a literal at sign."""
    if "@" not in value:
        return value

    import re

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        return defined.get(name, os.environ.get(name, "")) if name else "@"

    return re.sub(r"@([A-Za-z0-9_]*)@", replacement, value)


def _number(option: Option, text: str) -> float | int:
    text = text.strip().lower()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz% ")
    suffix = text[len(digits) :].strip()
    if option.kind == "double":
        if suffix or "_" in text:
            raise ValueError
        return float(text)
    if suffix == "%":
        # percentages are of the memory, which the options concerned here have no effect on
        return int(float(digits))
    if "_" in digits:
        raise ValueError
    return int(digits) * _SUFFIXES[suffix]


def convert(option: Option, text: str, origin: str = "command-line options") -> object:
    """Return the value of a text as the option's type. Raises OptionError with exit code 4."""
    expected = f"a value of type {option.kind}"
    try:
        if option.kind == "boolean":
            if text.strip().lower() in _TRUE | _FALSE:
                return text.strip().lower() in _TRUE
            raise ValueError
        if option.kind in ("string", "strings"):
            if option.choices and text not in option.choices:
                expected = f"one of {', '.join(repr(choice) for choice in option.choices)}"
                raise ValueError
            return text
        number = _number(option, text)
        low, high = option.minimum, option.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            expected = f"a number from {low:g}" + (f" to {high:g}" if high is not None else "")
            raise ValueError
        return number
    except (ValueError, KeyError):
        raise _failed(
            f"invalid value '{text}' for option '--{option.name}': expected {expected}", EXIT_BAD_VALUE, origin
        ) from None


class OptionReader:
    """Collects the values of options: those of the command line count more than those of configuration files."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.values: dict[str, object] = {}
        self.defined: dict[str, str] = {}
        self.help_section: str | None = None

    def take(self, name: str, text: str, origin: str, *, into: dict[str, object]) -> None:
        """Read one option. Raises OptionError."""
        option = find_option(name, self.family)
        if option is None:
            raise _failed(f"unknown option '--{name}'", EXIT_UNKNOWN_OPTION, origin)
        value = convert(option, expand_environment(text, self.defined), origin)
        if option.ignored:
            return
        if option.kind != "strings":
            into[name] = value
            return
        collected = into.setdefault(name, [])
        assert isinstance(collected, list)
        collected.append(value)
        if name == "define":
            key, _, given = str(value).partition("=")
            self.defined[key] = given

    def read_command_line(self, argv: list[str]) -> None:
        """Read the words of a command line. Raises OptionError."""
        position = 0
        while position < len(argv):
            word = argv[position]
            position += 1
            name, separator, inline = word.partition("=")
            name = _ALIASES.get(name, name)
            if not name.startswith("--") or len(name) < 3:
                # arangod takes a bare word as the data directory
                self.values["database.directory"] = word
                continue
            name = name[2:]
            if name == "help" or name.startswith("help-"):
                self.help_section = name[5:] or "*"
                continue
            following = argv[position] if position < len(argv) else None
            if not separator and following == "=":
                position += 1
                following = argv[position] if position < len(argv) else None
            if not separator:
                inline, taken = self._separate_value(name, following)
                position += taken
            self.take(name, inline, "command-line options", into=self.values)

    def _separate_value(self, name: str, following: str | None) -> tuple[str, int]:
        """Return the value of an option without ``=`` and how many words it took."""
        option = find_option(name, self.family)
        if option is None:
            raise _failed(f"unknown option '--{name}'", EXIT_UNKNOWN_OPTION, "command-line options")
        if option.kind == "boolean" and (following is None or following.lower() not in _TRUE | _FALSE):
            return "true", 0
        if following is None:
            raise _failed(
                f"option '--{name}' needs a value and is the last word", EXIT_BAD_VALUE, "command-line options"
            )
        return following, 1


def family_of(argv: list[str]) -> Family:
    """Return the family that ``--standin.version-family`` names; which other options are known depends on it."""
    named = ""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word.startswith("--standin.version-family"):
            named = word.partition("=")[2] or following
    return V4 if named.startswith("4") else V3


def parse_command_line(argv: list[str]) -> OptionReader:
    """Read a command line and the configuration files it names. Raises OptionError."""
    reader = OptionReader(family_of(argv))
    reader.read_command_line(argv)
    path = str(reader.values.get("configuration", "none"))
    if path.lower() != "none" and reader.help_section is None:
        from .configuration_file import read_configuration

        settings: dict[str, object] = {}
        read_configuration(path, reader, settings)
        reader.values = {**settings, **reader.values}
    return reader
