"""The network of a run without a lab: an address of the loopback for each server."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from .address_lease import SubnetLease
from .links import Links
from .network import NodeAddress
from .no_links import UnpreparedLinks


class LeasedNetwork:
    """Addresses of one leased /24; only the lease keeps runs apart."""

    def __init__(self, lease: SubnetLease, tier: str, tier_reason: str = "") -> None:
        self._lease = lease
        self.tier = tier
        self.tier_reason = tier_reason

    @property
    def links(self) -> Links:
        """Links that take no rules, and say what to do about it."""
        return UnpreparedLinks(
            f"the run's network is {self.tier!r}, in which nothing stands between the servers unless the target asks "
            'for it: add faults = ["network"] to the target'
        )

    def add_node(self, name: str) -> NodeAddress:
        """The next address of the subnet; raises `AddressLeaseError` when none is left."""
        address = self._lease.next_address()
        return NodeAddress(address, address)

    def inside(self, name: str) -> AbstractContextManager[None]:
        """All are in one network: does nothing."""
        return nullcontext()

    def node_started(self, name: str, pid: int) -> None:
        """Nobody has to know."""

    def settings(self) -> Mapping[str, str]:
        """Nothing is set in a network that is not ours."""
        return {}

    def shells(self) -> Mapping[str, str]:
        """A shell outside is in the same network already."""
        return {}

    def way_in(self) -> str:
        """None is needed."""
        return ""

    def close(self) -> None:
        """Gives the subnet back."""
        self._lease.close()
