"""The sources that Bazel wants coverage of, and under which names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

_OUTPUT = re.compile(r"^bazel-out/[^/]+/[^/]+/")
_EXECUTION_ROOT = re.compile(r"^.*/execroot/[^/]+/")
_NOTES = ".gcno"


@dataclass(frozen=True)
class SourceManifest:
    """Paths as Bazel reports them: relative to the execution root, "bazel-out/..." for generated files."""

    paths: tuple[str, ...]

    @property
    def python(self) -> list[str]:
        """The Python sources."""
        return [path for path in self.paths if path.endswith(".py")]

    @property
    def notes(self) -> list[str]:
        """What gcov needs beside the counters: files that the compiler wrote."""
        return [path for path in self.paths if path.endswith(_NOTES)]

    def reported_name(self, path: str) -> str:
        """The name of a source in the report, from the one that a compiler was called with.

        Sources below some execution root are relative to it; one that ends like a path of the manifest is that one;
        others stay as they are.
        """
        path = os.path.normpath(_EXECUTION_ROOT.sub("", path))
        if path in self.paths or not os.path.isabs(path):
            return path
        return max((known for known in self.paths if path.endswith(f"/{known}")), key=len, default=path)


def read_source_manifest(path: str) -> SourceManifest:
    """Reads COVERAGE_MANIFEST; raises OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return SourceManifest(tuple(dict.fromkeys(line.strip() for line in file if line.strip())))


def places_of(path: str, *, runfiles_root: str, workspace: str, execution_root: str) -> Iterable[str]:
    """Where a file of the manifest may lie: in the runfiles, from which tests import, or below the execution root."""
    below = _OUTPUT.sub("", path)
    if below.startswith(("external/", "../")):
        yield os.path.join(runfiles_root, below.split("/", 1)[1])
    else:
        yield os.path.join(runfiles_root, workspace, below)
    if execution_root:
        yield os.path.join(execution_root, path)
