"""Command lines: ``--name value``, ``--name=value``, flags without a value, and one positional argument."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Any

from . import FOLLOWED_VERSION, VERSION
from .failure import EXIT_BAD_VALUE, EXIT_NO_CONFIGURATION, EXIT_UNKNOWN_OPTION, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

_VARIABLE = re.compile(r"@([A-Za-z0-9_]*)@")
_TRUE, _FALSE = ("true", "1", "yes", "on", "y"), ("false", "0", "no", "off", "n")


class Option:
    """One option: its kind (text, flag, integer, number), its default and what it allows.

    `many` options may be given again and have a list as their value.
    """

    __slots__ = ("choices", "default", "help", "kind", "many", "name")

    def __init__(
        self, name: str, kind: str, default: Any, help_text: str, *, choices: Sequence[str] = (), many: bool = False
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help_text
        self.choices = tuple(choices)
        self.many = many

    def value(self, text: str) -> Any:
        """Return the value of a text. Raises ToolError (exit code 4)."""
        try:
            if self.kind == "flag":
                return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}[text.lower()]
            found: Any = int(text) if self.kind == "integer" else float(text) if self.kind == "number" else text
        except (KeyError, ValueError):
            kind = "true or false" if self.kind == "flag" else f"a {self.kind}"
            raise ToolError(f"invalid value '{text}' for --{self.name}: expected {kind}", EXIT_BAD_VALUE) from None
        if self.kind in ("integer", "number") and found < 0:
            raise ToolError(f"invalid value '{text}' for --{self.name}: must not be negative", EXIT_BAD_VALUE)
        if self.choices and found not in self.choices:
            raise ToolError(
                f"invalid value '{text}' for --{self.name}: expected one of {', '.join(self.choices)}", EXIT_BAD_VALUE
            )
        return found


def text(name: str, default: str, help_text: str, *, choices: Sequence[str] = ()) -> Option:
    """Return an option with a text."""
    return Option(name, "text", default, help_text, choices=choices)


def texts(name: str, help_text: str, default: Sequence[str] = ()) -> Option:
    """Return an option that may be given several times."""
    return Option(name, "text", list(default), help_text, many=True)


def flag(name: str, default: bool, help_text: str) -> Option:
    """Return an option that is true or false; without a value it is true."""
    return Option(name, "flag", default, help_text)


def integer(name: str, default: int, help_text: str) -> Option:
    """Return an option with a whole number that is not negative."""
    return Option(name, "integer", default, help_text)


def number(name: str, default: float, help_text: str) -> Option:
    """Return an option with a number that is not negative."""
    return Option(name, "number", default, help_text)


COMMON = (
    texts("server.endpoint", "where the server listens; several are tried in turn", ["http+tcp://127.0.0.1:8529"]),
    text("server.database", "_system", "the database to use"),
    text("server.username", "root", "the user's name"),
    text("server.password", "", "the user's password, or an access token"),
    flag("server.authentication", True, "send user name and password"),
    number("server.connection-timeout", 5.0, "seconds to wait for a connection"),
    number("server.request-timeout", 1200.0, "seconds to wait for an answer"),
    text("server.jwt-secret-keyfile", "", "file with the secret to sign a superuser's token with"),
    text("server.jwt-token", "", "a token to send instead of user and password"),
    text("configuration", "none", "only 'none' is supported"),
    text("config", "none", "only 'none' is supported"),
    flag("progress", True, "say what is going on"),
    flag("quiet", False, "say nothing but errors"),
)
# Options that ArangoDB's tools know and that make no difference here.
_WITHOUT_EFFECT = (
    "batch-size", "check-configuration", "compress-request-threshold", "compress-transfer", "define",
    "dbserver-prefetch-batches", "dbserver-worker-threads", "descriptors-minimum", "docs-per-batch",
    "enable-revision-trees", "honor-nsswitch", "ignore-distribute-shards-like-errors", "initial-batch-size",
    "keep-alive", "latency", "local-network-threads", "local-writer-threads", "max-unused-buffers-capacity",
    "parallel-dump", "server.ask-jwt-secret", "server.jwt-renewal-threshold", "server.max-packet-size", "temp.path",
    "use-splice-syscall", "auto-rate-limit", "async", "delay", "cleanup-duplicate-attributes", "ignore-version",
    "default-number-of-shards", "default-replication-factor",
)  # fmt: skip
_PREFIXES_WITHOUT_EFFECT = ("log.", "ssl.", "random.")


class Options:
    """The parsed command line of a tool."""

    def __init__(self, values: dict[str, Any], given: set[str]) -> None:
        self._values = values
        self.given = given

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def replace(self, values: dict[str, Any]) -> None:
        """Take other values for some options, after what they mean together has been found out."""
        self._values.update(values)


def parse(tool: str, own: Sequence[Option], arguments: Sequence[str], *, positional: str = "") -> Options | None:
    """Return the options; None when the arguments only asked for help or version, which is printed.

    `positional` is the option that an argument without a name stands for. Raises ToolError (exit codes 3, 4, 6).
    """
    known = {option.name: option for option in (*COMMON, *own)}
    values = {name: list(o.default) if o.many else o.default for name, o in known.items()}
    given: set[str] = set()
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word in ("--help", "--help-all", "-h", "--version"):
            print(_version(tool) if word == "--version" else _help(tool, own))
            return None
        name, inline = _name(word, positional if positional not in given else "")
        option = known.get(name)
        if option is None:
            _skip(name, inline, waiting, known)
            continue
        value = option.value(expand_environment(_text(option, inline, waiting)))
        values[name] = [*(values[name] if name in given else []), value] if option.many else value
        given.add(name)
    for name in ("configuration", "config"):
        if values[name] != "none":
            raise ToolError(f"--{name}: configuration files are not supported, use 'none'", EXIT_NO_CONFIGURATION)
    return Options(values, given)


def _name(word: str, positional: str) -> tuple[str, list[str]]:
    """Return the option that a word names, and the value that it brings. Raises ToolError (exit code 3)."""
    if not word.startswith("--"):
        if not positional:
            raise ToolError(f"unexpected argument '{word}': options begin with --", EXIT_UNKNOWN_OPTION)
        return positional, [word]
    name, separator, rest = word[2:].partition("=")
    return name, [rest] if separator else []


def _skip(name: str, inline: list[str], waiting: list[str], known: dict[str, Option]) -> None:
    """Pass over an option without effect and its value. Raises ToolError (exit code 3) for an unknown one."""
    if not (name in _WITHOUT_EFFECT or name == "log" or name.startswith(_PREFIXES_WITHOUT_EFFECT)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean --{near[0]}?" if near else "--help lists all"
        raise ToolError(f"unknown option --{name}: {hint}", EXIT_UNKNOWN_OPTION)
    if not inline and waiting and not waiting[0].startswith("--"):
        waiting.pop(0)


def expand_environment(value: str) -> str:
    """Replace ``@NAME@`` by a value of the environment, and ``@@`` by a literal at sign."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], "") if match[1] else "@", value)


def _text(option: Option, inline: list[str], waiting: list[str]) -> str:
    if inline:
        return inline[0]
    if option.kind == "flag":
        if waiting and waiting[0].lower() in (*_TRUE, *_FALSE):
            return waiting.pop(0)
        return "true"
    if not waiting:
        raise ToolError(f"option --{option.name} needs a value", EXIT_BAD_VALUE)
    return waiting.pop(0)


def _version(tool: str) -> str:
    return f"arangod-standin {tool} {VERSION} following ArangoDB {FOLLOWED_VERSION}"


def _help(tool: str, own: Sequence[Option]) -> str:
    lines = [f"Usage: {tool} [<options>]", ""]
    for option in sorted((*own, *COMMON), key=lambda option: option.name):
        default = ", ".join(map(str, option.default)) if option.many else option.default
        lines.append(f"  --{option.name} <{option.kind}>  {option.help} (default: {default})")
    return "\n".join(lines)
