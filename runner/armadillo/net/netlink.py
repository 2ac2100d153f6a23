"""The little of rtnetlink(7) that the lab needs: links, addresses, neighbours.

Written out because it is in the way of every start: the well-known package for it takes 73 ms to import and 23 ms for
eight servers, this takes 9 ms in all (docs/decisions/0012-lab.md). Numbers from linux/rtnetlink.h, linux/if_link.h,
linux/netlink.h and linux/neighbour.h.
"""

from __future__ import annotations

import os
import socket
import struct

_ROUTE = 0
_SOL_NETLINK = 270
_CAP_ACK = 10
_EXT_ACK = 11
_ERROR = 2
_REQUEST = 1
_ACK = 4
_REPLACE = 0x100
_EXCLUSIVE = 0x200
_CREATE = 0x400
_ACK_HAS_ATTRIBUTES = 0x200
_ACK_TEXT = 1
_LONGEST_ANSWER = 65536

_NEW_LINK = 16
_DELETE_LINK = 17
_SET_LINK = 19
_NEW_ADDRESS = 20
_NEW_NEIGHBOUR = 28

_LINK_MAC = 1
_LINK_NAME = 3
_LINK_MASTER = 10
_LINK_PROTOCOL_INFO = 12 | 0x8000
_PORT_STATE = 1
_FORWARDING = 3
_LINK_INFO = 18
_LINK_NETNS_FD = 28
_INFO_KIND = 1
_INFO_DATA = 2
_VETH_PEER = 1
_ADDRESS = 1
_ADDRESS_LOCAL = 2
_NEIGHBOUR_ADDRESS = 1
_NEIGHBOUR_MAC = 2
_PERMANENT = 0x80
_UP = 1
LOOPBACK_INDEX = 1


class Request:
    """One message to the kernel, and what it is for, for the text of an error."""

    def __init__(self, what: str, kind: int, flags: int, body: bytes) -> None:
        self.what = what
        self._kind = kind
        self._flags = _REQUEST | _ACK | flags
        self._body = body

    def encode(self, sequence: int) -> bytes:
        """The message with its header."""
        return struct.pack("=IHHII", 16 + len(self._body), self._kind, self._flags, sequence, 0) + self._body


def new_bridge(name: str, index: int, mac: str) -> Request:
    """A bridge, down."""
    info = _attribute(_INFO_KIND, b"bridge")
    body = _link(index) + _name(name) + _attribute(_LINK_MAC, _mac(mac)) + _attribute(_LINK_INFO, info)
    return Request(f"a bridge {name}", _NEW_LINK, _CREATE | _EXCLUSIVE, body)


def new_veth(name: str, index: int, master: int, peer: tuple[str, int, str], peer_netns_fd: int) -> Request:
    """A pair of connected interfaces, both down: one here at a bridge, its peer (name, index, MAC) elsewhere."""
    peer_name, peer_index, peer_mac = peer
    far = _link(peer_index) + _name(peer_name) + _attribute(_LINK_MAC, _mac(peer_mac))
    far += _attribute(_LINK_NETNS_FD, struct.pack("=i", peer_netns_fd))
    info = _attribute(_INFO_KIND, b"veth") + _attribute(_INFO_DATA, _attribute(_VETH_PEER, far))
    body = _link(index) + _name(name) + _attribute(_LINK_MASTER, struct.pack("=I", master))
    return Request(f"a veth pair {name}", _NEW_LINK, _CREATE | _EXCLUSIVE, body + _attribute(_LINK_INFO, info))


def set_up(index: int, is_up: bool = True) -> Request:
    """Switches an interface on, or off."""
    return Request(f"interface {index} {'up' if is_up else 'down'}", _NEW_LINK, 0, _link(index, _UP if is_up else 0))


def set_master(index: int, master: int) -> Request:
    """Puts an interface to a bridge, or with 0 to none."""
    body = _link_alone(index) + _attribute(_LINK_MASTER, struct.pack("=I", master))
    return Request(f"interface {index} at bridge {master}", _NEW_LINK, 0, body)


