"""LCOV: which lines, functions and branches of a source ran, and how often (geninfo(1) describes the format)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Branch = tuple[int, str, str]
"""Line, block and branch."""


@dataclass
class SourceLines:
    """What is known of one source; counts are calls."""

    lines: dict[int, int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    """The line in which each begins."""
    calls: dict[str, int] = field(default_factory=dict)
    branches: dict[Branch, int | None] = field(default_factory=dict)
    """How often it was taken; None where its line never ran."""

    def add_line(self, number: int, count: int) -> None:
        """Counts a line once more: instances of templates, and runs, add up."""
        self.lines[number] = self.lines.get(number, 0) + count

    def add_function(self, name: str, line: int, count: int) -> None:
        """Counts a function once more."""
        self.functions.setdefault(name, line)
        self.calls[name] = self.calls.get(name, 0) + count

    def add_branch(self, branch: Branch, count: int | None) -> None:
        """Counts a branch once more."""
        before = self.branches.get(branch)
        self.branches[branch] = count if before is None else before + (count or 0)

    def add(self, other: SourceLines) -> None:
        """Adds all that another run says of the same source."""
        for number, count in other.lines.items():
            self.add_line(number, count)
        for name, line in other.functions.items():
            self.add_function(name, line, other.calls.get(name, 0))
        for branch, taken in other.branches.items():
            self.add_branch(branch, taken)

    def texts(self, source: str) -> Iterator[str]:
        """The lines of its record."""
        yield f"SF:{source}"
        functions = sorted(self.functions.items(), key=lambda item: (item[1], item[0]))
        yield from (f"FN:{line},{name}" for name, line in functions)
        yield from (f"FNDA:{self.calls.get(name, 0)},{name}" for name, _ in functions)
        if functions:
            yield f"FNF:{len(functions)}"
            yield f"FNH:{sum(self.calls.get(name, 0) > 0 for name, _ in functions)}"
        for (line, block, branch), taken in sorted(self.branches.items()):
            yield f"BRDA:{line},{block},{branch},{'-' if taken is None else taken}"
        if self.branches:
            yield f"BRF:{len(self.branches)}"
            yield f"BRH:{sum(bool(taken) for taken in self.branches.values())}"
        yield from (f"DA:{number},{count}" for number, count in sorted(self.lines.items()))
        yield f"LH:{sum(count > 0 for count in self.lines.values())}"
        yield f"LF:{len(self.lines)}"
        yield "end_of_record"


@dataclass
class Tracefile:
    """Sources by their names."""

    sources: dict[str, SourceLines] = field(default_factory=dict)

    def source(self, name: str) -> SourceLines:
        """What is known of a source; begun when nothing is."""
        return self.sources.setdefault(name, SourceLines())

    def add(self, other: Tracefile) -> None:
        """Adds all that another file says."""
        for name, lines in other.sources.items():
            self.source(name).add(lines)

    def text(self) -> str:
        """The whole file, in an order that depends on its content alone."""
        return "".join(f"{line}\n" for name in sorted(self.sources) for line in self.sources[name].texts(name))


def read_tracefile(lines: Iterable[str]) -> tuple[Tracefile, int]:
    """Reads LCOV of any tool; also answers how many lines were none. Records of unknown kinds are left out."""
    tracefile, broken = Tracefile(), 0
    source: SourceLines | None = None
    for line in lines:
        kind, colon, value = line.strip().partition(":")
        if kind == "SF":
            source = tracefile.source(value)
        elif kind == "end_of_record":
            source = None
        elif source is not None and colon:
            try:
                _take(source, kind, value)
            except ValueError:
                broken += 1
        elif kind and kind != "TN":
            broken += 1
    return tracefile, broken


def _take(source: SourceLines, kind: str, value: str) -> None:
    words = value.split(",")
    if kind == "DA":
        source.add_line(int(words[0]), int(words[1]) if len(words) > 1 else 0)
    elif kind == "FN":
        # "line,name", of newer tools "line,last line,name"; names of C++ may have commas.
        first, _, rest = value.partition(",")
        last, comma, name = rest.partition(",")
        source.functions.setdefault(name if comma and last.isdecimal() else rest, int(first))
    elif kind == "FNDA":
        count, _, name = value.partition(",")
        source.calls[name] = source.calls.get(name, 0) + int(count)
    elif kind == "BRDA":
        line, block, *branch, taken = words
        source.add_branch((int(line), block, ",".join(branch)), None if taken == "-" else int(taken))
