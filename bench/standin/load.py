"""A lean HTTP load generator: raw sockets, epoll, requests prepared beforehand; one process drives all connections.

It costs about 10 microseconds a request, so that on a machine with two cores the server is what is measured. Every
answer's status is compared; one that is not expected ends the program.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple


class Load(NamedTuple):
    """What came of a run: requests, wall seconds, and the latencies in seconds, sorted."""

    requests: int
    wall_s: float
    latencies_s: list[float]

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.wall_s

    def quantile_ms(self, part: float) -> float:
        """A quantile of the latencies in milliseconds."""
        return self.latencies_s[min(len(self.latencies_s) - 1, int(part * len(self.latencies_s)))] * 1000


def request_bytes(method: str, path: str, body: bytes, authorization: str) -> bytes:
    """A whole request as a driver would send it."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: */*\r\n"
    head += f"Authorization: {authorization}\r\n" if authorization else ""
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = answer.lower().find(b"content-length:", 0, end)
    length = int(answer[at + 15 : answer.find(b"\r", at)]) if at >= 0 else 0
    return len(answer) >= end + 4 + length


def run(port: int, requests: Iterator[bytes], connections: int, seconds: float, expected: bytes) -> Load:
    """Keep every connection busy for some seconds; `expected` begins each answer, as ``b"HTTP/1.1 201"``."""
    poller = select.epoll()
    sockets: dict[int, socket.socket] = {}
    sent_at: dict[int, float] = {}
    partial: dict[int, bytes] = {}
    latencies: list[float] = []
    for _ in range(connections):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[link.fileno()] = link
        poller.register(link.fileno(), select.EPOLLIN)
    clock = time.perf_counter
    began_s = clock()
    for number, link in sockets.items():
        sent_at[number] = clock()
        link.sendall(next(requests))
    until_s, outstanding = began_s + seconds, connections
    while outstanding:
        for number, _ in poller.poll(10):
            link = sockets[number]
            answer = partial.pop(number, b"") + link.recv(65536)
            if not _whole(answer):
                partial[number] = answer
                continue
            now_s = clock()
            if not answer.startswith(expected):
                raise SystemExit(f"expected {expected!r}, got {answer[:500]!r}")
            latencies.append(now_s - sent_at[number])
            if now_s < until_s:
                sent_at[number] = now_s
                link.sendall(next(requests))
            else:
                outstanding -= 1
    wall_s = clock() - began_s
    for link in sockets.values():
        link.close()
    return Load(len(latencies), wall_s, sorted(latencies))
