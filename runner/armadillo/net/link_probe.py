"""Small packets and connections of our own over the links of the lab, by which rules are measured.

The sockets are opened in the nodes' namespaces and belong to the runner: whether a server is alive, suspended or
overloaded does not matter to them.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from .lab_node import LabNode
from .links import Link

PROBE_PORTS = range(8530, 8600)
"""TCP ports on which probes are answered, next to ArangoDB's own; a node needs one at a time."""

CONNECTED, REFUSED, SILENT = "connected", "refused", "silent"
"""What became of an attempt to connect; `SILENT`: no answer in time."""

_HEADER = struct.Struct("!Qd")
_BUFFER_BYTES = 4 << 20
_tokens = itertools.count(1)


class ProbePoint:
    """The sockets of one node; raises OSError when they cannot be had."""

    def __init__(self, node: LabNode) -> None:
        self.arrivals: dict[int, float] = {}
        self.times: dict[int, float] = {}
        self.arrived = asyncio.Event()
        self.accepted: dict[tuple[str, int], socket.socket] = {}
        self._node = node
        self._loop = asyncio.get_running_loop()
        with node.inside():
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)  # as much as may be had
            self.udp.bind((node.address, 0))
            _bind_one_of(self.listener, node.address, PROBE_PORTS)
            self.listener.listen(128)
        except OSError:
            self.udp.close()
            self.listener.close()
            raise
        self._loop.add_reader(self.udp, self._receive)
        self._loop.add_reader(self.listener, self._accept)

    def connecting_socket(self) -> socket.socket:
        """A TCP socket of this node; its end is a reset, so that nothing lingers."""
        with self._node.inside():
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.bind((self._node.address, 0))
        return made

    def close(self) -> None:
        """Gives the sockets back."""
        for one in (self.udp, self.listener):
            self._loop.remove_reader(one)
            one.close()
        for one in self.accepted.values():
            one.close()

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            while True:
                data = self.udp.recv(65536)
                now = time.monotonic()
                token, sent = _HEADER.unpack_from(data)
                self.arrivals[token] = now - sent
                self.times[token] = now
                self.arrived.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                made, address = self.listener.accept()
                made.setblocking(False)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.accepted[address] = made
                self.arrived.set()


class LinkProbes:
    """Probes between some nodes; a context manager that owns all of its sockets."""

    def __init__(self, nodes: Mapping[str, LabNode], names: Iterable[str]) -> None:
        self._nodes = nodes
        self._names = sorted(set(names))
        self._points: dict[str, ProbePoint] = {}

    async def __aenter__(self) -> Self:
        try:
            for name in self._names:
                self._points[name] = ProbePoint(self._nodes[name])
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives all sockets back."""
        for point in self._points.values():
            point.close()
        self._points.clear()

    def send(self, link: Link, size_bytes: int = _HEADER.size) -> int:
        """Sends one packet; answers the token by which its arrival is known."""
        token = next(_tokens)
        data = _HEADER.pack(token, time.monotonic()).ljust(size_bytes, b"\0")
        target = self._points[link.target].udp.getsockname()
        with suppress(OSError):  # a rule may refuse it to the sender: then it does not arrive
            self._points[link.source].udp.sendto(data, target)
        return token

    async def arrivals(
        self, link: Link, tokens: Collection[int], timeout_s: float, quiet_s: float = 0.0
    ) -> list[float]:
        """Waits until all of these packets have come, or for the time.

        With `quiet_s` also until none came for so long. Answers how long each took, in seconds.
        """
        point = self._points[link.target]
        deadline = time.monotonic() + timeout_s
        missing = set(tokens) - point.arrivals.keys()
        while missing and time.monotonic() < deadline:
            point.arrived.clear()
            before = len(point.arrivals)
            limit_s = min(deadline - time.monotonic(), quiet_s or timeout_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(point.arrived.wait(), max(limit_s, 0.0))
            if quiet_s and len(point.arrivals) == before:
                break
            missing -= point.arrivals.keys()
        return [point.arrivals[token] for token in tokens if token in point.arrivals]

    def arrival_time(self, link: Link, token: int) -> float:
        """When a packet that has come did so, by the monotonic clock."""
        return self._points[link.target].times[token]

    async def first_arrival(self, link: Link, timeout_s: float, again_s: float = 0.05) -> float | None:
        """Sends again and again until a packet has come; how long that took on its way, None when none came."""
        deadline = time.monotonic() + timeout_s
        tokens: list[int] = []
        while time.monotonic() < deadline:
            tokens.append(self.send(link))
            came = await self.arrivals(link, tokens[-1:], min(again_s, deadline - time.monotonic()))
            came = came or await self.arrivals(link, tokens, 0.0)
            if came:
                return min(came)
        return None

    async def connect(self, link: Link, timeout_s: float) -> str:
        """Tries to connect once: `CONNECTED`, `REFUSED`, `SILENT`, or the words of another error."""
        made = self._points[link.source].connecting_socket()
        try:
            return await self._connect(made, link, timeout_s)
        finally:
            made.close()

    async def open_connection(self, link: Link, timeout_s: float) -> Witness | None:
        """A connection that stays, None when it could not be made in time."""
        made = self._points[link.source].connecting_socket()
        target = self._points[link.target]
        if await self._connect(made, link, timeout_s) == CONNECTED:
            deadline = time.monotonic() + timeout_s
            while made.getsockname() not in target.accepted and time.monotonic() < deadline:
                target.arrived.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(target.arrived.wait(), deadline - time.monotonic())
            far = target.accepted.pop(made.getsockname(), None)
            if far is not None:
                return Witness(link, made, far)
        made.close()
        return None

    async def _connect(self, made: socket.socket, link: Link, timeout_s: float) -> str:
        target = self._points[link.target].listener.getsockname()
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, target), timeout_s)
        except TimeoutError:
            return SILENT
        except (ConnectionRefusedError, ConnectionResetError):
            return REFUSED
        except OSError as error:
            return error.strerror or type(error).__name__
        return CONNECTED


class Witness:
    """A connection that was there before a rule."""

    def __init__(self, link: Link, near: socket.socket, far: socket.socket) -> None:
        self.link = link
        self._near = near
        self._far = far

    async def speak(self, timeout_s: float) -> str:
        """Sends a byte from source to target: `CONNECTED` when it came, `REFUSED` when it was reset, `SILENT`."""
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._near, b"?")
            waits = [
                loop.create_task(loop.sock_recv(self._far, 1)),
                loop.create_task(loop.sock_recv(self._near, 1)),
            ]
            done, waiting = await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            if any(task.exception() for task in done):
                return REFUSED
            return CONNECTED if done else SILENT
        except OSError:
            return REFUSED

    def close(self) -> None:
        """Ends it by a reset."""
        self._near.close()
        self._far.close()


def _bind_one_of(made: socket.socket, address: str, ports: Iterable[int]) -> None:
    failure: OSError | None = None
    for port in ports:
        try:
            made.bind((address, port))
            return
        except OSError as error:
            failure = error
    raise failure or OSError("no port")
