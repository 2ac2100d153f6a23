"""Which action of one log is which of the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .spawn import Spawn

CONFIGURATION = re.compile(r"\bbazel-out/([^/\s]+)/")


@dataclass(frozen=True, slots=True)
class Pair:
    """An action of the second log with its like in the first, if there is one."""

    second: Spawn
    first: Spawn | None
    configurations: tuple[str, str] | None = None
    """Names of two different output folders below bazel-out, if that is how they differ."""


def pairs_of(first: Sequence[Spawn], second: Sequence[Spawn]) -> list[Pair]:
    """Each action of the second log, in its order.

    Actions are the same when they make the same outputs, in turn when there are several (attempts of a test). When only
    some outputs are the same it is still this action; so it is when only the configuration's folder differs.
    """
    by_outputs = _index((spawn.mnemonic, spawn.listed_outputs, spawn) for spawn in first)
    by_output = _index((spawn.mnemonic, path, spawn) for spawn in first for path in spawn.listed_outputs)
    by_neutral = _index((spawn.mnemonic, _neutral(path), spawn) for spawn in first for path in spawn.listed_outputs)
    seen: dict[object, int] = defaultdict(int)
    found = []
    for spawn in second:
        same = by_outputs.get((spawn.mnemonic, spawn.listed_outputs), [])
        if same:
            turn = seen[spawn.mnemonic, spawn.listed_outputs]
            seen[spawn.mnemonic, spawn.listed_outputs] += 1
            found.append(Pair(spawn, same[min(turn, len(same) - 1)]))
            continue
        found.append(_by_one_output(spawn, by_output, by_neutral))
    return found


def _by_one_output(
    spawn: Spawn, by_output: dict[tuple[str, object], list[Spawn]], by_neutral: dict[tuple[str, object], list[Spawn]]
) -> Pair:
    for path in spawn.listed_outputs:
        for candidate in by_output.get((spawn.mnemonic, path), []):
            return Pair(spawn, candidate)
    for path in spawn.listed_outputs:
        for candidate in by_neutral.get((spawn.mnemonic, _neutral(path)), []):
            there = configuration_of(candidate.listed_outputs)
            return Pair(spawn, candidate, (there, configuration_of(spawn.listed_outputs)))
    return Pair(spawn, None)


def configuration_of(outputs: Iterable[str]) -> str:
    """The folder below bazel-out, as k8-fastbuild; "" when there is none."""
    for path in outputs:
        found = CONFIGURATION.search(path)
        if found:
            return found.group(1)
    return ""


def _neutral(path: str) -> str:
    return CONFIGURATION.sub("bazel-out/*/", path)


def _index(entries: Iterable[tuple[str, object, Spawn]]) -> dict[tuple[str, object], list[Spawn]]:
    made: dict[tuple[str, object], list[Spawn]] = defaultdict(list)
    for mnemonic, key, spawn in entries:
        made[mnemonic, key].append(spawn)
    return made
