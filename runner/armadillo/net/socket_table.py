"""Asking the kernel about one TCP socket of this network namespace: its state and its inode.

By NETLINK_SOCK_DIAG (sock_diag(7)): one exact question costs some 20 us, and needs no privilege. Where that is not
allowed (a seccomp filter, a kernel without inet_diag), /proc/net/tcp has the same facts at the price of a whole table.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import NamedTuple

ESTABLISHED = 1
"""State of a connection, as in the kernel's net/tcp_states.h."""
LISTENING = 10
"""State of a socket that accepts connections."""

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_ALL_STATES = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
# family, protocol, extensions, padding, states; ports and addresses in network order, the cookie that means "any"
_REQUEST = struct.Struct("=BBBBI2s2s4s12x4s12xIII")
_ANSWER = struct.Struct("=BBBB48xIIIII")
_NO_COOKIE = 0xFFFFFFFF

Address = tuple[str, int]
NO_ADDRESS: Address = ("0.0.0.0", 0)
"""The remote side of a listening socket."""


class TcpSocket(NamedTuple):
    """What the kernel says about one socket; inode 0: no process holds it any more."""

    state: int
    inode: int


class SocketTable:
    """Answers questions about IPv4 sockets; `close` gives its own socket back."""

    def __init__(self, *, use_netlink: bool = True) -> None:
        self._netlink: socket.socket | None = None
        if not use_netlink:
            return
        try:
            self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        except OSError:
            return
        if not _is_supported(self._netlink):
            self.close()

    def close(self) -> None:
        """Afterwards it answers from /proc."""
        if self._netlink is not None:
            self._netlink.close()
            self._netlink = None

    def find(self, local: Address, remote: Address) -> TcpSocket | None:
        """The socket with these two ends, None when there is none."""
        if self._netlink is not None:
            try:
                return _ask(self._netlink, local, remote)
            except OSError:
                self.close()
        return _look_up(local, remote)

    def is_listening(self, address: Address) -> bool:
        """Whether somebody listens on exactly this address and port."""
        found = self.find(address, NO_ADDRESS)
        return found is not None and found.state == LISTENING


def bind(address: Address) -> socket.socket:
    """A socket bound to an address, which does not listen; raises OSError."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _ask(netlink: socket.socket, local: Address, remote: Address) -> TcpSocket | None:
    request = _REQUEST.pack(
        socket.AF_INET,
        socket.IPPROTO_TCP,
        0,
        0,
        _ALL_STATES,
        local[1].to_bytes(2, "big"),
        remote[1].to_bytes(2, "big"),
        socket.inet_aton(local[0]),
        socket.inet_aton(remote[0]),
        0,
        _NO_COOKIE,
        _NO_COOKIE,
    )
    header = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0)
    netlink.send(header + request)
    answer = netlink.recv(4096)  # the kernel has answered when send returns
    kind = _HEADER.unpack_from(answer)[1]
    if kind == _NLMSG_ERROR:
        number = -struct.unpack_from("=i", answer, _HEADER.size)[0]
        if number == errno.ENOENT:
            return None
        raise OSError(number, "sock_diag")
    _, state, _, _, _, _, _, _, inode = _ANSWER.unpack_from(answer, _HEADER.size)
    return TcpSocket(state, inode)


def _is_supported(netlink: socket.socket) -> bool:
    """Whether a socket made for the purpose is found: a kernel without inet_diag answers ENOENT to everything."""
    with socket.socket() as known:
        known.bind(("127.0.0.1", 0))
        known.listen(1)
        try:
            return _ask(netlink, known.getsockname(), NO_ADDRESS) is not None
        except OSError:
            return False


def _look_up(local: Address, remote: Address) -> TcpSocket | None:
    """The same from /proc/net/tcp, see proc_net_tcp of the kernel's documentation."""
    wanted = [_hexadecimal(local), _hexadecimal(remote)]
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[1:3] == wanted:
                return TcpSocket(int(words[3], 16), int(words[9]))
    return None


def _hexadecimal(address: Address) -> str:
    """The address as the kernel prints the number in memory, in this machine's byte order."""
    return f"{struct.unpack('=I', socket.inet_aton(address[0]))[0]:08X}:{address[1]:04X}"
