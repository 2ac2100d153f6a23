"""Starting a program that waits until it may go on: with its pid, its environment and nothing of ours inside it.

A test in another language cannot wait for the deployment as our plug-in does. So a shell is spawned in its place, with
its pid from the first moment on, that reads one word from a FIFO and then becomes the program.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..process.spawn import Spawned, spawn

_SHELL = "/bin/sh"
_WAIT = 'read -r word <"$1" && [ "$word" = go ] || exit 0; shift; exec "$@"'
_GO = b"go\n"
_STAY = b"stay\n"


class ProgramGate:
    """The gate in front of one program; the program's output comes out of `output_fd`, whose owner closes it."""

    def __init__(self, fifo_path: str) -> None:
        os.mkfifo(fifo_path, 0o600)
        self._fifo_path = fifo_path
        self._fd = os.open(fifo_path, os.O_RDWR)  # both ends: what is written before the shell reads stays in it
        self.output_fd = -1

    def spawn(self, name: str, argv: Sequence[str], *, cwd: str, env: Mapping[str, str]) -> Spawned:
        """Starts the shell; raises OSError when that cannot be done. Output is read without blocking."""
        self.output_fd, writing = os.pipe()
        os.set_blocking(self.output_fd, False)
        words = [_SHELL, "-c", _WAIT, "armadillo", self._fifo_path, *argv]
        return spawn(name, words, cwd=cwd, env=env, output_path=writing)

    def open(self) -> None:
        """The program begins."""
        os.write(self._fd, _GO)

    def refuse(self) -> None:
        """The shell ends with exit code 0, and the program is never run."""
        os.write(self._fd, _STAY)

    def close(self) -> None:
        """Gives the FIFO back; whoever still waits there gets nothing."""
        os.close(self._fd)
