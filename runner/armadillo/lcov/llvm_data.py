"""From the profiles of programs that clang compiled with `-fprofile-instr-generate -fcoverage-mapping` to LCOV."""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from ..process.deadline import Deadline
from .tool import ToolError, run_tool
from .tracefile import Tracefile, read_tracefile

PROFILE = ".profraw"
_ELF = b"\x7fELF"
_LINKED = (2, 3)
"""Executables and shared libraries, by the two bytes at offset 16 (elf(5)); object files would tell all twice."""
_MAPPING = b"__llvm_covmap"
"""The section from which llvm-cov knows which counter belongs to which line."""


def instrumented_objects(paths: Iterable[str]) -> list[str]:
    """The executables and libraries among files that tell which lines their counters are of; each real file once."""
    found: dict[str, None] = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                head = file.read(18)
                if not head.startswith(_ELF) or int.from_bytes(head[16:18], sys.byteorder) not in _LINKED:
                    continue
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                    if content.rfind(_MAPPING) >= 0:
                        found.setdefault(os.path.realpath(path))
        except (OSError, ValueError):  # unreadable, or empty
            continue
    return list(found)


def convert(
    profiles: Sequence[str],
    objects: Sequence[str],
    *,
    profdata: str,
    cov: str,
    named: Callable[[str], str],
    deadline: Deadline,
    directory: str,
) -> tuple[Tracefile, list[str]]:
    """The lines of all objects, and what was wrong with some of them; `named` gives sources their names in the report.

    Raises `ToolError` where nothing came of it.
    """
    if not objects:
        raise ToolError("no executable among the test's files has a coverage mapping (-fcoverage-mapping)")
    listed, merged = os.path.join(directory, "profiles.txt"), os.path.join(directory, "merged.profdata")
    with open(listed, "w", encoding="utf-8") as file:
        file.write("".join(f"{path}\n" for path in profiles))
    # "all": a profile that a killed process left half written does not cost the others.
    _run([profdata, "merge", "-sparse", "-failure-mode=all", f"-input-files={listed}", "-o", merged], deadline)
    tracefile, problems = Tracefile(), []
    for path in objects:
        try:
            text = _run([cov, "export", "-format=lcov", f"-instr-profile={merged}", path], deadline)
        except ToolError as error:
            problems.append(str(error))
            continue
        for name, lines in read_tracefile(text.splitlines())[0].sources.items():
            tracefile.source(named(name)).add(lines)
    if not tracefile.sources:
        raise ToolError("; ".join(problems) or f"{cov} told no lines")
    return tracefile, problems


def _run(words: Sequence[str], deadline: Deadline) -> str:
    code, output, said = run_tool(words, deadline)
    if code:
        raise ToolError(f"{words[0]} failed: {said or f'exit code {code}'}")
    return output.decode(errors="replace")
