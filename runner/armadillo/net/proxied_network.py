"""Leased addresses with a proxy in front of every server, so that links can be cut, slowed and throttled."""

from __future__ import annotations

from functools import cached_property

from .address_lease import STANDARD_PORT, SubnetLease
from .leased_network import LeasedNetwork
from .link_proxies import LinkProxies
from .links import Links
from .network import NodeAddress
from .socket_table import bind


class ProxiedNetwork(LeasedNetwork):
    """Two addresses for each server: it listens on one, and is advertised at the other, where its proxy listens.

    Must be made while the process has one thread: it forks.
    """

    def __init__(self, lease: SubnetLease, tier: str, tier_reason: str = "") -> None:
        super().__init__(lease, tier, tier_reason)
        self._advertised: dict[str, str] = {}
        self.proxies = LinkProxies()

    @cached_property
    def links(self) -> Links:
        """The links between the nodes, imported when somebody asks: servers are started before."""
        from .proxy_links import ProxyLinks

        return ProxyLinks(self.proxies, self._advertised)

    def add_node(self, name: str) -> NodeAddress:
        """The next two addresses of the subnet; raises `AddressLeaseError` when none is left, OSError from bind(2)."""
        address = NodeAddress(self._lease.next_address(), self._lease.next_address())
        with bind((address.advertised, STANDARD_PORT)) as bound:
            self.proxies.add_node(name, address.listening, bound)
        self._advertised[name] = address.advertised
        return address

    def node_started(self, name: str, pid: int) -> None:
        """From now on this process's connections are the node's."""
        self.proxies.add_process(name, pid)

    def close(self) -> None:
        """Ends the proxies, and gives the subnet back."""
        self.proxies.close()
        super().close()
