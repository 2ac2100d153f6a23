"""What a test `requires` of its server, checked against what the server said about itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import SpecError
from .distribution import ServerFacts

_VERSION = re.compile(r"version(>=|<=|==|<|>)(\d+)(?:\.(\d+))?(?:\.(\d+))?$")

_PLAIN: dict[str, tuple[Callable[[ServerFacts], bool], str]] = {
    "failure_points": (lambda facts: facts.has_failure_points, "has no failure points compiled in"),
    "enterprise": (lambda facts: facts.edition == "enterprise", "is not the Enterprise edition"),
    "v8": (lambda facts: facts.has_v8, "has no V8 engine"),
    "maintainer_build": (lambda facts: facts.is_maintainer_build, "is not a maintainer build"),
    "sanitizer": (lambda facts: bool(facts.sanitizer), "is not a sanitizer build"),
    "real_arangodb": (lambda facts: not facts.standin, "is the stand-in"),
}

KNOWN_REQUIREMENTS = (*sorted(_PLAIN), "version>=X.Y[.Z]", "version<X.Y[.Z]")
"""The words that `requires` and the marker of the same name understand."""


def missing_requirement(facts: ServerFacts, requires: tuple[str, ...]) -> str:
    """The first of `requires` that the server lacks, with the reason in words; "" when it has all.

    Raises `SpecError` for a word that means nothing.
    """
    for word in requires:
        reason = _reason_against(facts, word.replace(" ", ""))
        if reason:
            return f"requires {word}: {facts.display_name} {reason}"
    return ""


def _reason_against(facts: ServerFacts, word: str) -> str:
    if word in _PLAIN:
        has_it, reason = _PLAIN[word]
        return "" if has_it(facts) else reason
    found = _VERSION.match(word)
    if not found:
        raise SpecError(f"`requires` has the unknown word {word!r}; known are: {', '.join(KNOWN_REQUIREMENTS)}")
    wanted = tuple(int(part) for part in found.groups()[1:] if part is not None)
    have = facts.version_numbers[: len(wanted)]
    holds = {
        ">=": have >= wanted,
        "<=": have <= wanted,
        "==": have == wanted,
        "<": have < wanted,
        ">": have > wanted,
    }[found.group(1)]
    return "" if holds else f"has version {facts.version}"
