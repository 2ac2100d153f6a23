"""Starting a process in a session of its own; needs no event loop and little import time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Spawned(NamedTuple):
    """A started process that nobody watches yet; `process.child.Child` does."""

    name: str
    popen: subprocess.Popen[bytes]
    time_unix_ns: int


def spawn(
    name: str,
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    output_path: str | int | None,
    pass_fds: Sequence[int] = (),
) -> Spawned:
    """Starts `argv`; stdout and stderr are appended to `output_path` (also an open file, which is closed here), or
    inherited when it is None.

    The process leads a session of its own, so that Bazel's SIGTERM at a timeout (sent to the test's process group)
    does not reach it: the runner decides the order in which things stop. It inherits the descriptors
    `pass_fds`. Raises OSError when the program cannot be executed.
    """
    time_unix_ns = time.time_ns()
    if output_path is None:
        popen = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=pass_fds
        )
        return Spawned(name, popen, time_unix_ns)
    with open(output_path, "ab") as output:
        popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    return Spawned(name, popen, time_unix_ns)
