"""The lab's network: a bridge in the runner's namespace, and a namespace with an address of its own per server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import AddressLeaseError
from . import kernel_calls, netlink, tier
from .hosts_file import HostsFile
from .lab_node import BRIDGE, NODE_INDEX, NODE_INTERFACE, LabNode, returning_thread
from .links import TESTS_NODE
from .netlink import NetlinkSocket
from .network import NodeAddress

if TYPE_CHECKING:
    from .lab_links import LabLinks

_SUBNET = "10.99.0"
_PREFIX_LENGTH = 24
_TESTS_HOST = 254
_BRIDGE_INDEX = 300

NODE_SETTINGS: Mapping[str, str] = {
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/tcp_retries2": "5",
    "net/ipv4/tcp_syn_retries": "3",
    "net/ipv4/tcp_synack_retries": "3",
    "net/ipv4/tcp_rto_max_ms": "1000",
}
"""Below /proc/sys, in each node's namespace.

No IPv6: its own chatter would be the only traffic that no rule is about. TCP: a connection over a cut link ends with
ETIMEDOUT after about 4 s instead of a quarter of an hour, and what resends does so each second, so that a healed link
is found soon (`tcp_rto_max_ms` is there since Linux 6.15; without it the pauses double up to 6.4 s, and it ends after
13 s). A kernel that lacks a setting goes without.
"""


class LabNetwork:
    """Addresses, namespaces and links of a run in the lab; to be made in the lab's first network namespace.

    `add_node` is for one thread at a time, `inside` for any.
    """

    tier = tier.LAB
    tier_reason = ""

    def __init__(self, directory: str, mark: str, names: Sequence[str] = ()) -> None:
        """Makes the bridge and a node for each name, which `add_node` then finds.

        `directory` is a private one, for the hosts file, `mark` is `LabEntry.mark`. Raises OSError when the kernel
        refuses something: it may have no bridge or no veth pairs, or a limit of namespaces.
        """
        self.nodes: dict[str, LabNode] = {}
        self._mark = mark
        self._hosts = HostsFile(directory)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        settings = _write_settings(NODE_SETTINGS)
        speaker = NetlinkSocket()
        address = f"{_SUBNET}.{_TESTS_HOST}"
        node = LabNode(
            TESTS_NODE, address, _mac_of(_TESTS_HOST), home, speaker, BRIDGE, _BRIDGE_INDEX, tuple(settings.items())
        )
        speaker.do(
            netlink.set_up(netlink.LOOPBACK_INDEX),
            netlink.new_bridge(BRIDGE, _BRIDGE_INDEX, node.mac),
            netlink.set_up(_BRIDGE_INDEX),
            netlink.new_address(_BRIDGE_INDEX, address, _PREFIX_LENGTH),
        )
        self.nodes[TESTS_NODE] = node
        for number, name in enumerate(names, 1):
            self.nodes[name] = self._make_node(name, number)
        for one in self.nodes.values():
            _introduce(one, [other for other in self.nodes.values() if other is not one])
        self._hosts.append(*((one.address, one.name) for one in self.nodes.values()))
        self._unclaimed = set(names)

    @cached_property
    def links(self) -> LabLinks:
        """The links between the nodes; loaded when somebody wants them, for servers start before asyncio is there."""
        from .lab_links import LabLinks

        return LabLinks(self.nodes)

    def add_node(self, name: str) -> NodeAddress:
        """A new node, or one that was made at the start; raises `AddressLeaseError` when no address is left."""
        if name in self._unclaimed:
            self._unclaimed.remove(name)
            return NodeAddress(self.nodes[name].address, self.nodes[name].address)
        number = len(self.nodes)
        if number >= _TESTS_HOST:
            raise AddressLeaseError(f"all {_TESTS_HOST - 1} addresses of {_SUBNET}.0/24 are used by this run's servers")
        try:
            node = self._make_node(name, number)
        except OSError as error:
            raise AddressLeaseError(f"no place in the lab could be made for {name}: {error.strerror}") from error
        for other in self.nodes.values():
            _introduce(other, [node])
        _introduce(node, list(self.nodes.values()))
        self.nodes[name] = node
        self._hosts.append((node.address, name))
        return NodeAddress(node.address, node.address)

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """What this thread starts or connects inside the block is in that node's network; does not await."""
        with self.nodes[name].inside():
            yield

    def node_started(self, name: str, pid: int) -> None:
        """Its processes are known by the network that they are in."""

    def settings(self) -> Mapping[str, str]:
        """What was set below /proc/sys in every namespace of the lab, to be told with the run."""
        return dict(self.nodes[TESTS_NODE].settings)

    def shells(self) -> Mapping[str, str]:
        """By node: what to type outside for a shell there; as root or as the run's own user, in any pid namespace."""
        return {node.name: self._shell(str(node.netns_fd)) for node in self.nodes.values()}

    def way_in(self) -> str:
        """One command for all nodes, with a number to be chosen."""
        numbers = ", ".join(f"{node.netns_fd} for {node.name}" for node in self.nodes.values())
        problem = f"; {self._hosts.problem}" if self._hosts.problem else ""
        return f"a shell inside: {self._shell('N')} (N: {numbers}){problem}"

    def _shell(self, number: str) -> str:
        enter = "nsenter -t $P -U -m -p --preserve-credentials"
        return f"P=$(pgrep -x {self._mark}); {enter} --net=/proc/$P/fd/{number}"

    def close(self) -> None:
        """Gives namespaces back; the kernel takes them away with the last process in them."""
        if "links" in vars(self):
            self.links.close()
        self._hosts.close()
        for node in self.nodes.values():
            node.netlink.close()
            os.close(node.netns_fd)
        self.nodes.clear()

    def _make_node(self, name: str, number: int) -> LabNode:
        home = self.nodes[TESTS_NODE]
        with returning_thread():
            kernel_calls.unshare(kernel_calls.NEW_NETWORK)
            netns_fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            settings = _write_settings(NODE_SETTINGS)
            speaker = NetlinkSocket()
        address = f"{_SUBNET}.{number}"
        node = LabNode(
            name, address, _mac_of(number), netns_fd, speaker, name, _BRIDGE_INDEX + number, tuple(settings.items())
        )
        peer = (NODE_INTERFACE, NODE_INDEX, node.mac)
        home.netlink.do(netlink.new_veth(node.host_interface, node.host_index, home.host_index, peer, netns_fd))
        speaker.do(
            netlink.set_up(netlink.LOOPBACK_INDEX),
            netlink.set_up(NODE_INDEX),
            netlink.new_address(NODE_INDEX, address, _PREFIX_LENGTH),
        )
        home.netlink.do(netlink.set_up(node.host_index))
        return node


def _introduce(node: LabNode, others: Sequence[LabNode]) -> None:
    """A node knows the MACs of others for good: questions for them are no traffic that a fault could hit."""
    if others:
        node.netlink.do(*(netlink.set_neighbour(_own_index(node), other.address, other.mac) for other in others))


def _own_index(node: LabNode) -> int:
    return _BRIDGE_INDEX if node.name == TESTS_NODE else NODE_INDEX


def _mac_of(number: int) -> str:
    """02: locally administered; the rest is the address."""
    return f"02:00:0a:63:00:{number:02x}"


def _write_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Writes what this kernel has, in this thread's network namespace; answers what was written."""
    written = {}
    for name, value in settings.items():
        try:
            setting = os.open(f"/proc/sys/{name}", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            os.write(setting, value.encode())
        except OSError:
            continue
        finally:
            os.close(setting)
        written[name] = value
    return written
