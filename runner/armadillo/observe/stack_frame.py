"""One frame of a stack, as sanitizers and ArangoDB's crash handler print it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SANITIZER = re.compile(r"^\s*#(?P<number>\d+)\s+(?:0x[0-9a-f]+\s+)?(?:in\s+)?(?P<rest>\S.*)$")
_MODULE = re.compile(r"\s+\((?P<module>[^()\s]+\+0x[0-9a-f]+)\)\s*(?:\(BuildId: \w+\))?$")
_LOCATION = re.compile(r"\s+(?P<location>(?:<null>|/|\.\./|[\w.+-]+\.[a-z]+:)\S*)$")
_FOREIGN_FUNCTIONS = (
    "std::", "void std::", "__", "operator new", "operator delete", "malloc", "calloc", "realloc", "free", "memcpy",
    "strdup", "pthread_", "_start", "_GLOBAL_", "raise", "abort", "gsignal", "clone", "start_thread", "<null>", "??",
)  # fmt: skip
_FOREIGN_PLACES = (
    "/Python-3.",
    "libsanitizer",
    "/usr/include/",
    "sysdeps/",
    "../csu/",
    "libstdc++",
    "libc.so",
    "libtsan",
    "libasan",
)

_LONGEST_PLACE = 64
_KEPT_OF_A_PLACE = 48


@dataclass(frozen=True)
class Frame:
    """Function and where it is: a source line, a module with its offset, or "" where nothing is known."""

    function: str
    location: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the frame belongs to the program rather than to a runtime library or the C++ standard library."""
        if any(place in self.location for place in _FOREIGN_PLACES):
            return False
        return bool(self.function) and not self.function.startswith(_FOREIGN_FUNCTIONS)

    @property
    def short(self) -> str:
        """The frame for a headline: of a long path only its last directories, which say enough."""
        return f"{self.function} {_short_place(self.location)}".strip()

    def __str__(self) -> str:
        return f"{self.function} {self.location}".strip()


def _short_place(place: str) -> str:
    if len(place) <= _LONGEST_PLACE:
        return place
    words = place.split("/")
    while len(words) > 1 and len("/".join(words)) > _KEPT_OF_A_PLACE:
        words.pop(0)
    return f"\N{HORIZONTAL ELLIPSIS}/{'/'.join(words)}"


def parse_frame(line: str) -> Frame | None:
    """A frame from a line such as ``#0 0x55 in f() /src/f.cpp:6`` or ``#1 f() <null> (lib.so+0x12)``, else None."""
    found = _SANITIZER.match(line)
    if found is None:
        return None
    rest = found["rest"].rstrip()
    module = _MODULE.search(rest)
    if module:
        rest = rest[: module.start()]
    location = _LOCATION.search(rest)
    place = ""
    if location:
        rest, place = rest[: location.start()], location["location"]
    if place in ("", "<null>") and module:
        place = module["module"]
    return Frame(rest.strip(), place)


def first_own(frames: Iterable[Frame]) -> Frame | None:
    """The topmost frame that is the program's own; the topmost at all when none is."""
    known = list(frames)
    return next((frame for frame in known if frame.is_own), known[0] if known else None)
