"""docs/reference/armadilloctl.md: the commands, from the parser itself."""

from __future__ import annotations

import argparse

from .tables import MADE, table


def armadilloctl_page(parser: argparse.ArgumentParser) -> str:
    """The whole page. Not argparse's own text, whose form changes with Python's version."""
    (commands,) = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    helps = {one.dest: one.help or "" for one in commands._choices_actions}
    parts = ["# Reference: armadilloctl\n", MADE.format(source="its own help"), f"{parser.description}\n"]
    for name, command in commands.choices.items():
        actions = [one for one in command._actions if not isinstance(one, argparse._HelpAction)]
        usage = " ".join([name, *map(_usage, actions)])
        parts += [f"## {name}\n", f"    {parser.prog} {usage}\n", f"{helps[name][0].upper()}{helps[name][1:]}.\n"]
        if actions:
            parts.append(table(["word", "meaning"], [(f"`{_word(one)}`", one.help or "") for one in actions]))
    return "\n".join(parts)


def _word(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return metavar
    return action.option_strings[0] + ("" if action.nargs == 0 else f"={metavar}")


def _usage(action: argparse.Action) -> str:
    if action.option_strings:
        return f"[{_word(action)}]" + ("..." if isinstance(action, argparse._AppendAction) else "")
    return {"+": "{}...", "*": "[{}...]"}.get(str(action.nargs), "{}").format(_word(action))
