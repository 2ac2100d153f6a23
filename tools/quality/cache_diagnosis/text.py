"""A diagnosis as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .diagnosis import Cause, Diagnosis
from .spawn import Spawn

SHOWN = 3
"""So many actions of a cause are named, unless all are asked for."""


def text_of(diagnosis: Diagnosis, *, all_actions: bool = False) -> str:
    """The whole answer: counts, causes with the actions that each reached, what only the first log has."""
    return "\n".join(_lines(diagnosis, all_actions)) + "\n"


def _lines(diagnosis: Diagnosis, all_actions: bool) -> Iterator[str]:
    served = f"{diagnosis.hits} served by a cache, {diagnosis.misses} executed"
    yield f"{diagnosis.actions} actions in the second log: {served}."
    if not diagnosis.misses:
        yield "Nothing missed."
    following = False
    for number, (cause, reached) in enumerate(diagnosis.causes.items(), 1):
        if cause.follows and not following:
            following = True
            yield ""
            yield "What follows from the above:"
        if not cause.follows:
            yield ""
        yield from _cause(number, cause, reached, all_actions)
    if diagnosis.only_in_first:
        yield ""
        yield f"{_count(diagnosis.only_in_first)} only in the first log, which is no miss: {_mnemonics(diagnosis)}."


def _cause(number: int, cause: Cause, reached: Sequence[Spawn], all_actions: bool) -> Iterator[str]:
    yield f"{number}. {_count(reached)}: {cause.text}"
    names = list(dict.fromkeys(_name(spawn) for spawn in reached))
    shown = names if all_actions else names[:SHOWN]
    for name in shown:
        yield f"     {name}"
    if len(names) > len(shown):
        yield f"     and {len(names) - len(shown)} more (--all names them)"
    if cause.advice:
        yield f"   -> {cause.advice}"


def _name(spawn: Spawn) -> str:
    return f"{spawn.name}, itself served by a cache" if spawn.was_hit else spawn.name


def _count(spawns: Sequence[Spawn]) -> str:
    return "1 action" if len(spawns) == 1 else f"{len(spawns)} actions"


def _mnemonics(diagnosis: Diagnosis) -> str:
    counted = Counter(spawn.mnemonic for spawn in diagnosis.only_in_first)
    return ", ".join(f"{count} {mnemonic}" for mnemonic, count in counted.most_common())
