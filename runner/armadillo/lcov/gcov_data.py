"""From the counters of a program that was compiled with `--coverage` (.gcda) to LCOV, by gcov of the same compiler."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..process.deadline import Deadline
from .tool import ToolError, run_tool
from .tracefile import Tracefile

COUNTERS, NOTES = ".gcda", ".gcno"
_AT_ONCE = 20


def link_notes(counters: Sequence[str], root: str, known_notes: Callable[[], Iterable[str]]) -> list[str]:
    """Puts the compiler's notes beside the counters; answers the counters that have none.

    `root` is GCOV_PREFIX: below it a file's path is that of its object file, beside which the notes are where the
    program was built on this machine. Else it is the file of the same name in `known_notes` that shares the longest end
    of the path; it is asked only where it is needed, as a build directory is large.
    """
    without = []
    for path in counters:
        wanted = "/" + os.path.relpath(path, root).removesuffix(COUNTERS) + NOTES
        if os.path.exists(wanted):
            there = [wanted]
        else:
            there = [known for known in known_notes() if os.path.basename(known) == os.path.basename(wanted)]
        if not there:
            without.append(path)
            continue
        best = max(there, key=lambda candidate: _common_end(candidate, wanted))
        beside = path.removesuffix(COUNTERS) + NOTES
        if not os.path.lexists(beside):
            os.symlink(os.path.abspath(best), beside)
    return without


def _common_end(left: str, right: str) -> int:
    pairs = zip(reversed(left.split("/")), reversed(right.split("/")), strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if one != other), len(right))


def convert(
    counters: Sequence[str], *, gcov: str, named: Callable[[str], str], deadline: Deadline, directory: str
) -> Tracefile:
    """The lines of programs whose notes lie beside the counters; `named` gives sources their names in the report.

    Raises `ToolError` where gcov fails, knows no JSON (before GCC 9) or was not ready in time.
    """
    tracefile = Tracefile()
    for first in range(0, len(counters), _AT_ONCE):
        words = [gcov, "--json-format", "--stdout", "--branch-probabilities", *counters[first : first + _AT_ONCE]]
        code, output, said = run_tool(words, deadline, directory)
        try:
            documents = [json.loads(line) for line in output.splitlines() if line.strip()]
        except ValueError as error:
            raise ToolError(f"{gcov} wrote no JSON ({said or error}); GCC 9 and newer do") from error
        if code or not any(document.get("files") for document in documents):
            raise ToolError(f"{gcov} told no lines: {said or f'exit code {code}'}")
        for document in documents:
            add_document(tracefile, document, named)
    return tracefile


def add_document(tracefile: Tracefile, document: Mapping[str, Any], named: Callable[[str], str]) -> None:
    """Adds one JSON document of gcov (gcov(1), --json-format)."""
    base = document.get("current_working_directory", "")
    for file in document.get("files", ()):
        path = os.path.normpath(file["file"])
        if base and os.path.isabs(path) and path.startswith(f"{base}/"):
            path = os.path.relpath(path, base)
        source = tracefile.source(named(path))
        for function in file.get("functions", ()):
            source.add_function(function["name"], function["start_line"], function["execution_count"])
        for line in file.get("lines", ()):
            number, count = line["line_number"], line["count"]
            source.add_line(number, count)
            for index, branch in enumerate(line.get("branches", ())):
                source.add_branch((number, "0", str(index)), branch["count"] if count else None)
