"""The network of one run: a node for each server, in the lab, on leased addresses or on the machine's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from .links import Links


@dataclass(frozen=True)
class NodeAddress:
    """Where a server listens, and where the others find it: the same but for proxied servers."""

    listening: str
    advertised: str


class Network(Protocol):
    """Owns addresses and links of a run; `close` gives all of it back."""

    @property
    def tier(self) -> str:
        """ "lab", "block-network", "leases" or "host": what isolates the run's network in fact (see `net.tier`)."""

    @property
    def tier_reason(self) -> str:
        """Why it is not the lab, "" when it is, or when something else was asked for."""

    @property
    def links(self) -> Links:
        """The links between the nodes."""

    def add_node(self, name: str) -> NodeAddress:
        """A new node; raises `AddressLeaseError` when no address is left."""

    def inside(self, name: str) -> AbstractContextManager[None]:
        """What this thread starts or connects inside the block is in that node's network; does not await."""

    def node_started(self, name: str, pid: int) -> None:
        """A process of this node has been started, which leads a session: what belongs to it is the node's."""

    def settings(self) -> Mapping[str, str]:
        """What was set below /proc/sys in each node's network, by its name there; empty where nothing is ours."""

    def shells(self) -> Mapping[str, str]:
        """By node: a command for a shell outside of the run that opens one in that node's network; may be empty."""

    def way_in(self) -> str:
        """The same for all nodes in one line, to be printed; "" where a shell needs no way in."""

    def close(self) -> None:
        """Gives everything back."""
