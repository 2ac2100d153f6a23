"""The stand-in as one executable file, for deployments that the runner's own rooms start."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def standin_executable(directory: Path) -> str:
    """The executable that Bazel built; outside of Bazel a script in `directory` that runs the sources."""
    built = os.environ.get("STANDIN_EXECUTABLE")
    if built:
        return os.path.abspath(built)
    path = directory / "arangod-standin"
    import_path = os.pathsep.join(sys.path)
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{import_path}" exec "{sys.executable}" -S -m arangod_standin "$@"\n', encoding="utf-8"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
