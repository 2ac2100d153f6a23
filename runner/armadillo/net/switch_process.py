"""The packet switch's process as the runner holds it: start, messages, end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from .packet_switch import LONGEST_MESSAGE

_ANSWER_S = 10.0
_END_S = 5.0
_PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""What must be on the import path there: a directory, or the archive with this package."""
_PROGRAM = f"import sys; sys.path.insert(0, {_PACKAGES!r}); from armadillo.net.packet_switch import main; main()"


class SwitchProcess:
    """Started by its first message. It has no privilege: its packet sockets are handed to it.

    When this process ends, however it does, the socket between the two closes and the switch ends as well.
    """

    def __init__(self, choice: random.Random) -> None:
        self._choice = choice
        self._popen: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._number = 0

    @property
    def pid(self) -> int:
        """The process, 0 when there is none."""
        return self._popen.pid if self._popen else 0

    async def tell(
        self,
        *,
        add: Sequence[tuple[int, socket.socket, socket.socket]] = (),
        remove: Sequence[int] = (),
        links: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Hands over ports (number, socket at the node, socket at the bridge), takes some away, replaces all rules.

        Returns when it is done there; raises OSError when the switch has ended or does not answer.
        """
        control = self._control or self._start()
        self._number += 1
        ports = [port for port, _, _ in add]
        message = json.dumps({"number": self._number, "add": ports, "remove": list(remove), "links": links})
        if len(message) > LONGEST_MESSAGE:
            raise OSError(f"rules of {len(message)} bytes are more than the packet switch takes at once")
        descriptors = [one.fileno() for _, outer, inner in add for one in (outer, inner)]
        socket.send_fds(control, [message.encode()], descriptors)
        try:
            await asyncio.wait_for(self._answer(control), _ANSWER_S)
        except TimeoutError:
            raise OSError(f"the packet switch (pid {self.pid}) did not answer within {_ANSWER_S:g} s") from None

    async def close(self) -> None:
        """Ends the process; it is gone when this returns."""
        if self._control is not None:
            self._control.close()
            self._control = None
        popen, self._popen = self._popen, None
        if popen is None:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, popen.wait, _END_S)
        except subprocess.TimeoutExpired:
            popen.kill()
            await loop.run_in_executor(None, popen.wait)

    async def _answer(self, control: socket.socket) -> None:
        """Reads until the answer to the last message; one to an earlier message, given up in haste, is skipped."""
        loop = asyncio.get_running_loop()
        while True:
            answer = await loop.sock_recv(control, LONGEST_MESSAGE)
            if not answer:
                raise OSError(f"the packet switch has ended: exit status {self._popen.poll() if self._popen else None}")
            if json.loads(answer)["done"] == self._number:
                return

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        argv = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(theirs.fileno()), str(self._choice.getrandbits(32))]
        try:
            self._popen = subprocess.Popen(
                argv, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._control = ours
        return ours
