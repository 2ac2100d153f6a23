"""Output that outlives a signal to the process group.

Under `bazel run` test-setup.sh leads a test's output through `tee`, which is in the test's process group and so ends
by the first Ctrl-C, while servers are still being stopped. What the script itself writes to is the terminal.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

_WRAPPER = b"test-setup.sh"


def write_beside_tee() -> None:
    """Takes the wrapper's own stdout and stderr in the place of pipes to `tee`; to be called in its direct child."""
    wrapper = os.getppid()
    with suppress(OSError):  # another wrapper, or nobody: things stay as they are
        with open(f"/proc/{wrapper}/cmdline", "rb") as file:
            if _WRAPPER not in file.read():
                return
        for number in (1, 2):
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                behind = os.open(f"/proc/{wrapper}/fd/{number}", os.O_WRONLY | os.O_APPEND)
                os.dup2(behind, number)
                os.close(behind)
