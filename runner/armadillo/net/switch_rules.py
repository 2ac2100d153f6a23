"""Rules on links of the lab by the packet switch: delay and bandwidth, and what nftables would do where it is missing.

For each node with such a rule its interface is taken from the bridge, and a veth pair put in between that the switch
bridges by itself:

    node's eth0 == host interface  ~~ switch ~~  s-1 == u-1 at the bridge

So all other traffic of the node passes too, and rules of nftables at the bridge hold as before. Nodes without a rule
keep the kernel's bridge. A few packets may come twice in the moment of the change; none is lost.
"""

from __future__ import annotations

import asyncio
import errno
import random
import socket
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from . import netlink
from .frame import VNET_HEADER_BYTES
from .lab_node import LabNode
from .link_probe import PROBE_PORTS
from .links import TESTS_NODE, Link, LinkRule
from .switch_process import SwitchProcess
from .switch_rule import SwitchRule

_SOL_PACKET = 263
_VNET_HEADER = 15
_IGNORE_OUTGOING = 23
_EVERY_PROTOCOL = 3
_BUFFER_BYTES = 8 << 20
_FIRST_INDEX = 1000
_FORWARDING_S = 5.0
_TEST_FRAME = bytes(VNET_HEADER_BYTES) + bytes.fromhex("0200000000ff 0200000000fe 88b5") + b"armadillo".ljust(46, b"\0")
"""For nobody, with the EtherType for experiments (IEEE 802)."""
_MAC = "02:00:0a:64:{:02x}:{:02x}"


@dataclass(frozen=True)
class _Port:
    """A node that is behind the switch."""

    number: int
    upper_index: int
    outer: socket.socket
    inner: socket.socket


