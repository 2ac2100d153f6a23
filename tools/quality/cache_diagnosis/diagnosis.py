"""From two logs to causes: what made the actions of the second log miss, each cause once with all that it reached."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from .difference import Difference, InputDifference, Kind, differences
from .pairing import Pair, pairs_of
from .spawn import Spawn


@dataclass(frozen=True, slots=True)
class Cause:
    """Why actions missed, in words, and what can be done about it."""

    text: str
    advice: str = ""
    follows: bool = False
    """Whether another cause stands behind it: its input is made by an action that is explained itself."""


@dataclass
class Diagnosis:
    """What came of a comparison."""

    actions: int
    hits: int
    causes: dict[Cause, list[Spawn]] = field(default_factory=dict)
    """In the order in which the log has their first action; those that follow from others come last."""
    only_in_first: list[Spawn] = field(default_factory=list)

    @property
    def misses(self) -> int:
        """Actions that were executed."""
        return self.actions - self.hits


ADVICE = {
    Kind.INPUT: "",
    Kind.TOOL: "a tool is part of the key: the same version of it on both sides",
    Kind.ARGUMENT: "the same flags and --test_arg, and no absolute path or time in a rule's arguments",
    Kind.ENVIRONMENT: "the same --action_env, --test_env and test options on both sides",
    Kind.PLATFORM: "the same platform, exec_properties and --remote_default_exec_properties on both sides",
    Kind.TIMEOUT: "the same --test_timeout on both sides",
    Kind.OUTPUTS: "the same rules and the same Bazel on both sides",
}
ENVIRONMENT_ADVICE = {
    "PATH": "--incompatible_strict_action_env on both sides, or --action_env=PATH=<the same>",
    "LD_LIBRARY_PATH": "--incompatible_strict_action_env on both sides",
    "TESTBRIDGE_TEST_ONLY": "the same --test_filter on both sides",
    "TEST_TIMEOUT": "the same --test_timeout on both sides",
    "TEST_RANDOM_SEED": "the same --runs_per_test on both sides",
}
TEST = "TestRunner"
OF_BAZEL = "external/bazel_tools/"
GENERATED = (
    "no action of the logs made it: Bazel wrote it from a rule's attributes, or its action was up to date and so is in "
    "no log"
)
NO_CACHE = Cause(
    "no cache may keep it: its target or rule says no-cache or local",
    "remove the tag, if the result is always the same",
)
NO_REMOTE_CACHE = Cause(
    "no remote cache may keep it: its target or rule says no-remote, no-remote-cache or local",
    "remove the tag, if it can; a --disk_cache may still serve it",
)
NOT_IN_FIRST = Cause(
    "the first log has no such action",
    "either the first build did not ask for its target, or it was up to date in that output base (`bazel clean` first)",
)
FIRST_FAILED = Cause("its key is the same, but it failed in the first run, and failures are not kept")
NOT_KEPT = Cause(
    "its key is the same in both logs, so the cache did not have the result, or was not asked",
    "did the first run write (--remote_upload_local_results), was the cache up and large enough (warnings of both "
    "runs), and does the second run read (--remote_accept_cached, --cache_test_results, no --runs_per_test)?",
)
UNSEEN = Cause(
    "all that the logs show is the same, and yet Bazel's digests of the action differ",
    "compare the versions of Bazel and the options of the remote cache (--remote_instance_name, salts)",
)


def diagnose(first: Sequence[Spawn], second: Sequence[Spawn]) -> Diagnosis:
    """Explains every action of the second log that was executed instead of being served.

    An action that was served, but with another key than in the first log, is explained as well when one that was
    executed reads what it makes: else the first cause would not be told.
    """
    pairs = pairs_of(first, second)
    made = _Makers(first, second, pairs)
    result = Diagnosis(len(second), sum(spawn.was_hit for spawn in second))
    explained: dict[int, list[Cause]] = {}
    waiting = [pair for pair in pairs if not pair.second.was_hit]
    while waiting:
        pair = waiting.pop()
        if id(pair.second) not in explained:
            explained[id(pair.second)], behind = _causes(pair, made)
            waiting += [made.pairs[id(maker)] for maker in behind if id(maker) in made.pairs]
    found: dict[Cause, list[Spawn]] = {}
    for pair in pairs:
        for cause in dict.fromkeys(explained.get(id(pair.second), [])):
            found.setdefault(cause, []).append(pair.second)
    result.causes = dict(sorted(found.items(), key=lambda item: item[0].follows))
    partners = {id(pair.first) for pair in pairs}
    result.only_in_first = [spawn for spawn in first if id(spawn) not in partners]
    return result


def _causes(pair: Pair, made: _Makers) -> tuple[list[Cause], list[Spawn]]:
    """Why an action missed, and the actions behind it, if it is because of them."""
    second = pair.second
    if not second.cacheable:
        return [NO_CACHE], []
    # With a disk cache the key matters as well.
    found = [] if second.remote_cacheable else [NO_REMOTE_CACHE]
    if pair.first is None:
        return found or [NOT_IN_FIRST], []
    if pair.configurations:
        there, here = pair.configurations
        advice = "the same -c, --cpu, --platforms and build flags on both sides"
        return [Cause(f"configuration differs: bazel-out/{there} -> bazel-out/{here}", advice)], []
    behind: dict[int, tuple[Spawn, str]] = {}
    for difference in differences(pair.first, second):
        maker = made.maker_of(difference)
        if maker is not None and not made.is_same(maker):
            behind.setdefault(id(maker), (maker, difference.subject))
        else:
            found.append(_cause(difference, maker))
    if behind and not found:
        (maker, subject), *more = behind.values()
        others = f", as are inputs from {len(more)} more actions" if more else ""
        found.append(
            Cause(f"input {subject} is made by {maker.name}, which itself is not the same{others}", follows=True)
        )
    if found:
        return found, [maker for maker, _ in behind.values()]
    if pair.first.key and second.key and pair.first.key != second.key:
        return [UNSEEN], []
    return [FIRST_FAILED if pair.first.failed else NOT_KEPT], []


def _cause(difference: Difference, maker: Spawn | None) -> Cause:
    if maker is not None:
        return Cause(
            f"input {difference.subject} differs though {maker.name}, which makes it, has the same key in both logs",
            "that action gives other bytes each time (a time stamp, a random name, an order): make it repeatable",
        )
    subject = f" {difference.subject}" if difference.subject else ""
    advice = ADVICE[difference.kind]
    if difference.subject.startswith(OF_BAZEL):
        advice = "another version of Bazel brings another file: the same version on both sides"
    elif difference.kind is Kind.ENVIRONMENT:
        advice = ENVIRONMENT_ADVICE.get(difference.subject, advice)
    elif isinstance(difference, InputDifference) and difference.subject.startswith("bazel-out/"):
        advice = GENERATED
    return Cause(f"{difference.kind.value}{subject} differs: {difference.first} -> {difference.second}", advice)


class _Makers:
    """Who made an input: an action of the log, or none of them."""

    def __init__(self, first: Sequence[Spawn], second: Sequence[Spawn], pairs: Sequence[Pair]) -> None:
        self.pairs = {id(pair.second): pair for pair in pairs}
        self.by_path: dict[str, Spawn] = {}
        self.by_content: dict[tuple[str, int], Spawn] = {}
        for spawn in (*first, *second):
            for path, file in spawn.actual_outputs.items():
                self.by_path[path] = spawn
                if file.size_bytes:
                    self.by_content[file.digest, file.size_bytes] = spawn
            # What a test prints is no output in the log, but an input of the action that makes test.xml of it.
            if spawn.mnemonic == TEST and len(spawn.listed_outputs) > 1 and "XML_OUTPUT_FILE" in spawn.environment:
                self.by_path[os.path.dirname(spawn.environment["XML_OUTPUT_FILE"]) + "/test.log"] = spawn

    def maker_of(self, difference: Difference) -> Spawn | None:
        """By path; of inputs in runfiles trees, whose path is the tree's own, by content."""
        if not isinstance(difference, InputDifference):
            return None
        maker = self.by_path.get(difference.path)
        if maker is None and ".runfiles/" in difference.path:
            maker = self.by_content.get((difference.file.digest, difference.file.size_bytes))
        return maker

    def is_same(self, maker: Spawn) -> bool:
        """Whether it has the same key in both logs, and ought to have made the same. Of tests nobody expects it."""
        pair = self.pairs.get(id(maker))
        return bool(pair and pair.first and maker.mnemonic != TEST and not any(differences(pair.first, maker)))
