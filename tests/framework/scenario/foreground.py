"""A program as a terminal runs it: in a process group of its own, until a signal ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.framework.runner.support.waiting import until
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import ScratchWorkspace

_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class Foreground:
    """A running program, and all that it has said; what it starts is known by a mark in its environment."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        self.process = process
        self._mark = mark
        self._chunks: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """Its output until now, without colours."""
        return _COLOURS.sub("", b"".join(self._chunks).decode(errors="replace"))

    def fact(self, name: str) -> str:
        """The word behind a name at the beginning of a line."""
        return next(words[1] for line in self.said.splitlines() if (words := line.split()) and words[0] == name)

    def wait_for(self, condition: str, holds: Callable[[], bool]) -> None:
        """Returns when something holds; fails when it does not come, or the program ends before."""
        held = False

        def is_over() -> bool:
            nonlocal held
            # looked at once: a process that is about to become another program has no environment for a moment
            held = holds()
            return held or self.process.poll() is not None

        until(condition, is_over, timeout_s=120)
        assert held, self.said

    def interrupt(self) -> None:
        """The first Ctrl-C where it takes two."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, number: int) -> None:
        """What a terminal, an IDE or ibazel does: a signal to the group; returns when no process is left."""
        os.killpg(self.process.pid, number)
        self.process.wait(60)
        until("no process of the run is left", lambda: not marked(self._mark), timeout_s=60)
        self._reader.join(60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            self._chunks.append(chunk)


@contextmanager
def foreground(
    workspace: ScratchWorkspace, command: Sequence[str], mark: str, **environment: str
) -> Iterator[Foreground]:
    """Starts a program in the workspace; whatever happens, its process group is not left behind."""
    process = subprocess.Popen(
        command,
        cwd=workspace.root,
        env={**workspace.environment, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    run = Foreground(process, mark)
    try:
        yield run
    finally:
        print(run.said)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
