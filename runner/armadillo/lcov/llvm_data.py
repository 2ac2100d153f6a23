"""From the profiles of programs that clang compiled with `-fprofile-instr-generate -fcoverage-mapping` to LCOV."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence

from ..process.deadline import Deadline
from .tracefile import Tracefile, read_tracefile

PROFILE = ".profraw"
_ELF = b"\x7fELF"
_LINKED = (2, 3)
"""Executables and shared libraries, by the two bytes at offset 16 (elf(5)); object files would tell all twice."""
_MAPPING = b"__llvm_covmap"
"""The section from which llvm-cov knows which counter belongs to which line."""


class LlvmError(Exception):
    """No lines came of it; the text says why."""


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

    Raises `LlvmError` where nothing came of it.
    """
    if not objects:
        raise LlvmError("no executable among the test's files has a coverage mapping (-fcoverage-mapping)")
    listed, merged = os.path.join(directory, "profiles.txt"), os.path.join(directory, "merged.profdata")
    with open(listed, "w", encoding="utf-8") as file:
        file.write("".join(f"{path}\n" for path in profiles))
    # "all": a profile that a killed process left half written does not cost the others.
    _run([profdata, "merge", "-sparse", "-failure-mode=all", f"-input-files={listed}", "-o", merged], deadline)
    tracefile, problems = Tracefile(), []
    for path in objects:
        try:
            text = _run([cov, "export", "-format=lcov", f"-instr-profile={merged}", path], deadline)
        except LlvmError as error:
            problems.append(str(error))
            continue
        for name, lines in read_tracefile(text.splitlines())[0].sources.items():
            tracefile.source(named(name)).add(lines)
    if not tracefile.sources:
        raise LlvmError("; ".join(problems) or f"{cov} told no lines")
    return tracefile, problems


def _run(words: Sequence[str], deadline: Deadline) -> str:
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline.left_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LlvmError(f"{words[0]} was not ready within {deadline.timeout_s:.0f} s") from error
    except OSError as error:
        raise LlvmError(f"{words[0]} cannot be executed: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise LlvmError(f"{words[0]} failed: {said[0] if said else f'exit code {done.returncode}'}")
    return done.stdout.decode(errors="replace")
