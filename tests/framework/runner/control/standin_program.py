"""The stand-in as an executable, for worlds that need a server which answers like ArangoDB."""

from __future__ import annotations

import shlex
import stat
import sys
from pathlib import Path

from tests.framework.standin.support.standin_server import program


def write_standin(directory: Path) -> str:
    """An executable that is the stand-in, as Bazel built it or from its sources."""
    path = directory / "arangod"
    libraries = shlex.quote(":".join(sys.path))
    path.write_text(f'#!/bin/sh\nPYTHONPATH={libraries} exec {shlex.join(program())} "$@"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
