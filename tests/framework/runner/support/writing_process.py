"""A process below the disk supervisor that does file operations as a test tells it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from armadillo.process.disk_control import DiskControl

PROGRAM = """
import errno, os, sys
os.chdir(sys.argv[1])
fd = os.open("file", os.O_RDWR | os.O_CREAT)
print("ready", flush=True)
for line in sys.stdin:
    try:
        exec(line)
        print("ok", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
"""


class WritingProcess:
    """Has `directory`/file open as `fd`; `do` runs a line of Python in it."""

    def __init__(self, control: DiskControl, name: str, directory: Path, before: Sequence[str] = ()) -> None:
        argv = [sys.executable, "-I", "-S", "-c", PROGRAM, str(directory)]
        self.popen = subprocess.Popen(
            [*before, *control.wrap(name, str(directory), argv)],
            pass_fds=[control.descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=dict(os.environ),
        )
        self._said("ready")

    def do(self, line: str) -> str:
        """Runs a line; answers "ok" or the name of the errno, such as "ENOSPC"."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(line + "\n")
        return self._said()

    def _said(self, wanted: str = "") -> str:
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline().strip()
        assert line, f"the process ended with {self.popen.wait()}"
        assert line == wanted or not wanted
        return line

    def kill(self) -> None:
        """SIGKILL, and waits for the end."""
        self.popen.kill()
        self.popen.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for stream in (self.popen.stdin, self.popen.stdout):
            assert stream is not None
            stream.close()
