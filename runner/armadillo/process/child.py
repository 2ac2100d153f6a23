"""One child process in a session of its own."""

from __future__ import annotations

import asyncio
import os
import signal

from .spawn import Spawned


class Child:
    """A process that the runner started and owns.

    It may have been spawned before an event loop existed: as long as nobody has reaped it, its pid is its own.
    """

    def __init__(self, spawned: Spawned) -> None:
        self.name = spawned.name
        self._popen = spawned.popen
        self._pidfd = os.pidfd_open(self._popen.pid)
        self._exited: asyncio.Future[int] | None = None

    @property
    def pid(self) -> int:
        """The process id; it is not reused before `wait` has reaped the process."""
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """Exit code, negative signal number, or None while it runs."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        """Sends a signal; does nothing when the process has ended."""
        if self._popen.returncode is None:
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return

    def signal_group(self, number: int) -> None:
        """Sends a signal to everything in the process's group."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    async def wait(self) -> int:
        """Waits for the end; answers the exit code or the negative signal number. Any number may wait."""
        if self._exited is None:
            self._exited = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().add_reader(self._pidfd, self._reap)
        return await asyncio.shield(self._exited)

    def _reap(self) -> None:
        status = self._popen.poll()
        if status is None or self._exited is None:
            return
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        if not self._exited.done():
            self._exited.set_result(status)

    def __repr__(self) -> str:
        status = self._popen.returncode
        if status is None:
            return f"<Child {self.name} running with pid {self.pid}>"
        how = f"signal {-status}" if status < 0 else f"exit code {status}"
        return f"<Child {self.name} ended with {how}>"
