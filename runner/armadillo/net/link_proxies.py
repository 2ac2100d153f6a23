"""The runner's end of the process that carries the traffic of a run's links: starting it, ordering, ending it."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import FaultError
from . import kernel_calls
from .address_lease import STANDARD_PORT

if TYPE_CHECKING:
    import asyncio

PROCESS_NAME = "armadillo-links"
"""What `ps` shows."""

_ORDER_TIMEOUT_S = 10.0
_END_TIMEOUT_S = 2.0
_ENDED = {"error": "their process has ended"}
_MOST_READ_BYTES = 1 << 16


class LinkProxies:
    """Owns the process; `close` ends it. It dies with the runner in any case.

    It is forked and not started anew: at that time the runner has one thread and has imported little, and the child
    imports its event loop while the servers boot.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        runner_pid = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            _be_the_proxies(theirs, runner_pid)
        theirs.close()
        self._pidfd = os.pidfd_open(self.pid)
        seconds = int(_ORDER_TIMEOUT_S)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", seconds, 0))
        self._control = ours
        self._buffer = b""
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last_id = 0
        self._reading_loop: asyncio.AbstractEventLoop | None = None
        self._has_ended = False

    def add_node(self, name: str, listening: str, bound: socket.socket) -> None:
        """The proxy listens on the bound socket as soon as a server listens on `listening`; no answer is waited for."""
        order = {"do": "node", "name": name, "listening": listening, "port": STANDARD_PORT}
        socket.send_fds(self._control, [_line(order)], [bound.fileno()])

    def add_process(self, name: str, pid: int) -> None:
        """Connections of this process, and of what it starts in its session, are the node's; waits for nothing."""
        if not self._has_ended:
            self._control.sendall(_line({"do": "process", "name": name, "pid": pid}))

    async def order(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carries an order out; answers what they say. Raises `FaultError` when they cannot, or do not answer."""
        import asyncio  # not before the servers are started

        if self._has_ended:
            raise FaultError("the link proxies have ended; their last words are on the runner's stderr (test.log)")
        loop = asyncio.get_running_loop()
        if self._reading_loop is None:
            self._reading_loop = loop
            loop.add_reader(self._control, self._read)
        self._last_id = number = self._last_id + 1
        answer = self._answers[number] = loop.create_future()
        try:
            self._control.sendall(_line({**order, "id": number}))
            found = await asyncio.wait_for(answer, _ORDER_TIMEOUT_S)
        except (BrokenPipeError, ConnectionResetError):
            self._end()
            found = _ENDED
        except (TimeoutError, OSError) as error:
            problem = str(error) or f"no answer within {_ORDER_TIMEOUT_S:g} s"
            raise FaultError(f"the link proxies do not obey {order.get('do')!r}: {problem}") from None
        finally:
            self._answers.pop(number, None)
        if "error" in found:
            raise FaultError(f"the link proxies refuse {order.get('do')!r}: {found['error']}")
        return found

    def close(self) -> None:
        """Ends the process and waits for its end; all of its connections are reset."""
        if self._reading_loop is not None and not self._reading_loop.is_closed():
            self._reading_loop.remove_reader(self._control)
        self._control.close()
        if not select.select([self._pidfd], [], [], _END_TIMEOUT_S)[0]:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):  # somebody reaps all children
            os.waitpid(self.pid, 0)
        os.close(self._pidfd)

    def _read(self) -> None:
        try:
            data = self._control.recv(_MOST_READ_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            answer = json.loads(line)
            waiting = self._answers.get(answer["id"])
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    def _end(self) -> None:
        self._has_ended = True
        if self._reading_loop is not None:
            self._reading_loop.remove_reader(self._control)
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_result(_ENDED)


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _be_the_proxies(control: socket.socket, runner_pid: int) -> NoReturn:
    """The child's life; in a session of its own, for Bazel signals the runner's process group."""
    status = 1
    try:
        os.setsid()
        kernel_calls.die_with_parent(signal.SIGKILL)
        if os.getppid() == runner_pid:
            kernel_calls.name_process(PROCESS_NAME)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            # what the runner has dropped must not be collected here: it would close files by numbers that are ours now
            gc.freeze()
            _close_all_but(control.fileno())
            import asyncio

            from .proxy_process import serve

            asyncio.run(serve(control))
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _close_all_but(kept: int) -> None:
    """The child holds no file of the runner but its standard error, for its last words."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
