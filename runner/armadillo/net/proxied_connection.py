"""One connection through a link proxy: from whoever opened it to the server behind the proxy."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from .link_treatment import FREE, LinkRules
from .proxied_flow import GIVE_UP_S, Flow, ProxiedEnd
from .socket_table import Address


class ProxiedConnection:
    """Owns the two sockets of a connection; `source` is None until somebody had to find out who opened it.

    The kernel has accepted it before anybody could ask: so a connection that must not come about is left open and
    unanswered, and the server hears of it only when the rule is lifted and its client is still there.
    """

    def __init__(
        self,
        target: str,
        server: Address,
        rules: LinkRules,
        *,
        accepted: Callable[[ProxiedConnection], None],
        closed: Callable[[ProxiedConnection], None],
        server_lost: Callable[[], None],
    ) -> None:
        self.target = target
        self.source: str | None = None
        self.server = server
        self._rules = rules
        self._accepted = accepted
        self._closed = closed
        self._server_lost = server_lost
        self._chance = random.Random(f"{target} {server}")
        self._is_over = False
        self._accepted_at_s = asyncio.get_running_loop().time()
        self._is_dialing = False
        self._connecting: asyncio.Task[None] | None = None
        self.client_end = ProxiedEnd(self._end_lost)
        self._server_end = ProxiedEnd(self._end_lost)
        self.forward = Flow(self.client_end, self._server_end, self._chance, self._flow_ended)
        self.backward = Flow(self._server_end, self.client_end, self._chance, self._flow_ended)
        self.client_end.outgoing = self._server_end.incoming = self.forward
        self.client_end.incoming = self._server_end.outgoing = self.backward
        self.forward.stop("dial")
        self.client_end.has_connected = lambda: self._accepted(self)

    @property
    def addresses(self) -> tuple[Address, Address]:
        """The client's and the proxy's address of this connection."""
        transport = self.client_end.transport
        assert transport is not None
        return transport.get_extra_info("peername"), transport.get_extra_info("sockname")

    @property
    def is_stalled(self) -> bool:
        """Whether a rule holds it in at least one direction, or keeps it from coming about."""
        if not self._is_dialing:
            return True
        return self.forward.is_held or self.backward.is_held

    def reconsider(self) -> None:
        """The rules have changed, or it has just been found out who opened it."""
        if self._is_over:
            return
        if self.source is None:  # no rule is on any of the target's links
            self._dial(0.0)
            return
        forward = self._rules.treatment(self.source, self.target)
        backward = self._rules.treatment(self.target, self.source)
        if forward.refuses:
            self.reset()
        elif self._is_dialing:
            self._treat()
        elif forward.stalls_connects or backward.holds:
            return
        elif not self.client_end.is_established:  # it has given up, so it never was opened for the server
            self.reset()
        else:
            # the handshake's way there and back
            self._dial(forward.delay_s(self._chance) + backward.delay_s(self._chance))

    def expire(self) -> None:
        """Ends what a kernel would have ended by now: to be called now and then while rules are in force."""
        now_s = asyncio.get_running_loop().time()
        if self._is_over or self.source is None:
            return
        if not self._is_dialing:
            if now_s - self._accepted_at_s >= GIVE_UP_S:
                self.reset()
            return
        for flow in (self.forward, self.backward):
            flow.expire(now_s)

    def reset(self) -> None:
        """Both peers see ECONNRESET."""
        self.client_end.reset()
        self._server_end.reset()
        self._finish()

    def _dial(self, delay_s: float) -> None:
        if not self._is_dialing:
            self._is_dialing = True
            asyncio.get_running_loop().call_later(delay_s, self._start_connecting)

    def _start_connecting(self) -> None:
        if not self._is_over:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self._server_end, *self.server)
        except OSError:
            self.reset()
            self._server_lost()
            return
        if self._is_over:
            self._server_end.reset()
            return
        self._treat()
        self.forward.go("dial")

    def _treat(self) -> None:
        is_free = self.source is None
        self.forward.treat(FREE if is_free else self._rules.treatment(self.source or "", self.target))
        self.backward.treat(FREE if is_free else self._rules.treatment(self.target, self.source or ""))

    def _end_lost(self, end: ProxiedEnd, error: Exception | None) -> None:
        if self._is_over:
            return
        if end is self._server_end:
            self._server_lost()
        if end.outgoing.has_a_target:
            end.incoming.give_up()
            end.outgoing.take_reset()  # the other end is lost by it, now or when the hold ends
        else:
            self._finish()

    def _flow_ended(self) -> None:
        if self.backward.has_ended:
            self._server_lost()  # perhaps: a process that is killed ends its connections in order
            if self.forward.has_ended:
                self._finish()

    def _finish(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        for flow in (self.forward, self.backward):
            flow.give_up()
        for end in (self.client_end, self._server_end):
            if end.transport is not None:
                end.transport.close()
        self._closed(self)
