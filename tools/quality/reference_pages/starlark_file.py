"""What a Starlark file of ours defines.

Bazel's own tool for this (stardoc) is a Java program that cannot be had offline, and no query of Bazel 4 tells
docstrings. Starlark's syntax is a part of Python's, and the top level of our files only names things, so Python runs
them here: with builtins that remember what they were given. Functions are not called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any


@dataclass(frozen=True, eq=False)
class Attribute:
    """What attr.label(...) and its like were given; compared by identity, as one may belong to several rules."""

    kind: str
    doc: str = ""
    default: Any = None
    mandatory: bool = False
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Rule:
    """What rule() or repository_rule() was given."""

    doc: str
    attributes: dict[str, Attribute]


@dataclass(frozen=True, eq=False)
class Provider:
    """What provider() was given."""

    doc: str
    fields: dict[str, str]


@dataclass(frozen=True, eq=False)
class Extension:
    """What module_extension() was given; each tag class is a rule in all that matters here."""

    tag_classes: dict[str, Rule]


class _Attributes:
    """The module `attr`."""

    def __getattr__(self, kind: str) -> Any:
        def make(*, doc: str = "", default: Any = None, mandatory: bool = False, **words: Any) -> Attribute:
            return Attribute(kind, doc, default, mandatory, words)

        return make


def _rule(*, doc: str = "", attrs: dict[str, Attribute] | None = None, **_: Any) -> Rule:
    return Rule(doc, attrs or {})


def _builtins() -> dict[str, Any]:
    return {
        "Label": str,
        "aspect": lambda **_: None,
        "attr": _Attributes(),
        "json": None,
        "module_extension": lambda tag_classes, **_: Extension(tag_classes),
        "native": None,
        "provider": lambda doc="", fields=None, **_: Provider(doc, fields or {}),
        "repository_rule": _rule,
        "rule": _rule,
        "struct": SimpleNamespace,
        "tag_class": _rule,
    }


class StarlarkFiles:
    """The Starlark files of a workspace, each run once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._globals: dict[str, dict[str, Any]] = {}

    def globals_of(self, path: str) -> dict[str, Any]:
        """All names of a file, given relative to the root: functions, and the classes above."""
        if path not in self._globals:
            names = _builtins()
            names["load"] = lambda label, *same, **others: self._load(path, names, label, [*same], others)
            exec(compile((self._root / path).read_text(encoding="utf-8"), path, "exec"), names)
            self._globals[path] = names
        return self._globals[path]

    def public(self, path: str) -> dict[str, Any]:
        """What others may load from a file, in the order of the names."""
        builtins = {*_builtins(), "load"}
        names = {name: one for name, one in self.globals_of(path).items() if name not in builtins}
        return {name: names[name] for name in sorted(names, key=str.lower) if not name.startswith("_")}

    def _load(self, path: str, names: dict[str, Any], label: str, same: list[str], others: dict[str, str]) -> None:
        """`load`; what comes from another repository is nothing here."""
        loaded: dict[str, Any] = {}
        if not label.startswith("@"):
            package, _, file = label.rpartition(":")
            folder = package.removeprefix("//") if package else str(Path(path).parent)
            loaded = self.globals_of(f"{folder}/{file}")
        for name, there in {**{name: name for name in same}, **others}.items():
            names[name] = None if label.startswith("@") else loaded[there]


def rule_behind(macro: FunctionType) -> Rule | None:
    """The rule that a macro of the same name calls, which its file loads as `_name`."""
    found = macro.__globals__.get("_" + macro.__name__)
    return found if isinstance(found, Rule) else None