class SwitchRules:
    """What the switch does to links. The process is there while there is a rule."""

    def __init__(self, nodes: Mapping[str, LabNode], choice: random.Random) -> None:
        self._nodes = nodes
        self._rules: dict[str, tuple[frozenset[Link], LinkRule]] = {}
        self._ports: dict[str, _Port] = {}
        self._count = 0
        self._process = SwitchProcess(choice)
        self._lock = asyncio.Lock()
        self._reason: str | None = None

    @property
    def pid(self) -> int:
        """The switch's process, 0 when there is none."""
        return self._process.pid

    def why_not(self) -> str:
        """ "" when this kernel gives packet sockets, else its refusal."""
        if self._reason is None:
            try:
                with self._nodes[TESTS_NODE].inside():
                    _packet_socket(self._nodes[TESTS_NODE].host_interface).close()
                self._reason = ""
            except OSError as error:
                self._reason = f"this kernel gives no packet sockets with virtio headers: {error.strerror}"
        return self._reason

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule in force; raises OSError, and then nothing of it is."""
        self._rules[rule_id] = (frozenset(links), rule)
        try:
            await self._follow()
        except BaseException:
            with suppress(OSError):
                await self.lift(rule_id)
            raise

    async def lift(self, rule_id: str) -> None:
        """Takes a rule away; nothing happens for an id that is not in force. Raises OSError."""
        if self._rules.pop(rule_id, None) is not None:
            await self._follow()

    async def _follow(self) -> None:
        """Makes ports and the switch's rules what the rules in force want."""
        async with self._lock:
            wanted = self._by_port()
            gone = [name for name in self._ports if name not in wanted]
            ports = [self._detach(name) for name in gone]
            if ports:
                # Taking an interface away waits for grace periods of RCU: not in the loop's thread.
                deletions = [netlink.delete_link(port.upper_index) for port in ports]
                await asyncio.get_running_loop().run_in_executor(None, self._delete, deletions)
            if not wanted:
                await self._process.close()
                return
            fresh = [name for name in wanted if name not in self._ports]
            if ports or fresh:
                await self._process.tell(remove=[port.number for port in ports])
            added = []
            try:
                for name in fresh:
                    self._ports[name] = await self._attach(name)
                    added.append(self._ports[name])
                handed = [(port.number, port.outer, port.inner) for port in added]
                await self._process.tell(add=handed, links=self._told(wanted))
            finally:
                for port in added:
                    port.outer.close()
                    port.inner.close()

    def _by_port(self) -> dict[str, dict[Link, SwitchRule]]:
        """For each node that has to be behind the switch: its links with their rules.

        A link's rule is at its source; the tests' node has no interface of its own, so there it is at the target.
        """
        found: dict[str, dict[Link, SwitchRule]] = defaultdict(lambda: defaultdict(SwitchRule))
        for links, rule in self._rules.values():
            for link in links:
                place = link.target if link.source == TESTS_NODE else link.source
                if place in self._nodes:
                    found[place][link].add(rule)
        return found

    def _told(self, wanted: Mapping[str, Mapping[Link, SwitchRule]]) -> list[dict[str, Any]]:
        return [
            {
                "direction": 2 * self._ports[place].number + (link.source == TESTS_NODE),
                "source": self._nodes[link.source].address,
                "target": self._nodes[link.target].address,
                "ports": [[8529, PROBE_PORTS[-1]]],
                "rule": rule.to_json(),
            }
            for place, rules in wanted.items()
            for link, rule in sorted(rules.items())
            if link.source in self._nodes and link.target in self._nodes
        ]

    async def _attach(self, name: str) -> _Port:
        """Takes a node's interface from the bridge; what arrives from now on waits in the sockets."""
        home, node = self._nodes[TESTS_NODE], self._nodes[name]
        self._count += 1
        number = self._count
        upper, lower = _FIRST_INDEX + 2 * number, _FIRST_INDEX + 2 * number + 1
        peer = (f"s-{number}", lower, _MAC.format(number >> 8 & 0xFF, number & 0xFF))
        home.netlink.do(netlink.new_veth(f"u-{number}", upper, home.host_index, peer, home.netns_fd))
        made: list[socket.socket] = []
        try:
            # What is set up last sends at once; the other end when the kernel's work queue has seen its carrier.
            home.netlink.do(netlink.set_up(upper), netlink.set_up(lower))
            await _until_forwarding(home.netlink, upper)
            with home.inside():
                made += [_packet_socket(node.host_interface), _packet_socket(peer[0])]
                probe = _packet_socket(f"u-{number}")
            made.append(probe)
            await _until_passing(probe, made[1])
            made.pop().close()
            home.netlink.do(netlink.set_master(node.host_index, 0))
        except BaseException:
            for one in made:
                one.close()
            home.netlink.do(netlink.delete_link(upper))
            raise
        return _Port(number, upper, *made)

    def _detach(self, name: str) -> _Port:
        """Puts a node's interface back to the bridge."""
        home, port = self._nodes[TESTS_NODE], self._ports.pop(name)
        if name in self._nodes:
            home.netlink.do(netlink.set_master(self._nodes[name].host_index, home.host_index))
        return port

    def _delete(self, deletions: Sequence[netlink.Request]) -> None:
        """By a socket of its own: this is another thread."""
        with self._nodes[TESTS_NODE].inside():
            speaker = netlink.NetlinkSocket()
        try:
            speaker.do(*deletions)
        finally:
            speaker.close()


async def _until_forwarding(speaker: netlink.NetlinkSocket, index: int) -> None:
    """Until a new port of the bridge carries packets: before, who is behind it would be cut off. Raises OSError."""
    deadline = time.monotonic() + _FORWARDING_S
    while True:
        try:
            return speaker.do(netlink.set_forwarding(index))
        except OSError as error:
            if error.errno != errno.ENETDOWN or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0)


async def _until_passing(near: socket.socket, far: socket.socket) -> None:
    """Until frames pass from one end of a veth pair to the other; before, the kernel drops them without a word.

    Raises OSError.
    """
    deadline = time.monotonic() + _FORWARDING_S
    far.setblocking(False)
    while time.monotonic() < deadline:
        with suppress(OSError):
            near.send(_TEST_FRAME)
        with suppress(BlockingIOError):
            while True:
                if far.recv(len(_TEST_FRAME)) == _TEST_FRAME:
                    return
        await asyncio.sleep(0)
    raise TimeoutError(errno.ETIMEDOUT, "a new veth pair carries no frames")


def _packet_socket(interface: str) -> socket.socket:
    """All frames that arrive at an interface, and a way to send others (packet(7)); raises OSError."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        made.setsockopt(_SOL_PACKET, _VNET_HEADER, 1)
        made.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)  # as much as may be had
        made.bind((interface, _EVERY_PROTOCOL))
    except OSError:
        made.close()
        raise
    return made
