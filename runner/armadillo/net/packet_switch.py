"""The packet switch: moves the packets of single nodes by our rules, where the kernel has no netem.

A process of its own without any privilege: it gets its packet sockets, two for each node, from the runner, and rules
over a Unix socket (see `switch_process`). It ends when that socket closes, thus with the runner, however that ends.
It must stay light: it imports nothing but the standard library and its two neighbours.

Packets of one link never overtake each other, with jitter neither: what a link of TCP sees is a slow link, not a
disordered one.
"""

from __future__ import annotations

import heapq
import json
import random
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from .frame import address_pair, is_connect, pair_key, reset_for, target_port
from .switch_rule import SwitchRule

LONGEST_MESSAGE = 180_000
"""Bytes of a message between runner and switch: below the kernel's default for Unix sockets."""

_LONGEST_FRAME = 1 << 17
_FRAMES_AT_ONCE = 64
_QUEUE_S = 0.5
_SHORTEST_QUEUE_BYTES = 256 << 10


@dataclass
class _LinkState:
    """What the switch remembers of a link."""

    rule: SwitchRule
    ports: tuple[range, ...] = ()
    free_at: float = 0.0
    last_release: float = 0.0


@dataclass(order=True)
class _Waiting:
    """A frame on its way."""

    release: float
    number: int
    out: socket.socket = field(compare=False)
    frame: bytes = field(compare=False)
    link: _LinkState = field(compare=False)


class PacketSwitch:
    """The loop. `choice` decides what is lost and how much later what is late comes."""

    def __init__(self, control: socket.socket, choice: random.Random) -> None:
        self._control = control
        self._choice = choice
        self._sockets: dict[int, tuple[socket.socket, socket.socket]] = {}
        self._directions: dict[int, int] = {}
        self._links: dict[int, dict[bytes, _LinkState]] = {}
        self._waiting: list[_Waiting] = []
        self._number = 0

    def run(self) -> None:
        """Until the control socket is closed."""
        while True:
            timeout_s = max(0.0, self._waiting[0].release - time.monotonic()) if self._waiting else None
            # select, not epoll: its timeout counts microseconds.
            readable, _, _ = select.select([self._control.fileno(), *self._sockets], [], [], timeout_s)
            for number in readable:
                if number == self._control.fileno():
                    if not self._answer_control():
                        return
                elif number in self._sockets:
                    self._move(number)
            self._release(time.monotonic())

    def _answer_control(self) -> bool:
        """Does what the runner asks; False at its end."""
        text, numbers, _, _ = socket.recv_fds(self._control, LONGEST_MESSAGE, 16)
        if not text:
            return False
        message: dict[str, Any] = json.loads(text)
        handed = [socket.socket(fileno=number) for number in numbers]
        for port, (outer, inner) in zip(message["add"], zip(handed[::2], handed[1::2], strict=True), strict=True):
            self._add_port(port, outer, inner)
        for port in message["remove"]:
            self._remove_port(port)
        if message["links"] is not None:
            self._set_links(message["links"])
        self._control.send(json.dumps({"done": message["number"]}).encode())
        return True

    def _add_port(self, port: int, outer: socket.socket, inner: socket.socket) -> None:
        """`outer` is at the node, `inner` at the bridge; a port's direction out of the node is 2 * port."""
        for direction, source, sink in ((2 * port, outer, inner), (2 * port + 1, inner, outer)):
            source.setblocking(False)
            self._sockets[source.fileno()] = (source, sink)
            self._directions[source.fileno()] = direction
            self._links[direction] = {}

    def _remove_port(self, port: int) -> None:
        for number in [number for number, direction in self._directions.items() if direction // 2 == port]:
            source, _ = self._sockets.pop(number)
            del self._directions[number]
            source.close()
        self._links.pop(2 * port, None)
        self._links.pop(2 * port + 1, None)

    def _set_links(self, links: list[dict[str, Any]]) -> None:
        """Replaces all rules; what waits on a link without one goes at once, in its order."""
        old = self._links
        self._links = {direction: {} for direction in old}
        for link in links:
            key = pair_key(link["source"], link["target"])
            state = old[link["direction"]].get(key) or _LinkState(SwitchRule())
            state.rule = SwitchRule(**link["rule"])
            state.ports = tuple(range(first, last + 1) for first, last in link["ports"])
            self._links[link["direction"]][key] = state
        kept = {id(state) for table in self._links.values() for state in table.values()}
        for waiting in self._waiting:
            if id(waiting.link) not in kept:
                waiting.release = 0.0
        heapq.heapify(self._waiting)

    def _move(self, number: int) -> None:
        """Reads what is there and sends it on, drops it, or lets it wait."""
        source, sink = self._sockets[number]
        table = self._links[self._directions[number]]
        for _ in range(_FRAMES_AT_ONCE):
            try:
                frame = source.recv(_LONGEST_FRAME)
            except BlockingIOError:
                return
            except OSError:  # the interface is being taken away
                return
            link = table.get(address_pair(frame)) if table else None
            if link is None:
                _send(sink, frame)
            else:
                self._apply(link, frame, source, sink)

    def _apply(self, link: _LinkState, frame: bytes, source: socket.socket, sink: socket.socket) -> None:
        rule = link.rule
        if rule.loss_percent and self._choice.random() * 100.0 < rule.loss_percent:
            return
        if rule.drop_connects and is_connect(frame):
            return
        if rule.refuse and (is_connect(frame) or any(target_port(frame) in ports for ports in link.ports)):
            reset = reset_for(frame)
            if reset:
                _send(source, reset)
            return
        release = now = time.monotonic()
        if rule.rate_bytes_per_s:
            start = max(now, link.free_at)
            longest_s = max(_QUEUE_S, _SHORTEST_QUEUE_BYTES / rule.rate_bytes_per_s)
            if start - now > longest_s:
                return  # the queue is full
            release = link.free_at = start + len(frame) / rule.rate_bytes_per_s
        release += (rule.delay_ms + self._choice.random() * rule.jitter_ms) / 1000.0
        link.last_release = release = max(release, link.last_release)
        self._number += 1
        heapq.heappush(self._waiting, _Waiting(release, self._number, sink, frame, link))

    def _release(self, now: float) -> None:
        while self._waiting and self._waiting[0].release <= now:
            waiting = heapq.heappop(self._waiting)
            _send(waiting.out, waiting.frame)


def _send(sink: socket.socket, frame: bytes) -> None:
    try:
        sink.send(frame)
    except OSError:
        return  # the buffer is full, or the interface is gone: a packet may be lost


def main() -> None:
    """The program: the number of the control socket and a seed are its arguments."""
    control = socket.socket(fileno=int(sys.argv[1])).dup()  # a low number: select takes none above 1023
    PacketSwitch(control, random.Random(int(sys.argv[2]))).run()
