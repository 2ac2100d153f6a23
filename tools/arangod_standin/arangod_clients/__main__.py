"""``python -m arangod_clients <tool> [options]``; the tool's name may also be that of the program."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from . import TOOLS


def main(arguments: list[str] | None = None) -> int:
    """Run a tool; return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    program = os.path.basename(sys.argv[0])
    if program in TOOLS and arguments is None:
        tool = program
    elif given and given[0] in TOOLS:
        tool, given = given[0], given[1:]
    else:
        sys.stderr.write(f"expected the name of a tool as the first argument: one of {', '.join(TOOLS)}\n")
        return 1
    code: int = import_module(f".{tool}", __package__).main(given)
    return code


if __name__ == "__main__":
    sys.exit(main())
