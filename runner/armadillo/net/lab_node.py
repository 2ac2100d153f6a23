"""One node of the lab: a network namespace of its own with one interface."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import kernel_calls
from .netlink import NetlinkSocket

NODE_INTERFACE = "eth0"
"""What a server's own interface is called in its namespace."""
NODE_INDEX = 100
"""Its number there; large, because old kernels put tunnels of their own into every new namespace."""
BRIDGE = "lab"
"""Name of the bridge in the runner's namespace, whose own address is the tests'."""


@dataclass(frozen=True)
class LabNode:
    """A server's place in the lab, or that of the runner and the tests (`links.TESTS_NODE`).

    A server has `eth0` in its own namespace and `host_interface` in the runner's, at the bridge. The tests' node has
    the bridge itself in the place of both.
    """

    name: str
    address: str
    mac: str
    netns_fd: int
    """The namespace, held by this file; whoever has it open keeps it alive."""
    netlink: NetlinkSocket
    """Speaks to this node's namespace from wherever the thread is."""
    host_interface: str
    """Name of the interface in the runner's namespace behind which this node is."""
    host_index: int
    """Number of that interface."""
    settings: tuple[tuple[str, str], ...]
    """What was written below /proc/sys in its namespace: names and values."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What this thread starts or opens in the block is in the node's network; the block must not await."""
        with returning_thread():
            kernel_calls.enter(self.netns_fd)
            yield


@contextmanager
def returning_thread() -> Iterator[None]:
    """Wherever this thread goes in the block, afterwards it is in its network namespace again."""
    home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        kernel_calls.enter(home)
        os.close(home)
