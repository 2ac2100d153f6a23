"""A small program that counts its lines, compiled while a test runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_TIMEOUT_S = 120
SOURCE = """\
int chosen(int number) {
  if (number > 1) {
    return 10;
  }
  return 20;
}
int main(int count, char**) { return chosen(count) == 20 ? 0 : 1; }
"""
HIT = {1: True, 2: True, 3: False, 5: True, 7: True}
"""The lines that code is generated for, and whether they run."""


def gcc() -> str:
    """g++ with the gcov beside it, "" where one is missing."""
    return shutil.which("g++") or "" if shutil.which("gcov") else ""


def clang() -> str:
    """clang++ with its tools, "" where one is missing."""
    found = os.environ.get("CLANGXX") or shutil.which("clang++") or ""
    return found if shutil.which("llvm-profdata") and shutil.which("llvm-cov") else ""


def compiled(root: Path, *words: str) -> Path:
    """Compiles in a folder as Bazel does: by paths relative to it. Answers the program, which lies in `root/out`."""
    (root / "pkg").mkdir(parents=True)
    (root / "out").mkdir()
    (root / "pkg" / "x.cpp").write_text(SOURCE)
    # Two steps, so that the object file, and what is named after it, has a known name.
    for step in (["-c", "-o", "out/x.o", "pkg/x.cpp"], ["-o", "out/x", "out/x.o"]):
        subprocess.run([*words, *step], cwd=root, check=True, timeout=_TIMEOUT_S)
    return root / "out" / "x"


def run(program: Path, **environment: str) -> None:
    """Runs it to its end."""
    subprocess.run([str(program)], env={**os.environ, **environment}, check=True, timeout=_TIMEOUT_S)
