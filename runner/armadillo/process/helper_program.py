"""The command line of a helper: a module of this room in a Python process without site packages, which starts fast."""

from __future__ import annotations

import os
import sys

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from armadillo.process.{module} import main; main()"


def helper_command(module: str) -> list[str]:
    """The words before the helper's own arguments; `module` has a function `main`."""
    package_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [sys.executable, "-I", "-S", "-c", _START.format(module=module), package_root]
