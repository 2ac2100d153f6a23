"""Measuring a link through its proxy: connections that are declared to be another node's, to a responder behind it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .address_lease import STANDARD_PORT
from .link_proxies import LinkProxies
from .links import TESTS_NODE, Link

_LOCAL = "127.0.0.1"
_MARK = b"?"


class Measured(NamedTuple):
    """What became of one probe."""

    link: Link
    answer_s: float | None
    """From the connection's beginning until all was echoed; None when nothing came in time."""
    problem: str
    """Why nothing came: "" for silence."""
    is_down: bool = False
    """The server behind the proxy does not listen, so nothing can be said."""


@dataclass(frozen=True)
class ProxyProbe:
    """Probes the links of some nodes, whose advertised addresses it knows."""

    proxies: LinkProxies
    advertised: dict[str, str]

    async def measure(self, links: Collection[Link], size_bytes: int, timeout_s: float) -> list[Measured]:
        """Sends so many bytes over each link, all at the same time, and waits until they have come back.

        A link to the test process is measured by the answers to it, for nobody connects to it.
        """
        sockets = [_bound_socket() for _ in links]
        try:
            roads = [self._road(link) for link in links]
            ports = [[one.getsockname()[1], source] for one, (source, _) in zip(sockets, roads, strict=True)]
            await self.proxies.order({"do": "declare", "ports": ports})
            return await asyncio.gather(
                *(
                    self._probe(link, one, target, size_bytes, timeout_s)
                    for link, one, (_, target) in zip(links, sockets, roads, strict=True)
                )
            )
        finally:
            for one in sockets:
                one.close()

    def _road(self, link: Link) -> tuple[str, str]:
        """Who connects to whom."""
        return (link.target, link.source) if link.target == TESTS_NODE else (link.source, link.target)

    async def _probe(
        self, link: Link, probe: socket.socket, target: str, size_bytes: int, timeout_s: float
    ) -> Measured:
        started_s = time.monotonic()
        try:
            await asyncio.wait_for(self._there_and_back(probe, target, size_bytes), timeout_s)
        except ConnectionRefusedError:
            return Measured(link, None, f"{target} does not listen", is_down=True)
        except TimeoutError:
            return Measured(link, None, "")
        except OSError as error:
            return Measured(link, None, error.strerror or str(error))
        return Measured(link, time.monotonic() - started_s, "")

    async def _there_and_back(self, probe: socket.socket, target: str, size_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(probe, (self.advertised[target], STANDARD_PORT))
        sending = loop.create_task(loop.sock_sendall(probe, _MARK * size_bytes))
        try:
            missing = size_bytes
            while missing:
                data = await loop.sock_recv(probe, min(missing, 1 << 16))
                if not data:
                    raise ConnectionResetError("the connection was closed")
                missing -= len(data)
            await sending
        finally:
            sending.cancel()


def slowest(measured: Sequence[Measured]) -> float:
    """The longest time of those that were answered, in seconds."""
    return max((one.answer_s for one in measured if one.answer_s is not None), default=0.0)


def _bound_socket() -> socket.socket:
    """A socket whose port is known before it connects: the proxies must know it first."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.setblocking(False)
    probe.bind((_LOCAL, 0))
    return probe
