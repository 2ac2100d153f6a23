"""What ``--help``, ``--help-SECTION``, ``--help-all`` and ``--dump-options`` print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .known_options import SECTIONS, Family, Option, all_options, options_of

if TYPE_CHECKING:
    from collections.abc import Iterable

# What plain --help shows, besides the general options.
_COMMON_SECTIONS = ("agency", "cluster", "database", "log", "server", "standin", "temp")


def _lines(section: str, options: Iterable[Option]) -> list[str]:
    shown = [f"Section '{section}' options:" if section else "General options:"]
    for option in options:
        name = f"  --{option.name} <{'string...' if option.kind == 'strings' else option.kind}>"
        notes = [] if option.command or not option.default else [f"default: {option.default}"]
        if option.choices:
            notes.append(f"possible values: {', '.join(repr(choice) for choice in option.choices)}")
        shown.append(f"{name:<70} {'; '.join(notes)}".rstrip())
    return [*shown, ""] if len(shown) > 1 else []


def help_text(section: str, family: Family) -> str:
    """Return the help about a section; ``*`` stands for the usual ones, ``all`` for all."""
    chosen: Iterable[str] = [section]
    if section == "*":
        chosen = ["", *_COMMON_SECTIONS]
    elif section in ("all", "."):
        chosen = [*SECTIONS, "standin"]
    lines = ["Usage: arangod [<options>]", ""]
    for name in chosen:
        lines += _lines(name, options_of(name, family))
    if section == "*":
        others = ", ".join(f"--help-{name}" for name in SECTIONS if name and name not in _COMMON_SECTIONS)
        lines += [f"More options: --help-all, {others}", ""]
    lines.append("The options are ArangoDB's, and its documentation says what they mean; few have an effect here.")
    return "\n".join(lines)


def _typed(option: Option) -> object:
    from .options import convert

    if option.command:
        return None
    if option.kind == "strings":
        return [option.default] if option.default else []
    if option.default in ("", *option.choices):
        return option.default
    return convert(option, option.default)


def options_description(family: Family) -> dict[str, dict[str, object]]:
    """Return what is known of every option, keyed by name, as ``--dump-options`` prints it."""
    return {
        option.name: {
            "section": option.section,
            "category": "command" if option.command else "option",
            "type": "string..." if option.kind == "strings" else option.kind,
            "default": _typed(option),
            "requiresValue": option.kind != "boolean",
            **({"values": f"Possible values: {', '.join(option.choices)}"} if option.choices else {}),
        }
        for option in all_options(family)
    }


def dump_options(family: Family) -> str:
    """Return the text of ``--dump-options``."""
    return json.dumps(options_description(family), indent=2, sort_keys=True)
