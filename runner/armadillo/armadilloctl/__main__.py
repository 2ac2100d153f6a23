"""`armadilloctl COMMAND ...`, as it is on PATH inside a test. docs/any_language.md is its manual.

Exit codes: 0 done, 1 the runner refused or it failed, 2 the command line cannot be right (also: no such server, no such
kind of fault). Tests call it often, so gRPC is imported only when the command line is understood.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from ..model.control_metadata import SOCKET_VARIABLE, TOKEN_VARIABLE
from .command_line import parse

DONE = 0
FAILED = 1
WRONG_USE = 2


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Does what the words say; answers the exit code."""
    words = parse(argv)
    missing = [name for name in (SOCKET_VARIABLE, TOKEN_VARIABLE) if not environ.get(name)]
    if missing:
        return _complain(
            f"expected {' and '.join(missing)} in the environment, which the runner sets for a test; "
            "call armadilloctl inside arangodb_test or arangodb_binary_test",
            WRONG_USE,
        )
    from .runner_link import Refusal, RunnerLink
    from .verbs import VERBS

    link = RunnerLink(environ[SOCKET_VARIABLE], environ[TOKEN_VARIABLE])
    try:
        print(*VERBS[words.command](link, words), sep="\n", end="")
    except Refusal as refusal:
        return _complain(str(refusal), WRONG_USE if refusal.is_wrong_use else FAILED)
    return DONE


def _complain(text: str, exit_code: int) -> int:
    print(f"armadilloctl: {text}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    status = main(sys.argv[1:], os.environ)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # taking the interpreter apart costs 50 ms with gRPC loaded
