"""How the key of one action differs between two logs: one object for each difference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from .spawn import File, Spawn

RUNFILES = re.compile(r"^.*?\.runfiles/(?:_main/|__main__/)?")
NONE = "(not there)"
CLIPPED = 72


class Kind(Enum):
    """What part of a key differs; the value is how it is said."""

    INPUT = "input"
    TOOL = "tool"
    ARGUMENT = "argument"
    ENVIRONMENT = "environment variable"
    PLATFORM = "platform property (exec_properties)"
    TIMEOUT = "timeout"
    OUTPUTS = "set of outputs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs; equal ones of many actions are one cause."""

    kind: Kind
    subject: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class InputDifference(Difference):
    """An input; `path` and `file` are those of the second log, or of the first where the second has none."""

    path: str
    file: File


def differences(first: Spawn, second: Spawn) -> Iterator[Difference]:
    """All that differs in what the key is made of."""
    yield from _inputs(first.inputs, second.inputs)
    yield from _arguments(first.arguments, second.arguments)
    yield from _mapping(Kind.ENVIRONMENT, first.environment, second.environment)
    yield from _mapping(Kind.PLATFORM, first.platform, second.platform)
    # A test's timeout is in its environment too.
    if first.timeout_ms != second.timeout_ms and "TEST_TIMEOUT" not in second.environment:
        yield Difference(Kind.TIMEOUT, "", f"{first.timeout_ms} ms", f"{second.timeout_ms} ms")
    if first.listed_outputs != second.listed_outputs:
        before, after = set(first.listed_outputs), set(second.listed_outputs)
        yield Difference(
            Kind.OUTPUTS, "", _paths(before - after, "nothing else"), _paths(after - before, "nothing else")
        )


def shared_name(path: str) -> str:
    """The name that a file has in all runfiles trees: Bazel 7 lists each test's own link."""
    return RUNFILES.sub("", path)


def _inputs(first: Mapping[str, File], second: Mapping[str, File]) -> Iterator[Difference]:
    for path in {**second, **first}:
        before, after = first.get(path), second.get(path)
        if before and after and _same(before, after):
            continue
        file = after or before
        assert file is not None
        kind = Kind.TOOL if file.is_tool else Kind.INPUT
        yield InputDifference(kind, shared_name(path), _content(before), _content(after), path, file)


def _same(first: File, second: File) -> bool:
    return (first.digest, first.size_bytes, first.target) == (second.digest, second.size_bytes, second.target)


def _content(file: File | None) -> str:
    if file is None:
        return NONE
    if file.target:
        return f"link to {file.target}"
    return f"{file.digest[:12]} ({file.size_bytes} bytes)" if file.digest else "(no digest: a directory or empty)"


def _arguments(first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[Difference]:
    for change, begin, end, other_begin, other_end in SequenceMatcher(None, first, second, False).get_opcodes():
        if change == "equal":
            continue
        before, after = " ".join(first[begin:end]), " ".join(second[other_begin:other_end])
        shown = _from_first_difference(before, after)
        yield Difference(Kind.ARGUMENT, "", *(text or NONE for text in shown))


def _from_first_difference(first: str, second: str) -> tuple[str, str]:
    """Both texts, clipped around the first character in which they differ."""
    same = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    begin = max(0, same - CLIPPED // 3) if max(len(first), len(second)) > CLIPPED else 0
    return _clipped(first, begin), _clipped(second, begin)


def _clipped(text: str, begin: int) -> str:
    piece = text[begin : begin + CLIPPED]
    return ("…" if begin else "") + piece + ("…" if begin + CLIPPED < len(text) else "")


def _mapping(kind: Kind, first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted({*first, *second}):
        before, after = first.get(name), second.get(name)
        if before == after:
            continue
        if before is None or after is None:
            yield Difference(kind, name, _value(before), _value(after))
        else:
            shown = _from_first_difference(before, after)
            yield Difference(kind, name, *(repr(text) for text in shown))


def _value(value: str | None) -> str:
    return NONE if value is None else repr(_clipped(value, 0))


def _paths(paths: set[str], nothing: str) -> str:
    return ", ".join(sorted(paths)) or nothing
