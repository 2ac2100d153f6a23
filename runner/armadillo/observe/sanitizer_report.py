"""Reports of the sanitizers (address, leak, thread, undefined behaviour), read from their logs and from stderr.

The formats are those of GCC's and Clang's runtimes. An exit code tells nothing of them: a program with undefined
behaviour exits with 0, so every report that is found counts.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .stack_frame import Frame, first_own, parse_frame

LEAK_SANITIZER = "LeakSanitizer"
_ERROR = re.compile(r"^==(?:[^=\s]+==)?\d+==\s*ERROR: (?P<tool>\w+Sanitizer): (?P<what>.*)$")
_WARNING = re.compile(r"^WARNING: (?P<tool>ThreadSanitizer): (?P<what>.*?) \(pid=\d+\)$")
_UNDEFINED = re.compile(r"^(?P<place>\S+?:\d+(?::\d+)?): runtime error: (?P<what>.*)$")
_LEAK = re.compile(r"^(?P<how>Direct|Indirect) leak of (?P<bytes>\d+) byte\(s\) in (?P<objects>\d+) object\(s\)")
_SEPARATOR = re.compile(r"^=+$")
_NUMBERS = re.compile(r"0x[0-9a-f]+|-?\d+")
_MOST_LINES = 400
_MOST_REPORTS = 200
_FINGERPRINT_FRAMES = 3


@dataclass(frozen=True)
class SanitizerReport:
    """One report: who made it, what is wrong, and the stack where it was noticed."""

    tool: str
    what: str
    frames: tuple[Frame, ...]
    text: str
    line_index: int = 0
    """Which line of the log it begins in, from 0."""

    @property
    def headline(self) -> str:
        """One line: tool, kind and the first frame of the program itself."""
        frame = first_own(self.frames)
        return f"{self.tool}: {self.what}" + (f" in {frame.short}" if frame else "")

    @property
    def fingerprint(self) -> str:
        """Equal for reports of the same mistake: tool, kind without numbers, and the topmost own functions."""
        own = [frame.function for frame in self.frames if frame.is_own][:_FINGERPRINT_FRAMES]
        kind = _NUMBERS.sub("N", self.what)
        return hashlib.sha256("\n".join([self.tool, kind, *own]).encode()).hexdigest()[:16]


def parse_reports(text: str) -> list[SanitizerReport]:
    """All reports of a log, in its order; at most 200, each with at most 400 lines. Other lines are passed over."""
    found: list[SanitizerReport] = []
    for index, lines in _blocks(text.rstrip("\n").split("\n")):
        found += [replace(report, line_index=index) for report in _leaks(lines) or [_report(lines)]]
        if len(found) >= _MOST_REPORTS:
            break
    return found[:_MOST_REPORTS]


def without_repetitions(reports: list[SanitizerReport]) -> list[tuple[SanitizerReport, int]]:
    """The first report of each fingerprint with the number of its occurrences."""
    counts: dict[str, int] = {}
    first: dict[str, SanitizerReport] = {}
    for report in reports:
        counts[report.fingerprint] = counts.get(report.fingerprint, 0) + 1
        first.setdefault(report.fingerprint, report)
    return [(report, counts[fingerprint]) for fingerprint, report in first.items()]


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Splits a log where a report begins, and says where that is; lines before the first one belong to nobody."""
    block: list[str] = []
    begin = 0
    for index, line in enumerate(lines):
        if _ERROR.match(line) or _WARNING.match(line) or _UNDEFINED.match(line):
            if block:
                yield begin, block
            begin, block = index, [line]
        elif block and _SEPARATOR.match(line):
            yield begin, block
            block = []
        elif block and len(block) < _MOST_LINES:
            block.append(line)
    if block:
        yield begin, block


def _report(lines: list[str]) -> SanitizerReport:
    error, undefined = _ERROR.match(lines[0]) or _WARNING.match(lines[0]), _UNDEFINED.match(lines[0])
    frames = _first_stack(lines[1:])
    if undefined:
        if not frames:
            frames = (Frame("", undefined["place"]),)
        return SanitizerReport("UndefinedBehaviorSanitizer", undefined["what"], frames, "\n".join(lines))
    assert error is not None
    what = re.sub(r" on (unknown )?address 0x.*| at pc 0x.*", "", error["what"]).strip()
    return SanitizerReport(error["tool"], what, frames, "\n".join(lines))


def _first_stack(lines: list[str]) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    for line in lines:
        frame = parse_frame(line)
        if frame is not None:
            frames.append(frame)
        elif frames:
            break
    return tuple(frames)


def _leaks(lines: list[str]) -> list[SanitizerReport]:
    """Each leak of a leak report is a report of its own: its stack tells who forgot it."""
    starts = [number for number, line in enumerate(lines) if _LEAK.match(line)]
    found = []
    for start, end in itertools.pairwise([*starts, len(lines)]):
        leak = _LEAK.match(lines[start])
        assert leak is not None
        part = [line for line in lines[start:end] if not line.startswith("SUMMARY")]
        what = f"{leak['how'].lower()} leak of {leak['bytes']} bytes in {leak['objects']} objects"
        found.append(SanitizerReport(LEAK_SANITIZER, what, _first_stack(part[1:]), "\n".join(part).rstrip()))
    return found
