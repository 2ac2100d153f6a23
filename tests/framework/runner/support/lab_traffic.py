"""Traffic between the nodes of a lab, by plain blocking sockets: it shares nothing with the probes of the links."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from typing import Protocol

from armadillo.net.lab_network import LabNetwork

PORT = 8529
ANSWERED, REFUSED, SILENT = "answered", "refused", "silent"


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Closes it."""


class Traffic:
    """An echo server for TCP and UDP at every node, and clients of them."""

    def __init__(self, network: LabNetwork, names: Iterable[str], timeout_s: float = 0.4) -> None:
        self.network = network
        self.timeout_s = timeout_s
        self._open: list[Closable] = []
        for name in names:
            address = network.nodes[name].address
            with network.inside(name):
                listener = socket.create_server((address, PORT), backlog=256)
                datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            datagrams.bind((address, PORT))
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            threading.Thread(target=self._answer, args=(datagrams,), daemon=True).start()

    def connect(self, source: str, target: str) -> socket.socket:
        """A connection; raises as sockets do."""
        with self.network.inside(source):
            near = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        near.settimeout(self.timeout_s)
        near.connect((self.network.nodes[target].address, PORT))
        self._open.append(near)
        return near

    def outcome(self, source: str, target: str) -> str:
        """What becomes of a connection and a byte that is to be echoed over it."""
        try:
            return self.echo(self.connect(source, target))
        except TimeoutError:
            return SILENT
        except ConnectionError:
            return REFUSED

    def echo(self, near: socket.socket) -> str:
        """Whether a byte is echoed over a connection that is there."""
        try:
            near.sendall(b"x")
            return ANSWERED if near.recv(1) == b"x" else REFUSED
        except TimeoutError:
            return SILENT
        except ConnectionError:
            return REFUSED

    def ping_ms(self, source: str, target: str) -> float:
        """Time of a datagram there and back; raises TimeoutError."""
        with self.network.inside(source):
            near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with near:
            near.settimeout(10)
            began = time.monotonic()
            near.sendto(b"x", (self.network.nodes[target].address, PORT))
            near.recv(1)
            return (time.monotonic() - began) * 1000.0

    def seconds_for(self, source: str, target: str, size_bytes: int) -> float:
        """How long this many bytes take over a TCP connection to their receiver and back as an echo."""
        near = self.connect(source, target)
        near.settimeout(60)
        began = time.monotonic()
        threading.Thread(target=near.sendall, args=(b"x" * size_bytes,), daemon=True).start()
        left = size_bytes
        while left:
            data = near.recv(1 << 16)
            assert data, "the connection ended before all was echoed"
            left -= len(data)
        return time.monotonic() - began

    def lost_of(self, source: str, target: str, count: int) -> int:
        """How many of so many datagrams do not come back."""
        with self.network.inside(source):
            near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        came = 0
        with near:
            near.settimeout(0.05)
            for _ in range(count):
                near.sendto(b"x", (self.network.nodes[target].address, PORT))
                try:
                    near.recv(1)
                    came += 1
                except TimeoutError:
                    continue
        return count - came

    @staticmethod
    def _accept(listener: socket.socket) -> None:
        while True:
            far, _ = listener.accept()
            threading.Thread(target=Traffic._echo, args=(far,), daemon=True).start()

    @staticmethod
    def _echo(far: socket.socket) -> None:
        try:
            while data := far.recv(1 << 16):
                far.sendall(data)
        except OSError:
            return

    @staticmethod
    def _answer(datagrams: socket.socket) -> None:
        while True:
            data, address = datagrams.recvfrom(100)
            datagrams.sendto(data, address)
