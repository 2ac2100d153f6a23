"""The test process: pytest with our plug-in, as the runner starts it."""

from __future__ import annotations

import atexit
import faulthandler
import os
import signal
import sys
from typing import NoReturn

from ..errors import ArmadilloError
from ..lcov.python_lines import measure_python
from ..model.stacks_request import STACKS_VARIABLE
from .command_line import pytest_arguments, split_words
from .debugger import wait_for_debugger
from .environment import hide_selection, take_addopts
from .runner_watch import watch_runner
from .stacks_on_signal import write_stacks_on_signal
from .surroundings import Surroundings

_USAGE_ERROR = 4  # pytest's own exit code for it


def main() -> int:
    """Runs the target's test files; answers pytest's exit code."""
    # At a deadline the runner sends SIGTERM: then every thread's stack goes to test.log, whatever pytest captures.
    faulthandler.register(signal.SIGTERM, file=os.dup(2), all_threads=True, chain=True)
    stacks = os.environ.get(STACKS_VARIABLE)
    if stacks:
        write_stacks_on_signal(stacks)
    try:
        surroundings = Surroundings.from_environ(os.environ)
        wait_for_debugger(os.environ)
    except ArmadilloError as error:
        print(f"armadillo: {error}", file=sys.stderr)
        return _USAGE_ERROR
    lines = measure_python(os.environ)  # before anything of the user's is imported
    try:
        return _run_pytest(surroundings)
    finally:
        if lines is not None:
            lines.write()


def _run_pytest(surroundings: Surroundings) -> int:
    watch_runner(surroundings.control_socket)
    hide_selection(os.environ)
    first, names = split_words(take_addopts(os.environ))
    options, more_names = split_words(sys.argv[1:])
    import pytest

    from .plugin import Plugin

    arguments = pytest_arguments(surroundings, options, first)
    return int(pytest.main(arguments, plugins=[Plugin(surroundings, [*names, *more_names])]))


def end_process(exit_code: int) -> NoReturn:
    """Ends the process without taking the interpreter apart, which takes 50 ms with gRPC and aiohttp loaded.

    What was registered with atexit (coverage, debuggers) still runs.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    end_process(main())
