"""Choosing the network of a run: what its target asks for, and what this machine allows."""

from __future__ import annotations

from ..errors import LabUnavailableError
from ..model.deployment import Deployment
from ..model.deployment import Network as Wanted
from . import netlink, tier
from .address_lease import lease_subnet
from .lab_entry import LabEntry
from .lab_network import LabNetwork
from .leased_network import LeasedNetwork
from .netlink import NetlinkSocket
from .network import Network
from .proxied_network import ProxiedNetwork

WANT_A_LAB = (Wanted.AUTO, Wanted.LAB)
"""Values of a target's `network` for which the lab is tried."""


NETWORK_FAULTS = "network"
"""The word in a target's attribute `faults` that has proxies stand between servers where there is no lab."""


def open_network(deployment: Deployment, entry: LabEntry, directory: str, subnet: str = "") -> Network:
    """The lab when it was entered and can be had, else leases; `directory` is the run's private one.

    `subnet` is what leases must be of ("127.3.4"), "" for any.

    To be called while the process has one thread: it may fork.
    Raises `LabUnavailableError` when the target insists on the lab, `AddressLeaseError` when nothing can be leased.
    """
    reason = entry.reason
    if entry.is_inside:
        try:
            return LabNetwork(directory, entry.mark, [name for name, _ in deployment.server_names()])
        except OSError as error:
            reason = error.strerror or str(error)
            _set_up_loopback()
    wanted = deployment.network
    if wanted is Wanted.LAB:
        raise LabUnavailableError(
            f'expected namespaces for the lab, because the target has network = "lab"; refused: {reason}; '
            'allow user namespaces on this machine (docs/network.md says how), or set network = "auto", '
            "which goes on with leased addresses where there is no lab"
        )
    kind = ProxiedNetwork if NETWORK_FAULTS in deployment.prepared_faults else LeasedNetwork
    return kind(lease_subnet(wanted=subnet), _tier(wanted, entry), reason)


def _tier(wanted: Wanted, entry: LabEntry) -> str:
    if wanted is Wanted.HOST:
        return tier.HOST
    return tier.BLOCK_NETWORK if entry.is_inside else tier.network_tier()


def _set_up_loopback() -> None:
    """A network namespace whose lab failed has a loopback of its own, for leases that no other run can meet."""
    speaker = NetlinkSocket()
    try:
        speaker.do(netlink.set_up(netlink.LOOPBACK_INDEX))
    finally:
        speaker.close()
