"""`Dataset`: what a run starts from, if it may.

A single server's data name no address. A cluster's do: the agency holds the endpoints of its members and of every
server that ever registered, and agents find each other by what they stored. So a cluster starts at the addresses at
which the dataset was made, or not at all (docs/decisions/0020-datasets.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..arangodb.server_plan import ServerPlan
from ..errors import DatasetError
from ..model.distribution import ServerFacts
from .record import described
from .unpacking import lay_out, read_record

_LEASED = "127."


class Dataset:
    """The archive of a dataset, and the checks that stand before it is used."""

    def __init__(self, path: str) -> None:
        """Reads the record; raises `DatasetError`."""
        self.path = path
        self.record = read_record(path)

    @property
    def subnet(self) -> str:
        """First three numbers of the leased addresses that a run must have, "127.3.4"; "" when any will do."""
        addresses = list(self.record.servers.values()) if self.record.is_cluster else []
        return addresses[0].rpartition(".")[0] if addresses and addresses[0].startswith(_LEASED) else ""

    def check_server(self, facts: ServerFacts, server_label: str) -> None:
        """Raises `DatasetError` when another version, edition or kind of server made the data."""
        record = self.record
        found = described(facts.version, facts.edition, facts.standin)
        if record.made_by == found:
            return
        raise DatasetError(
            f"the dataset {record.target} was made by {record.made_by} ({record.server_label}), and this run's server "
            f"is {found} ({server_label}): expected the same version and edition, because a server changes or refuses "
            f'data of another one. Set server = "{server_label}" in the dataset, or the dataset\'s server in the test; '
            "to test an upgrade use arangodb_upgrade_test with a dataset of its from_server"
        )

    def lay_out(self, plans: Sequence[ServerPlan], network_tier: str) -> str:
        """Writes the data directories of all servers; answers what was done, in words.

        Raises `DatasetError` when a cluster would have other addresses than when the dataset was made or the archive is
        damaged, OSError when the disk is full.
        """
        self._check_addresses(plans, network_tier)
        total_bytes = lay_out(self.path, directories_of(plans))
        record = self.record
        return f"servers start from the dataset {record.target}, {total_bytes} bytes, made by {record.made_by}"

    def _check_addresses(self, plans: Sequence[ServerPlan], network_tier: str) -> None:
        record = self.record
        if not record.is_cluster:
            return
        addresses = addresses_of(plans)
        if addresses == record.servers:
            return
        name = next(iter(sorted(set(addresses.items()) ^ set(record.servers.items()))))[0]
        raise DatasetError(
            f"the dataset {record.target} was made with {name} at {record.servers.get(name, 'no address')} "
            f"(network {record.network_tier}), and this run has it at {addresses.get(name, 'no address')} (network "
            f"{network_tier}): a cluster's data hold the addresses of its servers. Where the one was made in a lab and "
            'the other has none, set network = "leases" for both; with faults = ["network"] set it for both'
        )


def addresses_of(plans: Sequence[ServerPlan]) -> dict[str, str]:
    """Address by server, as the others know it."""
    return {plan.name: plan.advertised_address or plan.address for plan in plans}


def directories_of(plans: Sequence[ServerPlan]) -> Mapping[str, str]:
    """What of each server is stored, by its name in the archive: its data, and its Foxx apps."""
    directories = {}
    for plan in plans:
        first = plan.incarnation(1)
        directories[f"{plan.name}/data"] = first.database_directory
        directories[f"{plan.name}/apps"] = first.apps_directory
    return directories


def is_left_out(member: str) -> bool:
    """The lock of a process that is gone: with its number another process may be taken for it."""
    return member.endswith("/data/LOCK") and member.count("/") == 2


def unplanned_servers(servers_directory: str, plans: Sequence[ServerPlan]) -> list[str]:
    """Servers that were added while the dataset was made: no test would start them."""
    found = set(os.listdir(servers_directory)) if os.path.isdir(servers_directory) else set()
    return sorted(found - {plan.name for plan in plans})
