"""Nodes of a proxied network that are tiny servers in the test's own process, and clients in processes of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from armadillo.net.address_lease import STANDARD_PORT, lease_subnet
from armadillo.net.link_proxies import LinkProxies
from armadillo.net.links import Link
from armadillo.net.network import NodeAddress
from armadillo.net.proxied_network import ProxiedNetwork

PATIENCE_S = 20.0
SILENT_S = 0.3

CLIENT = """
import socket, sys
made = socket.create_connection((sys.argv[1], int(sys.argv[2])))
made.settimeout(20)
print("connected", flush=True)
for line in sys.stdin:
    try:
        made.sendall(line.encode())
        answer = made.recv(1000)
        print(answer.decode().strip() or "closed", flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""
"""Sends each line of its input to a server and prints the answer."""


class EchoNodes:
    """Some nodes that send back whatever they get; `received` counts the bytes that have reached each."""

    def __init__(self, network: ProxiedNetwork) -> None:
        self.network = network
        self.links = network.links
        self.addresses: dict[str, NodeAddress] = {}
        self.received: dict[str, int] = {}
        self.reset = asyncio.Event()
        """A node has seen a connection reset."""
        self._servers: dict[str, asyncio.Server] = {}

    @property
    def proxies(self) -> LinkProxies:
        """The process between them."""
        return self.network.proxies

    async def start(self, name: str) -> None:
        """The node's server listens, and so does its proxy when this returns."""
        if name not in self.addresses:
            self.addresses[name] = self.network.add_node(name)
            self.received[name] = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(1 << 16):
                    self.received[name] += len(data)
                    writer.write(data)
                    await writer.drain()
                writer.close()
            except ConnectionError:
                self.reset.set()
                writer.transport.abort()

        listening = self.addresses[name].listening
        self._servers[name] = await asyncio.start_server(serve, listening, STANDARD_PORT)
        await self.until_listening(name, True)

    async def stop(self, name: str) -> None:
        """The node's server listens no more, and its proxy has seen it when this returns."""
        self._servers.pop(name).close()
        await self.until_listening(name, False)

    async def until_listening(self, name: str, wanted: bool) -> None:
        """Waits until connects to the advertised address succeed, or are refused."""

        async def look() -> None:
            while await self._is_listening(name) is not wanted:
                pass

        await asyncio.wait_for(look(), PATIENCE_S)

    async def _is_listening(self, name: str) -> bool | None:
        try:
            _, writer = await self.connect(name)
        except ConnectionRefusedError:
            return False
        except ConnectionResetError:  # it is closing at this moment
            return None
        writer.close()
        return True

    async def connect(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of the test process to a node's advertised address."""
        return await asyncio.open_connection(self.addresses[name].advertised, STANDARD_PORT)

    async def until_stalled(self, links: Sequence[Link]) -> None:
        """Waits until the proxies hold a connection on these links: the kernel accepts it before they know of it."""

        async def look() -> None:
            while not (await self.proxies.order({"do": "count", "links": links}))["stalled"]:
                pass

        await asyncio.wait_for(look(), PATIENCE_S)

    def close(self) -> None:
        """Ends servers and proxies."""
        for server in self._servers.values():
            server.close()
        self.network.close()


class NodeClient:
    """A process that belongs to a node and has one connection to another one."""

    def __init__(self, nodes: EchoNodes, node: str, target: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-c", CLIENT, nodes.addresses[target].advertised, str(STANDARD_PORT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ,
        )
        nodes.network.node_started(node, self._popen.pid)

    async def connected(self) -> None:
        """Returns when its connection is made."""
        assert await self._line() == "connected"

    def send(self, text: str) -> None:
        """Sends a line; `answer` reads the answer to it."""
        assert self._popen.stdin is not None
        self._popen.stdin.write(f"{text}\n")
        self._popen.stdin.flush()

    async def answer(self) -> str:
        """What came back, or the name of the error."""
        return await self._line()

    async def ask(self, text: str) -> str:
        """Sends a line and answers what came back."""
        self.send(text)
        return await self.answer()

    async def _line(self) -> str:
        assert self._popen.stdout is not None
        line: str = await asyncio.wait_for(asyncio.to_thread(self._popen.stdout.readline), PATIENCE_S)
        return line.strip()

    def kill(self) -> None:
        """Ends the process at once."""
        self._popen.kill()
        self._popen.communicate()


@asynccontextmanager
async def echo_nodes(*names: str) -> AsyncIterator[EchoNodes]:
    """Nodes that listen, behind proxies."""
    nodes = EchoNodes(ProxiedNetwork(lease_subnet(), "leases"))
    try:
        for name in names:
            await nodes.start(name)
        yield nodes
    finally:
        nodes.close()


async def is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether nothing comes for a while."""
    try:
        await asyncio.wait_for(reader.read(1), SILENT_S)
    except TimeoutError:
        return True
    return False


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> float:
    """Sends bytes and waits until they are back; answers the seconds it took."""
    started_s = time.monotonic()
    writer.write(data)
    assert await asyncio.wait_for(reader.readexactly(len(data)), PATIENCE_S) == data
    return time.monotonic() - started_s


def both_ways(one: str, other: str) -> list[Link]:
    """The two links between two nodes."""
    return [Link(one, other), Link(other, one)]
