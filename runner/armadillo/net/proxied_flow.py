"""One direction of a proxied connection: bytes from one socket to another, at once, late, slowly or not at all."""

from __future__ import annotations

import asyncio
import fcntl
import random
import socket
import struct
import termios
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from .link_treatment import FREE, Treatment
from .socket_table import ESTABLISHED

GIVE_UP_S = 4.0
"""How long the sender's kernel would go on sending over a cut link before it ends the connection.

As in the lab, which sets tcp_retries2; the machine's own default is a quarter of an hour.
"""
_MOST_QUEUED_BYTES = 4 << 20
"""What a delayed link may hold: 80 MB/s at 50 ms; the sender is stopped above it."""
_PACED_PIECE_S = 0.02
"""A limited link passes pieces of what it may pass in this time on, so that bytes trickle and do not gush."""
_SMALLEST_PIECE_BYTES = 1448
"""What an Ethernet frame holds."""
_QUEUED_PIECES = 4

Ending = bytes | bytearray | None
"""Bytes; or None for the end of the stream."""


class ProxiedEnd(asyncio.Protocol):
    """One of the two sockets of a proxied connection, as asyncio's transport sees it."""

    def __init__(self, has_ended: Callable[[ProxiedEnd, Exception | None], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self.outgoing: Flow
        """What this end sends."""
        self.incoming: Flow
        """What is sent to this end."""
        self.has_connected: Callable[[], None] | None = None
        self._has_ended = has_ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # later: Python 3.11 begins to read after this call, whatever was asked for in it
        asyncio.get_running_loop().call_soon(self.outgoing.apply_stops)
        if self.has_connected is not None:
            self.has_connected()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self.outgoing.take(data)

    def eof_received(self) -> bool:
        """See asyncio.Protocol; the other direction stays open."""
        self.outgoing.take(None)
        return True

    def pause_writing(self) -> None:
        """The peer reads slower than it is written to: its counterpart is read no faster."""
        self.incoming.stop("full")

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self.incoming.go("full")

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._has_ended(self, exc)

    @property
    def has_sent(self) -> bool:
        """Whether something lies in its socket that nobody has read: bytes, or the end of the stream."""
        if self.transport is None or self.transport.is_closing():
            return False
        endpoint: socket.socket = self.transport.get_extra_info("socket")
        unread = fcntl.ioctl(endpoint.fileno(), termios.FIONREAD, b"\0\0\0\0")
        return any(unread) or not self.is_established

    @property
    def is_established(self) -> bool:
        """Whether its peer has neither closed nor reset the connection."""
        if self.transport is None or self.transport.is_closing():
            return False
        endpoint: socket.socket = self.transport.get_extra_info("socket")
        # tcpi_state is the first byte of struct tcp_info, see tcp(7)
        return endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[0] == ESTABLISHED

    def reset(self) -> None:
        """Closes the socket so that the peer sees ECONNRESET and nothing that is still under way."""
        if self.transport is None or self.transport.is_closing():
            return
        endpoint: socket.socket = self.transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Flow:
    """What `source` sends to `target`, under a treatment that may change at any time.

    A held flow is not read: the sender's bytes fill the kernel's buffers, as the unacknowledged ones of a cut network
    do, and come when the hold ends. Ends and resets of the sender keep their place behind its bytes.
    """

    def __init__(
        self, source: ProxiedEnd, target: ProxiedEnd, chance: random.Random, ended: Callable[[], None]
    ) -> None:
        self.passed_bytes = 0
        self.has_ended = False
        """The sender's end of stream has been passed on."""
        self._source = source
        self._target = target
        self._treatment = FREE
        self._passes_at_once = False
        self._stops: set[str] = set()
        self._queue: deque[tuple[float, Ending]] = deque()
        self._queued_bytes = 0
        self._last_due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_reset = False
        self._has_read_all = False
        self._held_since_s: float | None = None
        self._chance = chance
        self._ended = ended
        self._loop = asyncio.get_running_loop()

    @property
    def is_held(self) -> bool:
        """Whether nothing is passed on."""
        return self._treatment.holds

    @property
    def has_a_target(self) -> bool:
        """Whether the target is connected still."""
        transport = self._target.transport
        return transport is not None and not transport.is_closing()

    def stop(self, reason: str) -> None:
        """Reads no more from the sender until `go` was called for all reasons."""
        self._stops.add(reason)
        self.apply_stops()

    def go(self, reason: str) -> None:
        """Takes one reason away."""
        if reason in self._stops:
            self._stops.discard(reason)
            self.apply_stops()

    def apply_stops(self) -> None:
        """Tells the sender's transport, when there is one."""
        transport = self._source.transport
        if transport is None or transport.is_closing() or self._has_read_all:
            return
        if self._stops:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def treat(self, treatment: Treatment) -> None:
        """From now on this is what becomes of it. What waits is due at once, as if it were sent again now."""
        self._treatment = treatment
        if treatment.holds:
            self.stop("held")
        self._last_due_s = 0.0
        self._queue = deque((0.0, data) for _, data in self._queue)
        self._drain()
        if not treatment.holds:
            self.go("held")

    def expire(self, now_s: float) -> None:
        """Resets a sender whose bytes are held for too long; to be called now and then.

        Its peer hears of it when the hold ends, for until then nothing of the sender's passes.
        """
        if not (self._treatment.holds and (self._queue or self._source.has_sent)):
            self._held_since_s = None
        elif self._held_since_s is None:
            self._held_since_s = now_s
        elif now_s - self._held_since_s >= GIVE_UP_S:
            self._source.reset()

    def take(self, data: Ending) -> None:
        """Something came from the sender."""
        self._has_read_all = data is None
        if self._passes_at_once and not self._queue:
            self._pass(data)
        elif data is None or not self._treatment.paces:
            self._enqueue(data)
        else:
            piece = self._piece_bytes
            for start in range(0, len(data), piece):
                self._enqueue(data[start : start + piece])

    def take_reset(self) -> None:
        """The sender has reset the connection: so is the target, when all before it has come."""
        self._is_reset = True
        self._drain()

    def give_up(self) -> None:
        """The target is gone: nothing is passed on any more."""
        self._cancel_timer()
        self._queue.clear()
        self._queued_bytes = 0

    def _enqueue(self, data: Ending) -> None:
        now_s = self._loop.time()
        size = len(data) if data else 0
        due_s = now_s
        for pace in self._treatment.paces:
            due_s = max(due_s, pace.passed_at(size, now_s))
        # in order: a byte with less jitter waits for the one before it
        due_s = max(due_s + self._treatment.delay_s(self._chance), self._last_due_s)
        self._last_due_s = due_s
        self._queue.append((due_s, data))
        self._queued_bytes += size
        if self._queued_bytes > self._most_queued_bytes:
            self.stop("queue")
        if self._timer is None:
            self._drain()

    def _drain(self) -> None:
        """Passes on what is due, and comes back for the rest."""
        self._cancel_timer()
        can_pass = not self._treatment.holds and self._target.transport is not None
        self._passes_at_once = can_pass and not self._treatment.is_shaped
        if not can_pass:
            return
        now_s = self._loop.time()
        while self._queue and self._queue[0][0] <= now_s:
            data = self._queue.popleft()[1]
            self._queued_bytes -= len(data) if data else 0
            self._pass(data)
        if self._queued_bytes <= self._most_queued_bytes / 2:
            self.go("queue")
        if self._queue:
            self._timer = self._loop.call_at(self._queue[0][0], self._drain)
        elif self._is_reset:
            self._target.reset()

    def _pass(self, data: Ending) -> None:
        transport = self._target.transport
        if data is None:
            self.has_ended = True
            if transport is not None and not transport.is_closing():
                with suppress(OSError):  # the target has reset the connection, and its loss is told next
                    transport.write_eof()
            self._ended()
        elif transport is not None and not transport.is_closing():
            transport.write(data)

    @property
    def _piece_bytes(self) -> int:
        slowest = min(pace.rate_bytes_per_s for pace in self._treatment.paces)
        return max(int(slowest * _PACED_PIECE_S), _SMALLEST_PIECE_BYTES)

    @property
    def _most_queued_bytes(self) -> int:
        return self._piece_bytes * _QUEUED_PIECES if self._treatment.paces else _MOST_QUEUED_BYTES

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
