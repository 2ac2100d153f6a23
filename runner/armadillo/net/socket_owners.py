"""Which server opened a connection: from its socket's inode to the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .links import TESTS_NODE
from .socket_table import Address, SocketTable

NOBODY = ""
"""The peer was gone before it could be found out who it was."""


class SocketOwners:
    """Knows the processes of the run's servers; whoever else connects is the test process or the runner.

    A server's processes are those that were told, and what they started in the same session. Their open files are
    looked at only when somebody asks, and what was found stays known: a socket does not change its owner.
    """

    def __init__(self, table: SocketTable) -> None:
        self._table = table
        self._node_of_leader: dict[int, str] = {}
        self._node_of_inode: dict[int, str] = {}
        self._declared: dict[int, str] = {}

    def add_process(self, node: str, pid: int) -> None:
        """The server has a new first process; an earlier process with this pid has ended."""
        self._node_of_leader[pid] = node

    def declare(self, port: int, node: str) -> None:
        """The next connection from this port of 127.0.0.1 is one of `node`, whoever holds it: a probe."""
        self._declared[port] = node

    def declared(self, client: Address) -> str | None:
        """What was declared of a connection, and that only once."""
        return self._declared.pop(client[1], None)

    def owners_of(self, connections: Iterable[tuple[Address, Address]]) -> list[str]:
        """The nodes that opened these connections, each given by its client's and its server's address.

        `NOBODY` for those whose client has closed its socket already.
        """
        inodes = []
        for client, server in connections:
            found = self._table.find(client, server)
            inodes.append(found.inode if found else 0)
        if any(inode and inode not in self._node_of_inode for inode in inodes):
            self._look()
        return [self._node_of_inode.get(inode, TESTS_NODE) if inode else NOBODY for inode in inodes]

    def _look(self) -> None:
        self._node_of_inode = {}
        for pid, node in self._processes():
            for inode in _socket_inodes(pid):
                self._node_of_inode[inode] = node

    def _processes(self) -> Iterable[tuple[int, str]]:
        for name in os.listdir("/proc"):
            if name.isdigit():
                node = self._node_of_leader.get(int(name)) or self._node_of_leader.get(_session_of(int(name)))
                if node:
                    yield int(name), node


def _session_of(pid: int) -> int:
    """0 when it is gone."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _socket_inodes(pid: int) -> list[int]:
    """The sockets among a process's open files; none when it is gone or another user's."""
    directory = f"/proc/{pid}/fd"
    found = []
    try:
        for name in os.listdir(directory):
            try:
                target = os.readlink(f"{directory}/{name}")
            except OSError:
                continue  # closed meanwhile
            if target.startswith("socket:["):
                found.append(int(target[8:-1]))
    except OSError:
        return []
    return found
