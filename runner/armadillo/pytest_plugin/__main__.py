"""The test process: pytest with our plug-in, as the runner starts it."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

from ..errors import ArmadilloError
from .command_line import pytest_arguments, split_words
from .runner_watch import watch_runner
from .surroundings import Surroundings

_USAGE_ERROR = 4  # pytest's own exit code for it


def main() -> int:
    """Runs the target's test files; answers pytest's exit code."""
    # At a deadline the runner sends SIGTERM: then every thread's stack goes to test.log, whatever pytest captures.
    faulthandler.register(signal.SIGTERM, file=os.dup(2), all_threads=True, chain=True)
    try:
        surroundings = Surroundings.from_environ(os.environ)
    except ArmadilloError as error:
        print(f"armadillo: {error}", file=sys.stderr)
        return _USAGE_ERROR
    watch_runner(surroundings.control_socket)
    options, names = split_words(sys.argv[1:])
    import pytest

    from .plugin import Plugin

    return int(pytest.main(pytest_arguments(surroundings, options), plugins=[Plugin(surroundings, names)]))


if __name__ == "__main__":
    sys.exit(main())
