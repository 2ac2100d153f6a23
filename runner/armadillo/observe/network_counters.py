"""Counters of the network namespace in which this process lives, from /proc/self/net/dev."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

from ..net.lab_node import BRIDGE
from ..net.links import TESTS_NODE

LOOPBACK = "lo"
OTHERS = "other"
_CHUNK = 65536
_HEADER_LINES = 2


class NetworkReading(NamedTuple):
    """Counters of one interface since it exists."""

    interface: str
    received_bytes: int
    sent_bytes: int
    received_packets: int
    sent_packets: int
    lost_packets: int
    """Dropped or damaged, both ways."""


def parse_net_dev(text: str, servers: Collection[str] = ()) -> list[NetworkReading]:
    """Loopback, each server of the lab, the tests there, and the sum of all others where there are any.

    In the lab a server's interface at the bridge has the server's name, and receives what the server sends. The
    columns are those of proc_pid_net(5).
    """
    found: dict[str, list[int]] = {}
    for line in text.splitlines()[_HEADER_LINES:]:
        name, _, rest = line.partition(":")
        columns = [int(word) for word in rest.split()]
        interface = _node(name.strip(), servers)
        lost = columns[2] + columns[3] + columns[10] + columns[11]
        values = [columns[0], columns[8], columns[1], columns[9], lost]
        if interface in servers:
            values = [columns[8], columns[0], columns[9], columns[1], lost]
        found[interface] = [old + new for old, new in zip(found.get(interface, [0] * 5), values, strict=True)]
    return [NetworkReading(interface, *sums) for interface, sums in found.items()]


def _node(interface: str, servers: Collection[str]) -> str:
    if interface == LOOPBACK or interface in servers:
        return interface
    return TESTS_NODE if servers and interface == BRIDGE else OTHERS


class NetworkCounters:
    """Keeps the file open until `close`; reads nothing where there is no such file.

    `servers` are the names that interfaces of the lab may have; it may grow.
    """

    def __init__(self, servers: Collection[str] = ()) -> None:
        self._servers = servers
        try:
            self._file = os.open("/proc/self/net/dev", os.O_RDONLY)
        except OSError:
            self._file = -1

    def read(self) -> list[NetworkReading]:
        """All counters now."""
        if self._file < 0:
            return []
        parts: list[bytes] = []
        offset = 0
        while chunk := os.pread(self._file, _CHUNK, offset):  # the kernel answers a page at a time
            parts.append(chunk)
            offset += len(chunk)
        return parse_net_dev(b"".join(parts).decode(), self._servers)

    def close(self) -> None:
        """Gives the file back; once."""
        if self._file >= 0:
            os.close(self._file)
