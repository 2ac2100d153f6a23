"""Choosing the network of a run: what its target asks for, and what this machine allows."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import LabUnavailableError
from ..model.deployment import Network as Wanted
from . import tier
from .address_lease import lease_subnet
from .lab_entry import LabEntry
from .lab_network import LabNetwork
from .leased_network import LeasedNetwork
from .network import Network
from .proxied_network import ProxiedNetwork

WANT_A_LAB = (Wanted.AUTO, Wanted.LAB)
"""Values of a target's `network` for which the lab is tried."""


NETWORK_FAULTS = "network"
"""The word in a target's attribute `faults` that has proxies stand between servers where there is no lab."""


def open_network(wanted: Wanted, entry: LabEntry, directory: str, prepared_faults: Collection[str] = ()) -> Network:
    """The lab when it was entered and can be had, else leases; `directory` is the run's private one.

    To be called while the process has one thread: it may fork.
    Raises `LabUnavailableError` when the target insists on the lab, `AddressLeaseError` when nothing can be leased.
    """
    reason = entry.reason
    if entry.is_inside:
        try:
            return LabNetwork(directory, entry.mark)
        except OSError as error:
            reason = error.strerror or str(error)
    if wanted is Wanted.LAB:
        raise LabUnavailableError(
            f'expected namespaces for the lab, because the target has network = "lab"; refused: {reason}; '
            'allow user namespaces on this machine (docs/network.md says how), or set network = "auto", '
            "which goes on with leased addresses where there is no lab"
        )
    kind = ProxiedNetwork if NETWORK_FAULTS in prepared_faults else LeasedNetwork
    return kind(lease_subnet(), tier.HOST if wanted is Wanted.HOST else tier.network_tier(), reason)