def set_forwarding(index: int) -> Request:
    """Has a bridge's port carry packets; ENETDOWN until the kernel has noticed that the interface is up.

    It would do so by itself then: the answer tells when.
    """
    state = _attribute(_LINK_PROTOCOL_INFO, _attribute(_PORT_STATE, struct.pack("=B", _FORWARDING)))
    body = struct.pack("=BxHiII", socket.AF_BRIDGE, 0, index, 0, 0) + state
    return Request(f"bridge port {index} forwarding", _SET_LINK, 0, body)


def delete_link(index: int) -> Request:
    """Takes an interface away, and with it the other one of a veth pair."""
    return Request(f"end of interface {index}", _DELETE_LINK, 0, _link_alone(index))


def new_address(index: int, address: str, prefix_length: int) -> Request:
    """An IPv4 address for an interface; its subnet becomes reachable by it."""
    packed = socket.inet_aton(address)
    body = struct.pack("=BBBBI", socket.AF_INET, prefix_length, 0, 0, index)
    body += _attribute(_ADDRESS_LOCAL, packed) + _attribute(_ADDRESS, packed)
    return Request(f"address {address}", _NEW_ADDRESS, _CREATE | _EXCLUSIVE, body)


def set_neighbour(index: int, address: str, mac: str) -> Request:
    """Who has an address, for good: nobody has to ask, and a cut link does not spoil it."""
    body = struct.pack("=BxxxIHBB", socket.AF_INET, index, _PERMANENT, 0, 0)
    body += _attribute(_NEIGHBOUR_ADDRESS, socket.inet_aton(address)) + _attribute(_NEIGHBOUR_MAC, _mac(mac))
    return Request(f"neighbour {address}", _NEW_NEIGHBOUR, _CREATE | _REPLACE, body)


class NetlinkSocket:
    """Speaks to the network namespace in which the creating thread was; it stays there wherever the thread goes."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE)
        self._socket.bind((0, 0))
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        self._sequence = 0

    def do(self, *requests: Request) -> None:
        """Has the kernel do all requests in order, in one system call; raises OSError for the first that failed.

        Those behind a failed one are done nevertheless.
        """
        first = self._sequence + 1
        self._sequence += len(requests)
        self._socket.send(b"".join(request.encode(first + number) for number, request in enumerate(requests)))
        failure: OSError | None = None
        answered = 0
        while answered < len(requests):
            for sequence, number, text in _acknowledgements(self._socket.recv(_LONGEST_ANSWER)):
                answered += 1
                if number and failure is None:
                    why = f"{os.strerror(number)} ({text})" if text else os.strerror(number)
                    failure = OSError(number, f"rtnetlink, {requests[sequence - first].what}: {why}")
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Gives the socket back."""
        self._socket.close()


def _acknowledgements(answer: bytes) -> list[tuple[int, int, str]]:
    """Sequence number, error number and the kernel's own words of each acknowledgement in a datagram."""
    found = []
    offset = 0
    while offset + 16 <= len(answer):
        length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", answer, offset)
        if kind == _ERROR:
            number = -struct.unpack_from("=i", answer, offset + 16)[0]
            text = _words(answer[offset + 36 : offset + length]) if flags & _ACK_HAS_ATTRIBUTES else ""
            found.append((sequence, number, text))
        offset += max((length + 3) & ~3, 16)
    return found


def _words(attributes: bytes) -> str:
    offset = 0
    while offset + 4 <= len(attributes):
        length, kind = struct.unpack_from("=HH", attributes, offset)
        if kind == _ACK_TEXT:
            return attributes[offset + 4 : offset + length].rstrip(b"\0").decode(errors="replace")
        offset += max((length + 3) & ~3, 4)
    return ""


def _attribute(kind: int, value: bytes) -> bytes:
    length = 4 + len(value)
    return struct.pack("=HH", length, kind) + value + b"\0" * (-length % 4)


def _link(index: int, flags: int = 0) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, _UP)


def _link_alone(index: int) -> bytes:
    """Names an interface and changes none of its flags."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0)


def _name(name: str) -> bytes:
    return _attribute(_LINK_NAME, name.encode() + b"\0")


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
