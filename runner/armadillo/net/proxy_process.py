"""The process that carries the traffic of a run's links: its event loop and the orders that it takes.

Orders and answers are lines of JSON on a Unix socket to the runner; a socket that an order needs comes with it. The
process ends with that connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .link_treatment import LinkRules
from .links import Link, LinkEffect, LinkRule
from .proxied_node import ProxiedNode
from .socket_owners import SocketOwners
from .socket_table import Address, SocketTable

_MOST_READ_BYTES = 1 << 20
_MOST_DESCRIPTORS = 16
_EXPIRE_EVERY_S = 0.25


async def serve(control: socket.socket) -> None:
    """Carries out orders until the runner closes its end."""
    await ProxyProcess(control).run()


class ProxyProcess:
    """Owns all listeners, connections and rules of a run."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._table = SocketTable()
        self._owners = SocketOwners(self._table)
        self._rules = LinkRules()
        self._nodes: dict[str, ProxiedNode] = {}
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self._has_ended = asyncio.Event()
        self._responder_address: Address = ("", 0)
        self._orders: Mapping[str, Callable[[Any], dict[str, Any]]] = {
            "node": self._add_node,
            "process": self._add_process,
            "declare": self._declare,
            "impose": self._impose,
            "lift": self._lift,
            "count": self._count,
        }

    async def run(self) -> None:
        """Returns when the runner has closed its end, or is gone."""
        loop = asyncio.get_running_loop()
        responder = await loop.create_server(_Echo, "127.0.0.1", 0)
        self._responder_address = responder.sockets[0].getsockname()
        self._control.setblocking(False)
        loop.add_reader(self._control, self._read)
        self._expire()
        await self._has_ended.wait()
        loop.remove_reader(self._control)

    def _read(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _MOST_READ_BYTES, _MOST_DESCRIPTORS)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self._descriptors += descriptors
        if not data:
            self._has_ended.set()
            return
        *lines, rest = (bytes(self._buffer) + data).split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            self._obey(json.loads(line))

    def _obey(self, order: Mapping[str, Any]) -> None:
        try:
            answer = self._orders[order["do"]](order)
        except (OSError, ValueError, KeyError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        if "id" in order:
            self._answer({**answer, "id": order["id"]})

    def _answer(self, answer: Mapping[str, Any]) -> None:
        # a short line, and the runner reads: its buffer is never full
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            self._control.send(json.dumps(answer).encode() + b"\n")

    def _add_node(self, order: Mapping[str, Any]) -> dict[str, Any]:
        bound = socket.socket(fileno=self._descriptors.pop(0))
        bound.setblocking(False)
        name, server = str(order["name"]), (str(order["listening"]), int(order["port"]))
        self._nodes[name] = ProxiedNode(
            name,
            server,
            bound,
            table=self._table,
            owners=self._owners,
            rules=self._rules,
            responder=self._responder_address,
        )
        return {}

    def _add_process(self, order: Mapping[str, Any]) -> dict[str, Any]:
        self._owners.add_process(str(order["name"]), int(order["pid"]))
        return {}

    def _declare(self, order: Mapping[str, Any]) -> dict[str, Any]:
        for port, node in order["ports"]:
            self._owners.declare(port, node)
        return {}

    def _impose(self, order: Mapping[str, Any]) -> dict[str, Any]:
        links = frozenset(Link(*link) for link in order["links"])
        fields = dict(order["rule"])
        rule = LinkRule(LinkEffect(fields.pop("effect")), **fields)
        self._rules.impose(str(order["rule_id"]), links, rule)
        self._reconsider(links)
        return {}

    def _lift(self, order: Mapping[str, Any]) -> dict[str, Any]:
        self._reconsider(self._rules.lift(str(order["rule_id"])))
        return {}

    def _expire(self) -> None:
        if self._rules.are_any:
            for node in self._nodes.values():
                for connection in list(node.connections):
                    connection.expire()
        asyncio.get_running_loop().call_later(_EXPIRE_EVERY_S, self._expire)

    def _reconsider(self, links: Collection[Link]) -> None:
        touched = {name for link in links for name in link}
        for name, node in self._nodes.items():
            if name in touched:
                node.reconsider()

    def _count(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """How many connections there are between the nodes of some links, and how many of them are stalled."""
        wanted = {frozenset(link) for link in order["links"]}
        found = [
            connection
            for node in self._nodes.values()
            for connection in node.connections
            if frozenset((connection.source, connection.target)) in wanted
            and connection.server != self._responder_address
        ]
        return {"connections": len(found), "stalled": sum(connection.is_stalled for connection in found)}


class _Echo(asyncio.Protocol):
    """Sends back what it gets: what probes are connected to behind the proxy."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._transport.write(data)
