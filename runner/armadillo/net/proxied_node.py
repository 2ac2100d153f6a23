"""One server behind a link proxy: the listener at its advertised address, and the connections to it."""

from __future__ import annotations

import asyncio
import socket

from .link_treatment import LinkRules
from .proxied_connection import ProxiedConnection
from .proxied_flow import ProxiedEnd
from .socket_owners import SocketOwners
from .socket_table import Address, SocketTable, bind

BACKLOG = 4096
"""As arangod's own; the kernel cuts it to net.core.somaxconn."""
_WATCH_WHILE_DOWN_S = 0.01
_WATCH_WHILE_UP_S = 0.25


class ProxiedNode:
    """Listens exactly while its server listens: who connects to a server that is down is refused by the kernel.

    Made with a bound socket that does not listen yet.
    """

    def __init__(
        self,
        name: str,
        server: Address,
        bound: socket.socket,
        *,
        table: SocketTable,
        owners: SocketOwners,
        rules: LinkRules,
        responder: Address,
    ) -> None:
        self.name = name
        self.connections: set[ProxiedConnection] = set()
        self._server = server
        self._advertised: Address = bound.getsockname()
        self._bound = bound
        self._table = table
        self._owners = owners
        self._rules = rules
        self._responder = responder
        self._listener: asyncio.Server | None = None
        self._look_task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.look()

    def look(self) -> None:
        """Looks whether the server listens, and does the same; again in a while."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._look_task is None:
            self._look_task = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        try:
            is_up = self._table.is_listening(self._server)
            if is_up and self._listener is None:
                loop = asyncio.get_running_loop()
                self._listener = await loop.create_server(self._new_connection, sock=self._bound, backlog=BACKLOG)
            elif not is_up and self._listener is not None:
                self._listener.close()
                self._listener = None
                self._bound = bind(self._advertised)
        finally:
            self._look_task = None
            pause_s = _WATCH_WHILE_DOWN_S if self._listener is None else _WATCH_WHILE_UP_S
            self._timer = asyncio.get_running_loop().call_later(pause_s, self.look)

    def identify(self) -> None:
        """Finds out who opened the connections of which nobody had to know it so far."""
        if not self._rules.concerns(self.name):
            return
        unknown = [connection for connection in self.connections if connection.source is None]
        owners = self._owners.owners_of(connection.addresses for connection in unknown)
        for connection, owner in zip(unknown, owners, strict=True):
            connection.source = owner

    def reconsider(self) -> None:
        """The rules have changed: all connections are looked at once more."""
        self.identify()
        for connection in list(self.connections):
            connection.reconsider()

    def _new_connection(self) -> ProxiedEnd:
        connection = ProxiedConnection(
            self.name,
            self._server,
            self._rules,
            accepted=self._accept,
            closed=self.connections.discard,
            server_lost=self.look,
        )
        return connection.client_end

    def _accept(self, connection: ProxiedConnection) -> None:
        self.connections.add(connection)
        declared = self._owners.declared(connection.addresses[0])
        if declared is not None:  # a probe: answered by us, for the server may be suspended
            connection.source = declared
            connection.server = self._responder
        elif self._rules.concerns(self.name):
            connection.source = self._owners.owners_of([connection.addresses])[0]
        connection.reconsider()
