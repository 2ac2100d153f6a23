"""The files of the repository, as a checkout has them or as Bazel hands them to a test."""

from __future__ import annotations

import ast
import os
import subprocess
from functools import cache
from pathlib import Path

LEFT_OUT = ("bazel-", ".git/", "examples/consumer/bazel-")
"""Beginnings of paths that are not ours."""


@cache
def root() -> Path:
    """The workspace: under Bazel its copy in the runfiles, else the checkout."""
    if "TEST_SRCDIR" in os.environ:
        return Path(os.environ["TEST_SRCDIR"]) / os.environ["TEST_WORKSPACE"]
    return Path(__file__).resolve().parents[3]


@cache
def paths() -> tuple[str, ...]:
    """All files, relative to the root, in order; in a checkout those that git tracks."""
    if "TEST_SRCDIR" in os.environ:
        found = [
            os.path.relpath(os.path.join(directory, name), root())
            for directory, _, names in os.walk(root(), followlinks=False)
            for name in names
        ]
    else:
        output = subprocess.check_output(["git", "-C", str(root()), "ls-files", "-z"], text=True)
        found = [path for path in output.split("\0") if path and _is_real_file(root() / path)]
    return tuple(sorted(path for path in found if not path.startswith(LEFT_OUT) and "__pycache__" not in path))


def _is_real_file(path: Path) -> bool:
    """A link to another file of the tree is not a file of its own."""
    return path.is_file() and not path.is_symlink()


@cache
def text_of(path: str) -> str:
    """A file's text; "" for one that is no UTF-8."""
    try:
        return (root() / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree_of(path: str) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(text_of(path), path)


def python_files(*beginnings: str) -> list[str]:
    """Python files whose path begins so; generated ones are left out."""
    return [path for path in paths() if path.endswith(".py") and path.startswith(beginnings) and "_pb2" not in path]
