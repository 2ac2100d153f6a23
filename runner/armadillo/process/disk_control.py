"""The runner's side of the disk supervisor: starting it, putting servers below it, telling it rules."""

from __future__ import annotations

import array
import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import FaultError
from .disk_supervisor import LARGEST_MESSAGE_BYTES

_ANSWER_TIMEOUT_S = 10.0
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from armadillo.process.{module} import main; main()"


class DiskControl:
    """Owns the supervisor's process; `close` ends it, and so does the end of the runner."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._popen = subprocess.Popen(
                [*_python("disk_supervisor"), str(theirs.fileno())],
                env=env,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Pid of the supervisor."""
        return self._popen.pid

    @property
    def descriptor(self) -> int:
        """The descriptor that a process made of `wrap` must inherit."""
        return self._ours.fileno()

    def wrap(self, server: str, database_directory: str, argv: Sequence[str]) -> list[str]:
        """The command line that puts a server below the supervisor and then becomes `argv` (with its pid)."""
        return [*_python("disk_launch"), str(self.descriptor), server, database_directory, *argv]

    async def impose(self, server: str, identifier: str, rule: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Puts a rule of `disk_rules.RULES` in force; answers the status. Raises `FaultError`."""
        return await self._ask({**values, "verb": "impose", "server": server, "id": identifier, "rule": rule})

    async def lift(self, server: str, identifier: str) -> dict[str, Any]:
        """Takes a rule away, if it is there; answers the status. Raises `FaultError`."""
        return await self._ask({"verb": "lift", "server": server, "id": identifier})

    async def status(self, server: str) -> dict[str, Any]:
        """See `disk_supervisor.Disk.status`. Raises `FaultError`."""
        return await self._ask({"verb": "status", "server": server})

    async def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            ours.setblocking(False)
            try:
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
                self._ours.sendmsg([json.dumps(request).encode()], rights)
                theirs.close()
                receiving = asyncio.get_running_loop().sock_recv(ours, LARGEST_MESSAGE_BYTES)
                data = await asyncio.wait_for(receiving, _ANSWER_TIMEOUT_S)
            except (OSError, TimeoutError) as error:
                raise FaultError(f"the disk supervisor (pid {self.pid}) does not answer: {error!r}") from None
            finally:
                theirs.close()
        if not data:
            raise FaultError(f"the disk supervisor (pid {self.pid}) ended; its servers' writes fail with ENOSYS now")
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            raise FaultError(f"the disk supervisor refused {request['verb']}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Ends the supervisor, which kills what is still below it."""
        self._ours.close()
        self._popen.wait()


def _python(module: str) -> list[str]:
    package_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [sys.executable, "-I", "-S", "-c", _START.format(module=module), package_root]
